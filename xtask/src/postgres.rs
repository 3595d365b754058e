//! A PostgreSQL server of our own, thrown away afterwards.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::workspace::{line, output, run, set};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// What of it is used.
const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_isready", "createdb"];

/// The folder that holds the programs of the newest PostgreSQL server: where Debian keeps them, or on the search path.
pub(crate) fn programs(root: &Path, search: &[PathBuf]) -> Option<PathBuf> {
    let mut debian: Vec<PathBuf> = fs::read_dir(root.join("usr/lib/postgresql"))
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    let mut folders = debian.into_iter().rev().chain(search.iter().cloned());
    folders.find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))
}

fn installed() -> Result<PathBuf> {
    let search: Vec<PathBuf> = env::split_paths(&set("PATH").unwrap_or_default()).collect();
    programs(Path::new("/"), &search).context("PostgreSQL is not installed: run `cargo xtask setup`")
}

/// Whether commits must survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// They need not: tests are quicker.
    None,
    /// As a server that people depend on.
    Full,
}

/// A running server; whoever drops it ends it, and its files go: of a cluster for tests while others work already.
pub(crate) struct Cluster {
    child: Child,
    folder: TempDir,
    address: String,
    durability: Durability,
}

impl Cluster {
    /// Makes a cluster in a temporary folder and starts its server on a free port of the loopback.
    ///
    /// # Errors
    /// When the programs are missing, or it does not come up, with the end of its log.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let programs = installed()?;
        let folder = tempfile::Builder::new().prefix("landfall-postgres").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        let account = Account::for_server()?;
        if let Some(account) = &account {
            chown(folder.path(), Some(account.user), Some(account.group))
                .with_context(|| format!("cannot give {} to postgres", folder.path().display()))?;
        }
        let data = folder.path().join("data");
        let mut initdb = command(account.as_ref(), &programs.join("initdb"), folder.path());
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        initdb.args(["--no-sync", "--no-instructions", "-D"]).arg(&data);
        output(&mut initdb)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = folder.path().join("log");
        let mut server = command(account.as_ref(), &programs.join("postgres"), folder.path());
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(folder.path());
        for setting in settings(durability) {
            server.args(["-c", setting]);
        }
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(&log)?);
        // In our process group: Ctrl-C ends it too.
        let child = server.spawn().with_context(|| format!("cannot start `{}`", line(&server)))?;
        let mut cluster = Self { child, folder, address: format!("127.0.0.1:{port}"), durability };
        cluster.wait(&programs.join("pg_isready"), port)?;
        Ok(cluster)
    }

    /// An empty database, made now.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        let (host, port) = self.address.split_once(':').context("an address has a port")?;
        let mut createdb = Command::new(installed()?.join("createdb"));
        run(createdb.args(["-h", host, "-p", port, "-U", "postgres", name]))?;
        Ok(format!("postgres://postgres@{}/{name}", self.address))
    }

    fn wait(&mut self, ready: &Path, port: u16) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let mut asked = Command::new(ready);
            asked.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            if asked.status().context("cannot start pg_isready")?.success() {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        bail!("the PostgreSQL server does not come up:\n{log}")
    }
}

impl Cluster {
    /// Removes the files behind the back of whoever goes on: a database for each test is some hundred thousand of them.
    fn let_go(&self) {
        let gone = self.gone();
        if fs::rename(self.folder.path(), &gone).is_err() {
            return;
        }
        let mut remove = Command::new("rm");
        remove.arg("-rf").arg(&gone).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // In a group of its own: Ctrl-C does not end it half way.
        if remove.process_group(0).spawn().is_err() {
            let _ = fs::remove_dir_all(&gone);
        }
    }

    fn gone(&self) -> PathBuf {
        self.folder.path().with_extension("gone")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The first line of this file is the process id of the server, which may be a child of our child.
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid"));
        let id = file.ok().and_then(|text| text.lines().next().map(str::to_owned));
        let id = id.unwrap_or_else(|| self.child.id().to_string());
        // Nothing of it is kept: no need for a clean end.
        let _ = Command::new("kill").args(["-QUIT", &id]).status();
        let _ = self.child.wait();
        if self.durability == Durability::None {
            self.let_go();
        }
    }
}

fn settings(durability: Durability) -> impl Iterator<Item = &'static str> {
    let always = ["listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=64MB"];
    let quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
    always.into_iter().chain(quick.into_iter().filter(move |_| durability == Durability::None))
}

/// Whom the server runs as: it refuses to run as root.
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// None where we are not root: the server runs as ourselves.
    fn for_server() -> Result<Option<Self>> {
        if id(&["-u"])? != 0 {
            return Ok(None);
        }
        Ok(Some(Self { user: id(&["-u", "postgres"])?, group: id(&["-g", "postgres"])? }))
    }
}

fn id(words: &[&str]) -> Result<u32> {
    output(Command::new("id").args(words))?.trim().parse().context("`id` printed no number")
}

/// A program in this folder, run as the account.
fn command(account: Option<&Account>, program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some(Account { user, group }) = account {
        command.uid(*user).gid(*group);
    }
    command.current_dir(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_starts_and_leaves_nothing_behind() {
        let cluster = Cluster::start(Durability::None).unwrap();
        let (folder, gone, address) =
            (cluster.folder.path().to_owned(), cluster.gone(), cluster.address.clone());
        assert_eq!(cluster.database("app").unwrap(), format!("postgres://postgres@{address}/app"));
        assert!(cluster.database("app").is_err(), "it is there already");
        drop(cluster);
        assert!(!folder.exists());
        let begun = Instant::now();
        while gone.exists() {
            assert!(begun.elapsed() < PATIENCE, "{} stays", gone.display());
            thread::sleep(Duration::from_millis(20));
        }
        assert!(std::net::TcpStream::connect(address).is_err());
    }
}
