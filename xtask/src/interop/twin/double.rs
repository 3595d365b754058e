//! A double in a folder of its own, and a browser without a screen in front of it.

use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::super::case::{Change, Signed};
use super::case::{Algorithm, Case, Keys, Logout, Then};
use crate::server::{Server, fetch, post};
use crate::workspace::{Workspace, output};

/// Who signs in.
pub(in crate::interop) const PERSON: &str = "B.Simon@contoso.example";
pub(in crate::interop) const PASSWORD: &str = "Pass-1234";

/// A running double with the tenant contoso.
pub(in crate::interop) struct Double<'a> {
    // It stands first, so that it ends before its folder goes.
    server: Server,
    folder: TempDir,
    workspace: &'a Workspace,
}

/// How a login ended.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) outcome: Outcome,
    /// The last response, as the double wrote it.
    pub(super) response: String,
}

#[derive(Debug)]
pub(super) enum Outcome {
    SignedIn,
    /// What the service provider's page says.
    Refused(String),
    /// The same, for a response that came a second time.
    RefusedAgain(String),
    /// A response was taken twice.
    SignedInAgain,
    /// The addresses that the browser was sent to, and what the last page says.
    SignedOut(String),
    /// The browser could not go on: what it expected, and what came.
    Stuck(String),
}

impl<'a> Double<'a> {
    /// Makes a folder with the tenant, and serves it.
    ///
    /// # Errors
    /// When it does not come up.
    pub(in crate::interop) fn start(workspace: &'a Workspace) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("landfall-double-").tempdir();
        let folder = folder.context("cannot make a folder")?;
        output(program(workspace, &folder).args(["init", "--data", "twin"]))?;
        let mut serve = program(workspace, &folder);
        serve.args(["serve", "--data", "twin"]);
        let server = Server::start("the double", &mut serve, folder.path().join("log"), channel().0)?;
        Ok(Self { server, folder, workspace })
    }

