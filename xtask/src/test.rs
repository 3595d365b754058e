//! Builds and runs every test of the workspace, and prints what ran.

mod report;
mod suites;

use std::io::{BufRead, BufReader, PipeReader};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::workspace::{Workspace, line, output};
use report::Report;
use suites::Suites;

/// The same for building and for running, so that nothing is built twice.
const TEST: &str = "test --workspace --features landfall/xmlsec --locked";

/// Every test: units, each crate's boundary, the browser's, and the examples in the documentation.
///
/// # Errors
/// When a test failed, or was skipped, or a test program broke off.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    let mut build = workspace.cargo(&format!("{TEST} --no-run --message-format json-render-diagnostics"));
    let suites = Suites::read(&output(build.stderr(Stdio::inherit()))?, workspace.root())?;
    let report = watch(workspace, suites)?;
    println!("\n{report}");
    report.verdict()
}

/// Runs the tests, prints what is not merely a pass, and counts.
fn watch(workspace: &Workspace, suites: Suites) -> Result<Report> {
    let mut command = workspace.cargo(&format!("{TEST} --no-fail-fast"));
    let line = line(&command);
    // One pipe for both: cargo names the suite on one stream, the suite reports on the other.
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command.env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command.stdout(writer.try_clone().context("cannot copy the end of a pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    drop(command);
    let lines = lines(reader);
    let mut report = Report::new(suites);
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
                println!("\n{report}");
                bail!("a test left a process running, which still holds the output of `{line}`");
            }
            Err(RecvTimeoutError::Timeout) => {
                status = child.try_wait().with_context(|| format!("cannot wait for `{line}`"))?;
            }
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() && report.failed() == 0 {
        println!("\n{report}");
        bail!("`{line}` ended with {status} although no test failed: a test program broke off");
    }
    Ok(report)
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
