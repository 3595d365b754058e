//! Known weaknesses of what we depend on, from a copy of the advisory database on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run as to_its_end, set};

/// Asks cargo-audit, where there is a copy to ask.
///
/// # Errors
/// When a dependency has a known weakness, or the copy cannot be read.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let Some(copy) = copy(workspace.root()) else {
        println!("skipped: no advisory snapshot");
        return Ok(());
    };
    let newest = newest(&copy)?.with_context(|| format!("{} holds no advisory", copy.display()))?;
    println!("the newest advisory of this snapshot is of {newest}; it misses what came later");
    to_its_end(workspace.cargo("audit --no-fetch --db").arg(copy))
}

/// The folder that the environment names, else the one that stands beside the checkout.
fn copy(root: &Path) -> Option<PathBuf> {
    match set("LANDFALL_ADVISORIES") {
        Some(named) => Some(root.join(named)),
        None => Some(root.parent()?.join("shared/advisories")).filter(|folder| folder.is_dir()),
    }
}

/// The latest line `date = "YYYY-MM-DD"` in `crates/*/*`.
fn newest(copy: &Path) -> Result<Option<String>> {
    let mut newest = None;
    for package in entries(&copy.join("crates"))? {
        for advisory in entries(&package)? {
            let text = fs::read_to_string(&advisory)
                .with_context(|| format!("cannot read {}", advisory.display()))?;
            let date = text.lines().find_map(|line| line.strip_prefix("date = \"")?.strip_suffix('"'));
            newest = newest.max(date.map(str::to_owned));
        }
    }
    Ok(newest)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(unreadable)?;
    entries.map(|entry| Ok(entry.with_context(unreadable)?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(dates: &[&str]) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("crates")).unwrap();
        for (number, date) in dates.iter().enumerate() {
            let folder = copy.path().join(format!("crates/package{number}"));
            fs::create_dir(&folder).unwrap();
            let text = format!("```toml\n[advisory]\nid = \"RUSTSEC-0000-0000\"\ndate = \"{date}\"\n```\n");
            fs::write(folder.join("RUSTSEC-0000-0000.md"), text).unwrap();
        }
        copy
    }

    #[test]
    fn the_latest_date_counts_wherever_it_stands() {
        let copy = snapshot(&["2022-08-31", "2026-08-20", "2024-01-01"]);
        assert_eq!(newest(copy.path()).unwrap().as_deref(), Some("2026-08-20"));
    }

    #[test]
    fn an_empty_copy_has_no_date() {
        assert_eq!(newest(snapshot(&[]).path()).unwrap(), None);
    }

    #[test]
    fn a_folder_that_is_no_copy_is_an_error() {
        assert!(newest(tempfile::tempdir().unwrap().path()).is_err());
    }
}
