//! The program as an operator meets it: a folder, commands, messages, exit statuses.

mod administration;
mod aggregate;
mod audit;
mod connections;
mod doctor;
mod domains;
mod drill;
mod extensions;
mod first_login;
mod full;
mod import;
mod inspect;
mod invitations;
mod judgement;
mod keys;
mod living;
mod logout;
mod mapping;
mod merges;
mod message;
mod migrate;
mod race;
mod revocation;
mod scim;
mod serve;
mod settings;
mod sites;
mod traces;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// How long a command or a step of a server may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder in which commands run.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// Holds settings that are enough.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("landfall.toml", "public_url = \"https://sso.example\"\n");
        folder
    }

    /// An operator has made the tenant contoso and connected it.
    pub(crate) fn with_contoso() -> Self {
        let folder = Self::new();
        folder.write("idp.xml", import::metadata());
        folder.succeeds(&["tenant", "create", "contoso"]);
        folder.succeeds(&["connection", "import", "contoso", "idp.xml", "--name", "contoso-entra"]);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The names of what is in the folder, sorted.
    pub(crate) fn content(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs a command to its end, with nothing in its environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let mut command = self.command(arguments, environment);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (id, (sender, receiver)) = (child.id(), channel());
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(PATIENCE) else {
            signal("KILL", id);
            panic!("{arguments:?} does not end");
        };
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that must succeed, and gives what it says.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert!(ended.status.success(), "{arguments:?}: {}", ended.err);
        ended.out
    }

    /// Starts a server on a free port, and waits until it listens.
    #[track_caller]
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    #[track_caller]
    pub(crate) fn serve_with(&self, environment: &[(&str, &str)]) -> Server {
        let environment = [&[("LANDFALL_LISTEN", "127.0.0.1:0")], environment].concat();
        self.listening(self.command(&["serve"], &environment))
    }

    /// Runs a command that may have so many kibibytes of data.
    pub(crate) fn run_within(&self, kibibytes: u32, arguments: &[&str]) -> Ended {
        let landfall = self.command(arguments, &[]);
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("ulimit -d {kibibytes}; exec \"$0\" \"$@\""))
            .arg(landfall.get_program());
        command.args(landfall.get_args()).current_dir(self.0.path()).env_clear();
        command.envs(landfall.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts a server for which no file grows beyond so many blocks of 512 bytes, as on a disk that is full.
    #[track_caller]
    pub(crate) fn serve_on_a_full_disk(&self, blocks: u32) -> Server {
        let landfall = self.command(&["serve"], &[("LANDFALL_LISTEN", "127.0.0.1:0")]);
        let mut command = Command::new("sh");
        let script = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" serve");
        command.arg("-c").arg(script).arg(landfall.get_program()).current_dir(self.0.path()).env_clear();
        command.envs(landfall.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null());
        self.listening(command)
    }

    #[track_caller]
    fn listening(&self, mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        let mut server = Server { child, err, said: String::new(), address: ([127, 0, 0, 1], 0).into() };
        let Ok(line) = out.recv_timeout(PATIENCE) else { panic!("no server: {}", server.rest()) };
        let address = line.strip_prefix("listening http://").and_then(|line| line.split_once(" as "));
        let (address, public_url) = address.unwrap_or_else(|| panic!("unexpected first line {line:?}"));
        assert_eq!(public_url, "https://sso.example");
        server.address = address.parse().unwrap();
        server
    }

    fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments.iter().map(OsStr::new)).current_dir(self.0.path()).env_clear();
        command.envs(environment.iter().copied()).stdin(Stdio::null());
        command
    }
}

/// A command that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// It failed with status 1 and one message, which holds these parts; it said nothing else.
    #[track_caller]
    pub(crate) fn failed(&self, parts: &[&str]) {
        assert_eq!((self.status.code(), self.out.as_str()), (Some(1), ""), "{}", self.err);
        assert!(self.err.starts_with("landfall: ") && !self.err.contains("panicked"), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "no {part:?} in {}", self.err);
        }
    }
}

/// A server that runs until the test ends it, or ends.
pub(crate) struct Server {
    child: Child,
    err: Receiver<String>,
    said: String,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Asks for a path, and gives status line, headers and body.
    pub(crate) fn get(&self, path: &str) -> String {
        ask(self.address, path)
    }

    /// Waits until the server has said where its figures are, and gets them.
    /// The status of what a directory posts.
    pub(crate) fn post_scim(&self, path: &str, token: &str, body: &str) -> u16 {
        let mut stream = self.connect();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn figures(&mut self) -> String {
        self.wait_for("/metrics");
        let address = self.said.split("figures at http://").nth(1).unwrap().split('/').next().unwrap();
        ask(address.parse().unwrap(), "/metrics")
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        signal("TERM", self.child.id());
    }

    /// Waits until the server says something on standard error.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, part: &str) {
        while !self.said.contains(part) {
            let Ok(line) = self.err.recv_timeout(PATIENCE) else {
                panic!("never said {part:?}: {}", self.said)
            };
            self.said.push_str(&line);
            self.said.push('\n');
        }
    }

    /// Waits for the end, and gives its status and everything that it said on standard error.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let said = self.rest();
        (self.child.wait().unwrap(), said)
    }

    /// What it said until it closed its standard error.
    fn rest(&mut self) -> String {
        while let Ok(line) = self.err.recv_timeout(PATIENCE) {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        self.said.clone()
    }
}

/// A command that runs until it is dropped, and the lines that it prints.
struct Following {
    child: Child,
    out: Receiver<String>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn next(&self) -> String {
        self.out.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {process}")).status().unwrap();
    assert!(sent.success());
}

/// The permission bits of a file.
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}
