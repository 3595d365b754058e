use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::process::Process;

/// A data folder, and the server that runs over it.
pub(super) struct Landfall {
    // In this order: the server ends before its folder goes.
    server: Option<Process>,
    folder: TempDir,
}

impl Landfall {
    /// An empty folder for an installation that is reached at this address.
    pub(super) fn new(origin: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = origin.trim_start_matches("http://");
        let settings =
            format!("public_url = \"{origin}\"\nlisten = \"{listen}\"\ntrusted_proxies = [\"127.0.0.1\"]\n");
        fs::write(folder.path().join("landfall.toml"), settings).unwrap();
        Self { server: None, folder }
    }

    /// Runs a command of an operator, such as `tenant create contoso`, and gives what it prints.
    pub(super) fn command(&self, words: &str) -> String {
        let output = self.program(words).output().unwrap();
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Puts a file where commands find it.
    pub(super) fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Starts the server, and waits until it listens.
    pub(super) fn serve(&mut self) {
        let log = File::create(self.folder.path().join("log")).unwrap();
        let listening = |line: &str| line.starts_with("listening ").then_some(());
        let (server, ()) = Process::start(self.program("serve").stderr(log), listening);
        self.server = Some(server);
    }

    fn program(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(words.split(' ')).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }
}

impl Drop for Landfall {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("what Landfall logged:\n{log}");
        }
    }
}
