//! Checks that take their time, with tools that nothing else needs: they are built when one is asked for.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

/// What changes one line of the verifier at a time and looks whether a test notices.
const MUTANTS: (&str, &str) = ("cargo-mutants", "27.1.0");
/// What compares the public interface of two versions.
const SEMVER: (&str, &str) = ("cargo-semver-checks", "0.51.0");
/// What others build on.
const PUBLISHED: [&str; 7] = [
    "landfall-xmldsig",
    "landfall-xmldsig-xmlsec",
    "landfall-saml",
    "landfall-claims",
    "landfall-accounts",
    "landfall-store",
    "landfall-http",
];

/// Changes `landfall-xmldsig` in each way that cargo-mutants knows, or a part `K/N` of them, and runs its tests on each.
///
/// What no test notices is listed at the end, and in `mutants.out` below the target folder;
/// `.cargo/mutants.toml` has what cannot be noticed, with the reason.
///
/// # Errors
/// When the tool cannot be built, or a change goes unnoticed.
pub(crate) fn mutants(workspace: &Workspace, shard: Option<&str>) -> Result<()> {
    setup::system(workspace)?;
    let mut command = workspace.command(tool(workspace, MUTANTS)?);
    command.args(["mutants", "--package", "landfall-xmldsig", "--no-shuffle", "--output"]);
    command.arg(workspace.target());
    if let Some(shard) = shard {
        command.args(["--shard", shard]);
    }
    to_its_end(&mut command)
}

/// Compares the public interface of each crate that others build on with that of an earlier commit.
///
/// # Errors
/// When the tool cannot be built, or something breaks those who build on it.
pub(crate) fn semver(workspace: &Workspace, since: &str) -> Result<()> {
    setup::system(workspace)?;
    let mut command = workspace.command(tool(workspace, SEMVER)?);
    command.args(["semver-checks", "--baseline-rev", since]);
    for package in PUBLISHED {
        command.args(["--package", package]);
    }
    to_its_end(&mut command)
}

/// The program, built if it is not there in this version.
fn tool(workspace: &Workspace, (name, version): (&str, &str)) -> Result<PathBuf> {
    let folder = workspace.tools().join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if !program.is_file() {
        println!("building {name} {version}, which takes some minutes");
        let mut install = workspace.cargo("install --quiet --locked --root");
        let built = to_its_end(install.arg(&folder).arg(format!("{name}@{version}")));
        built.with_context(|| format!("cannot build {name}"))?;
    }
    Ok(program)
}
