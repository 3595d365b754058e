//! Landfall as a process, a double of Entra, a third site that nobody trusts, and browsers.

mod browser;
mod landfall;
mod process;
mod site;

pub(crate) use browser::Browser;
pub(crate) use site::{Outsider, form, listen, serve};

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use landfall_entra_twin::{Driver, Form, KeysOf, Seed, Twin};
use time::OffsetDateTime;
use url::Url;

use landfall::Landfall;

pub(crate) const SIMON: &str = "B.Simon@contoso.example";
pub(crate) const LINDQVIST: &str = "C.Lindqvist@contoso.example";
/// Of everybody at the double.
pub(crate) const PASSWORD: &str = "Pass-1234";
/// The sign-in page of the double.
pub(crate) const DOUBLE: &str = "Sign in to Contoso";

/// Everything that a login needs but the browser.
///
/// Landfall is on 127.0.0.1, the double on localhost, the outsider on 127.0.0.2: three sites to a browser.
pub(crate) struct World {
    landfall: Landfall,
    origin: String,
    pub(crate) twin: Twin,
    double: String,
    asked: Paths,
    pub(crate) outsider: Outsider,
}

/// The paths of requests in the order of their arrival.
type Paths = Arc<Mutex<Vec<String>>>;

impl World {
    /// The tenant contoso is connected to its double; the tile there starts IdP-initiated sign-on.
    pub(crate) async fn start() -> Self {
        Self::connected(|metadata, _, _| metadata).await
    }

    /// With a double that takes requests by a form alone, at the address that is made from its own.
    pub(crate) async fn with_post_binding(address: impl FnOnce(&str, &Outsider) -> String) -> Self {
        Self::connected(|metadata, own, outsider| {
            let sign_on = |binding, location: &str| {
                format!(
                    "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{binding}\" \
                     Location=\"{location}\" />"
                )
            };
            let both = [sign_on("Redirect", own), sign_on("POST", own)].concat();
            assert!(metadata.contains(&both), "{metadata}");
            metadata.replace(&both, &sign_on("POST", &address(own, outsider)))
        })
        .await
    }

    async fn connected(edit: impl FnOnce(String, &str, &Outsider) -> String) -> Self {
        let outsider = Outsider::start().await;
        let (free, origin) = listen("127.0.0.1", "127.0.0.1").await;
        let (listener, double) = listen("127.0.0.1", "localhost").await;
        let mut app = Seed::Contoso.app().unwrap();
        app.register(&format!("{origin}/saml/metadata"), vec![format!("{origin}/saml/acs")]);
        let twin = Twin::new(Seed::Contoso.tenant().unwrap(), app, now).with_base_url(&double);
        let asked = Paths::default();
        serve(listener, twin.clone().router().layer(from_fn_with_state(asked.clone(), note)));

        let mut landfall = Landfall::new(&origin);
        let metadata = edit(twin.metadata(KeysOf::App).unwrap(), &twin.saml_url(), &outsider);
        landfall.write("idp.xml", &metadata);
        for command in [
            "tenant create contoso",
            "connection import contoso idp.xml --name contoso",
            "connection set contoso preset=entra-smartconnect jit=active",
            "domain add contoso contoso.example",
            "domain bind contoso.example contoso",
        ] {
            landfall.command(command);
        }
        drop(free);
        landfall.serve();
        Self { landfall, origin, twin, double, asked, outsider }
    }

    /// Runs a command of an operator while the server runs, and gives what it prints.
    pub(crate) fn command(&self, words: &str) -> String {
        self.landfall.command(words)
    }

    /// Puts a file where commands find it.
    pub(crate) fn write(&self, name: &str, content: &str) {
        self.landfall.write(name, content);
    }

    /// An address at Landfall.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// An address at the double.
    pub(crate) fn at_double(&self, path: &str) -> String {
        format!("{}{path}", self.double)
    }

    /// How often the double was sent a request.
    pub(crate) fn requests(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|path| path.ends_with("/saml2")).count()
    }

    /// Begins a login at the landing page, up to the sign-in page of the double.
    pub(crate) async fn begin(&self, browser: &Browser, target: &str) {
        browser.open(&self.at(&format!("/sso?target={target}"))).await;
        browser.enter("login_name", SIMON).await;
        browser.press("Continue").await;
        browser.sees(DOUBLE).await;
    }

    /// Signs somebody in at the double, whose sign-in page is open.
    pub(crate) async fn authenticate(&self, browser: &Browser, person: &str) {
        browser.enter("login", person).await;
        browser.enter("passwd", PASSWORD).await;
        browser.press("Sign in").await;
    }

    /// A whole login, up to the account page.
    pub(crate) async fn sign_in(&self, browser: &Browser, person: &str) {
        self.begin(browser, "/account").await;
        self.authenticate(browser, person).await;
        browser.sees("Where you are signed in").await;
    }

    /// Whose session the browser holds, by what the account page says.
    pub(crate) async fn who(&self, browser: &Browser) -> Option<String> {
        browser.open(&self.at("/account")).await;
        if browser.url().await != self.at("/account") {
            browser.sees("Sign in").await;
            return None;
        }
        Some(browser.term("User name").await)
    }

    /// A login that somebody begins elsewhere: its address at the double.
    pub(crate) async fn begun_elsewhere(&self) -> Url {
        let mut driver = Driver::new().unwrap();
        let page = driver.open(&self.at("/sso").parse().unwrap()).await.unwrap();
        let form = page.form_with("login_name").unwrap();
        driver.submit(form, &[("login_name", SIMON)]).await.unwrap().url
    }

    /// What the double answers to the login of this address when somebody signs in: a form that nobody has sent.
    pub(crate) async fn answer(&self, login: &Url, person: &str) -> Form {
        let mut driver = Driver::new().unwrap();
        let page = driver.open(login).await.unwrap();
        let page = driver.submit(page.form_with("passwd").unwrap(), &credentials(person)).await.unwrap();
        page.auto_post().unwrap().clone()
    }

    /// What the double sends when somebody clicks the tile: a form that nobody has sent.
    pub(crate) async fn unasked(&self, person: &str) -> Form {
        let mut driver = Driver::new().unwrap();
        let page = driver.open(&self.at_double("/myapps").parse().unwrap()).await.unwrap();
        let page = driver.submit(page.form_with("passwd").unwrap(), &credentials(person)).await.unwrap();
        let tile = page.links.iter().find(|link| link.href.path().starts_with("/myapps/signin/")).unwrap();
        driver.follow(tile).await.unwrap().auto_post().unwrap().clone()
    }
}

async fn note(State(asked): State<Paths>, request: Request, next: Next) -> Response {
    asked.lock().unwrap().push(request.uri().path().to_owned());
    next.run(request).await
}

fn credentials(person: &str) -> [(&str, &str); 2] {
    [("login", person), ("passwd", PASSWORD)]
}

#[expect(clippy::disallowed_methods, reason = "the server under test has the system's clock")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
