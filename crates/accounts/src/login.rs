use time::{Duration, OffsetDateTime};

use crate::{
    Arrival, AssertionId, Authentication, CertificateFingerprint, ConnectionId, Detail, EventKind, Handle,
    IdpSession, IdpUrl, LoginPurpose, Refusal, RequestId, SessionId, TenantId, TokenHash, TraceId, User,
    UserAgent, UserId,
};

/// A login that has been begun and waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLogin {
    /// The request that was sent, which the answer repeats.
    pub request_id: RequestId,
    /// Names the login's cookies.
    pub handle: Handle,
    /// The connection at which it was begun: only its keys count for the answer.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// Of the RelayState that was sent.
    pub relay_state: TokenHash,
    /// Of the cookie that the browser got at the begin.
    pub browser: TokenHash,
    /// Whether it may come to a session at all.
    pub purpose: LoginPurpose,
    /// Where the person wants to go.
    pub target: Target,
    /// When it was begun.
    pub begun_at: OffsetDateTime,
    /// When an answer is too late, [`LIFETIME`](Self::LIFETIME) after the begin; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// Where the browser goes on to, if an unsolicited response began the login.
    pub restart: Option<IdpUrl>,
    /// What the SAML part must remember.
    pub saml: SamlState,
}

impl PendingLogin {
    /// How long a login waits for its answer.
    pub const LIFETIME: Duration = Duration::minutes(15);

    /// How many logins of one connection may wait at once; a store refuses more.
    pub const MAX_OPEN: u64 = 10_000;
}

/// Where a person goes after the login: an address that was checked before it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// Takes an address.
    ///
    /// # Security
    /// Whoever makes one has checked that it is a path of ours or of a listed origin.
    pub fn new(checked: impl Into<String>) -> Self {
        Self(checked.into())
    }

    /// The address, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the SAML part of a login must remember until the answer comes: opaque here, and versioned by its writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlState(Vec<u8>);

impl SamlState {
    /// Takes the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A pending login as a store has it; it may be expired or consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLookup {
    /// The login.
    pub login: PendingLogin,
    /// When its answer was committed; none has come yet if this is empty.
    pub consumed_at: Option<OffsetDateTime>,
}

/// The one use of an assertion, or of a logout request, which has an ID of the same kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionUse {
    /// The ID.
    pub assertion: AssertionId,
    /// The earliest moment at which it can have been issued: its IssueInstant, less the skew of clocks.
    pub issued_since: OffsetDateTime,
    /// Until when a second use must be recognised: the last instant at which the rules could accept it, skew included.
    pub keep_until: OffsetDateTime,
}

/// Everything that a store needs to finish a login whose assertion was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRecord {
    /// The connection whose keys verified the assertion.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// The certificate whose key signed: it must still be trusted when the login is committed.
    pub signer: CertificateFingerprint,
    /// The assertion that is used up.
    pub used: AssertionUse,
    /// The request that is answered; none for an unsolicited response.
    pub request: Option<RequestId>,
    /// Who it is.
    pub arrival: Arrival,
    /// The session that is to wait for the hop.
    pub session: AwaitingSession,
    /// The request to us.
    pub trace: TraceId,
    /// The record of the decision, for the log.
    pub decision: Detail,
}

/// A session that is written but not open: the browser must prove first that the login is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitingSession {
    /// Names the login's cookies.
    pub handle: Handle,
    /// Of the one-time cookie that the answer sets.
    pub hop: TokenHash,
    /// Of the cookie that the browser got at the begin; none for an accepted unsolicited login.
    pub browser: Option<TokenHash>,
    /// Where the person goes.
    pub target: Target,
    /// When the session ends at the latest, once it is open.
    pub expires_at: OffsetDateTime,
    /// How long after its last use it ends, once it is open.
    pub idle: Duration,
    /// How and when the person proved who they are.
    pub authentication: Authentication,
    /// What the browser said of itself.
    pub user_agent: Option<UserAgent>,
    /// What the identity provider calls it.
    pub idp_session: IdpSession,
}

impl AwaitingSession {
    /// How long a session waits for its hop.
    pub const LIFETIME: Duration = Duration::seconds(60);
}

