//! What applications are told when a session ends [openid-backchannel].

use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{AppName, AppUrl, NotAnId, SessionId, TokenAlgorithm, UserId, ids};

/// Names a notice; it becomes the `jti` of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoticeId(Uuid);

impl NoticeId {
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

impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for NoticeId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        ids::parse(text).map(Self)
    }
}

/// An application is to be told that a session ended in which it was signed on to.
///
/// It is written in the transaction that ends the session, and stays until the application has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Names it.
    pub id: NoticeId,
    /// The application.
    pub app: AppName,
    /// Where it is told.
    pub address: AppUrl,
    /// What its tokens are signed with.
    pub signed_with: TokenAlgorithm,
    /// Whose session it was.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// When it ended.
    pub ended_at: OffsetDateTime,
    /// How often it was tried to tell the application.
    pub tries: u32,
}

impl LogoutNotice {
    /// How long one try may take, after which another node may begin one.
    pub const LEASE: Duration = Duration::MINUTE;
    /// How long it is tried.
    pub const GIVEN_UP: Duration = Duration::DAY;

    /// How long to wait after a try that failed, the first being number 1: it doubles from five seconds to an hour.
    #[must_use]
    pub fn wait(tries: u32) -> Duration {
        let doubled = 1_i32.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
        Duration::min(Duration::seconds(5).saturating_mul(doubled), Duration::HOUR)
    }
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must handle both")]
pub enum Delivery {
    /// The application has taken it [openid-backchannel 2.8].
    Taken,
    /// It did not answer, or refused.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_again_ever_more_seldom() {
        for (tries, seconds) in [(0, 5), (1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (u32::MAX, 3600)] {
            assert_eq!(LogoutNotice::wait(tries), Duration::seconds(seconds), "{tries}");
        }
    }
}
