//! Checks what the compiler cannot: which crate may know which, the shape of the tree, and that each rule has its test.

mod direction;
pub(crate) mod spec_map;
mod tree;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, output};

/// Prints each breach of the rules.
///
/// # Errors
/// When there is one, or the tree cannot be read.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let metadata = output(&mut workspace.cargo("metadata --no-deps --format-version 1"))?;
    let metadata = serde_json::from_str(&metadata).context("cargo printed metadata that is not JSON")?;
    let mut breaches = direction::breaches(&metadata)?;
    let tree = tree::Tree::read(workspace.root())?;
    for long in tree.long_files() {
        println!("tidy: warning: {long}");
    }
    breaches.extend(tree.breaches());
    let spec_map = spec_map(workspace, &tree)?;
    breaches.extend(spec_map.breaches());
    breaches.extend(spec_map.stale(workspace));
    for breach in &breaches {
        println!("tidy: {breach}");
    }
    if !breaches.is_empty() {
        bail!("rules that the tree breaks: {}", breaches.len());
    }
    Ok(())
}

fn spec_map(workspace: &Workspace, tree: &tree::Tree) -> Result<spec_map::SpecMap> {
    let attacks = fs::read_to_string(workspace.root().join("docs/attacks.md"));
    Ok(spec_map::SpecMap::new(&attacks.context("cannot read docs/attacks.md")?, tree.sources()))
}
