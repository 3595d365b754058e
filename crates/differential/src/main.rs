//! Compares both engines on a corpus: `cargo xtask differential DIR`.
//!
//! Each document that may be given to libxmlsec1 is compared twice: its canonical octets, signed anew by a key of the
//! tests, and the verdicts on each of its own signatures, by the keys that the corpus trusts.
//! What differs is named, then `N compared, N exceptions, N failed`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod corpus;

use std::error::Error;
use std::process::ExitCode;

use corpus::{Question, Report};

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            print!("{report}");
            if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<Report, Box<dyn Error>> {
    let file =
        std::env::args().nth(1).ok_or("expected the FILE that the corpus runner wrote with --questions")?;
    let text = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
    let questions: Vec<Question> = serde_json::from_slice(&text)?;
    let mut report = Report::new()?;
    for question in &questions {
        report.ask(question)?;
    }
    Ok(report)
}
