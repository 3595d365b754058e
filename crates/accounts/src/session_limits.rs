use std::{fmt, str::FromStr};

use time::Duration;

use crate::{SettingError, settings::read};

/// One limit of a session: from a minute to 30 days, written as `30m`, `12h` or `7d`.
///
/// ```
/// use landfall_accounts::SessionLimit;
///
/// let limit: SessionLimit = "90m".parse()?;
/// assert_eq!(limit.as_duration(), time::Duration::minutes(90));
/// assert_eq!("24h".parse::<SessionLimit>()?.to_string(), "1d");
/// assert!("0m".parse::<SessionLimit>().is_err());
/// # Ok::<(), landfall_accounts::NotASessionLimit>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionLimit(Duration);

impl SessionLimit {
    const SHORTEST: Duration = Duration::minutes(1);
    const LONGEST: Duration = Duration::days(30);

    /// The limit as a time.
    #[must_use]
    pub fn as_duration(self) -> Duration {
        self.0
    }
}

impl fmt::Display for SessionLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.whole_minutes();
        match (minutes % (24 * 60), minutes % 60) {
            (0, _) => write!(f, "{}d", minutes / (24 * 60)),
            (_, 0) => write!(f, "{}h", minutes / 60),
            _ => write!(f, "{minutes}m"),
        }
    }
}

impl FromStr for SessionLimit {
    type Err = NotASessionLimit;

    fn from_str(text: &str) -> Result<Self, NotASessionLimit> {
        let wrong = || NotASessionLimit { found: text.chars().take(40).collect() };
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = number.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        let limit = match unit {
            "m" => Duration::minutes(number.into()),
            "h" => Duration::hours(number.into()),
            "d" => Duration::days(number.into()),
            _ => return Err(wrong()),
        };
        let fits = (Self::SHORTEST..=Self::LONGEST).contains(&limit);
        fits.then_some(Self(limit)).ok_or_else(wrong)
    }
}

/// A text that is no limit of a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no limit of a session: write 1m to 30d, such as 30m, 12h or 7d")]
pub struct NotASessionLimit {
    found: String,
}

/// How long the sessions of an installation last: the first limit that is reached ends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// How long after its last use a session ends.
    pub idle: SessionLimit,
    /// How long after its begin it ends, however much it is used.
    pub absolute: SessionLimit,
}

impl Default for SessionLimits {
    /// Two hours, which a meeting does not use up and a night does; twelve, which is a working day.
    fn default() -> Self {
        Self { idle: SessionLimit(Duration::hours(2)), absolute: SessionLimit(Duration::hours(12)) }
    }
}

/// What the sessions of one connection are held to beyond the limits of the installation: they can only be shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShorterSessions {
    /// `session-idle`: how long after its last use a session ends.
    pub idle: Option<SessionLimit>,
    /// `session-absolute`: how long after its begin.
    pub absolute: Option<SessionLimit>,
}

impl ShorterSessions {
    /// Changes one of its settings, if it has one of this name.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Option<Result<(), SettingError>> {
        let limit = || (value != "default").then(|| read(key, value)).transpose();
        match key {
            "session-idle" => Some(limit().map(|limit| self.idle = limit)),
            "session-absolute" => Some(limit().map(|limit| self.absolute = limit)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn limits_are_from_a_minute_to_thirty_days() {
        for (text, written) in [
            ("1m", "1m"),
            ("90m", "90m"),
            ("60m", "1h"),
            ("12h", "12h"),
            ("24h", "1d"),
            ("30d", "30d"),
            ("720h", "30d"),
        ] {
            let limit: SessionLimit = text.parse().unwrap();
            assert_eq!(limit.to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(limit), "{text}");
        }
        for text in [
            "", "m", "0m", "31d", "721h", "60", "60s", "1w", "+5m", "-5m", "5 m", "5m ", "1.5h", "99999m",
            "5ä",
        ] {
            assert!(text.parse::<SessionLimit>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_connection_has_shorter_ones_or_none() {
        let mut connection = testing::entra_connection();
        connection.set("session-idle", "30m").unwrap();
        connection.set("session-absolute", "8h").unwrap();
        let [idle, absolute] = ["30m", "8h"].map(|text| text.parse().ok());
        assert_eq!(connection.settings.sessions, ShorterSessions { idle, absolute });
        for (key, value) in [("session-idle", "never"), ("session-absolute", "31d"), ("session-idle", "")] {
            assert_eq!(connection.set(key, value).unwrap_err().to_string(), format!("cannot set `{key}`"));
        }
        assert_eq!(connection.settings.sessions, ShorterSessions { idle, absolute });
        connection.set("session-idle", "default").unwrap();
        connection.set("session-absolute", "default").unwrap();
        assert_eq!(connection.settings.sessions, ShorterSessions::default());
    }

    #[test]
    fn a_default_session_lasts_a_working_day_and_not_a_night() {
        let limits = SessionLimits::default();
        assert_eq!((limits.idle.to_string(), limits.absolute.to_string()), ("2h".into(), "12h".into()));
    }
}
