//! A server that runs beside a task.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::line;

/// How long a server may take that does not say when it is ready.
const PATIENCE: Duration = Duration::from_secs(30);

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

    /// Starts a server that does not say when it is ready, and waits until it has this page.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not come up, with the end of its log.
    pub(crate) fn until(command: &mut Command, log: PathBuf, address: String, page: &str) -> Result<Self> {
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let same = file.try_clone().with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(same).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start `{}`", line(command)))?;
        let mut server = Self { child, log, address };
        let begun = Instant::now();
        loop {
            let Err(error) = fetch(&server.address, page) else { return Ok(server) };
            if server.child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                bail!("`{}` does not come up: {error:#}\n{}", line(command), server.log_end());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// All that it has logged.
    pub(crate) fn log(&self) -> Result<String> {
        fs::read_to_string(&self.log).with_context(|| format!("cannot read {}", self.log.display()))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its log.
    pub(crate) fn log_end(&self) -> String {
        const SHOWN: usize = 15;
        let text = self.log().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default();
        format!("the end of {}:\n{}", self.log.display(), end.join("\n"))
    }
}

impl Server {
    /// Ends it, so that another may listen where it did.
    pub(crate) fn end(&mut self) {
        // One that has ended already has nothing more to be done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
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

/// Fetches a page from a server on this machine.
///
/// # Errors
/// When nobody answers, or with another status than 200.
pub(crate) fn fetch(address: &str, path: &str) -> Result<String> {
    let host = address.strip_prefix("http://").unwrap_or(address);
    let mut answer = String::new();
    let read = TcpStream::connect(host).and_then(|mut stream| {
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
        stream.read_to_string(&mut answer)
    });
    read.map_err(anyhow::Error::from)
        .and_then(|_| body(&answer))
        .with_context(|| format!("cannot fetch {address}{path}"))
}

/// Posts something to a server on this machine, and gives the status and the body of the answer.
///
/// # Errors
/// When nobody answers.
pub(crate) fn post(address: &str, path: &str, kind: &str, sent: &str) -> Result<(u16, String)> {
    let host = address.strip_prefix("http://").unwrap_or(address);
    let mut answer = String::new();
    let length = sent.len();
    let read = TcpStream::connect(host).and_then(|mut stream| {
        write!(
            stream,
            "POST {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{sent}"
        )?;
        stream.read_to_string(&mut answer)
    });
    read.with_context(|| format!("cannot post to {address}{path}"))?;
    status(&answer).with_context(|| format!("cannot post to {address}{path}"))
}

/// The status of an answer, and its body.
fn status(answer: &str) -> Result<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.with_context(|| format!("expected a status, got {head:?}"))?, body.to_owned()))
}

fn body(answer: &str) -> Result<String> {
    let (status, body) = status(answer)?;
    ensure!(status == 200, "expected status 200, got {status}");
    Ok(body)
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
    fn a_server_that_is_silent_is_waited_for_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let address = format!("http://127.0.0.1:{}", free_port().unwrap());
        let mut shell = Command::new("sh");
        let error =
            Server::until(shell.args(["-c", "echo why"]), log, address, "/").err().unwrap().to_string();
        assert!(error.contains("does not come up") && error.ends_with("log:\nwhy"), "{error}");
    }

    #[test]
    fn another_first_line_is_an_error_with_the_end_of_the_log() {
        for (script, got) in [("echo why >&2; echo no", "\"no\""), ("echo why >&2", "\"\"")] {
            let error = start(script, channel().0).err().unwrap().to_string();
            assert!(error.contains(&format!("expected `listening ADDRESS`, got {got}")), "{error}");
            assert!(error.ends_with("log:\nwhy"), "{error}");
        }
    }

    #[test]
    fn only_a_page_with_status_200_is_taken() {
        assert_eq!(body("HTTP/1.0 200 OK\r\nX: y\r\n\r\n<a>\r\n\r\n</a>").unwrap(), "<a>\r\n\r\n</a>");
        let error = body("HTTP/1.0 404 Not Found\r\n\r\nno").unwrap_err().to_string();
        assert_eq!(error, "expected status 200, got 404");
        assert!(body("").is_err());
        assert_eq!(status("HTTP/1.0 404 Not Found\r\nX: y\r\n\r\nno").unwrap(), (404, "no".to_owned()));
        assert!(status("").is_err());
    }
}
