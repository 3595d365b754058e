//! Folders of npm's packages below the target folder, each with what its lock file pins and nothing else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{STAMP, remove};
use crate::workspace::{Workspace, output, run};

/// The oldest Node.js that the packages are for.
const OLDEST: u32 = 20;
const LOCK: &str = "package-lock.json";

/// A folder with the packages of `xtask/interop/NAME/package-lock.json`, made anew when that has changed.
///
/// # Errors
/// When Node.js is too old, or something of the list cannot be installed.
pub(crate) fn packages(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let own = workspace.root().join("xtask/interop").join(name);
    let lock = own.join(LOCK);
    let wanted = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let folder = workspace.target().join("interop").join(name);
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == wanted) {
        return Ok(folder);
    }
    let said = output(Command::new("node").arg("--version"))?;
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    ensure!(
        major.is_some_and(|major: u32| major >= OLDEST),
        "Node.js {OLDEST} or later is needed, got {}: install one",
        said.trim()
    );
    println!("setup: installing xtask/interop/{name}/{LOCK} into {}", folder.display());
    remove(&folder)?;
    fs::create_dir_all(&folder).context("cannot make a folder for npm's packages")?;
    for file in ["package.json", LOCK] {
        fs::copy(own.join(file), folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = Command::new("npm");
    // No package runs anything of its own while it is installed.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(npm.current_dir(&folder))?;
    fs::write(folder.join(STAMP), &wanted).context("cannot write the stamp of npm's packages")?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn each_package_is_pinned_by_its_hash_and_by_no_address() {
        let lock: Value =
            serde_json::from_str(include_str!("../../interop/openid-client/package-lock.json")).unwrap();
        let own: Value =
            serde_json::from_str(include_str!("../../interop/openid-client/package.json")).unwrap();
        assert_eq!(lock["packages"][""]["dependencies"], own["dependencies"]);
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 1);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].as_str().unwrap().starts_with("sha512-"), "{name}");
            assert_eq!(package.get("resolved"), None, "{name}");
        }
        let exact =
            |version: &Value| version.as_str().unwrap().chars().all(|c| c.is_ascii_digit() || c == '.');
        assert!(own["dependencies"].as_object().unwrap().values().all(exact));
    }
}
