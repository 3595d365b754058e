//! pysaml2, behind `xtask/interop/pysaml2_idp.py`: its signatures and encryption are those of the program xmlsec1.

use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::channel;

use anyhow::Result;
use tempfile::TempDir;

use super::case::{Answer, Case};
use super::landfall::Person;
use super::peer::{Peer, write_answer};
use crate::server::{Server, fetch};
use crate::setup;
use crate::workspace::{Workspace, output};

const ENTITY_ID: &str = "https://pysaml2.example/idp";

pub(super) struct Pysaml2 {
    // It stands first, so that it ends before its folder goes.
    server: Server,
    folder: TempDir,
    python: PathBuf,
}

impl Pysaml2 {
    /// Starts it; the folder has Landfall's metadata as `sp.xml`.
    pub(super) fn start(workspace: &Workspace, folder: TempDir) -> Result<Self> {
        let python = setup::python(workspace, "pysaml2")?.join("bin/python");
        write_answer(folder.path(), &Answer::PLAIN)?;
        let mut command = workspace.unconfigured(&python, folder.path());
        command.arg(workspace.root().join("xtask/interop/pysaml2_idp.py")).arg(folder.path()).arg(ENTITY_ID);
        let server = Server::start("pysaml2", &mut command, folder.path().join("log"), channel().0)?;
        Ok(Self { server, folder, python })
    }
}

impl Peer for Pysaml2 {
    const NAME: &'static str = "pysaml2";
    const DOMAIN: &'static str = "pysaml2.example";
    const PERSON: Person<'static> =
        Person { login_name: "ada@pysaml2.example", typed: &[("username", "ada"), ("password", "ada")] };
    const SETTINGS: &'static [&'static str] = &[];

    fn versions(&self) -> Result<String> {
        let script = "from importlib.metadata import version; print(version('pysaml2'))";
        let pysaml2 = output(Command::new(&self.python).args(["-c", script]))?;
        let xmlsec1 = output(Command::new("xmlsec1").arg("--version"))?;
        Ok(format!("pysaml2 {}, {}", pysaml2.trim(), xmlsec1.trim()))
    }

    fn metadata(&self) -> Result<String> {
        fetch(&self.server.address, "/metadata")
    }

    fn lacks(&self, _: &Case) -> Option<&'static str> {
        None
    }

    fn answer(&mut self, answer: &Answer) -> Result<()> {
        write_answer(self.folder.path(), answer)
    }

    fn unsolicited(&self) -> Option<String> {
        Some(format!("{}/unsolicited", self.server.address))
    }

    fn leave(&self) -> Option<String> {
        Some(format!("{}/log-out", self.server.address))
    }

    fn logout_path(&self) -> &'static str {
        "/slo"
    }

    fn log_end(&self) -> String {
        self.server.log_end()
    }
}
