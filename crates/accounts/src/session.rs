use time::{Duration, OffsetDateTime};

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
    /// When it was used last, as far as that is written down, see [`Session::seen_every`].
    pub last_seen_at: OffsetDateTime,
    /// How long after its last use it ends.
    pub idle: Duration,
    /// When it ends at the latest; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// How and when the person proved who they are; unknown for a session from before this was kept.
    pub authentication: Option<Authentication>,
    /// What the browser said of itself.
    pub user_agent: Option<UserAgent>,
}

impl Session {
    /// How often it is written down that a session is used: each minute, or twenty times in its idle time.
    ///
    /// So a session ends at most this much earlier than its idle time after the last request, and never later.
    #[must_use]
    pub fn seen_every(&self) -> Duration {
        Duration::min(self.idle / 20, Duration::MINUTE)
    }

    /// Whether a use at this moment is to be written down.
    #[must_use]
    pub fn is_seen_anew(&self, now: OffsetDateTime) -> bool {
        now - self.last_seen_at >= self.seen_every()
    }
}

/// How and when a person proved who they are, as the identity provider says.
///
/// # Security
/// Whoever runs the identity provider says what he likes, of his own people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    at: OffsetDateTime,
    context: Option<String>,
    methods: Vec<String>,
}

impl Authentication {
    /// Most characters of a context that is kept; one that is longer is none, since a part of it would be another one.
    const LONGEST_CONTEXT: usize = 256;
    /// Most methods that are kept.
    const MOST_METHODS: usize = 16;

    /// Takes what was asserted at `now`: nobody has proved anything later than that, whatever clock the other side has.
    #[must_use]
    pub fn asserted(at: OffsetDateTime, context: Option<&str>, now: OffsetDateTime) -> Self {
        let fits =
            |context: &&str| context.chars().take(Self::LONGEST_CONTEXT + 1).count() <= Self::LONGEST_CONTEXT;
        Self { at: at.min(now), context: context.filter(fits).map(str::to_owned), methods: Vec::new() }
    }

    /// The same by these methods, as the identity provider names them; at most 16 are kept, of at most 256 characters each.
    #[must_use]
    pub fn by<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let fits =
            |method: &&str| method.chars().take(Self::LONGEST_CONTEXT + 1).count() <= Self::LONGEST_CONTEXT;
        self.methods = methods.into_iter().filter(fits).take(Self::MOST_METHODS).map(str::to_owned).collect();
        self
    }

    /// By which methods, as the identity provider names them.
    #[must_use]
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// When: with Entra this may be months before the session was opened.
    #[must_use]
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// How, as an authentication context class.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Whether it is at most `max_age` ago; `skew` is how far the clocks may be apart.
    #[must_use]
    pub fn is_within(&self, max_age: Duration, skew: Duration, now: OffsetDateTime) -> bool {
        now - self.at <= max_age.saturating_add(skew)
    }
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
    /// The person signed out in every browser at once.
    SignedOutEverywhere,
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
            Self::SignedOutEverywhere => "signed-out-everywhere",
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
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[test]
    fn e23_an_authentication_counts_for_a_while() {
        let (age, skew) = (Duration::minutes(5), Duration::minutes(1));
        for (ago, within) in [(0, true), (359, true), (360, true), (361, false)] {
            let one = Authentication::asserted(NOW - Duration::seconds(ago), None, NOW);
            assert_eq!(one.is_within(age, skew, NOW), within, "{ago}");
        }
    }

    #[test]
    fn e7_nobody_has_proved_anything_in_the_future() {
        let ahead = Authentication::asserted(NOW + Duration::SECOND, Some("urn:x"), NOW);
        assert_eq!((ahead.at(), ahead.context()), (NOW, Some("urn:x")));
        let context = "ä".repeat(Authentication::LONGEST_CONTEXT);
        let kept = |context: &str| Authentication::asserted(NOW, Some(context), NOW).context().is_some();
        assert!(kept(&context) && !kept(&(context.clone() + "x")));
    }

    #[test]
    fn a_use_is_written_down_each_minute_or_twenty_times_in_the_idle_time() {
        for (idle, every) in [(1, 3), (10, 30), (20, 60), (120, 60)] {
            let mut session = crate::testing::session();
            session.idle = Duration::minutes(idle);
            assert_eq!(session.seen_every(), Duration::seconds(every), "{idle}");
            let at = |seconds| session.last_seen_at + Duration::seconds(seconds);
            assert!(
                !session.is_seen_anew(at(every) - Duration::MILLISECOND) && session.is_seen_anew(at(every))
            );
        }
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        assert_eq!(UserAgent::new("Mozilla/5.0\r\nX: y").as_str(), "Mozilla/5.0X: y");
        assert_eq!(UserAgent::new(&"ä".repeat(300)).as_str().chars().count(), 256);
    }
}
