//! Landfall's SCIM server under suites that nobody here wrote.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::landfall::Landfall;
use crate::setup;
use crate::workspace::{Workspace, line, output, run as to_its_end};

/// The domain of everybody whom a suite makes up.
const DOMAIN: &str = "example.com";

/// How long schemathesis makes up requests.
const SECONDS: &str = "120";

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    Scim2Tester,
    ScimSanity,
    Schemathesis,
}

/// A check that fails, and the sentence that permits what the server does.
struct Deviation {
    suite: Suite,
    check: &'static str,
    /// What the suite complains of; other complaints of the check are failures.
    says: &'static str,
    permitted_by: &'static str,
}

const DEVIATIONS: [Deviation; 2] = [
    Deviation {
        suite: Suite::ScimSanity,
        check: "PATCH /Groups/{id} add member",
        says: "",
        permitted_by: "RFC 7643 4.2: the value of a member is the id of a resource; the suite adds one that nobody has",
    },
    // The suite makes up whether the user is active: it complains of one that is not.
    Deviation {
        suite: Suite::Scim2Tester,
        check: "check_remove_attribute User",
        says: "attribute 'active'",
        permitted_by: "RFC 7643 4.1.1: the definitive meaning of active is determined by the service provider; \
            who is inactive stays so, and is served so, until the client says active",
    },
];

/// What a suite found in one check.
#[derive(Debug, PartialEq, Eq)]
struct Check {
    name: String,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String),
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Scim2Tester => "scim2-tester",
            Self::ScimSanity => "scim-sanity",
            Self::Schemathesis => "schemathesis",
        }
    }

    /// Of the list of what it needs.
    fn list(self) -> &'static str {
        match self {
            Self::Scim2Tester | Self::ScimSanity => "scim",
            Self::Schemathesis => "schemathesis",
        }
    }
}

/// Starts a fresh Landfall, runs the suite against it, and says whether a check failed.
///
/// # Errors
/// When something cannot be started, or the suite says nothing that can be read.
pub(super) fn run(workspace: &Workspace, suite: Suite) -> Result<usize> {
    let landfall = Landfall::start(workspace)?;
    landfall.connect("directory", DOMAIN, &landfall.metadata_of_double()?, &[])?;
    let token = landfall.scim_token("directory", "strict")?;
    let url = format!("{}/scim/v2", landfall.address());
    let programs = setup::python(workspace, suite.list())?.join("bin");
    println!("\n{}", suite.name());
    let checks = match suite {
        Suite::Scim2Tester => {
            let script = workspace.root().join("xtask/interop/scim2_check.py");
            let mut check = Command::new(programs.join("python"));
            scim2_tester(&output(check.arg(script).args([&url, &token, DOMAIN]))?)?
        }
        Suite::ScimSanity => {
            let mut probe = Command::new(programs.join("scim-sanity"));
            probe.args(["probe", &url, "--token", &token, "--user-domain", DOMAIN]);
            scim_sanity(&whatever_its_status(probe.args(["--json-output", "--i-accept-side-effects"]))?)?
        }
        Suite::Schemathesis => {
            let document = workspace.target().join("interop/openapi.json");
            fs::write(&document, landfall.page("/api/openapi.json")?).context("cannot write openapi.json")?;
            let mut made_up = Command::new(programs.join("st"));
            made_up.arg("run").arg(&document).args(["-u", &landfall.address(), "--seed", "1", "-w", "1"]);
            made_up.args(["-H", &format!("Authorization: Bearer {token}"), "--max-time", SECONDS]);
            made_up.args(["--phases", "coverage,fuzzing", "-n", "50", "-c"]);
            made_up.arg("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance");
            // What it found it prints itself.
            let came = to_its_end(&mut made_up);
            println!("{}: {}", suite.name(), if came.is_ok() { "0 failed" } else { "1 failed" });
            return Ok(usize::from(came.is_err()));
        }
    };
    ensure!(!checks.is_empty(), "{} checked nothing", suite.name());
    Ok(judged(suite, &checks))
}

