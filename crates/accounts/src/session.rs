use time::OffsetDateTime;

use crate::{ConnectionId, ConnectionName, IdpSession, SessionId, TenantId, TenantName, User, UserId};

/// A session that was opened in a browser and lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists and in the log.
    pub id: SessionId,
    /// The tenant of its user.
    pub tenant: TenantId,
    /// Whose it is.
    pub user: UserId,
    /// The connection by which the person signed in.
    pub connection: ConnectionId,
    /// When it was opened.
    pub opened_at: OffsetDateTime,
    /// When it ends at the latest; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// What the browser said of itself.
    pub user_agent: Option<UserAgent>,
}

/// A person who is signed in: the answer to a session cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its user, who is active.
    pub user: User,
    /// The name of the connection by which the person signed in.
    pub connection: ConnectionName,
    /// The name of the tenant.
    pub tenant: TenantName,
    /// What the identity provider calls the session; unknown for one from before this was kept.
    pub idp_session: Option<IdpSession>,
}

/// What a browser said of itself: at most 256 characters, the rest is cut off.
///
/// # Security
/// It is written by whoever sent it: show it as text and decide nothing by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// Takes what came, without control characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.chars().filter(|letter| !letter.is_control()).take(256).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The person signed out in the browser that has it.
    SignedOut,
    /// The identity provider signed the person out.
    SingleLogout,
    /// The person or an operator revoked it from elsewhere.
    Revoked,
    /// The browser opened a new one.
    Replaced,
    /// The account was suspended.
    Suspended,
    /// The account was deleted.
    Deprovisioned,
    /// The connection was disabled, or made a draft or a test again.
    ConnectionDisabled,
    /// A key of the connection was revoked.
    KeyRevoked,
    /// The database was restored from a backup that is older than what became of the session.
    Restored,
}

impl EndReason {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SingleLogout => "single-logout",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::Suspended => "suspended",
            Self::Deprovisioned => "deprovisioned",
            Self::ConnectionDisabled => "connection-disabled",
            Self::KeyRevoked => "key-revoked",
            Self::Restored => "restored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        assert_eq!(UserAgent::new("Mozilla/5.0\r\nX: y").as_str(), "Mozilla/5.0X: y");
        assert_eq!(UserAgent::new(&"ä".repeat(300)).as_str().chars().count(), 256);
    }
}
