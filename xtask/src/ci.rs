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
    ("fuzz targets", |workspace| fuzz::run(workspace, None, GLANCE)),
];

/// How long each fuzz target runs.
const GLANCE: Duration = Duration::from_secs(3);

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
    let embedded = ["xmldsig", "saml", "claims", "accounts", "http"];
    let named = embedded.map(|name| format!("-p landfall-{name}")).join(" ");
    forget_unpacked()?;
    // A change can be tried before it is committed.
    cargo(workspace, &format!("package --locked --allow-dirty {named}"))
}

/// Removes what cargo unpacked of our packages when they were built last.
///
/// It keeps them by name and version, and would build a crate against what another was then.
fn forget_unpacked() -> Result<()> {
    let home = set("CARGO_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&set("HOME")?).join(".cargo")));
    let Some(home) = home else { return Ok(()) };
    for place in ["registry/src", "registry/cache"] {
        let registries = fs::read_dir(home.join(place)).into_iter().flatten().flatten();
        let entries =
            registries.flat_map(|registry| fs::read_dir(registry.path()).into_iter().flatten().flatten());
        let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("landfall-"));
        for path in ours.map(|entry| entry.path()) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
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
