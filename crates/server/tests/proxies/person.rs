//! One person before one proxy, from the first request to the last.

use std::time::{Duration, Instant};

use landfall_entra_twin::{Driver, Page};
use reqwest::header::{ACCEPT, COOKIE, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use crate::behind_a_proxy::application;
use crate::proxy::{Proxy, Running};
use crate::world::{PASSWORD, SIMON, World, listen, serve};

/// How late another process may know that access was taken.
const LATE: Duration = Duration::from_secs(1);
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// Everything that is checked, in order; the first that does not hold ends it.
pub(super) async fn through<P: Proxy>() {
    let at = Before::<P>::start().await;
    let mut browser = Driver::new().unwrap();
    at.strangers().await;
    let page = at.sign_in(&mut browser, "/reports?year=2030&month=1").await;
    at.ok("a deep link leads through the sign-in and back");
    let honest = at.identity(&page);
    at.ok("the application is told who it is");
    at.spoofs(&browser, &honest).await;
    at.other_requests(&browser).await;
    at.rules(&browser).await;
    at.signs_out(&mut browser).await;
    at.is_suspended(&mut browser).await;
    at.is_deprovisioned(&mut browser).await;
}

struct Before<P> {
    world: World,
    proxy: Running,
    http: reqwest::Client,
    kind: std::marker::PhantomData<P>,
}

impl<P: Proxy> Before<P> {
    async fn start() -> Self {
        let world = World::start().await;
        let (listener, origin) = listen("127.0.0.1", "127.0.0.1").await;
        serve(listener, application());
        let proxy = Running::start::<P>(&world.at(""), &origin);
        world.command(&format!("site create {}", proxy.origin));
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { world, proxy, http, kind: std::marker::PhantomData }
    }

    fn ok(&self, what: &str) {
        println!("ok {}: {what}", P::NAME);
    }

    fn url(&self, path: &str) -> Url {
        format!("{}{path}", self.proxy.origin).parse().unwrap()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// A request of whoever is signed in in a browser.
    fn signed_in(&self, browser: &Driver, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path)
            .header(COOKIE, browser.cookies(&self.url(path)).expect("cookies of the site"))
    }

    /// Whoever has no cookie: a person is sent to the sign-in, and a program is not.
    async fn strangers(&self) {
        let answer =
            self.request(Method::GET, "/reports?year=2030").header(ACCEPT, HTML).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 303);
        let start = format!("{}/.landfall/start?rd=%2Freports%3Fyear%3D2030", self.proxy.origin);
        assert_eq!(header(&answer, LOCATION.as_str()), Some(start.as_str()));
        self.ok("a person without a cookie is sent to the sign-in");
        for (method, name, value) in [
            (Method::GET, "accept", "application/json"),
            (Method::GET, "sec-fetch-mode", "cors"),
            (Method::GET, "x-requested-with", "XMLHttpRequest"),
            (Method::POST, "x-landfall-user", "root"),
            (Method::POST, "x-forwarded-method", "GET"),
        ] {
            let mut request = self.request(method.clone(), "/api").header(name, value);
            if name != "accept" {
                request = request.header(ACCEPT, HTML);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 401, "{method} {name}: {value}");
            assert_eq!(header(&answer, LOCATION.as_str()), None);
            let challenge = header(&answer, WWW_AUTHENTICATE.as_str()).unwrap_or_default().to_owned();
            assert!(challenge.starts_with("Landfall realm="), "{challenge:?}");
            assert!(!answer.text().await.unwrap().contains("The application"));
        }
        self.ok("a program without a cookie gets 401, and no redirect");
        let forged =
            self.request(Method::GET, "/").header(COOKIE, "__Host-landfall-site=forged").header(ACCEPT, HTML);
        assert_eq!(forged.send().await.unwrap().status().as_u16(), 303);
        self.ok("a cookie that nobody gave out is none");
    }

    /// Opens a page and signs B.Simon in on the way.
    async fn sign_in(&self, browser: &mut Driver, path: &str) -> Page {
        let landing = browser.open(&self.url(path)).await.unwrap();
        let form = landing.form_with("login_name").unwrap_or_else(|| panic!("no landing page: {landing:?}"));
        let double = browser.submit(form, &[("login_name", SIMON)]).await.unwrap();
        let page = answered(browser, double).await;
        assert_eq!((page.status, page.url.as_str()), (200, self.url(path).as_str()), "{page:?}");
        assert!(page.text.contains("The application") && page.text.contains(path), "{}", page.text);
        page
    }

    /// What the application was told: all headers, each once.
    fn identity(&self, page: &Page) -> Vec<String> {
        let said = said(&page.text);
        let names: Vec<&str> = said.iter().map(|line| line.split(':').next().unwrap()).collect();
        let all = ["connection", "email", "groups", "jwt", "name", "roles", "tenant", "user"];
        // A proxy may leave a header out that is empty.
        let all: Vec<String> = all
            .iter()
            .map(|name| format!("x-landfall-{name}"))
            .filter(|name| {
                names.contains(&name.as_str())
                    || !["groups", "roles"].iter().any(|empty| name.ends_with(empty))
            })
            .collect();
        assert_eq!(names, all);
        for line in [
            "x-landfall-connection: contoso",
            "x-landfall-email: B.Simon@contoso.example",
            "x-landfall-jwt: TOKEN",
            "x-landfall-name: B.Simon@contoso.example",
            "x-landfall-tenant: contoso",
        ] {
            assert!(said.iter().any(|found| found == line), "no {line:?} in {said:?}");
        }
        said
    }

    /// Headers of the client say nothing, in whatever spelling.
    async fn spoofs(&self, browser: &Driver, honest: &[String]) {
        for (name, value) in [
            ("X-Landfall-User", "root"),
            ("x-landfall-roles", "admin"),
            ("X-LANDFALL-GROUPS", "admins"),
            ("X-Landfall-Jwt", "forged"),
            ("X_Landfall_User", "root"),
            ("X_Landfall_Roles", "admin"),
            ("X-Landfall_User", "root"),
            ("X_Landfall-Roles", "admin"),
            ("X-Forwarded-Host", "other.example"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Uri", "/.landfall/"),
            ("X-Original-URL", "https://other.example/"),
            ("Forwarded", "host=other.example;proto=https"),
        ] {
            let request = self.signed_in(browser, Method::GET, "/").header(name, value).header(ACCEPT, HTML);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{name}");
            assert_eq!(said(&text_of(&answer.text().await.unwrap())), honest, "{name}: {value}");
        }
        self.ok("what a client says of itself is gone");
        for name in ["X-Forwarded-Host", "X-Forwarded-Uri"] {
            let request = self.request(Method::GET, "/x").header(name, "//evil.example").header(ACCEPT, HTML);
            let answer = request.send().await.unwrap();
            let start = format!("{}/.landfall/start?rd=%2Fx", self.proxy.origin);
            assert_eq!(header(&answer, LOCATION.as_str()), Some(start.as_str()), "{name}");
        }
        self.ok("where a client says that it is makes no difference");
    }

    /// Whatever else people and programs send is passed on.
    async fn other_requests(&self, browser: &Driver) {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let request = self.signed_in(browser, method.clone(), "/form?a=b").body("x=y");
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{method}");
            let text = answer.text().await.unwrap();
            assert!(text.contains(&format!("{method} /form?a=b")), "{text}");
        }
        self.ok("requests of every method get through");
    }

    /// Whom the site does not admit.
    async fn rules(&self, browser: &Driver) {
        let set = |rule: &str| self.world.command(&format!("site set {} {rule}", self.proxy.origin));
        set("--role nobody");
        let status = self.until(browser, |status| status != 200).await;
        assert_eq!(status, 403);
        set("--any role");
        self.until(browser, |status| status == 200).await;
        self.ok("whom the site does not admit any more is refused");
    }

    /// The status of the front page, as soon as it is one of these.
    async fn until(&self, browser: &Driver, is: impl Fn(u16) -> bool) -> u16 {
        let begun = Instant::now();
        loop {
            let request = self.signed_in(browser, Method::GET, "/").header(ACCEPT, HTML);
            let asked = Instant::now();
            let status = request.send().await.unwrap().status().as_u16();
            if is(status) {
                return status;
            }
            assert!(asked - begun <= LATE, "{status} goes on");
        }
    }

    async fn signs_out(&self, browser: &mut Driver) {
        let page = browser.open(&self.url("/")).await.unwrap();
        let form = page.forms.iter().find(|form| form.action == self.url("/.landfall/sign-out"));
        let out = browser.submit(form.expect("a form"), &[]).await.unwrap();
        assert!(out.url.as_str() == self.world.at("/account/signed-out"), "{out:?}");
        let landing = browser.open(&self.url("/")).await.unwrap();
        assert!(landing.form_with("login_name").is_some(), "{landing:?}");
        self.ok("signing out at the site signs out");
        self.sign_in(browser, "/again").await;
        let question = browser.open(&self.url("/.landfall/sign-out")).await.unwrap();
        let form = question.forms.iter().find(|form| form.action.path() == "/account/sign-out");
        browser.submit(form.expect("a question"), &[]).await.unwrap();
        let landing = browser.open(&self.url("/")).await.unwrap();
        assert!(landing.form_with("login_name").is_some(), "{landing:?}");
        self.ok("a link asks first, and signs out too");
    }

    async fn is_suspended(&self, browser: &mut Driver) {
        self.sign_in(browser, "/").await;
        self.world.command(&format!("user suspend contoso {SIMON}"));
        assert_eq!(self.until(browser, |status| status != 200).await, 303);
        self.world.command(&format!("user activate contoso {SIMON}"));
        self.sign_in(browser, "/back").await;
        self.ok("who is suspended is out, and back in once that is over");
    }

    async fn is_deprovisioned(&self, browser: &mut Driver) {
        self.world.command(&format!("user delete contoso {SIMON}"));
        assert_eq!(self.until(browser, |status| status != 200).await, 303);
        let landing = browser.open(&self.url("/")).await.unwrap();
        let form = landing.form_with("login_name").expect("a landing page");
        let double = browser.submit(form, &[("login_name", SIMON)]).await.unwrap();
        let page = answered(browser, double).await;
        assert_eq!(page.status, 403, "{page:?}");
        self.ok("who is deprovisioned is out, and stays out");
    }
}

/// What comes of the double's page: it asks once, and then knows the browser.
async fn answered(browser: &mut Driver, double: Page) -> Page {
    let typed = [("login", SIMON), ("passwd", PASSWORD)];
    let page = match double.form_with("passwd") {
        Some(form) => browser.submit(form, &typed).await.unwrap(),
        None => double,
    };
    browser.follow_auto_post(page).await.unwrap().0
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The lines of the application's page that say who asks.
fn said(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_name = |word: &str| {
        word.to_ascii_lowercase().replace('_', "-").starts_with("x-landfall-") && word.ends_with(':')
    };
    let mut lines = Vec::new();
    for (place, word) in words.iter().enumerate().filter(|(_, word)| is_name(word)) {
        let value = words.get(place + 1).filter(|value| !is_name(value) && **value != "Sign").unwrap_or(&"");
        // A token is another one each time that it is signed.
        let is_token = *word == "x-landfall-jwt:" && value.split('.').count() == 3;
        lines.push(format!("{word} {}", if is_token { "TOKEN" } else { value }));
    }
    lines
}

/// What a person reads of a page of the application.
fn text_of(html: &str) -> String {
    let texts = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    texts.collect::<Vec<_>>().join(" ")
}
