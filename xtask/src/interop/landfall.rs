//! A fresh Landfall, and a browser without a screen in front of it.

use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, fetch, free_port};
use crate::workspace::{Workspace, output};

/// One installation with one tenant, whose only domain is the peer's.
pub(super) struct Landfall<'a> {
    // It stands first, so that it ends before its folder goes.
    server: Server,
    folder: TempDir,
    workspace: &'a Workspace,
}

/// What a person types, and where.
pub(super) struct Person<'a> {
    pub(super) login_name: &'a str,
    /// Names and values of the fields of the identity provider's page.
    pub(super) typed: &'a [(&'a str, &'a str)],
}

/// How a login ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) outcome: Outcome,
    /// The last response, as the identity provider wrote it.
    pub(super) response: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    SignedIn {
        responses: usize,
    },
    Refused {
        status: u16,
        code: String,
    },
    /// The addresses that the browser was sent to.
    SignedOut {
        passed: String,
    },
}

impl<'a> Landfall<'a> {
    /// Starts it in a folder of its own, with libxmlsec1 as the second engine.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) fn start(workspace: &'a Workspace) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("landfall-interop-").tempdir();
        let folder = folder.context("cannot make a folder")?;
        let own = format!("127.0.0.1:{}", free_port()?);
        let settings = format!(
            "public_url = \"http://{own}\"\nlisten = \"{own}\"\nsecond_opinion = \"advise\"\nlog_format = \"json\"\n"
        );
        fs::write(folder.path().join("landfall.toml"), settings).context("cannot write landfall.toml")?;
        let mut serve = program(workspace, &folder, "landfall");
        let log = folder.path().join("landfall.log");
        let server = Server::start("Landfall", serve.arg("serve"), log, channel().0)?;
        Ok(Self { server, folder, workspace })
    }

    /// Its metadata.
    pub(super) fn metadata(&self) -> Result<String> {
        fetch(&self.server.address, "/saml/metadata")
    }

    /// Makes the tenant, its domain and the connection, all of this name.
    ///
    /// # Errors
    /// When Landfall refuses one of them, the metadata above all.
    pub(super) fn connect(&self, name: &str, domain: &str, metadata: &str, settings: &[&str]) -> Result<()> {
        fs::write(self.folder.path().join("idp.xml"), metadata).context("cannot write idp.xml")?;
        self.command(&["tenant", "create", name])?;
        self.command(&["domain", "add", name, domain])?;
        self.command(&["connection", "import", name, "idp.xml", "--name", name])?;
        self.command(&["domain", "bind", domain, name])?;
        if !settings.is_empty() {
            self.command(&[&["connection", "set", name], settings].concat())?;
        }
        let said = self.command(&["doctor"])?;
        ensure!(said.contains("libxmlsec1"), "expected a second engine, doctor said\n{said}");
        Ok(())
    }

    /// The metadata of a double that need not run: a connection to which a directory can be bound.
    ///
    /// # Errors
    /// When the double cannot be made.
    pub(super) fn metadata_of_double(&self) -> Result<String> {
        let double = |words: &[&str]| output(program(self.workspace, &self.folder, "entra-twin").args(words));
        double(&["init", "--data", "twin"])?;
        double(&["metadata", "--data", "twin", "--base-url", "http://localhost:1", "--app"])
    }

    /// A new credential for the directory of a connection, which speaks this dialect.
    ///
    /// # Errors
    /// When Landfall refuses it.
    pub(super) fn scim_token(&self, connection: &str, dialect: &str) -> Result<String> {
        let said = self.command(&["scim", "token", "create", connection, "--dialect", dialect])?;
        Ok(said.lines().next().unwrap_or_default().to_owned())
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        self.server.address.clone()
    }

    /// A page of it.
    ///
    /// # Errors
    /// When it does not come.
    pub(super) fn page(&self, path: &str) -> Result<String> {
        fetch(&self.server.address, path)
    }

    /// Signs a person in, from the landing page or from where they begin at the identity provider, in a fresh browser.
    ///
    /// # Errors
    /// When a page leads nowhere, or a refusal cannot be found in the log.
    pub(super) fn visit(
        &self,
        start: Option<&str>,
        person: &Person<'_>,
        change: Option<&str>,
        leave: Option<&str>,
    ) -> Result<Came> {
        let mut drive = program(self.workspace, &self.folder, "entra-twin");
        let landing = format!("{}/sso", self.server.address);
        drive.args(["drive", "elsewhere", "--start", start.unwrap_or(&landing)]);
        drive.args(["--login-name", person.login_name]);
        drive.args(["--expect-account", &format!("{}/account", self.server.address)]);
        for (name, value) in person.typed {
            drive.args(["--type", &format!("{name}={value}")]);
        }
        if let Some(change) = change {
            drive.args(["--change", change]);
        }
        if let Some(leave) = leave {
            drive.args(["--leave", leave]);
        }
        let said = output(&mut drive)?;
        let (first, response) = said.split_once('\n').unwrap_or((&said, ""));
        let outcome = match first.split_once(": ") {
            Some(("signed in", rest)) => {
                let responses = rest.split(' ').next().and_then(|count| count.parse().ok());
                Outcome::SignedIn { responses: responses.with_context(|| format!("no number in {first:?}"))? }
            }
            Some(("signed out", passed)) => Outcome::SignedOut { passed: passed.to_owned() },
            Some(("refused", rest)) => {
                let (status, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let code = self.code_on(text)?;
                Outcome::Refused { status: status.parse().context("a status is a number")?, code }
            }
            _ => bail!("the browser said {first:?}"),
        };
        Ok(Came { outcome, response: response.to_owned() })
    }

    /// Where a person leaves.
    pub(super) fn sign_out(&self) -> String {
        format!("{}/account/sign-out/organisation", self.server.address)
    }

    /// The last that it logged.
    pub(super) fn log_end(&self) -> String {
        self.server.log_end()
    }

    /// The code with which it refused what this page is about.
    ///
    /// # Errors
    /// When the page does not end with a trace that is in the log.
    pub(super) fn code_on(&self, page: &str) -> Result<String> {
        let trace = page.rsplit(' ').next().unwrap_or_default();
        let log = self.server.log().context("Landfall has no log")?;
        code(&log, trace).with_context(|| format!("no code in the log for {page:?}"))
    }

    /// Runs a command of it and gives what it printed.
    ///
    /// # Errors
    /// When it refuses, with what it said.
    pub(super) fn command(&self, words: &[&str]) -> Result<String> {
        output(program(self.workspace, &self.folder, "landfall").args(words))
    }
}

/// A program that was built, in the folder of the installation.
fn program(workspace: &Workspace, folder: &TempDir, name: &str) -> Command {
    workspace.unconfigured(workspace.target().join("debug").join(name), folder.path())
}

/// The code with which a request was refused, by the trace that the person sees.
fn code(log: &str, trace: &str) -> Option<String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut refusals = lines.filter_map(|line| {
        let fields = line.get("fields")?;
        (fields.get("trace")? == trace).then(|| fields.get("code")?.as_str().map(str::to_owned)).flatten()
    });
    refusals.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_its_trace() {
        let log = "no json\n\
            {\"fields\":{\"message\":\"request\",\"trace\":\"a\"}}\n\
            {\"fields\":{\"message\":\"request refused\",\"trace\":\"a\",\"code\":\"unsolicited\"}}\n\
            {\"fields\":{\"message\":\"request refused\",\"trace\":\"b\",\"code\":\"audience\"}}\n";
        assert_eq!(code(log, "b").as_deref(), Some("audience"));
        assert_eq!(code(log, "a").as_deref(), Some("unsolicited"));
        assert_eq!(code(log, "c"), None);
    }
}
