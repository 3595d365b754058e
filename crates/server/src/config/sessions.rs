//! `[sessions]`: how long people stay signed in.

use anyhow::{Context, Result, bail};
use landfall_accounts::{SessionLimit, SessionLimits};
use serde::Deserialize;

/// What is not written stays as it is by default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSessions {
    idle: Option<String>,
    absolute: Option<String>,
}

impl RawSessions {
    pub(super) fn check(&self) -> Result<SessionLimits> {
        let default = SessionLimits::default();
        let written = |text: &Option<String>| text.as_deref().map(str::parse::<SessionLimit>).transpose();
        let absolute = written(&self.absolute).context("sessions.absolute")?.unwrap_or(default.absolute);
        let idle = written(&self.idle).context("sessions.idle")?;
        if let Some(idle) = idle.filter(|idle| *idle > absolute) {
            bail!(
                "sessions.idle: {idle} is longer than sessions.absolute, which is {absolute}: a session would never be idle"
            );
        }
        Ok(SessionLimits { idle: idle.unwrap_or(default.idle.min(absolute)), absolute })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(idle: &str, absolute: &str) -> Result<(String, String)> {
        let written = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let limits = RawSessions { idle: written(idle), absolute: written(absolute) }.check()?;
        Ok((limits.idle.to_string(), limits.absolute.to_string()))
    }

    #[test]
    fn what_is_not_written_is_the_default() {
        for (idle, absolute, expected) in [
            ("", "", ("2h", "12h")),
            ("30m", "", ("30m", "12h")),
            ("", "8h", ("2h", "8h")),
            ("", "1h", ("1h", "1h")),
            ("1d", "1d", ("1d", "1d")),
            ("3d", "7d", ("3d", "7d")),
        ] {
            let (idle, absolute) = check(idle, absolute).unwrap();
            assert_eq!((idle.as_str(), absolute.as_str()), expected);
        }
    }

    #[test]
    fn a_wrong_limit_is_named() {
        for (idle, absolute, part) in [
            ("0m", "", "sessions.idle: \"0m\" is no limit of a session"),
            ("", "31d", "sessions.absolute: \"31d\" is no limit of a session"),
            ("13h", "", "sessions.idle: 13h is longer than sessions.absolute, which is 12h"),
        ] {
            let text = format!("{:#}", check(idle, absolute).unwrap_err());
            assert!(text.contains(part), "{text}");
        }
    }
}
