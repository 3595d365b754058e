//! Runs a corpus of messages and signatures, by our engine or by both.

use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

/// Builds the runner, an example of the crate `landfall-saml`, and runs it;
/// then maps what each login says, by an example of `landfall-claims`, and compares with what came before.
///
/// # Errors
/// When a case differs from its manifest, or a profile from the snapshot, or the folder cannot be read;
/// the programs have printed which and why.
pub(crate) fn run(
    workspace: &Workspace,
    folder: &Path,
    json: Option<&Path>,
    snapshot: Snapshot,
) -> Result<()> {
    let folder_of_people = tempfile::tempdir().context("cannot make a folder for a while")?;
    let people = folder_of_people.path().join("people.json");
    let mut runner = runner(workspace, folder)?;
    runner.arg("--people").arg(&people);
    if let Some(file) = json {
        runner.arg("--json").arg(here(file)?);
    }
    let judged = to_its_end(&mut runner);
    let mut mapper = workspace.cargo("run --quiet --locked -p landfall-claims --example people --");
    mapper.arg(&people);
    if snapshot == Snapshot::Rewrite {
        mapper.arg("--rewrite");
    }
    let mapped = to_its_end(&mut mapper);
    judged.and(mapped)
}

/// What becomes of what came of the mapping before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snapshot {
    /// It is compared.
    Compare,
    /// It is written anew.
    Rewrite,
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
