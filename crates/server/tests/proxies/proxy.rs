//! The proxies, as Debian has them.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long one may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// The host of the site: another one than Landfall's and the double's, so that no cookie reaches two of them.
const HOST: &str = "127.0.0.3";

/// A proxy that others wrote.
pub(super) trait Proxy {
    const NAME: &'static str;

    /// Writes its configuration into a folder, and says how it is started.
    fn command(places: &Places, folder: &Path) -> Command;
}

/// Who listens where.
pub(super) struct Places {
    /// The proxy, with the site's host: `127.0.0.3:1234`.
    pub(super) site: String,
    pub(super) landfall: String,
    pub(super) application: String,
}

/// A proxy that runs as long as this value lives.
pub(super) struct Running {
    child: Child,
    pub(super) origin: String,
    folder: TempDir,
}

impl Running {
    /// Starts it before an application, and waits until it listens.
    pub(super) fn start<P: Proxy>(landfall: &str, application: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port();
        let site = format!("{HOST}:{port}");
        let places = Places {
            site: site.clone(),
            landfall: landfall.trim_start_matches("http://").to_owned(),
            application: application.trim_start_matches("http://").to_owned(),
        };
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = P::command(&places, folder.path());
        command.current_dir(folder.path()).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut running = Self { child, origin: format!("http://{site}"), folder };
        let begun = Instant::now();
        while TcpStream::connect(&site).is_err() {
            let ended = running.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{} does not listen: {}",
                P::NAME,
                running.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        running
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("what the proxy logged:\n{}", self.log());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn documented(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proxies").join(name)
}

/// A configuration as it is documented, with other texts in place of these, each of which stands in it.
fn with(name: &str, changes: &[(&str, &str)]) -> String {
    let mut text = fs::read_to_string(documented(name)).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "no {old:?} in {name}");
        text = text.replace(old, new);
    }
    text
}

pub(super) struct Nginx;

impl Proxy for Nginx {
    const NAME: &'static str = "nginx";

    fn command(places: &Places, folder: &Path) -> Command {
        let server = with(
            "nginx.conf",
            &[
                ("listen 443 ssl;", &format!("listen {};", places.site)),
                ("server_name app.example;", "server_name _;"),
                ("    ssl_certificate     /etc/ssl/app.example.pem;\n", ""),
                ("    ssl_certificate_key /etc/ssl/app.example.key;\n", ""),
                ("127.0.0.1:8080", &places.landfall),
                ("127.0.0.1:3000", &places.application),
            ],
        );
        fs::write(folder.join("site.conf"), server).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {}/{what};\n", folder.display()))
            .concat();
        let folder = folder.display();
        let main = format!(
            "daemon off;\nmaster_process off;\nuser root;\npid {folder}/pid;\nerror_log stderr info;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}include {folder}/site.conf;\n}}\n"
        );
        fs::write(format!("{folder}/nginx.conf"), main).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.args(["-e", "stderr", "-p", &folder.to_string(), "-c", "nginx.conf"]);
        command
    }
}

pub(super) struct Caddy;

impl Proxy for Caddy {
    const NAME: &'static str = "Caddy";

    fn command(places: &Places, folder: &Path) -> Command {
        let site = with(
            "Caddyfile",
            &[
                ("https://app.example {", &format!("http://{} {{\n\tbind {HOST}", places.site)),
                ("127.0.0.1:8080", &places.landfall),
                ("127.0.0.1:3000", &places.application),
            ],
        );
        fs::write(folder.join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{site}")).unwrap();
        let mut command = Command::new("/usr/bin/caddy");
        command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
        command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
        command
    }
}

pub(super) struct Haproxy;

impl Proxy for Haproxy {
    const NAME: &'static str = "HAProxy";

    fn command(places: &Places, folder: &Path) -> Command {
        let settings = with(
            "haproxy.cfg",
            &[
                ("/etc/haproxy/landfall.lua", &documented("landfall.lua").display().to_string()),
                ("bind :443 ssl crt /etc/ssl/app.example.pem", &format!("bind {}", places.site)),
                ("set-header X-Forwarded-Proto https", "set-header X-Forwarded-Proto http"),
                ("127.0.0.1:8080", &places.landfall),
                ("127.0.0.1:3000", &places.application),
            ],
        );
        fs::write(folder.join("haproxy.cfg"), settings).unwrap();
        let mut command = Command::new("/usr/sbin/haproxy");
        command.args(["-db", "-f", "haproxy.cfg"]);
        command
    }
}
