//! A server that runs beside a task.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::workspace::line;

/// What a task waits for that has nothing more to do.
pub(crate) enum News {
    /// Ctrl-C, or a request to end.
    Signal,
    /// A server is gone.
    Ended(&'static str),
}

/// A running server; whoever drops it ends it, by its process id.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub(crate) address: String,
}

impl Server {
    /// Starts a server and waits for its first line, `listening ADDRESS`; later it reports its end.
    ///
    /// # Errors
    /// When it cannot be started or says something else, with the end of its log.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        log: PathBuf,
        news: Sender<News>,
    ) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().with_context(|| format!("cannot start `{}`", line(command)))?;
        let output = child.stdout.take().context("a server has no standard output")?;
        let mut server = Self { child, log, address: String::new() };
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().transpose().with_context(|| format!("{name} prints no text"))?;
        let first = first.unwrap_or_default();
        match first.strip_prefix("listening ").and_then(|rest| rest.split(' ').next()) {
            Some(address) => address.clone_into(&mut server.address),
            None => bail!("{name}: expected `listening ADDRESS`, got {first:?}\n{}", server.log_end()),
        }
        thread::spawn(move || {
            lines.by_ref().map_while(Result::ok).for_each(drop);
            // Nobody waits for it any more if the task has ended.
            let _ = news.send(News::Ended(name));
        });
        Ok(server)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its log.
    pub(crate) fn log_end(&self) -> String {
        const SHOWN: usize = 15;
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
        format!("the end of {}:\n{}", self.log.display(), end.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already has nothing more to be done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of 127.0.0.1 that nobody listened at a moment ago.
///
/// # Errors
/// When there is none.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port of 127.0.0.1 is free")?;
    Ok(listener.local_addr().context("no port of 127.0.0.1 is free")?.port())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// Starts a shell in place of a server; its log is gone with the folder when this returns.
    fn start(script: &str, news: Sender<News>) -> Result<Server> {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        Server::start("the shell", Command::new("sh").args(["-c", script]), log, news)
    }

    #[test]
    fn a_server_says_where_it_listens_and_ends_when_it_is_dropped() {
        let (sender, news) = channel();
        let server = start("echo listening http://x:1 as y; exec yes", sender).unwrap();
        assert_eq!(server.address, "http://x:1");
        drop(server);
        assert!(matches!(news.recv(), Ok(News::Ended("the shell"))));
    }

    #[test]
    fn another_first_line_is_an_error_with_the_end_of_the_log() {
        for (script, got) in [("echo why >&2; echo no", "\"no\""), ("echo why >&2", "\"\"")] {
            let error = start(script, channel().0).err().unwrap().to_string();
            assert!(error.contains(&format!("expected `listening ADDRESS`, got {got}")), "{error}");
            assert!(error.ends_with("log:\nwhy"), "{error}");
        }
    }
}
