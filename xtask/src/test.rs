//! Builds and runs every test of the workspace, and prints what ran.

mod report;
mod suites;

use std::io::{BufRead, BufReader, PipeReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::postgres::{Cluster, Durability};
use crate::setup;
use crate::workspace::{Workspace, line, output};
use report::Report;
use suites::Suites;

/// The same for building and for running, so that nothing is built twice.
const TEST: &str = "test --workspace --features landfall/xmlsec --locked";

/// The suites that run on PostgreSQL as well as on SQLite.
const ON_POSTGRES: [&str; 2] = ["crates/store it", "crates/server it"];
/// Tells these suites where it is.
pub(crate) const POSTGRES: &str = "LANDFALL_TEST_POSTGRES";

/// Every test: units, each crate's boundary, the browser's, and the examples in the documentation;
/// then what asks a database once more, on PostgreSQL.
///
/// # Errors
/// When a test failed, or was skipped, or a test program broke off.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    let mut build = workspace.cargo(&format!("{TEST} --no-run --message-format json-render-diagnostics"));
    let suites = Suites::read(&output(build.stderr(Stdio::inherit()))?, workspace.root())?;
    let programs = ON_POSTGRES
        .iter()
        .map(|suite| Ok((*suite, suites.path(suite)?.to_owned())))
        .collect::<Result<Vec<_>>>()?;
    let mut report = Report::new(suites);
    let outcome = everywhere(workspace, &programs, &mut report);
    println!("\n{report}");
    outcome?;
    report.verdict()
}

fn everywhere(workspace: &Workspace, programs: &[(&str, PathBuf)], report: &mut Report) -> Result<()> {
    let mut command = workspace.cargo(&format!("{TEST} --no-fail-fast"));
    command.env_remove(POSTGRES);
    watch(command, report)?;
    let cluster = Cluster::start(Durability::None)?;
    let database = cluster.database("landfall")?;
    for (suite, program) in programs {
        let mut command = workspace.command(program);
        // As cargo would: in the folder of the package.
        let folder = suite.split(' ').next().unwrap_or_default();
        command.current_dir(workspace.root().join(folder)).env(POSTGRES, &database);
        report.begin(format!("{suite}, PostgreSQL"));
        println!("     Running {suite} on PostgreSQL");
        watch(command, report)?;
    }
    Ok(())
}

/// Runs tests, prints what is not merely a pass, and counts.
fn watch(mut command: Command, report: &mut Report) -> Result<()> {
    let before = report.failed();
    let line = line(&command);
    // One pipe for both: cargo names the suite on one stream, the suite reports on the other.
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command.env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command.stdout(writer.try_clone().context("cannot copy the end of a pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    drop(command);
    let lines = lines(reader);
    let mut status = None;
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(text) => {
                if report.read(&text).is_news() {
                    println!("{text}");
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if status.is_some() => {
                bail!("a test left a process running, which still holds the output of `{line}`");
            }
            Err(RecvTimeoutError::Timeout) => {
                status = child.try_wait().with_context(|| format!("cannot wait for `{line}`"))?;
            }
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() && report.failed() == before {
        bail!("`{line}` ended with {status} although no test failed: a test program broke off");
    }
    Ok(())
}

/// How long no line may come after the end of the tests, before whoever keeps the pipe open is given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines that come out of a pipe, until its last writer is gone.
fn lines(reader: PipeReader) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for text in BufReader::new(reader).split(b'\n').map_while(std::io::Result::ok) {
            if sender.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                break;
            }
        }
    });
    lines
}
