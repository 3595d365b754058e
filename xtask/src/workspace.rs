//! This checkout, and the commands that run in it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// This checkout, and where what is built from it goes.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout that `cargo xtask` was started in.
    ///
    /// Without `CARGO_TARGET_DIR` the target folder is one of the user's, outside the checkout, so that a fresh
    /// clone finds its dependencies built already.
    ///
    /// # Errors
    /// When it was not started by cargo, or no folder for the target can be told.
    pub(crate) fn locate() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").context("start it as `cargo xtask`")?;
        let root = Path::new(&own).parent().context("xtask has no folder above it")?.to_owned();
        let target = match set("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => set("XDG_CACHE_HOME")
                .map(PathBuf::from)
                .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")))
                .context("none of CARGO_TARGET_DIR, XDG_CACHE_HOME and HOME is set: set the first")?
                .join("landfall/target"),
        };
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that everything is built into.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the developer tools that `setup` installs.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// A command that runs at the root, finds the developer tools and builds into the target folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut path = OsString::from(self.tools().join("current/bin"));
        if let Some(rest) = set("PATH") {
            path.push(":");
            path.push(rest);
        }
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", path).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// A program that runs in this folder, and has no settings of Landfall but those that lie there.
    pub(crate) fn unconfigured(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = self.command(program);
        // What goes wrong is to be read in a line or two.
        command.current_dir(folder).env("RUST_LIB_BACKTRACE", "0");
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LANDFALL_")) {
            command.env_remove(name);
        }
        command
    }

    /// `cargo` with these words.
    pub(crate) fn cargo(&self, words: &str) -> Command {
        let mut command = self.command("cargo");
        command.args(words.split_whitespace());
        command
    }
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started, or its exit status is not 0; both name the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a command to its end and gives what it printed to its standard output.
///
/// # Errors
/// As [`run`]; with what it printed to its standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no UTF-8", line(command)))
}

/// The command as a person would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// An environment variable that is set to something.
pub(crate) fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
