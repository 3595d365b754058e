//! Plays the double's faults against Landfall: once as a connection begins, and once with each demand dropped.
//!
//! A fault that gets through must be one that the dropped demand explains, and each that it explains must get through.
//! Where the demand is on the key of the identity provider, the double has such a key: honest logins are refused until
//! the demand is dropped, and no fault gets through then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, free_port};
use crate::setup;
use crate::workspace::{Workspace, line, output, run as to_its_end};

/// One way to set up a connection.
struct Setting {
    /// What it is called in the output.
    name: &'static str,
    key: Key,
    dropped: Dropped,
    /// The faults that get through by it.
    explains: &'static [&'static str],
}

/// What the double signs with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The application's own.
    Own,
    /// One that nobody is to trust as long as the demand holds: `[signing]` of app.toml.
    Weak(&'static str),
}

const SHORT: Key = Key::Weak(include_str!("../attack/short.toml"));
const EXPIRED: Key = Key::Weak(include_str!("../attack/expired.toml"));

/// What a connection no longer demands.
enum Dropped {
    Nothing,
    /// Of `landfall connection weaken`.
    Danger(&'static str),
    /// Of `landfall connection set`.
    Setting(&'static str),
}

const SETTINGS: &[Setting] = &[
    Setting { name: "strict", key: Key::Own, dropped: Dropped::Nothing, explains: &[] },
    Setting {
        name: "danger sha1",
        key: Key::Own,
        dropped: Dropped::Danger("sha1"),
        explains: &["signature-sha1", "digest-sha1", "signature-and-digest-sha1", "logout-signature-sha1"],
    },
    Setting { name: "danger short-rsa", key: SHORT, dropped: Dropped::Danger("short-rsa"), explains: &[] },
    Setting {
        name: "danger empty-reference",
        key: Key::Own,
        dropped: Dropped::Danger("empty-reference"),
        explains: &["reference-empty"],
    },
    Setting {
        name: "danger other-c14n",
        key: Key::Own,
        dropped: Dropped::Danger("other-c14n"),
        explains: &["c14n-inclusive", "c14n-inclusive-1-1", "c14n-with-comments", "transform-by-default"],
    },
    Setting {
        name: "danger missing-audience",
        key: Key::Own,
        dropped: Dropped::Danger("missing-audience"),
        explains: &["audience-absent"],
    },
    // A response that has lost its request is one that nobody asked for.
    Setting {
        name: "unsolicited=accept",
        key: Key::Own,
        dropped: Dropped::Setting("unsolicited=accept"),
        explains: &["in-response-to-lost"],
    },
    Setting {
        name: "unsolicited=refuse",
        key: Key::Own,
        dropped: Dropped::Setting("unsolicited=refuse"),
        explains: &[],
    },
    Setting {
        name: "guests=admit",
        key: Key::Own,
        dropped: Dropped::Setting("guests=admit"),
        explains: &["guest"],
    },
    Setting {
        name: "certificate-dates=warn",
        key: EXPIRED,
        dropped: Dropped::Setting("certificate-dates=warn"),
        explains: &[],
    },
];

/// Builds both programs, and plays every fault in a fresh installation for each setting.
///
/// # Errors
/// When something cannot be built or started, or a case fails that its setting does not explain.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(
        &mut workspace.cargo("build --locked -p landfall -p landfall-entra-twin --features landfall/xmlsec"),
    )?;
    let mut wrong = 0;
    for setting in SETTINGS {
        let installation = Installation::start(workspace)?;
        installation.connect(setting.key)?;
        if setting.key != Key::Own {
            installation.expect_nobody(setting.name)?;
        }
        installation.weaken(&setting.dropped)?;
        let begun = Instant::now();
        let played = installation.play()?;
        let found = played.found(setting.explains);
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

/// What came of one run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Played {
    passed: usize,
    skipped: usize,
    /// Names and reasons.
    failed: BTreeMap<String, String>,
}

/// A case that is to be told.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// It got through, as the setting explains.
    Explained { name: String, reason: String },
    /// It failed, and nothing explains it.
    Unexplained { name: String, reason: String },
    /// The setting would explain it, and it was refused.
    Refused { name: String },
}

