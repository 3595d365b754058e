use std::fmt;

use time::{Duration, OffsetDateTime};

use crate::{
    AssertionUse, CertificateFingerprint, ConnectionId, Detail, RequestId, SamlState, TenantId, TraceId,
};

/// What the identity provider calls a session that it asserted: single logout speaks of it by these names.
///
/// # Security
/// A NameID is personal data: `Debug` shows nothing of it.
/// Both names mean nothing outside their connection.
#[derive(Clone, PartialEq, Eq)]
pub struct IdpSession {
    /// The value of the NameID, compared byte for byte.
    pub name_id: String,
    /// The NameID as a LogoutRequest repeats it, for the SAML part: opaque here.
    pub saml: SamlState,
    /// The SessionIndex, if the assertion had one, compared byte for byte.
    pub index: Option<String>,
}

impl fmt::Debug for IdpSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdpSession([redacted])")
    }
}

/// A logout that we asked the identity provider for, and that waits for its answer; the session here has ended already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLogout {
    /// The request that was sent, which the answer repeats.
    pub request_id: RequestId,
    /// The connection that was asked: only its keys count for the answer.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// When an answer is too late, [`LIFETIME`](Self::LIFETIME) after the question; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// What the SAML part must remember.
    pub saml: SamlState,
}

impl PendingLogout {
    /// How long a logout waits for its answer.
    pub const LIFETIME: Duration = Duration::minutes(15);
}

/// Everything that a store needs to carry out a logout that the identity provider signed.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoutRecord {
    /// The connection whose keys verified the request.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// The certificate whose key signed: it must still be trusted when the logout is carried out.
    pub signer: CertificateFingerprint,
    /// The request, which is used up like an assertion.
    pub used: AssertionUse,
    /// The sessions that it names.
    pub indexes: Vec<String>,
    /// The value of its NameID: it counts where no session has one of the indexes.
    pub name_id: String,
    /// The request to us.
    pub trace: TraceId,
    /// The record of the decision, for the log.
    pub decision: Detail,
}

impl fmt::Debug for LogoutRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRecord")
            .field("connection", &self.connection)
            .field("trace", &self.trace)
            .finish_non_exhaustive()
    }
}

/// What became of a logout that the identity provider asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the logout flow must handle every outcome")]
pub enum LogoutOutcome {
    /// So many sessions ended; none is no failure, since nobody is signed in then either.
    Ended {
        /// How many.
        sessions: usize,
    },
    /// The request was used before; nothing changed.
    Replayed,
    /// It was issued before the store was last restored, so that nobody knows whether it was used; nothing changed.
    BeforeRestore,
    /// The key that signed was revoked while the request was on its way: it is used up, nothing else changed.
    KeyGone,
}

/// The answer to a logout that we asked for, signed by the identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutAnswer {
    /// The request that is answered.
    pub request: RequestId,
    /// The connection whose keys verified the answer.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// What the identity provider says.
    pub elsewhere: Elsewhere,
    /// The request to us.
    pub trace: TraceId,
    /// The record of the decision, for the log.
    pub decision: Detail,
}

/// Whether a person is signed out elsewhere too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the page must have a sentence for each")]
pub enum Elsewhere {
    /// Everywhere, as the identity provider says.
    SignedOut,
    /// Not everywhere, as it says.
    Partial,
}

impl Elsewhere {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::Partial => "partial",
        }
    }
}

/// What became of the answer to a logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there are two outcomes")]
pub enum AnswerOutcome {
    /// It was the first answer to a request that waited.
    Taken,
    /// No request waits for it: unknown, answered, too late, or another connection's.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_identity_provider_calls_a_session_does_not_print() {
        let session = IdpSession {
            name_id: "ada@contoso.example".to_owned(),
            saml: SamlState::new(b"ada".to_vec()),
            index: Some("_session".to_owned()),
        };
        assert_eq!(format!("{session:?}"), "IdpSession([redacted])");
    }
}
