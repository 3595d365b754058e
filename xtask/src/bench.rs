//! Runs the benchmarks, and tells how far verification is from the arithmetic that it cannot do without.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::{Workspace, run as to_its_end};

/// What is compared, each with a limit of its own.
const SIZES: [&str; 3] = ["6KB", "150-groups", "1000-groups"];

/// Runs one benchmark, or each of them; behind `verify` comes its ratio to the limit, a line a size.
///
/// # Errors
/// When it cannot be built, or breaks off, or there is none of that name.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<()> {
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
    Ok(())
}

fn compared(measured: &Path, size: &str) -> Result<String> {
    let (ours, limit) = (least(measured, "landfall", size)?, least(measured, "limit", size)?);
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
fn least(measured: &Path, who: &str, size: &str) -> Result<f64> {
    let file = measured.join(who).join(size).join("new/sample.json");
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

    #[test]
    fn the_ratio_is_that_of_the_least_disturbed_samples() {
        let folder = tempfile::tempdir().unwrap();
        for (who, time) in [("landfall", 33_000.0), ("limit", 15_000.0)] {
            let new = folder.path().join(who).join("6KB/new");
            fs::create_dir_all(&new).unwrap();
            let sample = serde_json::json!({ "iters": [1.0, 2.0, 3.0], "times": [time * 9.0, time * 2.0, time * 4.0] });
            fs::write(new.join("sample.json"), sample.to_string()).unwrap();
        }
        let line = compared(folder.path(), "6KB").unwrap();
        assert_eq!(line, "landfall 6KB 2.20 x    33.0 us, the limit 15.0 us");
        let error = compared(folder.path(), "150-groups").unwrap_err().to_string();
        assert!(error.contains("landfall/150-groups/new/sample.json"), "{error}");
    }
}
