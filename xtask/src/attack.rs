//! Plays the double's faults against Landfall: once as a connection begins, and once with each demand dropped.
//!
//! Each case must go as it should at a sound service provider, but for those that the setting lists with what comes
//! instead: each of these must go exactly so.
//! Where the demand is on the key of the identity provider, the double has such a key: honest logins are refused until
//! the demand is dropped, and no fault gets through then.

mod played;
mod settings;

use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::server::{Server, free_port};
use crate::setup;
use crate::workspace::{Workspace, line, output, run as to_its_end};
use played::{Finding, Played};
use settings::{Dropped, Key, SETTINGS};

/// Builds both programs, and plays every fault in a fresh installation for each setting.
///
/// # Errors
/// When something cannot be built or started, or a case fails that its setting does not explain.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(
        &mut workspace.cargo("build --locked -p landfall -p landfall-entra-twin --features landfall/xmlsec"),
    )?;
    let (mut wrong, mut cases) = (0, None);
    for setting in SETTINGS {
        let installation = Installation::start(workspace)?;
        installation.connect(setting.key)?;
        if setting.key != Key::Own {
            installation.expect_nobody(setting.name)?;
        }
        installation.weaken(&setting.dropped)?;
        let begun = Instant::now();
        let played = installation.play()?;
        let names = cases.get_or_insert_with(|| played.names());
        ensure!(*names == played.names(), "{} has other cases than the first", setting.name);
        let found = played.found(setting.otherwise);
        println!("{}", played.sum(setting.name, begun.elapsed()));
        for finding in &found {
            println!("{}", finding.line());
        }
        wrong += found.iter().filter(|finding| finding.is_wrong()).count();
        if found.iter().any(Finding::is_wrong) {
            println!("{}", installation.landfall.log_end());
        }
    }
    ensure!(wrong == 0, "{wrong} cases went another way than their setting explains");
    Ok(())
}

/// A fresh Landfall that trusts the key of a double.
struct Installation<'a> {
    // It stands first, so that it ends before its folder goes.
    landfall: Server,
    folder: TempDir,
    workspace: &'a Workspace,
}

impl<'a> Installation<'a> {
    fn start(workspace: &'a Workspace) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("landfall-attack-").tempdir();
        let folder = folder.context("cannot make a folder")?;
        let own = format!("127.0.0.1:{}", free_port()?);
        let settings =
            format!("public_url = \"http://{own}\"\nlisten = \"{own}\"\nsecond_opinion = \"advise\"\n");
        fs::write(folder.path().join("landfall.toml"), settings).context("cannot write landfall.toml")?;
        let mut serve = program(workspace, &folder, "landfall");
        let log = folder.path().join("landfall.log");
        let landfall = Server::start("Landfall", serve.arg("serve"), log, channel().0)?;
        Ok(Self { landfall, folder, workspace })
    }

    /// Makes the tenant and its connection, whose identity provider signs with this key.
    fn connect(&self, key: Key) -> Result<()> {
        let double = |words: &[&str]| output(self.program("entra-twin").args(words));
        let landfall = |words: &[&str]| output(self.program("landfall").args(words));
        double(&["init", "--data", "twin"])?;
        if let Key::Weak(signing) = key {
            let file = self.folder.path().join("twin/app.toml");
            let own = fs::read_to_string(&file).context("cannot read app.toml")?;
            fs::write(&file, signed_by(&own, signing)?).context("cannot write app.toml")?;
        }
        // The attack is the identity provider and the browser: nobody goes to this address.
        let metadata = double(&["metadata", "--data", "twin", "--base-url", "http://localhost:1", "--app"])?;
        fs::write(self.folder.path().join("idp.xml"), metadata).context("cannot write idp.xml")?;
        // Before there is a connection by a weak key, of which it complains.
        let said = landfall(&["doctor"])?;
        ensure!(said.contains("libxmlsec1"), "expected a second engine, doctor said\n{said}");
        landfall(&["tenant", "create", "contoso"])?;
        landfall(&["domain", "add", "contoso", "contoso.example"])?;
        landfall(&["connection", "import", "contoso", "idp.xml", "--name", "contoso"])?;
        landfall(&["domain", "bind", "contoso.example", "contoso"])?;
        Ok(())
    }

    /// Has the connection demand less.
    fn weaken(&self, dropped: &Dropped) -> Result<()> {
        let landfall = |words: &[&str]| output(self.program("landfall").args(words));
        match dropped {
            Dropped::Nothing => {}
            Dropped::Danger(danger) => {
                let soon = output(Command::new("date").args(["--utc", "--date", "30 days", "+%F"]))?;
                let why = ["--reason", "the attack on it", "--until", soon.trim()];
                landfall(&[&["connection", "weaken", "contoso", danger][..], &why].concat())?;
            }
            Dropped::Setting(setting) => {
                landfall(&["connection", "set", "contoso", setting])?;
            }
        }
        Ok(())
    }

    /// An honest login by a weak key signs nobody in, as long as the demand holds.
    fn expect_nobody(&self, name: &str) -> Result<()> {
        let (said, cause) = self.attack(&["--only", "honest-assertion"])?;
        let refused = said.contains("expected B.Simon@contoso.example to be signed in, got nobody");
        ensure!(refused, "{name}: expected the weak key to be refused before, got {said}{cause}");
        Ok(())
    }

    /// Plays every fault.
    fn play(&self) -> Result<Played> {
        let (said, cause) = self.attack(&[])?;
        Played::read(&said).with_context(|| format!("`entra-twin attack` said\n{}", cause.trim()))
    }

    /// What the attack prints, and what it complains about.
    fn attack(&self, more: &[&str]) -> Result<(String, String)> {
        let page = |path: &str| format!("{}{path}", self.landfall.address);
        let mut attack = self.program("entra-twin");
        attack.args(["attack", "--json", "--data", "twin", "--sp-metadata", &page("/saml/metadata")]);
        attack.args(["--login", &page("/sso"), "--whoami", &page("/account")]);
        attack.args(more);
        // A status of 1 says that cases failed, which are judged here.
        let output = attack.output().with_context(|| format!("cannot start `{}`", line(&attack)))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&output.stdout), text(&output.stderr)))
    }

    fn program(&self, name: &str) -> Command {
        program(self.workspace, &self.folder, name)
    }
}

/// A program that was built, in the folder of the installation.
fn program(workspace: &Workspace, folder: &TempDir, name: &str) -> Command {
    workspace.unconfigured(workspace.target().join("debug").join(name), folder.path())
}

/// The settings of an application with another `[signing]`.
fn signed_by(app: &str, signing: &str) -> Result<String> {
    let (before, own) = app.split_once("[signing]").context("app.toml has no [signing]")?;
    let later = own.find("\n[").and_then(|at| own.get(at..)).unwrap_or_default();
    Ok(format!("{before}{signing}{later}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_alone_is_another() {
        let app = "id = 1\n[signing]\nold = 1\n\n[[claim]]\nname = 2\n";
        assert_eq!(
            signed_by(app, "[signing]\nnew = 3\n").unwrap(),
            "id = 1\n[signing]\nnew = 3\n\n[[claim]]\nname = 2\n"
        );
        assert_eq!(signed_by("[signing]\nold = 1\n", "[signing]\n").unwrap(), "[signing]\n");
        assert!(signed_by("id = 1\n", "[signing]\n").is_err());
    }
}
