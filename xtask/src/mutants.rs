//! The verifier, changed in every small way: what does no test notice?

use anyhow::{Context, Result};

use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

const NAME: &str = "cargo-mutants";
const VERSION: &str = "27.1.0";

/// Changes `landfall-xmldsig` in each way that cargo-mutants knows, or a part `K/N` of them, and runs its tests on each.
///
/// The tool is built when this is asked for the first time, since nothing else needs it.
/// What no test notices is listed at the end, and in `mutants.out` below the target folder.
///
/// # Errors
/// When the tool cannot be built, or a change goes unnoticed.
pub(crate) fn run(workspace: &Workspace, shard: Option<&str>) -> Result<()> {
    setup::system(workspace)?;
    let folder = workspace.tools().join(format!("{NAME}-{VERSION}"));
    let program = folder.join("bin").join(NAME);
    if !program.is_file() {
        println!("building {NAME} {VERSION}, which takes some minutes");
        let mut install = workspace.cargo("install --quiet --locked --root");
        let built = to_its_end(install.arg(&folder).arg(format!("{NAME}@{VERSION}")));
        built.with_context(|| format!("cannot build {NAME}"))?;
    }
    let mut command = workspace.command(program);
    command.args(["mutants", "--package", "landfall-xmldsig", "--no-shuffle", "--output"]);
    command.arg(workspace.target());
    if let Some(shard) = shard {
        command.args(["--shard", shard]);
    }
    to_its_end(&mut command)
}
