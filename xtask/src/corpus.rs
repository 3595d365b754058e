//! Runs a corpus of messages and signatures, by our engine or by both.

use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

/// Builds the runner, an example of the crate `landfall-saml`, and runs it.
///
/// # Errors
/// When a case differs from its manifest, or the folder cannot be read; the runner has printed which and why.
pub(crate) fn run(workspace: &Workspace, folder: &Path, json: Option<&Path>) -> Result<()> {
    let mut runner = runner(workspace, folder)?;
    if let Some(file) = json {
        runner.arg("--json").arg(here(file)?);
    }
    to_its_end(&mut runner)
}

/// Compares our engine with libxmlsec1 on each case, by the program of the crate `landfall-differential`.
///
/// # Errors
/// When the two part on a case that is no exception, or the folder cannot be read.
pub(crate) fn compare(workspace: &Workspace, folder: &Path) -> Result<()> {
    setup::system(workspace)?;
    let folder_of_questions = tempfile::tempdir().context("cannot make a folder for a while")?;
    let questions = folder_of_questions.path().join("questions.json");
    to_its_end(runner(workspace, folder)?.arg("--questions").arg(&questions))?;
    let mut comparison = workspace.cargo("run --quiet --locked -p landfall-differential --");
    to_its_end(comparison.arg(&questions))
}

/// The runner with its folder: it alone reads the manifest.
fn runner(workspace: &Workspace, folder: &Path) -> Result<Command> {
    let mut runner = workspace.cargo("run --quiet --locked -p landfall-saml --example corpus --");
    runner.arg(here(folder)?);
    Ok(runner)
}

/// A path that means the same at the root.
fn here(path: &Path) -> Result<PathBuf> {
    absolute(path).with_context(|| format!("cannot find {}", path.display()))
}
