//! A browser without a screen that is driven step by step.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::interop::twin::{PASSWORD, PERSON};
use crate::workspace::Workspace;

/// The browser of B.Simon, who signs in wherever it is asked for; whoever drops it ends it, by its process id.
pub(super) struct Browser {
    child: Child,
    steps: ChildStdin,
    stops: Lines<BufReader<ChildStdout>>,
}

/// Where a step ended.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: String,
    pub(super) status: u64,
    pub(super) text: String,
    /// All addresses on the way.
    pub(super) passed: Vec<String>,
}

impl Browser {
    /// Starts one without cookies.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(workspace: &Workspace) -> Result<Self> {
        let mut drive = workspace.unconfigured(workspace.target().join("debug/entra-twin"), workspace.root());
        drive.args(["drive", "walk", "--login-name", PERSON]);
        drive.args(["--type", &format!("login={PERSON}"), "--type", &format!("passwd={PASSWORD}")]);
        drive.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = drive.spawn().context("cannot start a browser without a screen")?;
        let steps = child.stdin.take().context("a browser has no standard input")?;
        let stops = child.stdout.take().context("a browser has no standard output")?;
        Ok(Self { child, steps, stops: BufReader::new(stops).lines() })
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn open(&mut self, url: &str) -> Result<Page> {
        self.step(&json!({ "open": { "url": url } }))
    }

    /// Opens an address, and ends where a redirect would lead to one that begins as the other does, if any does.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn open_short_of(&mut self, url: &str, start: &str) -> Result<Page> {
        self.step(&json!({ "open": { "url": url, "short_of": start } }))
    }

    /// Submits the form of the page that goes to this path, by a button where there is more than one.
    ///
    /// # Errors
    /// When the page has no such form, or the browser cannot go on.
    pub(super) fn press(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Page> {
        self.step(&json!({ "press": { "path": path, "fields": fields } }))
    }

    fn step(&mut self, step: &Value) -> Result<Page> {
        writeln!(self.steps, "{step}").context("the browser has ended")?;
        let line =
            self.stops.next().context("the browser has ended")?.context("the browser prints no text")?;
        read(&line).with_context(|| format!("after {step}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that has ended already has nothing more to be done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page {
    /// Whether the browser was sent to an address that has this in it.
    pub(super) fn was_at(&self, part: &str) -> bool {
        self.passed.iter().any(|url| url.contains(part))
    }

    /// What a failure shows of it.
    pub(super) fn told(&self) -> String {
        const SHOWN: usize = 400;
        let text: String = self.text.chars().take(SHOWN).collect();
        format!("{} {} with {text:?}", self.status, self.url)
    }
}

fn read(line: &str) -> Result<Page> {
    let stop: Value = serde_json::from_str(line).with_context(|| format!("the browser said {line:?}"))?;
    if let Some(error) = stop.get("error").and_then(Value::as_str) {
        bail!("the browser cannot go on: {error}");
    }
    let text = |name: &str| stop.get(name).and_then(Value::as_str).map(str::to_owned);
    let passed = stop.get("passed").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(Page {
        url: text("url").context("the browser says no address")?,
        status: stop.get("status").and_then(Value::as_u64).context("the browser says no status")?,
        text: text("text").context("the browser says no text")?,
        passed: passed.iter().filter_map(|url| url.as_str().map(str::to_owned)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_told_from_an_error() {
        let page =
            read(r#"{"url":"http://x/a","status":200,"text":"t","passed":["http://y/b","http://x/a"]}"#);
        let page = page.unwrap();
        assert_eq!((page.url.as_str(), page.status, page.text.as_str()), ("http://x/a", 200, "t"));
        assert!(page.was_at("/b") && !page.was_at("/c"));
        let error = read(r#"{"error":"no form"}"#).unwrap_err().to_string();
        assert_eq!(error, "the browser cannot go on: no form");
        assert!(read("{}").is_err() && read("walked: 0 steps").is_err());
    }
}
