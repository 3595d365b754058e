//! Runs a corpus of messages and signatures.

use std::path::{Path, absolute};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run as to_its_end};

/// Builds the runner, an example of the crate `landfall-saml`, and runs it.
///
/// # Errors
/// When a case differs from its manifest, or the folder cannot be read; the runner has printed which and why.
pub(crate) fn run(workspace: &Workspace, folder: &Path, json: Option<&Path>) -> Result<()> {
    let here = |path: &Path| absolute(path).with_context(|| format!("cannot find {}", path.display()));
    let mut runner = workspace.cargo("run --quiet --locked -p landfall-saml --example corpus --");
    runner.arg(here(folder)?);
    if let Some(file) = json {
        runner.arg("--json").arg(here(file)?);
    }
    to_its_end(&mut runner)
}
