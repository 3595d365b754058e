//! What came of all runs.

use std::fmt;

use serde::Serialize;

use crate::expect::{Expected, Mode};
use crate::judge::Said;
use crate::manifest::Case;

/// Every run, in the order of the manifest.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    runs: Vec<Line>,
}

/// One run of one case.
#[derive(Serialize)]
pub(crate) struct Line {
    id: String,
    mode: Mode,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Expected>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<Said>,
    /// Why it was skipped, or why something else is expected than the manifest says.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Line {
    pub(crate) fn skipped(case: &Case, mode: Mode, reason: &str) -> Self {
        let note = Some(reason.to_owned());
        Self { id: case.id.clone(), mode, outcome: Outcome::Skipped, expected: None, got: None, note }
    }

    pub(crate) fn run(case: &Case, mode: Mode, expected: Expected, note: Option<&str>, got: Said) -> Self {
        let outcome = if expected.is_met_by(&got) { Outcome::Passed } else { Outcome::Failed };
        let (expected, got) = (Some(expected), Some(got));
        Self { id: case.id.clone(), mode, outcome, expected, got, note: note.map(str::to_owned) }
    }
}

impl Report {
    pub(crate) fn push(&mut self, line: Line) {
        self.runs.push(line);
    }

    pub(crate) fn failed(&self) -> usize {
        self.count(Outcome::Failed)
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.runs.iter().filter(|line| line.outcome == outcome).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.runs.iter().filter(|line| line.outcome == Outcome::Failed) {
            let Line { id, mode, .. } = line;
            if let (Some(expected), Some(got)) = (&line.expected, &line.got) {
                writeln!(f, "{id} {mode}: expected {expected}, got {got}")?;
            }
        }
        let [passed, failed, skipped] =
            [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(|outcome| self.count(outcome));
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
