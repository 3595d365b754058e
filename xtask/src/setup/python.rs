//! Python environments below the target folder, each with what its list pins and nothing else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{STAMP, remove};
use crate::workspace::{Workspace, run};

/// The environment of `xtask/interop/requirements-NAME.txt`, made anew when the list has changed.
///
/// # Errors
/// When it cannot be made, or something of the list cannot be installed.
pub(crate) fn environment(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let list = workspace.root().join(format!("xtask/interop/requirements-{name}.txt"));
    let wanted = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let folder = workspace.target().join("interop").join(name);
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == wanted) {
        return Ok(folder);
    }
    println!("setup: installing xtask/interop/requirements-{name}.txt into {}", folder.display());
    remove(&folder)?;
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    // The list is whole: what is not in it is not wanted.
    pip.args(["-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "-r"]).arg(&list);
    run(&mut pip)?;
    fs::write(folder.join(STAMP), &wanted).context("cannot write the stamp of a Python environment")?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_line_of_a_list_pins_one_version() {
        for list in [
            include_str!("../../interop/requirements-pysaml2.txt"),
            include_str!("../../interop/requirements-nanoidp.txt"),
            include_str!("../../interop/requirements-scim.txt"),
            include_str!("../../interop/requirements-schemathesis.txt"),
            include_str!("../../interop/requirements-authlib.txt"),
        ] {
            let mut pins = list.lines().filter(|line| !line.starts_with('#')).peekable();
            assert!(pins.peek().is_some());
            for pin in pins {
                let (name, version) = pin.split_once("==").unwrap_or_default();
                let plain = |text: &str| {
                    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                };
                assert!(plain(name) && plain(version), "{pin}");
            }
        }
    }
}