    /// Where it publishes its metadata: the address that the portal shows has the application behind it.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub(super) fn metadata_url(&self, keys: Keys) -> Result<String> {
        Ok(format!("{}{}", self.server.address, self.metadata_path(keys)?))
    }

    /// Its metadata, with a byte order mark as Entra's have it.
    ///
    /// # Errors
    /// When they do not come.
    pub(in crate::interop) fn metadata(&self, keys: Keys) -> Result<String> {
        fetch(&self.server.address, &self.metadata_path(keys)?)
    }

    fn metadata_path(&self, keys: Keys) -> Result<String> {
        let app = match keys {
            Keys::Application => format!("?appid={}", self.id_in("app.toml")?),
            Keys::Tenant => String::new(),
        };
        Ok(format!("/{}/federationmetadata/2007-06/federationmetadata.xml{app}", self.id_in("tenant.toml")?))
    }

    /// Takes the metadata of a service provider in place of those before.
    ///
    /// # Errors
    /// When it refuses them.
    pub(in crate::interop) fn introduce(&self, metadata: &str) -> Result<()> {
        fs::write(self.folder.path().join("sp.xml"), metadata).context("cannot write sp.xml")?;
        self.command(&["app", "import", "--data", "twin", "sp.xml"]).map(drop)
    }

    /// Gives the person a role of the application and a group, and tells both from now on.
    ///
    /// # Errors
    /// When it refuses one of them, or its files cannot be written.
    pub(in crate::interop) fn assign(&self, role: &str, group: &str) -> Result<()> {
        let said = self.command(&["user", "set", "--data", "twin", PERSON, &format!("roles={role}")])?;
        let person = said.split_whitespace().next_back().unwrap_or_default();
        let file = self.folder.path().join("twin/tenant.toml");
        let tenant = fs::read_to_string(&file).context("cannot read tenant.toml")?;
        let more = format!(
            "{tenant}\n[[group]]\nobject_id = {group:?}\ndisplay_name = \"Payroll\"\nmembers = [{person:?}]\n"
        );
        fs::write(&file, more).context("cannot write tenant.toml")?;
        self.command(&["app", "set", "--data", "twin", "groups=security"]).map(drop)
    }

    /// Makes it send what this case wants, whatever was wanted before.
    ///
    /// # Errors
    /// When it refuses a setting or a fault.
    pub(super) fn set(&self, case: &Case) -> Result<()> {
        let sign = match case.answer.signed {
            Signed::Assertion => "sign=assertion",
            Signed::Response => "sign=response",
            Signed::Both => "sign=both",
        };
        let algorithm = match case.algorithm {
            Algorithm::Sha256 => "algorithm=sha256",
            Algorithm::Sha1 => "algorithm=sha1",
        };
        let encryption = if case.answer.encrypted.is_some() { "encryption=on" } else { "encryption=off" };
        let verification = if case.demands { "verification=required" } else { "verification=not-required" };
        let (issuer, format) = match case.logout {
            Logout::Today => ("logout-issuer=login-address", "logout-format=omitted"),
            Logout::Standard => ("logout-issuer=entity-id", "logout-format=sign-on"),
        };
        self.command(&[
            "app",
            "set",
            "--data",
            "twin",
            sign,
            algorithm,
            encryption,
            verification,
            issuer,
            format,
        ])?;
        let fault = case.fault.map_or_else(|| "null".to_owned(), |name| format!("{name:?}"));
        let (status, said) =
            post(&self.server.address, "/faults", "application/json", &format!("{{\"standing\": {fault}}}"))?;
        ensure!(status == 200, "the double does not take {fault}: {status} {said}");
        Ok(())
    }

    pub(super) fn my_apps(&self) -> String {
        format!("{}/myapps", self.server.address)
    }

    /// Where a person leaves.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub(super) fn sign_out(&self) -> Result<String> {
        Ok(format!("{}/{}/signout", self.server.address, self.id_in("tenant.toml")?))
    }

    /// Signs a person in, in a fresh browser.
    ///
    /// # Errors
    /// When the browser cannot be started, or says what nobody understands.
    pub(super) fn visit(&self, start: &str, account: &str, case: &Case, leave: Option<&str>) -> Result<Came> {
        let mut drive = program(self.workspace, &self.folder);
        drive.args(["drive", "elsewhere", "--start", start, "--expect-account", account]);
        drive.args(["--login-name", PERSON, "--type", &format!("login={PERSON}")]);
        drive.args(["--type", &format!("passwd={PASSWORD}")]);
        if case.change == Change::FirstName {
            drive.args(["--change", ">B<=>Eve<"]);
        }
        if case.then == Then::ComeAgain {
            drive.arg("--twice");
        }
        if let Some(leave) = leave {
            drive.args(["--leave", leave]);
        }
        let came = drive.output().context("cannot start the browser")?;
        if !came.status.success() {
            let said = String::from_utf8_lossy(&came.stderr).into_owned();
            return Ok(Came { outcome: Outcome::Stuck(said), response: String::new() });
        }
        read(&String::from_utf8(came.stdout).context("the browser printed no UTF-8")?)
    }

    fn command(&self, words: &[&str]) -> Result<String> {
        output(program(self.workspace, &self.folder).args(words))
    }

    /// The first id of a file of the double: its own.
    fn id_in(&self, name: &str) -> Result<String> {
        let file = self.folder.path().join("twin").join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let id = text.lines().find_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
        Ok(id.with_context(|| format!("no id in {name}"))?.to_owned())
    }
}

fn program(workspace: &Workspace, folder: &TempDir) -> Command {
    workspace.unconfigured(workspace.target().join("debug/entra-twin"), folder.path())
}

/// What `entra-twin drive elsewhere` printed.
fn read(said: &str) -> Result<Came> {
    let (first, response) = said.split_once('\n').unwrap_or((said, ""));
    let outcome = match first.split_once(": ") {
        Some(("signed in", _)) => Outcome::SignedIn,
        Some(("signed in again", _)) => Outcome::SignedInAgain,
        Some(("refused", text)) => Outcome::Refused(text.to_owned()),
        Some(("refused again", text)) => Outcome::RefusedAgain(text.to_owned()),
        Some(("signed out", passed)) => Outcome::SignedOut(passed.to_owned()),
        _ => bail!("the browser said {first:?}"),
    };
    Ok(Came { outcome, response: response.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_is_told_from_the_others() {
        let said = |text: &str| read(text).map(|came| (format!("{:?}", came.outcome), came.response));
        for (text, outcome) in [
            ("signed in: 1 responses\n<x>", "SignedIn"),
            ("signed in again: with the same response\n<x>", "SignedInAgain"),
            ("refused: 400 no\n<x>", "Refused(\"400 no\")"),
            ("refused again: 400 no\n<x>", "RefusedAgain(\"400 no\")"),
            ("signed out: http://x/ and read y\n<x>", "SignedOut(\"http://x/ and read y\")"),
        ] {
            assert_eq!(said(text).unwrap(), (outcome.to_owned(), "<x>".to_owned()));
        }
        assert!(said("well").is_err());
    }
}
