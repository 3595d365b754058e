//! nanoidp, whose signatures are signxml's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::case::{Answer, Case, Signed, Signer, Start, Then};
use super::landfall::Person;
use super::peer::Peer;
use crate::server::{Server, fetch, free_port};
use crate::setup;
use crate::workspace::{Workspace, output};

const METADATA: &str = "/saml/metadata";

pub(super) struct Nanoidp {
    // It stands first, so that it ends before its folder goes.
    server: Server,
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    signer: Signer,
}

impl Nanoidp {
    /// Starts it with one person; it wants no metadata of service providers.
    pub(super) fn start(workspace: &Workspace, folder: TempDir) -> Result<Self> {
        let programs = setup::python(workspace, "nanoidp")?.join("bin");
        let port = free_port()?;
        for signer in [Signer::Own, Signer::Foreign] {
            configure(&folder, signer, port)?;
        }
        let server = serve(&programs, &folder, Signer::Own, port)?;
        Ok(Self { server, folder, programs, port, signer: Signer::Own })
    }
}

/// Each key has a folder of settings, and lies in it.
fn name(signer: Signer) -> &'static str {
    match signer {
        Signer::Own => "own",
        Signer::Foreign => "foreign",
    }
}

fn configure(folder: &TempDir, signer: Signer, port: u16) -> Result<()> {
    let config = folder.path().join(name(signer));
    fs::create_dir(&config).context("cannot make a folder for nanoidp")?;
    let settings = format!(
        "config_version: 1\noauth:\n  issuer: \"http://localhost:{port}\"\nsaml:\n  sign_responses: true\n"
    );
    fs::write(config.join("settings.yaml"), settings).context("cannot write settings.yaml")?;
    fs::write(config.join("users.yaml"), USERS).context("cannot write users.yaml")
}

const USERS: &str = r#"config_version: 1
users:
  ada:
    password: "ada"
    email: "ada@nanoidp.example"
    tenant: "default"
    attributes:
      personId: "nanoidp-0001"
      "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ada@nanoidp.example"
      "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname": "Ada"
      "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname": "Lovelace"
"#;

fn serve(programs: &Path, folder: &TempDir, signer: Signer, port: u16) -> Result<Server> {
    let mut command = Command::new(programs.join("nanoidp"));
    // It makes its key where it is started.
    command.current_dir(folder.path().join(name(signer)));
    command.args(["--config", ".", "--host", "127.0.0.1", "--port", &port.to_string()]);
    let log = folder.path().join(format!("{}.log", name(signer)));
    Server::until(&mut command, log, format!("http://localhost:{port}"), METADATA)
}

impl Peer for Nanoidp {
    const NAME: &'static str = "nanoidp";
    const DOMAIN: &'static str = "nanoidp.example";
    const PERSON: Person<'static> =
        Person { login_name: "ada@nanoidp.example", typed: &[("username", "ada"), ("password", "ada")] };
    // Its NameID is an e-mail address without a format.
    const SETTINGS: &'static [&'static str] = &["subject=claim:personId"];

    fn versions(&self) -> Result<String> {
        let script = "from importlib.metadata import version as v; print(f\"nanoidp {v('nanoidp')}, signxml {v('signxml')}\")";
        Ok(output(Command::new(self.programs.join("python")).args(["-c", script]))?.trim().to_owned())
    }

    fn metadata(&self) -> Result<String> {
        fetch(&self.server.address, METADATA)
    }

    fn lacks(&self, case: &Case) -> Option<&'static str> {
        if case.answer.encrypted.is_some() {
            return Some("it does not encrypt");
        }
        if case.start == Start::IdentityProvider {
            return Some("it sends no response without a request");
        }
        if case.then != Then::Stay {
            return Some("it has no logout by SAML");
        }
        (case.answer.signed != Signed::Assertion).then_some("it signs the assertion alone")
    }

    fn answer(&mut self, answer: &Answer) -> Result<()> {
        if answer.signer != self.signer {
            self.server.end();
            self.server = serve(&self.programs, &self.folder, answer.signer, self.port)?;
            self.signer = answer.signer;
        }
        Ok(())
    }

    fn unsolicited(&self) -> Option<String> {
        None
    }

    fn leave(&self) -> Option<String> {
        None
    }

    fn logout_path(&self) -> &'static str {
        ""
    }

    fn log_end(&self) -> String {
        self.server.log_end()
    }
}
