//! Runs the fuzz targets, which are a workspace of their own.

use std::fmt;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::workspace::{Workspace, line, output, run as to_its_end};

/// The target that compares with libxmlsec1, which the others do not need: it is built and run by its name alone.
const DIFF: &str = "diff";

/// How long each target runs in [`glance`].
const GLANCE: Duration = Duration::from_secs(3);

/// How targets are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// As fast as the compiler can make them, for a time.
    Search(Duration),
    /// As they are quickest to build, for a moment: what is wrong at once is seen.
    Glance,
}

impl Pace {
    fn time(self) -> Duration {
        match self {
            Self::Search(time) => time,
            Self::Glance => GLANCE,
        }
    }

    /// How long one input may take, in seconds: what is not optimized takes long without being wrong.
    fn patience(self) -> u32 {
        match self {
            Self::Search(_) => 5,
            Self::Glance => 60,
        }
    }
}

/// Runs each target but [`DIFF`] for a moment.
///
/// # Errors
/// As [`run`].
pub(crate) fn glance(workspace: &Workspace) -> Result<()> {
    at(workspace, None, Pace::Glance)
}

/// Runs one target, or each of them but [`DIFF`], for a time, and prints what each executed and found.
///
/// What is new goes to the folder of what is built; the seeds in the tree stay as they are.
///
/// # Errors
/// When a target cannot be built, or found something: its output says what, and where the input lies.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>, time: Duration) -> Result<()> {
    at(workspace, name, Pace::Search(time))
}

fn at(workspace: &Workspace, name: Option<&str>, pace: Pace) -> Result<()> {
    setup::everything(workspace)?;
    to_its_end(&mut workspace.cargo("fetch --quiet --locked --manifest-path fuzz/Cargo.toml"))?;
    let all = targets(workspace)?;
    let chosen = match name {
        None => {
            println!("fuzz: {DIFF} runs by its name alone");
            all.into_iter().filter(|target| target != DIFF).collect()
        }
        Some(name) if all.iter().any(|target| target == name) => vec![name.to_owned()],
        Some(name) => bail!("there is no fuzz target {name:?}, but {}", all.join(", ")),
    };
    let compiler = Compiler::here(workspace, name, pace)?;
    let mut findings = 0;
    for target in &chosen {
        let said = fuzz(workspace, compiler, target, pace)?;
        println!("{target:<11} {said}");
        findings += usize::from(said.finding.is_some());
    }
    if findings > 0 { bail!("fuzz targets that found something: {findings}") } else { Ok(()) }
}

/// Their names, in order: one file, one target.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// How the targets are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compiler {
    /// With the address sanitizer.
    Nightly,
    /// With it too: a stable compiler that is told to take the flags of a nightly one.
    Bootstrapped,
    /// Without it.
    Plain,
}

impl Compiler {
    /// The first that can build the target, or all of them; it has built them.
    fn here(workspace: &Workspace, name: Option<&str>, pace: Pace) -> Result<Self> {
        let built = |compiler: Self| {
            let mut command = compiler.cargo(workspace, "build", name, pace);
            to_its_end(command.args(name)).map(|()| compiler)
        };
        let installed = output(workspace.command("rustup").args(["toolchain", "list"])).unwrap_or_default();
        if installed.lines().any(|toolchain| toolchain.starts_with("nightly")) {
            return built(Self::Nightly);
        }
        built(Self::Bootstrapped).or_else(|error| {
            println!("fuzz: without a sanitizer, since it cannot be built with one: {error:#}");
            built(Self::Plain)
        })
    }

    fn cargo(self, workspace: &Workspace, action: &str, target: Option<&str>, pace: Pace) -> Command {
        let mut command = match self {
            Self::Nightly => workspace.command("rustup"),
            Self::Bootstrapped | Self::Plain => workspace.command("cargo"),
        };
        if self == Self::Nightly {
            command.args(["run", "nightly", "cargo"]);
        }
        command.args(["fuzz", action]);
        if pace == Pace::Glance {
            command.arg("--dev");
        }
        if target == Some(DIFF) {
            command.args(["--features", "xmlsec"]);
        }
        match self {
            Self::Nightly => {}
            Self::Bootstrapped => drop(command.env("RUSTC_BOOTSTRAP", "1")),
            Self::Plain => drop(command.args(["--sanitizer", "none"])),
        }
        // Another folder for each, since cargo remembers of a compiler what flags it takes.
        let name = format!("fuzz-{self:?}").to_lowercase();
        command.env("CARGO_TARGET_DIR", workspace.target().join(name));
        command
    }
}

fn fuzz(workspace: &Workspace, compiler: Compiler, target: &str, pace: Pace) -> Result<Said> {
    let grown = workspace.target().join("fuzz-corpus").join(target);
    fs::create_dir_all(&grown).with_context(|| format!("cannot make {}", grown.display()))?;
    let mut command = compiler.cargo(workspace, "run", Some(target), pace);
    command.arg(target).arg(&grown).arg(format!("fuzz/seeds/{target}"));
    command.args(["--", "-dict=fuzz/dictionary.txt", "-print_final_stats=1"]);
    command.arg(format!("-timeout={}", pace.patience()));
    command.arg(format!("-max_total_time={}", pace.time().as_secs()));
    if target == DIFF {
        // libxmlsec1 leaks and says why it refuses: neither is a finding. Run again alone, an input tells all.
        command.arg("-close_fd_mask=2").env("ASAN_OPTIONS", "detect_leaks=0");
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let line = line(&command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let said = Said::read(&text);
    match (said.executions, output.status.success(), &said.finding) {
        (Some(_), true, None) => Ok(said),
        (Some(_), false, Some(_)) => {
            println!("{text}");
            Ok(said)
        }
        _ => bail!("`{line}` ended with {}:\n{text}", output.status),
    }
}

/// What libFuzzer said at its end.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    executions: Option<u64>,
    /// Where the input lies that the target failed on.
    finding: Option<String>,
}

impl Said {
    fn read(text: &str) -> Self {
        let behind = |word: &str| text.lines().find_map(|line| Some(line.split_once(word)?.1.trim()));
        Self {
            executions: behind("stat::number_of_executed_units:").and_then(|number| number.parse().ok()),
            finding: behind("Test unit written to").map(str::to_owned),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12} executions, ", self.executions.unwrap_or_default())?;
        match &self.finding {
            None => f.write_str("0 findings"),
            Some(file) => write!(f, "1 finding: {file}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_run_has_its_executions() {
        let text = "#2\tINITED\nDone 4711 runs in 3 second(s)\nstat::number_of_executed_units: 4711\n";
        let said = Said::read(text);
        assert_eq!(said, Said { executions: Some(4711), finding: None });
        assert_eq!(said.to_string(), "        4711 executions, 0 findings");
    }

    #[test]
    fn a_finding_has_its_file() {
        let text = "==1== ERROR: libFuzzer: deadly signal\n\
                    artifact_prefix='/x/'; Test unit written to /x/crash-00\n\
                    stat::number_of_executed_units: 9\n";
        let said = Said::read(text);
        assert_eq!(said, Said { executions: Some(9), finding: Some("/x/crash-00".to_owned()) });
        assert_eq!(said.to_string(), "           9 executions, 1 finding: /x/crash-00");
    }

    #[test]
    fn what_is_no_output_of_a_fuzzer_says_nothing() {
        let said = Said::read("error: could not compile `landfall-fuzz`\n");
        assert_eq!(said, Said { executions: None, finding: None });
    }
}
