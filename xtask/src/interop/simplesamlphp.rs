//! Debian's SimpleSAMLphp, with the settings of `xtask/interop/simplesamlphp`: it signs and encrypts with xmlseclibs.

use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use super::case::{Answer, Case, Encryption};
use super::landfall::Person;
use super::peer::{Peer, write_answer};
use crate::server::{Server, fetch, free_port};
use crate::workspace::{Workspace, output};

/// Where Debian has its pages.
const PAGES: &str = "/usr/share/simplesamlphp/www";

pub(super) struct Simplesamlphp {
    // It stands first, so that it ends before its folder goes.
    server: Server,
    folder: TempDir,
    sp: String,
}

impl Simplesamlphp {
    /// Starts it with PHP's own web server; the folder has Landfall's metadata as `sp.xml`.
    pub(super) fn start(workspace: &Workspace, folder: TempDir, sp_metadata: &str) -> Result<Self> {
        let settings = workspace.root().join("xtask/interop/simplesamlphp");
        let listen = format!("127.0.0.1:{}", free_port()?);
        // Another site than Landfall's, as in the world: browsers tell them apart by the name of the host.
        let address = format!("http://{}", listen.replace("127.0.0.1", "localhost"));
        write_answer(folder.path(), &Answer::PLAIN)?;
        output(Command::new("php").arg(settings.join("keys.php")).arg(folder.path()))?;
        let mut php = workspace.unconfigured("php", folder.path());
        php.env("SIMPLESAMLPHP_CONFIG_DIR", settings.join("config"));
        php.env("INTEROP_FOLDER", folder.path()).env("INTEROP_ADDRESS", &address);
        // A setting that has changed counts at once.
        php.args(["-d", "opcache.enable=0", "-S", &listen, "-t", PAGES]);
        let server = Server::until(&mut php, folder.path().join("log"), address, METADATA)?;
        let sp = sp_metadata.split_once("entityID=\"").and_then(|(_, rest)| rest.split('"').next());
        Ok(Self { server, folder, sp: sp.unwrap_or_default().to_owned() })
    }
}

const METADATA: &str = "/saml2/idp/metadata.php";

impl Peer for Simplesamlphp {
    const NAME: &'static str = "simplesamlphp";
    const DOMAIN: &'static str = "simplesamlphp.example";
    const PERSON: Person<'static> = Person {
        login_name: "ada@simplesamlphp.example",
        typed: &[("username", "ada"), ("password", "ada")],
    };
    const SETTINGS: &'static [&'static str] = &[];

    fn versions(&self) -> Result<String> {
        let script = "require '/usr/share/simplesamlphp/lib/_autoload.php'; \
            echo 'SimpleSAMLphp ', SimpleSAML\\Configuration::VERSION, ', PHP ', PHP_VERSION;";
        output(Command::new("php").args(["-r", script]))
    }

    fn metadata(&self) -> Result<String> {
        fetch(&self.server.address, METADATA)
    }

    fn lacks(&self, case: &Case) -> Option<&'static str> {
        match case.answer.encrypted {
            None | Some(Encryption::Aes128Cbc) => None,
            Some(_) => Some("to a certificate it encrypts by AES-128-CBC alone"),
        }
    }

    fn answer(&mut self, answer: &Answer) -> Result<()> {
        write_answer(self.folder.path(), answer)
    }

    fn unsolicited(&self) -> Option<String> {
        Some(format!("{}/saml2/idp/SSOService.php?spentityid={}", self.server.address, self.sp))
    }

    fn leave(&self) -> Option<String> {
        let address = &self.server.address;
        Some(format!("{address}/saml2/idp/SingleLogoutService.php?ReturnTo={address}/logout.php"))
    }

    fn logout_path(&self) -> &'static str {
        "/saml2/idp/SingleLogoutService.php"
    }

    fn log_end(&self) -> String {
        self.server.log_end()
    }
}
