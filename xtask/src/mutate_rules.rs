//! Takes each rule of `landfall-saml` away, one at a time, and looks for the test that notices.

mod copy;
mod mutant;

use anyhow::{Context, Result, bail};
use std::fs;

use crate::workspace::Workspace;
use mutant::Mutant;

/// The tests that list all rules: they notice each, and tell nothing of what the rule does.
const LISTS: &[&str] = &[
    "rules::every_rule_has_its_line",
    "rules::a_decision_tells_everything_that_is_wrong_at_once",
    "logout::request::every_rule_has_its_line",
    "logout::response::every_rule_has_its_line",
];

/// Prints the tests that fail without each rule.
///
/// The rules are taken out of a copy of the checkout, which is gone afterwards.
///
/// # Errors
/// When the tests fail with all rules there, or a rule is missed by no test.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let copy = copy::of(workspace)?;
    let mutants = mutant::all(copy.path())?;
    let failed = copy.failed_tests(workspace)?;
    if !failed.is_empty() {
        bail!("with all rules there these tests fail: {}", failed.join(", "));
    }
    let mut unnoticed = Vec::new();
    for mutant in &mutants {
        let failed = without(workspace, &copy, mutant).with_context(|| format!("without {}", mutant.name))?;
        println!(
            "mutate-rules: without {:<42} {}",
            mutant.name,
            if failed.is_empty() { "NOTHING FAILS".to_owned() } else { failed.join(", ") }
        );
        if failed.is_empty() {
            unnoticed.push(mutant.name.as_str());
        }
    }
    println!("mutate-rules: {} rules taken away, {} unnoticed", mutants.len(), unnoticed.len());
    if !unnoticed.is_empty() {
        bail!("no test misses {}", unnoticed.join(", "));
    }
    Ok(())
}

/// The tests that fail without one rule.
fn without(workspace: &Workspace, copy: &copy::Copy, mutant: &Mutant) -> Result<Vec<String>> {
    let path = copy.path().join(mutant.file);
    let whole = fs::read_to_string(&path).with_context(|| format!("cannot read {}", mutant.file))?;
    let write = |text: &str| fs::write(&path, text).with_context(|| format!("cannot write {}", mutant.file));
    write(&mutant.text)?;
    let mut failed = copy.failed_tests(workspace)?;
    write(&whole)?;
    failed.retain(|test| !LISTS.contains(&test.as_str()));
    Ok(failed)
}
