//! Landfall, in each of the ways in which it can be run.

use anyhow::{Context, Result};

use super::{Bench, Figures};
use crate::bench::installation::Installation;

/// Each way; the figures are those of Landfall's own process.
pub(super) const ROWS: [Row; 4] = [
    Row { postgres: false, second_opinion: "off" },
    // Not `advise`, which would let a login pass that libxmlsec1 did not judge.
    Row { postgres: false, second_opinion: "require" },
    Row { postgres: true, second_opinion: "off" },
    Row { postgres: true, second_opinion: "require" },
];

/// A way to run it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    postgres: bool,
    second_opinion: &'static str,
}

impl Row {
    pub(super) fn name(self) -> String {
        let database = if self.postgres { "postgresql" } else { "sqlite" };
        format!("{database}  second opinion {}", self.second_opinion)
    }
}

/// Starts it in a fresh folder, introduces the identity provider, and signs in.
///
/// # Errors
/// When it cannot be started, refuses what it is told, or a login does not end with a session; with the end of its log.
pub(super) fn measure(bench: &Bench<'_>, row: Row) -> Result<Figures> {
    let settings = format!("second_opinion = \"{}\"\n", row.second_opinion);
    let landfall = Installation::make(bench, row.postgres, &settings)?;
    let server = landfall.serve()?;
    let figures = bench.sign_in("landfall", &landfall.address, server.id(), landfall.folder());
    figures.with_context(|| server.log_end())
}
