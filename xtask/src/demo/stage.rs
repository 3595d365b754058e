//! The two installations of a demo: made, started, and introduced to each other.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::server::{News, Server, fetch, free_port};
use crate::workspace::{Workspace, output};

/// The landing page under the path that the gallery tutorial of Entra has for it.
pub(super) const ALIAS: &str = "/ClientActivation/ssolanding.go";

/// Landfall and the double, both running, each knowing the other.
pub(super) struct Stage<'a> {
    // The servers stand first, so that they end before their folder goes.
    landfall: Server,
    double: Server,
    /// The double of another customer, whose administrator is hostile.
    fabrikam: Server,
    folder: TempDir,
    workspace: &'a Workspace,
}

impl<'a> Stage<'a> {
    /// Makes and starts both in a fresh folder, and exchanges their metadata.
    ///
    /// # Errors
    /// When one of them cannot be started, or refuses what it is told.
    pub(super) fn set(workspace: &'a Workspace, news: &Sender<News>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("landfall-demo-").tempdir();
        let folder = folder.context("cannot make a folder")?;
        let start_double = |name, data: &str, tenant| {
            output(
                program(workspace, &folder, "entra-twin").args(["init", "--data", data, "--tenant", tenant]),
            )?;
            let mut double = program(workspace, &folder, "entra-twin");
            double.args(["serve", "--data", data, "--listen", "127.0.0.1:0", "--public-host", "localhost"]);
            // A group of its own for each: Ctrl-C reaches this process alone, which then ends all servers.
            double.process_group(0);
            Server::start(name, &mut double, folder.path().join(format!("{data}.log")), news.clone())
        };
        let double = start_double("the double", "twin", "contoso")?;
        let fabrikam = start_double("the double of fabrikam", "fabrikam", "fabrikam")?;

        // What Landfall is called by browsers is a setting, so its port must be known before it listens.
        let own = format!("127.0.0.1:{}", free_port()?);
        let settings = format!(
            "public_url = \"http://{own}\"\nlisten = \"{own}\"\nlanding_aliases = [\"{ALIAS}\"]\nsecond_opinion = \"advise\"\n"
        );
        fs::write(folder.path().join("landfall.toml"), settings).context("cannot write landfall.toml")?;
        let mut landfall = program(workspace, &folder, "landfall");
        let log = folder.path().join("landfall.log");
        let landfall = Server::start("Landfall", landfall.arg("serve").process_group(0), log, news.clone())?;

        let stage = Self { landfall, double, fabrikam, folder, workspace };
        let (sp, idp) = (&stage.landfall.address, &stage.double.address);
        step("start", &format!("Landfall at {sp}, the Entra double at {idp}"));
        stage.introduce()?;
        Ok(stage)
    }

    fn introduce(&self) -> Result<()> {
        self.landfall(&["tenant", "create", "contoso"])?;
        self.landfall(&["domain", "add", "contoso", "contoso.example"])?;
        let metadata =
            self.double(&["metadata", "--data", "twin", "--base-url", &self.double.address, "--app"])?;
        self.keep("idp.xml", &metadata)?;
        let said = self.landfall(&["connection", "import", "contoso", "idp.xml", "--name", "contoso"])?;
        step("metadata", said.lines().next().unwrap_or_default());
        let said = self.landfall(&["domain", "bind", "contoso.example", "contoso"])?;
        step("domain", said.trim());

        let said = self.landfall(&["doctor"])?;
        let engines = said.lines().find_map(|line| line.strip_prefix("ok    engines"));
        step("engines", engines.with_context(|| format!("doctor said {said:?}"))?.trim());

        self.keep("sp.xml", &fetch(&self.landfall.address, "/saml/metadata")?)?;
        let said = self.double(&["app", "import", "--data", "twin", "sp.xml"])?;
        step("metadata", &format!("registered with {}", said.trim()));
        Ok(())
    }

    /// Another customer, whose metadata are exchanged too.
    ///
    /// # Errors
    /// When one of them refuses what it is told.
    pub(super) fn introduce_fabrikam(&self) -> Result<()> {
        self.landfall(&["tenant", "create", "fabrikam"])?;
        self.landfall(&["domain", "add", "fabrikam", "fabrikam.example"])?;
        let base = &self.fabrikam.address;
        let metadata = self.double(&["metadata", "--data", "fabrikam", "--base-url", base, "--app"])?;
        self.keep("fabrikam.xml", &metadata)?;
        self.landfall(&["connection", "import", "fabrikam", "fabrikam.xml", "--name", "fabrikam"])?;
        let said = self.landfall(&["domain", "bind", "fabrikam.example", "fabrikam"])?;
        step("domain", said.trim());
        self.double(&["app", "import", "--data", "fabrikam", "sp.xml"])?;
        Ok(())
    }

