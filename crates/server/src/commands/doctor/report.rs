//! What was found, and how bad it is.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Ok,
    Warn,
    Fail,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        })
    }
}

/// What was looked at, and how it is.
#[derive(Default)]
pub(super) struct Report {
    pub(super) lines: Vec<(Health, String, String)>,
}

impl Report {
    pub(super) fn add(&mut self, health: Health, what: impl Into<String>, how: impl Into<String>) {
        self.lines.push((health, what.into(), how.into()));
    }
}
