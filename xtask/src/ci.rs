//! Everything that must pass before a change lands.

mod advisories;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run as to_its_end, set};
use crate::{fuzz, mutate_rules, setup, test, tidy};

/// A step: what it is called, and what it does.
type Step = (&'static str, fn(&Workspace) -> Result<()>);

/// In this order: what installs, then what is quick, then what compiles.
const STEPS: &[Step] = &[
    ("setup", setup::everything),
    ("tidy", tidy::run),
    ("format", |workspace| cargo(workspace, "fmt --all --check")),
    ("bans, licences, sources", deny),
    ("advisories", advisories::run),
    ("lints", |workspace| {
        cargo(
            workspace,
            "clippy --workspace --all-targets --features landfall/xmlsec --locked -- -D warnings",
        )
    }),
    ("test", test::run),
    ("without libxmlsec1", |workspace| cargo(workspace, "test --locked -p landfall --bins")),
    ("a test for each rule", mutate_rules::run),
    ("documentation", documentation),
    ("packages", packages),
    ("benchmarks, one pass", |workspace| cargo(workspace, "test --locked -p landfall-benches --benches")),
    ("benchmark of peers, built", |workspace| {
        cargo(workspace, "check --locked --benches --manifest-path benches/peers/Cargo.toml")
    }),
    ("fuzz targets", fuzz::glance),
];

/// Runs every step, and stops at the first that fails.
///
/// # Errors
/// Names the step that failed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut times = Vec::new();
    let mut outcome = Ok(());
    for (name, step) in STEPS {
        println!("\n== {name}");
        let start = Instant::now();
        outcome = step(workspace).with_context(|| format!("step {name:?} of ci failed"));
        times.push((*name, start.elapsed()));
        if outcome.is_err() {
            break;
        }
    }
    println!("\n{}", table(&times));
    outcome
}

fn table(times: &[(&str, Duration)]) -> String {
    let all: Duration = times.iter().map(|(_, time)| time).sum();
    let rows = times.iter().copied().chain([("all", all)]);
    let rows = rows.map(|(name, time)| format!("{name:<26} {:>7.1} s\n", time.as_secs_f64()));
    rows.collect()
}

fn cargo(workspace: &Workspace, words: &str) -> Result<()> {
    to_its_end(&mut workspace.cargo(words))
}

/// Without the graphs, which are long: `cargo tree -i NAME` shows who brings a crate.
fn deny(workspace: &Workspace) -> Result<()> {
    cargo(
        workspace,
        "deny --offline --locked --config .deny.toml check --hide-inclusion-graph bans licenses sources",
    )
}

/// Builds each crate that others embed from its own package, as they would get it.
fn packages(workspace: &Workspace) -> Result<()> {
    let embedded = ["xmldsig", "saml", "claims", "scim", "accounts", "http"];
    let named = embedded.map(|name| format!("-p landfall-{name}")).join(" ");
    forget_packages(workspace)?;
    // A change can be tried before it is committed.
    cargo(workspace, &format!("package --locked --allow-dirty {named}"))
}

/// Removes what cargo unpacked and built of our packages when they were verified last.
///
/// It takes a package of one version for the same for ever, and would build a crate against what another was then.
fn forget_packages(workspace: &Workspace) -> Result<()> {
    let home = set("CARGO_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&set("HOME")?).join(".cargo")));
    let registries = home.into_iter().flat_map(|home| within(&home.join("registry/src")));
    let built = workspace.target().join("debug/.fingerprint");
    let folders = registries.chain([built]).flat_map(|folder| within(&folder));
    let ours = |folder: &PathBuf| {
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("landfall-"))
    };
    for folder in folders.filter(ours) {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// What is in a folder, if it is there.
fn within(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn documentation(workspace: &Workspace) -> Result<()> {
    to_its_end(workspace.cargo("doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-D warnings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_step_and_the_sum() {
        let times = [("setup", Duration::from_millis(400)), ("test", Duration::from_secs(61))];
        let expected = "\
setup                          0.4 s
test                          61.0 s
all                           61.4 s
";
        assert_eq!(table(&times), expected);
    }
}
