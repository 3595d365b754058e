//! Runs the benchmarks, and tells how far verification is from the arithmetic that it cannot do without.

mod forward_auth;
mod installation;
mod login;
pub(crate) mod peers;
pub(crate) mod provisioning;
mod revocation;
mod scim;
mod store;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::{Workspace, run as to_its_end};

/// No directory is so fast: the limits are not what is measured.
const NO_LIMITS: &str = "[limits]\naddress_burst = 10000000\naddress_per_second = 1000000\nconnection_burst = 10000000\nconnection_per_second = 1000000\n";

/// What is compared, each with a limit of its own.
const SIZES: [&str; 3] = ["6KB", "150-groups", "1000-groups"];

/// Runs one benchmark, or each of them, that of provisioning with so many people; behind `verify` comes its ratio to the limit, a line a size,
/// behind `hostile` the message that costs most, and behind `decrypt` a line for each outcome.
///
/// # Errors
/// When it cannot be built, or breaks off, or there is none of that name.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>, people: u32) -> Result<()> {
    match name {
        Some("login") => login::run(workspace),
        Some("store") => store::run(workspace),
        Some("revocation") => revocation::run(workspace),
        Some("scim") => scim::run(workspace),
        Some("forward-auth") => forward_auth::run(workspace),
        Some("provisioning") => provisioning::run(workspace, people),
        Some(name) => library(workspace, Some(name)),
        None => {
            library(workspace, None)?;
            store::run(workspace)?;
            revocation::run(workspace)?;
            login::run(workspace)?;
            scim::run(workspace)?;
            forward_auth::run(workspace)?;
            provisioning::run(workspace, people)
        }
    }
}

/// Those of functions, which criterion measures.
fn library(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    let mut bench = workspace.cargo("bench --quiet --locked -p landfall-benches");
    match name {
        Some(name) => bench.args(["--bench", name]),
        None => bench.arg("--benches"),
    };
    to_its_end(bench.args(["--", "--noplot"]))?;
    if name.is_none_or(|name| name == "verify") {
        let measured = workspace.target().join("criterion/verify");
        println!();
        for size in SIZES {
            println!("{}", compared(&measured, size)?);
        }
    }
    if name.is_none_or(|name| name == "hostile") {
        println!("\n{}", costliest(&workspace.target().join("criterion/hostile"))?);
    }
    if name.is_none_or(|name| name == "decrypt") {
        println!();
        for mode in ["gcm", "cbc"] {
            for line in outcomes(&workspace.target().join("criterion/decrypt").join(mode))? {
                println!("decrypt {mode} {line}");
            }
        }
    }
    Ok(())
}

/// The time of each outcome of decryption, the shortest first: what tells failures apart is in the differences.
fn outcomes(measured: &Path) -> Result<Vec<String>> {
    let mut all = each(measured)?;
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    Ok(all.into_iter().map(|(time, outcome)| format!("{outcome:<16} {:.1} us", time / 1000.0)).collect())
}

/// Of messages that are refused, the one that costs most.
fn costliest(measured: &Path) -> Result<String> {
    let all = each(measured)?;
    let (time, message) =
        all.iter().max_by(|(one, _), (other, _)| one.total_cmp(other)).context("none was measured")?;
    Ok(format!("hostile, {} messages: at most {:.1} ms, {message}", all.len(), time / 1e6))
}

/// What was measured in a folder, and its time.
fn each(measured: &Path) -> Result<Vec<(f64, String)>> {
    let entries = fs::read_dir(measured).with_context(|| format!("cannot read {}", measured.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let message = entry?.file_name().to_string_lossy().into_owned();
        // Criterion keeps a report of the whole group beside them.
        if message != "report" {
            all.push((least(&measured.join(&message))?, message));
        }
    }
    Ok(all)
}

fn compared(measured: &Path, size: &str) -> Result<String> {
    let of = |who: &str| least(&measured.join(who).join(size));
    let (ours, limit) = (of("landfall")?, of("limit")?);
    Ok(format!(
        "landfall {size} {:.2} x    {:.1} us, the limit {:.1} us",
        ours / limit,
        ours / 1000.0,
        limit / 1000.0
    ))
}

/// Nanoseconds of one iteration in the sample that was disturbed least.
///
/// Whatever else runs on the machine only ever adds, and not to both sides alike.
fn least(measured: &Path) -> Result<f64> {
    let file = measured.join("new/sample.json");
    let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let sample: Value = serde_json::from_slice(&text).with_context(|| format!("{}", file.display()))?;
    let numbers = |field: &str| {
        let list = sample.get(field).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>()
    };
    let times =
        numbers("times").into_iter().zip(numbers("iters")).map(|(time, iterations)| time / iterations);
    times.reduce(f64::min).with_context(|| format!("{} has no samples", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sample(folder: &Path, time: f64) {
        let new = folder.join("new");
        fs::create_dir_all(&new).unwrap();
        let sample =
            serde_json::json!({ "iters": [1.0, 2.0, 3.0], "times": [time * 9.0, time * 2.0, time * 4.0] });
        fs::write(new.join("sample.json"), sample.to_string()).unwrap();
    }

    #[test]
    fn the_costliest_message_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for (message, time) in [("many", 2e6), ("deep", 3.14e6), ("long", 1e6)] {
            sample(&folder.path().join(message), time);
        }
        fs::create_dir(folder.path().join("report")).unwrap();
        assert_eq!(costliest(folder.path()).unwrap(), "hostile, 3 messages: at most 3.1 ms, deep");
    }

    #[test]
    fn the_outcomes_of_decryption_are_told_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for (outcome, time) in [("genuine", 900_000.0), ("altered-key", 850_500.0)] {
            sample(&folder.path().join(outcome), time);
        }
        let lines = outcomes(folder.path()).unwrap();
        assert_eq!(lines, ["altered-key      850.5 us", "genuine          900.0 us"]);
    }

    #[test]
    fn the_ratio_is_that_of_the_least_disturbed_samples() {
        let folder = tempfile::tempdir().unwrap();
        for (who, time) in [("landfall", 33_000.0), ("limit", 15_000.0)] {
            sample(&folder.path().join(who).join("6KB"), time);
        }
        let line = compared(folder.path(), "6KB").unwrap();
        assert_eq!(line, "landfall 6KB 2.20 x    33.0 us, the limit 15.0 us");
        let error = compared(folder.path(), "150-groups").unwrap_err().to_string();
        assert!(error.contains("landfall/150-groups/new/sample.json"), "{error}");
    }
}