    /// Changes a person at the double of contoso, which runs on.
    ///
    /// # Errors
    /// When the double refuses.
    pub(super) fn change(&self, user: &str, change: &str) -> Result<()> {
        self.double(&["user", "set", "--data", "twin", user, change]).map(drop)
    }

    /// What Landfall has logged.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) fn log(&self) -> Result<String> {
        self.landfall.log()
    }

    /// The one account of this user name that is not deleted; otherwise as [`Self::account`].
    ///
    /// # Errors
    /// With the whole list, if it does not.
    pub(super) fn living(&self, user: &str, expected: &[&str]) -> Result<String> {
        let list = self.landfall(&["user", "list", "contoso"])?;
        let living: Vec<&str> = list.lines().filter(|row| !row.contains("  deprovisioned  ")).collect();
        account(&living.join("\n"), user, expected)
    }

    /// The one account of this user name, as `landfall user list` shows it, if it says all of `expected`.
    ///
    /// # Errors
    /// With the whole list, if it does not.
    pub(super) fn account(&self, user: &str, expected: &[&str]) -> Result<String> {
        account(&self.landfall(&["user", "list", "contoso"])?, user, expected)
    }

    /// A page of Landfall.
    pub(super) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.landfall.address)
    }

    /// The tiles of the double.
    pub(super) fn my_apps(&self) -> String {
        format!("{}/myapps", self.double.address)
    }

    /// Runs a command of Landfall and gives what it printed.
    pub(super) fn landfall(&self, words: &[&str]) -> Result<String> {
        output(program(self.workspace, &self.folder, "landfall").args(words))
    }

    /// Runs a command of the double and gives what it printed.
    pub(super) fn double(&self, words: &[&str]) -> Result<String> {
        output(program(self.workspace, &self.folder, "entra-twin").args(words))
    }

    /// Starts a scenario of the double whose end is waited for later.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn browser(&self, words: &[&str]) -> Result<Child> {
        let mut browser = program(self.workspace, &self.folder, "entra-twin");
        let browser = browser.args(words).stdin(Stdio::null()).stdout(Stdio::piped());
        browser.spawn().context("cannot start a browser without a screen")
    }

    /// How a person runs a command of Landfall in another terminal.
    pub(super) fn shell(&self, command: &str) -> String {
        let built = self.workspace.target().join("debug").join(command);
        format!("cd {} && {}", self.folder.path().display(), built.display())
    }

    /// What both servers wrote last.
    pub(super) fn print_logs(&self) {
        eprintln!("{}\n{}", self.landfall.log_end(), self.double.log_end());
    }

    /// Writes a file into the folder of the demo.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.folder.path().join(name), text).with_context(|| format!("cannot write {name}"))
    }
}

/// Prints that a step ended as it must.
pub(super) fn step(word: &str, rest: &str) {
    println!("{word:<14} ✓ {rest}");
}

/// A program that was built, in the folder of the demo.
fn program(workspace: &Workspace, folder: &TempDir, name: &str) -> Command {
    workspace.unconfigured(workspace.target().join("debug").join(name), folder.path())
}

fn account(list: &str, user: &str, expected: &[&str]) -> Result<String> {
    let mut rows = list.lines().filter(|row| row.split(' ').next() == Some(user));
    match (rows.next(), rows.next()) {
        (Some(row), None) if expected.iter().all(|word| row.contains(word)) => Ok(row.to_owned()),
        _ => bail!("expected one account {user}: {}, got\n{list}", expected.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
USER                     STATE   MADE BY       NAME  ID
B.Simon@contoso.example  active  just-in-time  B     1
b@contoso.example        active  operator            2
";

    #[test]
    fn an_account_is_one_row_that_says_what_is_expected() {
        let row = account(LIST, "B.Simon@contoso.example", &["active", "just-in-time"]).unwrap();
        assert_eq!(row, "B.Simon@contoso.example  active  just-in-time  B     1");
        let error = account(LIST, "B.Simon@contoso.example", &["operator"]).unwrap_err().to_string();
        assert!(error.starts_with("expected one account B.Simon@contoso.example: operator, got"), "{error}");
        assert!(account(LIST, "B.Simon", &[]).is_err());
        assert!(account(&format!("{LIST}{LIST}"), "b@contoso.example", &[]).is_err());
    }
}