impl Played {
    /// Reads what `entra-twin attack --json` prints: an object a case, and the sum.
    fn read(said: &str) -> Result<Self> {
        let mut played = Self::default();
        let mut sum = None;
        for text in said.lines() {
            let object: Value = serde_json::from_str(text).with_context(|| format!("no JSON: {text:?}"))?;
            let word = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            match word("verdict").as_str() {
                "passed" => played.passed += 1,
                "skipped" => played.skipped += 1,
                "failed" => {
                    played.failed.insert(word("name"), word("reason"));
                }
                _ => sum = object.get("passed").and_then(Value::as_u64),
            }
        }
        ensure!(sum == Some(played.passed as u64), "expected a sum of {} passed, got {sum:?}", played.passed);
        ensure!(played.passed > 0, "no case passed, not even an honest login");
        Ok(played)
    }

    fn found(&self, explains: &[&str]) -> Vec<Finding> {
        let explained: BTreeSet<&str> = explains.iter().copied().collect();
        let told = |(name, reason): (&String, &String)| {
            let (name, reason) = (name.clone(), reason.clone());
            if explained.contains(name.as_str()) {
                Finding::Explained { name, reason }
            } else {
                Finding::Unexplained { name, reason }
            }
        };
        let refused = explained.iter().filter(|name| !self.failed.contains_key(**name));
        let refused = refused.map(|name| Finding::Refused { name: (*name).to_owned() });
        self.failed.iter().map(told).chain(refused).collect()
    }

    fn sum(&self, name: &str, took: Duration) -> String {
        let (passed, failed, skipped) = (self.passed, self.failed.len(), self.skipped);
        let left_out = if skipped > 0 { format!(", {skipped} left out") } else { String::new() };
        format!("{name:<24} {passed} passed, {failed} failed{left_out}, {:.1} s", took.as_secs_f64())
    }
}

impl Finding {
    fn is_wrong(&self) -> bool {
        !matches!(self, Self::Explained { .. })
    }

    fn line(&self) -> String {
        match self {
            Self::Explained { name, reason } => format!("  explained  {name}: {reason}"),
            Self::Unexplained { name, reason } => format!("  FAIL       {name}: {reason}"),
            Self::Refused { name } => {
                format!("  FAIL       {name}: the setting explains it, and it did not get through")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
{\"name\":\"unsigned\",\"verdict\":\"passed\",\"reason\":null}
{\"name\":\"encrypted\",\"verdict\":\"skipped\",\"reason\":\"none\"}
{\"name\":\"guest\",\"verdict\":\"failed\",\"reason\":\"signed in\"}
{\"passed\":1,\"failed\":1}
";

    #[test]
    fn cases_are_counted_and_the_sum_must_agree() {
        let played = Played::read(SAID).unwrap();
        assert_eq!((played.passed, played.skipped, played.failed.len()), (1, 1, 1));
        assert_eq!(
            played.sum("strict", Duration::from_millis(1_250)),
            "strict                   1 passed, 1 failed, 1 left out, 1.2 s"
        );
        for wrong in [SAID.replace("\"passed\":1", "\"passed\":2"), String::new(), "no".to_owned()] {
            assert!(Played::read(&wrong).is_err(), "{wrong}");
        }
    }

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

    #[test]
    fn what_a_setting_explains_is_no_failure_and_must_be() {
        let played = Played::read(SAID).unwrap();
        let reason = || "signed in".to_owned();
        assert_eq!(played.found(&[]), [Finding::Unexplained { name: "guest".into(), reason: reason() }]);
        assert_eq!(played.found(&["guest"]), [Finding::Explained { name: "guest".into(), reason: reason() }]);
        let found = played.found(&["guest", "unsigned"]);
        assert_eq!(found.last(), Some(&Finding::Refused { name: "unsigned".into() }));
        assert_eq!(found.iter().filter(|finding| finding.is_wrong()).count(), 1);
    }
}
