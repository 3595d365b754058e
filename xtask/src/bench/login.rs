//! What a login costs the server process, and beside it mod_auth_mellon.

mod figures;
mod landfall;
mod mellon;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::setup;
use crate::workspace::{Workspace, output, run as to_its_end};
use figures::Figures;

/// The browsers, a program of `landfall-benches`.
const BROWSERS: &str = "release/examples/login";
/// Where servers run, and where browsers do, so that neither disturbs the other.
const SERVER_CORE: &str = "0";
const BROWSER_CORE: &str = "1";

/// Signs in at both, and prints a line for each way to run Landfall.
///
/// # Errors
/// When something cannot be built or started, or a login does not end as it must.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(&mut workspace.cargo("build --release --locked -p landfall --features xmlsec"))?;
    to_its_end(&mut workspace.cargo("build --release --locked -p landfall-benches --example login"))?;
    let bench = Bench::new(workspace);

    println!(
        "\nCPU time of the server process for one login of a known person: median, least and most of the rounds"
    );
    if !bench.pinned {
        println!("servers and browsers share the cores: `taskset` is not there, or there is one core");
    }
    let mellon = mellon::measure(&bench)?;
    match &mellon {
        Some(figures) => println!("{}", line("mod_auth_mellon", figures, mellon::REMARK)),
        None => println!("login  mod_auth_mellon is left out: {}", mellon::ABSENT),
    }
    for row in landfall::ROWS {
        let figures = landfall::measure(&bench, row)?;
        let share = mellon.as_ref().map(|mellon| figures.median() / mellon.median());
        let share = share.map_or_else(String::new, |share| format!("{share:.2} of mellon's"));
        println!("{}", line(&row.name(), &figures, &share));
    }
    Ok(())
}

fn line(what: &str, figures: &Figures, remark: &str) -> String {
    format!("login  {what:<34} {figures:<34} {remark}").trim_end().to_owned()
}

/// Where and how everything runs.
pub(super) struct Bench<'a> {
    pub(super) workspace: &'a Workspace,
    pinned: bool,
}

impl<'a> Bench<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, pinned: can_pin(workspace) }
    }

    /// A program on the core of servers, in a folder.
    pub(super) fn server(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        self.on(SERVER_CORE, program, folder)
    }

    /// A program on the core of browsers, in a folder.
    pub(super) fn client(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        self.on(BROWSER_CORE, program, folder)
    }

    /// Signs in at a server, and tells what that cost it.
    fn sign_in(&self, at: &str, address: &str, pid: u32, folder: &Path) -> Result<Figures> {
        let browsers = self.workspace.target().join(BROWSERS);
        let mut browsers = self.client(browsers, folder);
        output(browsers.args([at, address, &pid.to_string()]))?.parse()
    }

    /// The metadata of the identity provider at which everybody signs in.
    pub(super) fn metadata(&self) -> Result<String> {
        output(self.workspace.command(self.workspace.target().join(BROWSERS)).arg("metadata"))
    }

    /// `taskset` becomes the program, so that its process is the program's.
    fn on(&self, core: &str, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        if !self.pinned {
            return self.workspace.unconfigured(program, folder);
        }
        let mut command = self.workspace.unconfigured("taskset", folder);
        command.args(["-c", core]).arg(program);
        command
    }
}

fn can_pin(workspace: &Workspace) -> bool {
    [SERVER_CORE, BROWSER_CORE].iter().all(|core| {
        let mut command = workspace.command("taskset");
        command.args(["-c", core, "true"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}
