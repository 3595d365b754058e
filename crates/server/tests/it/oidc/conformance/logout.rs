//! Logouts that applications begin, and those that they are told of.

use axum::http::Method;
use landfall_accounts::ports::LogoutOutbox;
use landfall_accounts::{Application, LogoutNotice, NewApplication, TokenAlgorithm};
use serde_json::Value;

use crate::oidc::relying::{Tokens, send};
use crate::oidc::{Relying, Request, page_application, payroll};
use crate::world::{Answer, Browser, Form, HOME, LINDQVIST, SIMON, World};

/// A person at an application, who is to be signed out.
struct SignedOn {
    world: World,
    browser: Browser,
    tokens: Tokens,
}

impl SignedOn {
    async fn new() -> Self {
        let world = World::new().await;
        let mut browser = world.browser();
        browser.sign_in(&world, &world.contoso, SIMON).await;
        let app = Relying::new(&world, payroll()).await;
        let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
        Self { world, browser, tokens }
    }

    /// What a well-behaved application sends.
    fn request(&self) -> Request {
        Request::new(&[
            ("id_token_hint", self.tokens.id()),
            ("post_logout_redirect_uri", "https://payroll.example/bye"),
            ("state", "s t&te"),
        ])
    }

    async fn logout(&mut self, request: &Request) -> Answer {
        self.browser.get(&format!("/oidc/logout?{}", request.query())).await
    }

    /// It ends at once, and the browser goes there.
    async fn ends(mut self, request: &Request, location: &str) {
        let answer = self.logout(request).await;
        assert_eq!(answer.location(), location);
        assert!(!self.browser.is_signed_in().await);
        assert_eq!(self.world.sessions().await, 0);
    }

    /// The person is asked; whoever says yes is signed out and goes there.
    async fn asks(mut self, request: &Request, location: &str) {
        let page = self.logout(request).await;
        assert!(page.page(200).contains("Sign out?"), "{}", page.body);
        assert!(self.browser.is_signed_in().await, "nothing has ended yet");
        let done = self.browser.submit(&page.form("/oidc/logout/confirmed")).await;
        assert_eq!(done.location(), location);
        assert!(!self.browser.is_signed_in().await);
    }

    /// A page says that it cannot be, and nothing has ended.
    async fn refused(mut self, request: &Request, code: &str) {
        let answer = self.logout(request).await;
        self.world.refused(&answer, 400, code);
        assert!(self.browser.is_signed_in().await);
        assert_eq!(self.logout(&self.request()).await.location(), BACK);
    }
}

const BACK: &str = "https://payroll.example/bye?state=s+t%26te";
const SIGNED_OUT: &str = "/account/signed-out";

/// [openid-rpinitiated 2], [openid-rpinitiated 3]
#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let one = SignedOn::new().await;
    let request = one.request();
    one.ends(&request, BACK).await;
    // The same by a form of the application, which brings no cookie: the way on is our own.
    let mut one = SignedOn::new().await;
    let request = one.request();
    let fields = url::form_urlencoded::parse(request.query().as_bytes()).into_owned().collect();
    let page = "https://payroll.example/".parse().unwrap();
    let onward = one.browser.submit(&Form { page, action: format!("{HOME}/oidc/logout"), fields }).await;
    assert_eq!(one.browser.follow(&onward).await.location(), BACK);
    assert!(!one.browser.is_signed_in().await);
    // And who is not signed in any more goes back just so.
    assert_eq!(one.logout(&request).await.location(), BACK);
}

/// [openid-rpinitiated 3]
#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let one = SignedOn::new().await;
    let request = one.request().with("post_logout_redirect_uri", "https://payroll.example/other");
    one.refused(&request, "app.redirect").await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let one = SignedOn::new().await;
    let request = one.request().with("post_logout_redirect_uri", "https://payroll.example/bye?x=1");
    one.refused(&request, "app.redirect").await;
}

/// [openid-rpinitiated 4]
#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let one = SignedOn::new().await;
    let (message, signature) = one.tokens.id().rsplit_once('.').unwrap();
    let modified = format!("{message}.{}", signature.chars().rev().collect::<String>());
    let request = one.request().with("id_token_hint", &modified);
    one.refused(&request, "app.hint").await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let one = SignedOn::new().await;
    let request = one.request().with("id_token_hint", "eyJhbGciOiJub25lIn0.e30.");
    one.refused(&request, "app.hint").await;
}

/// A hint whose key was retired tells nothing: the person is asked, and whoever says which application it is goes back there.
#[tokio::test]
async fn a_hint_of_a_key_that_was_retired_is_no_hint() {
    for (client, location) in [(None, SIGNED_OUT), (Some("payroll"), BACK)] {
        let one = SignedOn::new().await;
        one.world.retire_the_first_token_key();
        let request = one.request();
        let request = client.map_or(request.clone(), |client| request.with("client_id", client));
        one.asks(&request, location).await;
    }
    // As long as it is published it ends the session at once.
    let one = SignedOn::new().await;
    one.world.sign_tokens_with_another_key();
    let request = one.request();
    one.ends(&request, BACK).await;
}

/// A token of a site names the same session, and is of another kind [rfc8725 3.11].
#[tokio::test]
async fn a_token_of_a_site_is_no_hint() {
    let one = SignedOn::new().await;
    let mut claims = one.tokens.claims(&one.world).await;
    let keys = one.world.app().own();
    let sign = |typ, claims: &Value| keys.tokens().sign(TokenAlgorithm::Es256, typ, claims).unwrap();
    let twin = one.request().with("id_token_hint", &sign("JWT", &claims));
    let same = one.request().with("id_token_hint", &sign("site+jwt", &claims));
    claims["aud"] = "https://app.example".into();
    let own = one.request().with("id_token_hint", &sign("site+jwt", &claims));
    for request in [same, own] {
        let mut browser = one.browser.clone();
        let answer = browser.get(&format!("/oidc/logout?{}", request.query())).await;
        one.world.refused(&answer, 400, "app.hint");
    }
    one.ends(&twin, BACK).await;
}