/// Prints a line a check and the sum, and gives the number of those that failed.
fn judged(suite: Suite, checks: &[Check]) -> usize {
    let (mut passed, mut failed, mut allowed) = (0, 0, 0);
    for check in checks {
        let permits = |one: &&Deviation, came: &str| {
            one.suite == suite && one.check == check.name && came.contains(one.says)
        };
        let deviation = match &check.outcome {
            Outcome::Failed(came) => DEVIATIONS.iter().find(|one| permits(one, came)),
            _ => None,
        };
        match (&check.outcome, deviation) {
            (Outcome::Passed, _) => {
                passed += 1;
                println!("ok {}", check.name);
            }
            (Outcome::Skipped(why), _) => println!("-- {}: {why}", check.name),
            (Outcome::Failed(_), Some(deviation)) => {
                allowed += 1;
                println!("== {}: {}", check.name, deviation.permitted_by);
            }
            (Outcome::Failed(came), None) => {
                failed += 1;
                println!("FAIL {}: {came}", check.name);
            }
        }
    }
    println!("{}: {passed} passed, {failed} failed, {allowed} deviations that are permitted", suite.name());
    failed
}

fn scim2_tester(said: &str) -> Result<Vec<Check>> {
    let rows: Vec<Value> = serde_json::from_str(said).context("scim2-tester printed no list")?;
    let outcome = |status: &str, message: String| match status {
        "SUCCESS" | "COMPLIANT" | "ACCEPTABLE" => Outcome::Passed,
        "SKIPPED" => Outcome::Skipped(message),
        _ => Outcome::Failed(format!("{status}, {message}")),
    };
    rows.iter().map(|row| check(row, outcome)).collect()
}

fn scim_sanity(said: &str) -> Result<Vec<Check>> {
    let report: Value = serde_json::from_str(said).context("scim-sanity printed no report")?;
    let rows = report.get("results").and_then(Value::as_array).context("scim-sanity lists no results")?;
    let outcome = |status: &str, message: String| match status {
        "pass" => Outcome::Passed,
        "skip" => Outcome::Skipped(message),
        _ => Outcome::Failed(format!("{status}, {message}")),
    };
    rows.iter().map(|row| check(row, outcome)).collect()
}

fn check(row: &Value, outcome: impl Fn(&str, String) -> Outcome) -> Result<Check> {
    let text = |field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, status) = (text("name"), text("status"));
    if name.is_empty() || status.is_empty() {
        bail!("expected a name and a status, got {row}");
    }
    Ok(Check { name, outcome: outcome(&status, text("message")) })
}

/// What a program printed that tells by its status that it found something.
fn whatever_its_status(command: &mut Command) -> Result<String> {
    let came = command.output().with_context(|| format!("cannot start `{}`", line(command)))?;
    ensure!(
        !came.stdout.is_empty(),
        "`{}` printed nothing: {}",
        line(command),
        String::from_utf8_lossy(&came.stderr)
    );
    Ok(String::from_utf8_lossy(&came.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_good_has_failed() {
        let said = r#"[{"name":"a","status":"SUCCESS","message":""},{"name":"b","status":"DEVIATION","message":"no"},
            {"name":"c","status":"SKIPPED","message":"off"},{"name":"d","status":"NEW","message":""}]"#;
        let outcomes: Vec<_> = scim2_tester(said).unwrap().into_iter().map(|check| check.outcome).collect();
        assert_eq!(
            outcomes,
            [
                Outcome::Passed,
                Outcome::Failed("DEVIATION, no".to_owned()),
                Outcome::Skipped("off".to_owned()),
                Outcome::Failed("NEW, ".to_owned())
            ]
        );
        let said = r#"{"results":[{"name":"a","status":"pass"},{"name":"b","status":"warn","message":"x"}]}"#;
        let checks = scim_sanity(said).unwrap();
        assert_eq!(judged(Suite::ScimSanity, &checks), 1);
    }

    #[test]
    fn a_deviation_is_of_one_complaint_of_one_check() {
        let row = |name: &str, message: &str| {
            format!(r#"[{{"name":"{name}","status":"ERROR","message":"{message}"}}]"#)
        };
        let failed = |row: String| judged(Suite::Scim2Tester, &scim2_tester(&row).unwrap());
        assert_eq!(failed(row("check_remove_attribute User", "did not remove attribute 'active'")), 0);
        assert_eq!(failed(row("check_remove_attribute User", "did not remove attribute 'title'")), 1);
        assert_eq!(failed(row("check_add_attribute User", "did not remove attribute 'active'")), 1);
    }

    #[test]
    fn a_row_without_a_status_is_an_error() {
        assert!(scim2_tester(r#"[{"name":"a"}]"#).is_err());
        assert!(scim_sanity("{}").is_err());
    }
}
