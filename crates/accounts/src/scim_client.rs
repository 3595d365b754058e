use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    AssertionUse, ConnectionId, CredentialLabel, CredentialPrefix, DirectoryAccess, NotAnId, ScimDialect,
    TenantId, TokenHash, TraceId, Trust, ids,
};

/// Names a client of the token endpoint: its `client_id`, which is no secret [rfc6749 2.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScimClientId(Uuid);

impl ScimClientId {
    /// Takes a UUID as it is; whoever makes new ones takes version 7, which sorts by age.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID itself.
    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ScimClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ScimClientId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        ids::parse(text).map(Self)
    }
}

/// A directory that gets a new token every hour, for secrets of which it has as many as it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimClient {
    /// Names it for good.
    pub id: ScimClientId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The one connection whose people and groups its tokens reach.
    pub connection: ConnectionId,
    /// How it speaks SCIM.
    pub dialect: ScimDialect,
    /// The assertions that it may show in place of a secret.
    pub trust: Option<Trust>,
    /// What its operator calls it.
    pub label: Option<CredentialLabel>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

/// A client asks for an access token [rfc6749 4.4].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// The client.
    pub client: ScimClientId,
    /// What it shows.
    pub proof: Proof,
    /// How the token begins.
    pub prefix: CredentialPrefix,
    /// Of the whole of the token.
    pub token: TokenHash,
    /// The request to us.
    pub trace: TraceId,
}

impl AccessRequest {
    /// How long an access token lasts.
    pub const LIFETIME: Duration = Duration::HOUR;
    /// Most access tokens of one client: when there are more, the oldest go.
    pub const MOST: u64 = 100;
}

/// What a client shows to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must handle every proof")]
pub enum Proof {
    /// A secret, by its hash [rfc6749 2.3.1].
    Secret(TokenHash),
    /// An assertion, verified and judged by what the client trusted when that began [rfc7523 3].
    Assertion {
        /// What it was judged by.
        trust: Trust,
        /// What is used up with it, if it has a name of its own.
        used: Option<AssertionUse>,
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the token endpoint must handle both")]
pub enum AccessOutcome {
    /// The token counts from now on, and speaks so.
    Granted(DirectoryAccess),
    /// It was refused.
    Refused(AccessRefusal),
}

/// Why a client gets no access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessRefusal {
    /// There is no such client, or it was revoked.
    #[error("the client is unknown or revoked: see `landfall scim client list`")]
    Client,
    /// Its connection is disabled.
    #[error("the connection of the client is disabled")]
    Connection,
    /// It shows a secret that is not its own, was revoked, or has ended.
    #[error("no secret of the client that counts was shown: `landfall scim client secret` makes another")]
    Secret,
    /// It trusts other assertions than the one that it shows, or none.
    #[error("the client trusts other assertions: see `landfall scim client list`")]
    Trust,
    /// It shows an assertion that was used before.
    #[error("the assertion has been used already")]
    Replayed,
    /// It shows an assertion of which nobody knows whether it was used before the restore.
    #[error("the assertion was issued before the database was restored")]
    BeforeRestore,
}

impl AccessRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Client => "client.unknown",
            Self::Connection => "client.connection",
            Self::Secret => "client.secret",
            Self::Trust => "client.trust",
            Self::Replayed => "assertion.replayed",
            Self::BeforeRestore => "assertion.before_restore",
        }
    }
}
