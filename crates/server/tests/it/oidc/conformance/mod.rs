//! The modules of the OpenID Foundation's test plans, by their names.
//!
//! Each is what its module asks of a provider, told in our words; `oidcc_server_rotate_keys` is of the plan for dynamic
//! providers, and the other ones are of the plans for basic providers and for logouts.
//! Modules about what is optional and not served say that it is refused.

mod claims;
mod logout;
mod sessions;
mod tokens;

use serde_json::{Value, json};

use super::relying::{Tokens, at, userinfo};
use super::{Back, Relying, Request, payroll};
use crate::world::{Answer, Browser, Form, HOME, SIMON, World};

/// A person who is signed in, and an application.
pub(super) async fn signed_in(world: &World) -> (Browser, Relying) {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    (browser, Relying::new(world, payroll()).await)
}

/// The claims that a request brings, of the identity token and of userinfo.
pub(super) async fn told(request: impl FnOnce(Request) -> Request) -> (Value, Value) {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &request(app.asks())).await;
    let info: Value = serde_json::from_str(&userinfo(&world, tokens.access()).await.body).unwrap();
    let claims = tokens.claims(&world).await;
    assert_eq!(at(&claims, "sub"), at(&info, "sub"));
    (claims, info)
}

/// A request with this edit brings a code.
pub(super) async fn succeeds(request: impl FnOnce(Request) -> Request) {
    told(request).await;
}

/// A request with this edit is refused, and the application learns of it.
pub(super) async fn refuses(error: &str, request: impl FnOnce(Request) -> Request) {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let answer = browser.get(&request(app.asks()).address()).await;
    let back = Back::of(&answer);
    back.refused(error);
    assert_eq!(back.address(), "https://payroll.example/cb");
    assert_eq!(back.value("state").as_deref(), Some("s t&te"));
    Back::of(&browser.get(&app.asks().address()).await).code();
}

/// From the identity provider back to the request that began the sign-in.
pub(super) async fn comes_back(world: &World, browser: &mut Browser, begun: &Answer) -> Answer {
    let begun = browser.begun(world, begun).await;
    let arrived = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&arrived).await;
    browser.follow(&hop).await
}

/// Signs in anew where a request wants it, and gives the tokens.
pub(super) async fn signs_in_anew(
    world: &World,
    browser: &mut Browser,
    app: &Relying,
    request: &Request,
) -> Tokens {
    let begun = browser.get(&request.address()).await;
    assert!(begun.location().starts_with("https://login.contoso.example/"), "{}", begun.location());
    let back = comes_back(world, browser, &begun).await;
    Tokens::of(&app.redeem(world, &Back::of(&back).code()).await)
}

pub(super) async fn auth_time(world: &World, tokens: &Tokens) -> i64 {
    at(&tokens.claims(world).await, "auth_time").as_i64().unwrap()
}

/// [openid-core 3.1.2], [openid-core 3.1.2.5], [openid-core 3.1.3.3], [openid-core 3.1.3.7]
#[tokio::test]
async fn oidcc_server() {
    let world = World::new().await;
    let mut browser = world.browser();
    let app = Relying::new(&world, payroll()).await;
    // Nobody is signed in, and nothing tells the connection: the landing page asks, and leads back.
    let landing = browser.get(&app.asks().address()).await;
    assert!(landing.location().starts_with("/sso?target=%2Foidc%2Fauthorize%3F"), "{}", landing.location());
    let form = browser.follow(&landing).await.form("login_name").with("login_name", SIMON);
    let begun = browser.submit(&form).await;
    let back = Back::of(&comes_back(&world, &mut browser, &begun).await);
    assert_eq!(back.address(), "https://payroll.example/cb");
    assert_eq!(back.value("state").as_deref(), Some("s t&te"));
    let tokens = Tokens::of(&app.redeem(&world, &back.code()).await);
    assert_eq!((tokens.scope(), tokens.expires_in()), ("openid", 3600));
    let claims = tokens.claims(&world).await;
    let (now, user) = (world.clock.now().unix_timestamp(), world.user(SIMON).await);
    for (name, value) in [
        ("iss", json!(HOME)),
        ("aud", json!("payroll")),
        ("sub", json!(user.id.to_string())),
        ("iat", json!(now)),
        ("exp", json!(now + 600)),
        ("auth_time", json!(now)),
        ("nonce", json!("n-0S6")),
        ("tenant", json!("contoso")),
        ("connection", json!("contoso-entra")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
}

#[tokio::test]
async fn oidcc_response_type_missing() {
    refuses("invalid_request", |request| request.without("response_type")).await;
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let (claims, _) = told(|request| request.without("nonce")).await;
    assert_eq!(claims.get("nonce"), None);
}

#[tokio::test]
async fn oidcc_display_page() {
    succeeds(|request| request.with("display", "page")).await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    succeeds(|request| request.with("display", "popup")).await;
}

/// [openid-core 15.1], [rfc6749 3.1]
#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    succeeds(|request| request.with("extra", "foobar").and("extra", "twice")).await;
}

#[tokio::test]
async fn oidcc_ui_locales() {
    succeeds(|request| request.with("ui_locales", "se no")).await;
}

/// [rfc6749 4.1.2.1]
#[tokio::test]
async fn oidcc_ensure_registered_redirect_uri() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let other = app.asks().with("redirect_uri", "https://payroll.example/other");
    world.refused(&browser.get(&other.address()).await, 400, "app.redirect");
}

/// [openid-core 3.1.2.1]
#[tokio::test]
async fn oidcc_ensure_post_request_succeeds() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let request = app.asks();
    let page = "https://payroll.example/".parse().unwrap();
    let fields = url::form_urlencoded::parse(request.query().as_bytes()).into_owned().collect();
    let form = Form { page, action: format!("{HOME}/oidc/authorize"), fields };
    // The form comes from another site, and brings no cookie; the way on is our own.
    let onward = browser.submit(&form).await;
    assert_eq!(onward.location(), request.address());
    Back::of(&browser.follow(&onward).await).code();
}

/// [openid-core 6.1]
#[tokio::test]
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported() {
    refuses("request_not_supported", |request| request.with("request", "eyJhbGciOiJub25lIn0.e30.")).await;
}

/// [openid-core 6.2]
#[tokio::test]
async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported() {
    refuses("request_uri_not_supported", |request| request.with("request_uri", "https://payroll.example/r"))
        .await;
}

#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    // What stands in the object counts for nothing, least of all an address.
    let object = app.asks().without("redirect_uri").with("request", "eyJhbGciOiJub25lIn0.e30.");
    world.refused(&browser.get(&object.address()).await, 400, "app.redirect");
}

/// [rfc7636 4.6]
#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    succeeds(|request| request).await;
}