/// What became of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle every outcome")]
pub enum CommitOutcome {
    /// The assertion is used up, the request is consumed, and the decision was carried out.
    Committed(Committed),
    /// The assertion was used before; nothing changed.
    Replayed,
    /// It was issued before the store was last restored, so that nobody knows whether it was used; nothing changed.
    BeforeRestore,
    /// The request is unknown, of another connection, expired or consumed: the assertion is used up, nothing else changed.
    RequestGone,
    /// The key that signed was revoked, or left the metadata, while the login was on its way:
    /// assertion and request are used up, nothing else changed [attack G8].
    KeyGone,
}

/// A login that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// What it means for the person.
    pub account: Account,
    /// What went to the log, in its order.
    pub events: Vec<EventKind>,
}

/// What a login means for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle every outcome")]
pub enum Account {
    /// The session waits for the hop.
    SignedIn {
        /// The account as it now is.
        user: Box<User>,
        /// The session.
        session: SessionId,
        /// How the account was found.
        how: How,
    },
    /// There is no session.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The account that is linked to the identity, if there is one by now.
        user: Option<UserId>,
    },
}

/// How a login found its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are the three ways")]
pub enum How {
    /// The identity was linked before.
    Known,
    /// It was linked to an account that an operator had made.
    Linked,
    /// The account was made.
    Created,
}

/// Everything that a store needs to answer an unsolicited response by a login that we ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartRecord {
    /// The assertion that is used up.
    pub used: AssertionUse,
    /// The login that is begun.
    pub pending: PendingLogin,
    /// The request to us.
    pub trace: TraceId,
    /// The record of the decision, for the log.
    pub decision: Detail,
}

/// What became of a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle every outcome")]
pub enum RestartOutcome {
    /// The assertion is used up and the login is begun.
    Restarted,
    /// The assertion was used before; nothing changed.
    Replayed,
    /// It was issued before the store was last restored, so that nobody knows whether it was used; nothing changed.
    BeforeRestore,
    /// The connection is not active any more; nothing changed.
    Refused(Refusal),
}

/// A browser that wants its session opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopAttempt {
    /// The login.
    pub handle: Handle,
    /// Of the one-time cookie; none if the browser has not got it.
    pub hop: Option<TokenHash>,
    /// Of the cookie that the browser got at the begin, if it has it.
    pub browser: Option<TokenHash>,
    /// Of the token that the session gets if it is opened.
    pub new_token: TokenHash,
    /// Of the session token that the browser has now, if it has one.
    pub current: Option<TokenHash>,
    /// Whether the person said that another person's session may be replaced.
    pub replace: Replace,
    /// The request to us.
    pub trace: TraceId,
}

/// Whether a login may replace another person's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Replace {
    /// Ask first.
    Ask,
    /// The person has said so.
    Confirmed,
}

/// What became of a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle every outcome")]
pub enum HopOutcome {
    /// The session is open, and the hop's cookies are worth nothing any more.
    Opened(Opened),
    /// No session waits by this name: unknown, too late, or opened before.
    Missed,
    /// The cookies of the login are not there or are another login's; the session goes on waiting for its own browser.
    ///
    /// # Security
    /// Not using it up is deliberate: a handle is no secret, and a stranger who tries one must not end the login of its owner.
    /// Trying does not help either: the secrets have 256 random bits and live for 60 s.
    Foreign,
    /// The account or the connection may not sign in any more; the session ended.
    Refused(Refusal),
    /// It would replace another person's session: nothing changed, and a confirmed attempt goes through.
    ///
    /// # Security
    /// Whoever began the login: any site can lead a browser through one at a connection whose administrator it is.
    OtherPerson {
        /// Who is signed in in the browser.
        current: Box<User>,
        /// Who would be.
        arriving: Box<User>,
    },
}

/// A session that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: Box<User>,
    /// Where the person goes.
    pub target: Target,
    /// When it ends at the latest.
    pub expires_at: OffsetDateTime,
}

/// What became of the end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there are two outcomes")]
pub enum EndOutcome {
    /// It ended.
    Ended,
    /// There is no such live session, or it is somebody else's.
    NotFound,
}