#[tokio::test]
async fn a_state_has_its_length() {
    let one = SignedOn::new().await;
    let state = "ä".repeat(1024);
    let request = one.request().with("state", &format!("{state}x"));
    one.refused(&request, "app.state").await;
    let one = SignedOn::new().await;
    let request = one.request().with("state", &state).without("post_logout_redirect_uri");
    one.ends(&request, SIGNED_OUT).await;
}

/// Nobody knows whose address it is, so that nobody is sent there.
#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let one = SignedOn::new().await;
    let request = one.request().without("id_token_hint");
    one.refused(&request, "app.none").await;
    // Whoever says who it is has the person asked.
    let one = SignedOn::new().await;
    let request = one.request().without("id_token_hint").with("client_id", "payroll");
    one.asks(&request, BACK).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    SignedOn::new().await.asks(&Request::new(&[]), SIGNED_OUT).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    SignedOn::new().await.asks(&Request::new(&[("state", "x")]), SIGNED_OUT).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let one = SignedOn::new().await;
    let request = one.request().without("post_logout_redirect_uri");
    one.ends(&request, SIGNED_OUT).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let one = SignedOn::new().await;
    let request = one.request().without("state");
    one.ends(&request, "https://payroll.example/bye").await;
}

/// The token of a session ends that session without a question, and no other [openid-rpinitiated 6].
#[tokio::test]
async fn another_session_is_not_ended_by_a_hint() {
    let mut one = SignedOn::new().await;
    let request = one.request();
    let mut other = one.world.browser();
    other.sign_in(&one.world, &one.world.contoso, LINDQVIST).await;
    let page = other.get(&format!("/oidc/logout?{}", request.query())).await;
    assert!(page.page(200).contains("Sign out?") && page.body.contains(LINDQVIST), "{}", page.body);
    let form = page.form("/oidc/logout/confirmed");
    let foreign = other.post(&form, Some("https://payroll.example")).await;
    one.world.refused(&foreign, 403, "origin");
    assert!(other.is_signed_in().await);
    assert_eq!(other.submit(&form).await.location(), BACK);
    assert!(!other.is_signed_in().await && one.browser.is_signed_in().await);
    // Nor is a hint of one application good for another.
    Relying::new(&one.world, page_application()).await;
    let mixed = request.with("client_id", "board");
    let answer = one.logout(&mixed).await;
    one.world.refused(&answer, 400, "app.other");
}

/// An application that is told of logouts.
async fn told(world: &World, name: &str) -> Relying {
    let new = NewApplication {
        name: name.parse().unwrap(),
        backchannel_logout: Some(format!("https://{name}.example/logout").parse().unwrap()),
        ..payroll()
    };
    Relying::new(world, new).await
}

async fn notices(world: &World) -> Vec<LogoutNotice> {
    let (now, mut notices) = (world.clock.now(), Vec::new());
    for address in world.store.due_addresses(now).await.unwrap() {
        notices.extend(world.store.due_notices(&address, 10, now).await.unwrap());
    }
    notices.sort_by(|one, other| one.app.cmp(&other.app));
    notices
}

/// Each application of the session is told, and none of another one [openid-backchannel 2], [openid-backchannel 2.5].
#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let world = World::new().await;
    let (one, two) = (told(&world, "one").await, told(&world, "two").await);
    let silent = Relying::new(&world, payroll()).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let tokens = one.signs_on(&world, &mut browser, &one.asks()).await;
    for app in [&two, &silent] {
        app.signs_on(&world, &mut browser, &app.asks()).await;
    }
    let mut other = world.browser();
    other.sign_in(&world, &world.contoso, LINDQVIST).await;
    two.signs_on(&world, &mut other, &two.asks()).await;
    assert_eq!(notices(&world).await, []);

    let request = Request::new(&[("id_token_hint", tokens.id())]);
    assert_eq!(browser.get(&format!("/oidc/logout?{}", request.query())).await.location(), SIGNED_OUT);
    let (sub, sid) = (world.user(SIMON).await.id, tokens.claims(&world).await["sid"].clone());
    let notices = notices(&world).await;
    let names: Vec<&str> = notices.iter().map(|notice| notice.app.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    for notice in &notices {
        assert_eq!((notice.user, Value::from(notice.session.to_string())), (sub, sid.clone()));
    }
    assert!(other.is_signed_in().await);
}

/// [openid-discovery 3], [openid-backchannel 2.1], [openid-backchannel 2.2]
#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let world = World::new().await;
    let path = "/.well-known/openid-configuration";
    let answer = send(&world, Method::GET, path, &[], &Request::new(&[])).await;
    let found: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(found["end_session_endpoint"], format!("{HOME}/oidc/logout"));
    for name in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        assert_eq!(found[name], true, "{name}");
    }
    assert_eq!(found.get("frontchannel_logout_supported"), None);
    // The address for logouts of an application is https, or of this machine.
    let http: Result<Application, _> = world
        .store
        .create_application(
            NewApplication { backchannel_logout: Some("com.example.app:/x".parse().unwrap()), ..payroll() },
            None,
            world.clock.now(),
        )
        .await
        .map(|made| made.0);
    assert!(http.is_err());
}
