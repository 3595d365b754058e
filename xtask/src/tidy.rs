//! Checks what the compiler cannot: which crate may know which, and the shape of the tree.

mod direction;
mod tree;

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
    for breach in &breaches {
        println!("tidy: {breach}");
    }
    if !breaches.is_empty() {
        bail!("rules that the tree breaks: {}", breaches.len());
    }
    Ok(())
}
