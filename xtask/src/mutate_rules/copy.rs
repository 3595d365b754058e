//! A copy of the checkout, in which files may be changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::workspace::{Workspace, line};

/// What the copy needs: the members of the workspace, and what cargo reads.
const NEEDED: &[&str] = &["Cargo.toml", "Cargo.lock", ".cargo", "crates", "xtask", "benches"];

/// A copy, until it is dropped.
pub(super) struct Copy(TempDir);

/// Copies the checkout.
pub(super) fn of(workspace: &Workspace) -> Result<Copy> {
    let folder = tempfile::tempdir().context("cannot make a folder for the copy")?;
    for name in NEEDED {
        copy(&workspace.root().join(name), &folder.path().join(name))?;
    }
    Ok(Copy(folder))
}

impl Copy {
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the tests at the border of `landfall-saml`, and gives those that fail.
    pub(super) fn failed_tests(&self, workspace: &Workspace) -> Result<Vec<String>> {
        let mut cargo =
            workspace.cargo("test --locked --quiet -p landfall-saml --test it -- --format pretty");
        // Cargo takes two copies of one workspace for the same: in one folder each would run what the other built.
        cargo.current_dir(self.path()).env("CARGO_TARGET_DIR", workspace.target().join("mutate-rules"));
        // One function changes at a time, and nobody looks at where a test failed.
        cargo.env("CARGO_INCREMENTAL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
        // A snapshot that differs is a failure, and nothing to write down.
        let output = cargo.env("INSTA_UPDATE", "no").output();
        let output = output.with_context(|| format!("cannot start `{}`", line(&cargo)))?;
        let failed = failed(&String::from_utf8_lossy(&output.stdout));
        if failed.is_empty() && !output.status.success() {
            bail!(
                "`{}` ended without a failed test: {}",
                line(&cargo),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(failed)
    }
}

/// The tests that a run calls failed.
fn failed(output: &str) -> Vec<String> {
    let names = output.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    names.map(str::to_owned).collect()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    fs::create_dir(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_named() {
        let output = "running 3 tests\ntest rules::e3_recipient ... FAILED\ntest rules::e2 ... ok\n\ntest result: FAILED. 1 passed\n";
        assert_eq!(failed(output), ["rules::e3_recipient"]);
    }
}
