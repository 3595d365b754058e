//! The cases that do not run, and those whose verdict in the manifest is held to be wrong, each with its reason.

use serde::Deserialize;

use crate::expect::{Expected, Mode};
use crate::manifest::Case;

/// What `exceptions.json` says.
#[derive(Deserialize)]
pub(crate) struct Exceptions {
    skipped: Vec<Skipped>,
    reviewed: Vec<Reviewed>,
}

/// Cases that need what is not there yet.
#[derive(Deserialize)]
struct Skipped {
    reason: String,
    /// All of them where it is absent.
    mode: Option<Mode>,
    cases: Vec<String>,
}

/// Cases that must be refused although the manifest calls them valid.
#[derive(Deserialize)]
struct Reviewed {
    argument: String,
    /// The code of the refusal.
    code: String,
    mode: Option<Mode>,
    cases: Vec<String>,
}

impl Exceptions {
    pub(crate) fn ours() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("exceptions.json"))
    }

    /// Why a run is left out.
    pub(crate) fn skipped(&self, case: &Case, mode: Mode) -> Option<&str> {
        let found = self.skipped.iter().find(|entry| names(&entry.cases, entry.mode, case, mode));
        found.map(|entry| entry.reason.as_str())
    }

    /// What a run must come to instead of what the manifest says, and why.
    pub(crate) fn reviewed(&self, case: &Case, mode: Mode) -> Option<(Expected, &str)> {
        let found = self.reviewed.iter().find(|entry| names(&entry.cases, entry.mode, case, mode))?;
        Some((Expected::Refused(vec![found.code.clone()]), &found.argument))
    }
}

fn names(cases: &[String], of: Option<Mode>, case: &Case, mode: Mode) -> bool {
    of.is_none_or(|of| of == mode) && cases.contains(&case.id)
}
