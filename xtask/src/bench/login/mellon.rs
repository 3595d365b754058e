//! mod_auth_mellon, a service provider inside Apache, with the same person and the same identity provider.

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Bench, Figures};
use crate::server::free_port;

/// What is to be known beside the figure.
pub(super) const REMARK: &str = "sessions in memory: no database, nothing made durable";
/// Said where it is not installed.
pub(super) const ABSENT: &str = "apt-get install apache2-bin libapache2-mod-auth-mellon";

const APACHE: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2";
/// How long Apache may take until it listens.
const START: Duration = Duration::from_secs(10);

/// Starts it in a fresh folder, and signs in; nothing where it is not installed.
///
/// # Errors
/// When it cannot be started, or a login does not end with a session; with what Apache logged.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Option<Figures>> {
    if ![APACHE, "/usr/lib/apache2/modules/mod_auth_mellon.so"].iter().all(|file| Path::new(file).exists()) {
        return Ok(None);
    }
    let folder = tempfile::Builder::new().prefix("bench-login-").tempdir();
    let folder = folder.context("cannot make a folder")?;
    let folder = folder.path();
    let address = format!("127.0.0.1:{}", free_port()?);
    let keys = bench.workspace.root().join("crates/xmldsig/tests/keys");
    let own = |name: &str| {
        let key = keys.join(name);
        fs::read_to_string(&key).with_context(|| format!("cannot read {}", key.display()))
    };
    for (name, text) in [
        ("httpd.conf", settings(folder, &address)),
        ("sp.key", own("other.key.pem")?),
        ("sp.crt", own("other.crt.pem")?),
        ("sp.xml", metadata(&address)),
        ("idp.xml", bench.metadata()?),
    ] {
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    // Where root started it, Apache becomes somebody else, who must be able to read what is there.
    fs::set_permissions(folder, Permissions::from_mode(0o755)).context("cannot open the folder")?;

    let apache = Apache::start(bench, folder, &address)?;
    let figures = bench.sign_in("mellon", &address, apache.0.id(), folder);
    let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
    figures.map(Some).with_context(|| format!("mod_auth_mellon: {}", log().trim()))
}

/// A running Apache; whoever drops it ends it.
struct Apache(Child);

impl Apache {
    /// Starts it as a single process, and waits until it listens.
    fn start(bench: &Bench<'_>, folder: &Path, address: &str) -> Result<Self> {
        let mut command = bench.server(APACHE, folder);
        command.args(["-X", "-f"]).arg(folder.join("httpd.conf")).stdin(Stdio::null());
        // libxmlsec1 would read all certification authorities of the system for each message.
        command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
        let mut apache = Self(command.spawn().context("cannot start Apache")?);
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = apache.0.try_wait().context("cannot wait for Apache")? {
                bail!("Apache ended with {status}");
            }
            if start.elapsed() > START {
                bail!("Apache does not listen");
            }
            sleep(Duration::from_millis(20));
        }
        Ok(apache)
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // One that has ended already has nothing more to be done.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One process, threads enough, sessions and logging as they are by default.
fn settings(folder: &Path, address: &str) -> String {
    let folder = folder.display();
    format!(
        "ServerRoot {MODULES}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Listen {address}
ServerName http://{address}
UseCanonicalName On
User www-data
Group www-data
ErrorLog {folder}/log
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule auth_mellon_module modules/mod_auth_mellon.so
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8
MaxKeepAliveRequests 0
DocumentRoot {folder}
<Location />
  MellonEnable info
  MellonEndpointPath /saml
  MellonSPMetadataFile {folder}/sp.xml
  MellonSPPrivateKeyFile {folder}/sp.key
  MellonSPCertFile {folder}/sp.crt
  MellonIdPMetadataFile {folder}/idp.xml
  MellonSecureCookie Off
</Location>
"
    )
}

fn metadata(address: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"http://{address}/saml/metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"http://{address}/saml/postResponse\" index=\"0\"/></SPSSODescriptor></EntityDescriptor>"
    )
}
