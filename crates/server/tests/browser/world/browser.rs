use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementQueryable;
use thirtyfour::{
    By, ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
    WebElement,
};

use super::process::Process;

/// How long a page may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked for.
const INTERVAL: Duration = Duration::from_millis(20);

/// Chromium without a screen, with a profile of its own.
pub(crate) struct Browser {
    // In this order: the session is closed, then the programs end, then the profile goes.
    pub(crate) driver: WebDriver,
    _chromium: Chromium,
    _chromedriver: Process,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", profile.path()).stderr(Stdio::null());
        let port = |line: &str| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        };
        // A port that is free for one family of addresses may be taken for the other: then it ends at once.
        let mut tries = (0..5).map(|_| Process::try_start(&mut command, port));
        let started = tries.find_map(Result::ok);
        let (chromedriver, port) =
            started.unwrap_or_else(|| panic!("chromedriver ended each time before it listened"));
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(profile.path()));
        let driver = driver.await.unwrap();
        let capabilities = serde_json::to_value(driver.capabilities()).unwrap();
        let chromium = Chromium { process: capabilities["goog:processID"].as_u64().unwrap() };
        Self { driver, _chromium: chromium, _chromedriver: chromedriver, _profile: profile }
    }

    /// Opens an address as a person who types it.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Waits for the page with this heading.
    pub(crate) async fn sees(&self, heading: &str) {
        self.finds(By::XPath(format!("//*[self::h1 or self::h2][normalize-space()={heading:?}]"))).await;
    }

    /// Waits for a page that has this.
    pub(crate) async fn finds(&self, place: By) {
        if self.driver.query(place.clone()).wait(PATIENCE, INTERVAL).exists().await.unwrap() {
            return;
        }
        panic!("no {place} at {} with {:?}", self.url().await, self.text().await);
    }

    /// Types into the field of this id, in place of what stands there.
    pub(crate) async fn enter(&self, field: &str, text: &str) {
        let field = self.driver.find(By::Id(field)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the button or follows the link with this text.
    pub(crate) async fn press(&self, text: &str) {
        let place = format!("//*[self::button or self::a][normalize-space()={text:?}]");
        self.element(&place).await.click().await.unwrap();
    }

    /// Ticks the box of this name.
    pub(crate) async fn tick(&self, name: &str) {
        self.element(&format!("//input[@type='checkbox' and @name={name:?}]")).await.click().await.unwrap();
    }

    /// What stands behind this name in the address of the page.
    pub(crate) async fn parameter(&self, name: &str) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.query_pairs().find(|(one, _)| one == name).unwrap().1.into_owned()
    }

    async fn element(&self, xpath: &str) -> WebElement {
        self.driver.find(By::XPath(xpath.to_owned())).await.unwrap()
    }

    /// What a list of terms, as on the account page, says under a term.
    pub(crate) async fn term(&self, term: &str) -> String {
        let place = format!("//dt[normalize-space()={term:?}]/following-sibling::dd[1]");
        self.element(&place).await.text().await.unwrap()
    }

    /// How many such elements the page has.
    pub(crate) async fn count(&self, selector: &str) -> usize {
        self.driver.find_all(By::Css(selector.to_owned())).await.unwrap().len()
    }

    /// Where it is.
    pub(crate) async fn url(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// What a person reads.
    pub(crate) async fn text(&self) -> String {
        self.element("//body").await.text().await.unwrap()
    }

    /// The HTTP status of the page.
    pub(crate) async fn status(&self) -> u64 {
        let status = self.run("return performance.getEntriesByType('navigation')[0].responseStatus").await;
        status.as_u64().unwrap()
    }

    /// Runs a script in the page, whatever the page's own policy says.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub(crate) async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.unwrap()
    }

    /// The names of the cookies for an address, sorted.
    pub(crate) async fn cookies(&self, address: &str) -> Vec<String> {
        let answer = self.devtools("Network.getCookies", json!({ "urls": [address] })).await;
        let cookies = answer["cookies"].as_array().unwrap();
        let mut names: Vec<String> =
            cookies.iter().map(|cookie| cookie["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

fn capabilities(profile: &Path) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    capabilities.set_binary("/usr/bin/chromium").unwrap();
    let profile = format!("--user-data-dir={}", profile.join("profile").display());
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        &profile,
    ] {
        capabilities.add_arg(argument).unwrap();
    }
    capabilities
}

/// The browser itself, which is no child of ours.
struct Chromium {
    process: u64,
}

impl Drop for Chromium {
    /// Ends it where the driver did not.
    fn drop(&mut self) {
        let program = fs::read_link(format!("/proc/{}/exe", self.process));
        if program.is_ok_and(|program| program.ends_with("chromium/chromium")) {
            let _ = Command::new("sh").arg("-c").arg(format!("kill -KILL {}", self.process)).status();
        }
    }
}
