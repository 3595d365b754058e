//! Runs a corpus of SAML messages and XML signatures through the public interface, and tells what differs.
//!
//! `cargo xtask corpus DIR [--json FILE]`, where DIR holds a `manifest.json` and the files that it names.
//! With `--questions FILE` it judges nothing, and writes the cases for another engine;
//! with `--people FILE` it judges, and writes the attributes of each login.
//! Each case runs under the default policy; one that needs something weak runs a second time, with that opened.
//! A line for each run that differs from the manifest, then `N passed, N failed, N skipped`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod exceptions;
mod expect;
mod judge;
mod manifest;
mod people;
mod questions;
mod report;
mod trust;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use exceptions::Exceptions;
use expect::{Expected, Mode};
use manifest::{Case, Manifest};
use report::{Line, Report};
use serde::Serialize;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let (folder, people, output) = arguments(std::env::args().skip(1).collect())?;
    let manifest = Manifest::read(&folder)?;
    if let Output::Questions(file) = &output {
        write(file, &questions::all(&folder, &manifest)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = judged(&folder, &manifest)?;
    if let Some(file) = &people {
        write(file, &people::all(&folder, &Exceptions::ours()?, &manifest)?)?;
    }
    if let Output::Json(file) = &output {
        write(file, &report)?;
    }
    print!("{report}");
    Ok(if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is written besides, or instead.
enum Output {
    Nothing,
    Json(PathBuf),
    Questions(PathBuf),
}

fn arguments(mut words: Vec<String>) -> Result<(PathBuf, Option<PathBuf>, Output), &'static str> {
    let people = match words.iter().position(|word| word == "--people") {
        Some(at) if at + 1 < words.len() => words.drain(at..at + 2).nth(1).map(PathBuf::from),
        Some(_) => return Err("expected a file behind --people"),
        None => None,
    };
    let mut words = words.into_iter();
    let (folder, output) = match (words.next(), words.next().as_deref(), words.next(), words.next()) {
        (Some(folder), None, ..) => (folder.into(), Output::Nothing),
        (Some(folder), Some("--json"), Some(file), None) => (folder.into(), Output::Json(file.into())),
        (Some(folder), Some("--questions"), Some(file), None) => {
            (folder.into(), Output::Questions(file.into()))
        }
        _ => return Err("expected DIR [--people FILE] [--json FILE | --questions FILE]"),
    };
    Ok((folder, people, output))
}

fn write(file: &Path, value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string_pretty(value)?;
    std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()).into())
}

fn judged(folder: &Path, manifest: &Manifest) -> Result<Report, Box<dyn Error>> {
    let exceptions = Exceptions::ours()?;
    let mut report = Report::default();
    for case in &manifest.cases {
        for mode in Mode::of(case) {
            report.push(line(folder, &exceptions, case, mode)?);
        }
    }
    Ok(report)
}

/// One run of one case, held against what is expected of it.
fn line(folder: &Path, exceptions: &Exceptions, case: &Case, mode: Mode) -> Result<Line, Box<dyn Error>> {
    if let Some(reason) = exceptions.skipped(case, mode) {
        return Ok(Line::skipped(case, mode, reason));
    }
    let document = case.document(folder)?;
    let (expected, argument) = match exceptions.reviewed(case, mode) {
        Some((expected, argument)) => (expected, Some(argument)),
        None => (Expected::of(case, mode, &document), None),
    };
    let got = judge::judge(folder, case, mode, &document)?;
    Ok(Line::run(case, mode, expected, argument, got))
}
