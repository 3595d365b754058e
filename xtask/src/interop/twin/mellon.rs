//! mod_auth_mellon, Debian's, inside of Apache: it is lasso with a memory and with pages of its own.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::case::{Case, Why};
use super::peer::{Asked, Peer, keep, versions};
use crate::server::{Server, fetch, free_port};
use crate::workspace::Workspace;

pub(super) struct Mellon;

const APACHE: &str = "/usr/sbin/apache2";
/// What Apache logs, apart from what it prints while it starts.
const LOG: &str = "apache.log";

impl Peer for Mellon {
    fn name(&self) -> &'static str {
        "mod_auth_mellon"
    }

    fn versions(&self) -> Result<String> {
        versions(&["libapache2-mod-auth-mellon", "apache2-bin", "liblasso3"])
    }

    fn cannot(&self, _: &Case) -> Option<&'static str> {
        None
    }

    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked) -> Result<Server> {
        let listen = format!("127.0.0.1:{}", free_port()?);
        let pages = folder.join("pages");
        fs::create_dir(&pages).context("cannot make a folder for pages")?;
        keep(&pages, "account", "<!doctype html><p>Signed in: <!--#echo var=\"REMOTE_USER\" --></p>\n")?;
        keep(&pages, "out", "<!doctype html><p>Signed out.</p>\n")?;
        let apache = |metadata: &str| {
            keep(folder, "httpd.conf", &settings(folder, &listen, metadata))?;
            let mut command = workspace.unconfigured(APACHE, folder);
            command.args(["-X", "-f"]).arg(folder.join("httpd.conf"));
            // libxmlsec1 would read all certification authorities of the system for each message.
            command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
            Server::until(&mut command, folder.join("log"), format!("http://{listen}"), self.metadata_path())
        };
        let server = apache("")?;
        if asked.signs {
            return Ok(server);
        }
        // It signs whatever the metadata say that it signs: those that it wrote itself say so.
        let own = fetch(&server.address, self.metadata_path())?;
        let unsigned = own.replace("AuthnRequestsSigned=\"true\"", "AuthnRequestsSigned=\"false\"");
        ensure!(unsigned != own, "its metadata do not say that it signs requests: {own}");
        keep(folder, "own.xml", &unsigned)?;
        drop(server);
        apache(&format!("MellonSPMetadataFile {}/own.xml", folder.display()))
    }

    fn metadata_path(&self) -> &'static str {
        "/saml/metadata"
    }

    fn leave_path(&self, address: &str) -> String {
        format!("/saml/logout?ReturnTo={address}/out")
    }

    fn logout_path(&self) -> &'static str {
        "/saml/logout?SAML"
    }

    fn words(&self, why: Why) -> &'static str {
        match why {
            Why::BadSignature => "Failed to verify signature.",
            Why::NoSignature => "Signature element not found.",
            Why::UsedAlready => "has already been used.",
            Why::Issuer => "The identifier of a provider is unknown to #LassoServer",
            Why::NameId => "Error validating logout request. Lasso error: [-427]",
        }
    }

    fn log(&self, folder: &Path, _: &Server) -> Result<String> {
        fs::read_to_string(folder.join(LOG)).context("Apache has no log")
    }
}

/// One process, whose cookie comes along when another site posts; without `metadata` mellon writes its own.
fn settings(folder: &Path, listen: &str, metadata: &str) -> String {
    let folder = folder.display();
    format!(
        "ServerRoot /usr/lib/apache2
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Listen {listen}
ServerName http://{listen}
UseCanonicalName On
User www-data
Group www-data
ErrorLog {folder}/{LOG}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule include_module modules/mod_include.so
LoadModule auth_mellon_module modules/mod_auth_mellon.so
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8
DocumentRoot {folder}/pages
MellonLockFile {folder}/lock
<Location />
  ForceType text/html
  MellonEnable info
  MellonEndpointPath /saml
  MellonDefaultLoginPath /account
  MellonSPPrivateKeyFile {folder}/sp.key
  MellonSPCertFile {folder}/sp.crt
  {metadata}
  MellonIdPMetadataFile {folder}/idp.xml
  MellonSecureCookie On
  MellonCookieSameSite None
  MellonUser http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name
</Location>
<Location /account>
  Options +Includes
  SetOutputFilter INCLUDES
  MellonEnable auth
  AuthType Mellon
  Require valid-user
</Location>
"
    )
}
