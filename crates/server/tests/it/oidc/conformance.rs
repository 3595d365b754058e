//! The modules of the OpenID Foundation's test plan for basic providers, by their names.
//!
//! Each is what its module asks of a provider, told in our words; `oidcc_server_rotate_keys` is of the plan for dynamic
//! ones. Modules about what is optional and not served say that it is refused.

use axum::http::Method;
use landfall_accounts::{AppAuthentication, NewApplication, OfflineAccess};
use serde_json::{Value, json};
use time::Duration;

use super::relying::{Tokens, refused, send, userinfo};
use super::{Back, Relying, Request, payroll};
use crate::world::{Answer, Browser, Form, HOME, SIMON, World};

/// A person who is signed in, and an application.
async fn signed_in(world: &World) -> (Browser, Relying) {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    (browser, Relying::new(world, payroll()).await)
}

/// The claims that a request brings, of the identity token and of userinfo.
async fn told(request: impl FnOnce(Request) -> Request) -> (Value, Value) {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &request(app.asks())).await;
    let info: Value = serde_json::from_str(&userinfo(&world, tokens.access()).await.body).unwrap();
    let claims = tokens.claims(&world).await;
    assert_eq!(claims["sub"], info["sub"]);
    (claims, info)
}

/// A request with this edit brings a code.
async fn succeeds(request: impl FnOnce(Request) -> Request) {
    told(request).await;
}

/// A request with this edit is refused, and the application learns of it.
async fn refuses(error: &str, request: impl FnOnce(Request) -> Request) {
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
async fn comes_back(world: &World, browser: &mut Browser, begun: &Answer) -> Answer {
    let begun = browser.begun(world, begun).await;
    let arrived = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&arrived).await;
    browser.follow(&hop).await
}

/// Signs in anew where a request wants it, and gives the tokens.
async fn signs_in_anew(world: &World, browser: &mut Browser, app: &Relying, request: &Request) -> Tokens {
    let begun = browser.get(&request.address()).await;
    assert!(begun.location().starts_with("https://login.contoso.example/"), "{}", begun.location());
    let back = comes_back(world, browser, &begun).await;
    Tokens::of(&app.redeem(world, &Back::of(&back).code()).await)
}

async fn auth_time(world: &World, tokens: &Tokens) -> i64 {
    tokens.claims(world).await["auth_time"].as_i64().unwrap()
}

/// [openid-core 3.1.3.3], [openid-core 3.1.3.7]
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

/// [openid-core 5.3.1], [openid-core 5.3.2]
#[tokio::test]
async fn oidcc_userinfo_get() {
    let (_, info) = told(|request| request.with("scope", "openid email")).await;
    assert_eq!(info["email"], SIMON);
}

/// [rfc6750 2.1], [rfc6750 3.1]
#[tokio::test]
async fn oidcc_userinfo_post_header() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let bearer = format!("bearer {}", tokens.access());
    let form = Request::new(&[]);
    let answer = send(&world, Method::POST, "/oidc/userinfo", &[("authorization", &bearer)], &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// A token in a body or an address is logged and repeated: it is not looked at [rfc6750 2.3].
#[tokio::test]
async fn oidcc_userinfo_post_body() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let form = Request::new(&[("access_token", tokens.access())]);
    for (method, path) in [
        (Method::POST, "/oidc/userinfo".to_owned()),
        (Method::GET, format!("/oidc/userinfo?access_token={}", tokens.access())),
    ] {
        let answer = send(&world, method, &path, &[], &form).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"landfall\""));
    }
}

#[tokio::test]
async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow() {
    let (claims, _) = told(|request| request.without("nonce")).await;
    assert_eq!(claims.get("nonce"), None);
}

/// [openid-core 5.4]
#[tokio::test]
async fn oidcc_scope_profile() {
    let (claims, info) = told(|request| request.with("scope", "openid profile")).await;
    for name in ["preferred_username", "given_name", "family_name", "updated_at"] {
        assert!(!info[name].is_null() && claims[name] == info[name], "{name}: {info}");
    }
    assert_eq!(info["preferred_username"], SIMON);
    assert_eq!(info.get("email"), None);
}

/// [openid-core 5.1]
#[tokio::test]
async fn oidcc_scope_email() {
    let (claims, info) = told(|request| request.with("scope", "openid email")).await;
    assert_eq!((&info["email"], &info["email_verified"]), (&json!(SIMON), &json!(true)));
    assert_eq!(claims["email_verified"], true);
    assert_eq!(info.get("preferred_username"), None);
}

/// Nothing is known of addresses and telephones: the scopes are passed over [openid-core 3.1.2.1].
#[tokio::test]
async fn oidcc_scope_address() {
    succeeds(|request| request.with("scope", "openid address")).await;
}

#[tokio::test]
async fn oidcc_scope_phone() {
    succeeds(|request| request.with("scope", "openid phone")).await;
}

#[tokio::test]
async fn oidcc_scope_all() {
    let (_, info) = told(|request| request.with("scope", "openid profile email address phone")).await;
    assert_eq!((&info["email"], &info["preferred_username"]), (&json!(SIMON), &json!(SIMON)));
}

#[tokio::test]
async fn oidcc_ensure_other_scope_order_succeeds() {
    let (_, info) = told(|request| request.with("scope", "email openid")).await;
    assert_eq!(info["email"], SIMON);
}

#[tokio::test]
async fn oidcc_display_page() {
    succeeds(|request| request.with("display", "page")).await;
}

#[tokio::test]
async fn oidcc_display_popup() {
    succeeds(|request| request.with("display", "popup")).await;
}

/// [openid-core 3.1.2.1]
#[tokio::test]
async fn oidcc_prompt_login() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let first = app.signs_on(&world, &mut browser, &app.asks()).await;
    world.clock.advance(Duration::seconds(2));
    let second = signs_in_anew(&world, &mut browser, &app, &app.asks().with("prompt", "login")).await;
    assert_eq!(auth_time(&world, &second).await, auth_time(&world, &first).await + 2);
    assert_eq!(first.claims(&world).await["sub"], second.claims(&world).await["sub"]);
}

/// [openid-core 3.1.2.6]
#[tokio::test]
async fn oidcc_prompt_none_not_logged_in() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let answer = world.browser().get(&app.asks().with("prompt", "none").address()).await;
    Back::of(&answer).refused("login_required");
}

#[tokio::test]
async fn oidcc_prompt_none_logged_in() {
    succeeds(|request| request.with("prompt", "none")).await;
}

/// [openid-core 3.1.2.1]
#[tokio::test]
async fn oidcc_max_age_1() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let first = app.signs_on(&world, &mut browser, &app.asks().with("max_age", "1")).await;
    world.clock.advance(Duration::seconds(2));
    let second = signs_in_anew(&world, &mut browser, &app, &app.asks().with("max_age", "1")).await;
    assert_eq!(auth_time(&world, &second).await, auth_time(&world, &first).await + 2);
}

#[tokio::test]
async fn oidcc_max_age_10000() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    world.clock.advance(Duration::seconds(2));
    let request = app.asks().with("max_age", "10000");
    let (first, second) = (
        app.signs_on(&world, &mut browser, &request).await,
        app.signs_on(&world, &mut browser, &request).await,
    );
    assert_eq!(auth_time(&world, &second).await, auth_time(&world, &first).await);
}

#[tokio::test]
async fn oidcc_ensure_request_with_unknown_parameter_succeeds() {
    succeeds(|request| request.with("extra", "foobar").and("extra", "twice")).await;
}

/// [openid-core 3.1.2.2]
#[tokio::test]
async fn oidcc_id_token_hint() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let request = app.asks().with("prompt", "none").with("id_token_hint", tokens.id());
    let again = app.signs_on(&world, &mut browser, &request).await;
    assert_eq!(again.claims(&world).await["sub"], tokens.claims(&world).await["sub"]);
    // In the browser of somebody else the person who is meant is not signed in.
    let mut other = world.browser();
    other.sign_in(&world, &world.contoso, crate::world::LINDQVIST).await;
    Back::of(&other.get(&request.address()).await).refused("login_required");
    let (message, _) = tokens.id().rsplit_once('.').unwrap();
    let forged = request.with("id_token_hint", &format!("{message}.AAAA"));
    Back::of(&browser.get(&forged.address()).await).refused("invalid_request");
}

#[tokio::test]
async fn oidcc_login_hint() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let mut browser = world.browser();
    let begun = browser.get(&app.asks().with("login_hint", SIMON).address()).await;
    assert!(begun.location().contains("login_hint=B.Simon%40contoso.example"), "{}", begun.location());
    Back::of(&comes_back(&world, &mut browser, &begun).await).code();
    // A name whose organisation nobody knows leads to the page that asks.
    let unknown = app.asks().with("login_hint", "nobody@unknown.example");
    assert!(world.browser().get(&unknown.address()).await.location().starts_with("/sso?target="));
}

#[tokio::test]
async fn oidcc_ui_locales() {
    succeeds(|request| request.with("ui_locales", "se no")).await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    succeeds(|request| request.with("claims_locales", "se")).await;
}

/// A wish, which is passed over: what the identity provider asserts is what the token says [openid-core 5.5.1.1], [rfc8176 2].
#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let mut browser = world.browser();
    let several = |message: &mut landfall_entra_twin::Message| {
        let methods = message.assertion.attributes.iter_mut();
        let methods = methods.filter(|attribute| attribute.name.ends_with("/authnmethodsreferences"));
        methods
            .for_each(|one| one.values.push("http://schemas.microsoft.com/claims/multipleauthn".to_owned()));
    };
    let arrived = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), several).await;
    browser.follow(&arrived).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks().with("acr_values", "1 2")).await;
    let claims = tokens.claims(&world).await;
    assert_eq!(claims["acr"], "urn:oasis:names:tc:SAML:2.0:ac:classes:Password");
    assert_eq!(claims["amr"], json!(["pwd", "mfa"]));
}

/// `claims` is not served, and asks for nothing [openid-core 5.5].
#[tokio::test]
async fn oidcc_claims_essential() {
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    succeeds(|request| request.with("claims", claims)).await;
}

/// [rfc6749 4.1.2], [rfc9700 4.5]
#[tokio::test]
async fn oidcc_codereuse() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let code = app.code(&mut browser, &app.asks()).await;
    let tokens = Tokens::of(&app.redeem(&world, &code).await);
    assert_eq!(userinfo(&world, tokens.access()).await.status, 200);
    refused(&world, &app.redeem(&world, &code).await, 400, "invalid_grant", "grant.reused");
    assert_eq!(userinfo(&world, tokens.access()).await.status, 401, "what came of it ended");
}

#[tokio::test]
async fn oidcc_codereuse_30seconds() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let code = app.code(&mut browser, &app.asks()).await;
    let tokens = Tokens::of(&app.redeem(&world, &code).await);
    world.clock.advance(Duration::seconds(30));
    refused(&world, &app.redeem(&world, &code).await, 400, "invalid_grant", "grant.reused");
    assert_eq!(userinfo(&world, tokens.access()).await.status, 401, "what came of it ended");
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

/// [rfc6749 2.3.1]
#[tokio::test]
async fn oidcc_server_client_secret_post() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let code = app.code(&mut browser, &app.asks()).await;
    let form = app
        .shows(&code)
        .with("client_id", app.name())
        .with("client_secret", app.secret.as_ref().unwrap().expose());
    Tokens::of(&send(&world, Method::POST, "/oidc/token", &[], &form).await);
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

/// [rfc6749 6], [openid-core 12.2]
#[tokio::test]
async fn oidcc_refresh_token() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let lasting = NewApplication { offline: OfflineAccess::Allowed, ..payroll() };
    let app = Relying::new(&world, lasting).await;
    let request = app.asks().with("scope", "openid email offline_access").with("prompt", "consent");
    let first = app.signs_on(&world, &mut browser, &request).await;
    world.clock.advance(Duration::minutes(30));
    let second = Tokens::of(&app.refresh(&world, first.refresh()).await);
    assert_ne!(first.refresh(), second.refresh());
    let (one, other) = (first.claims(&world).await, second.claims(&world).await);
    for same in ["iss", "sub", "aud", "azp", "auth_time", "sid"] {
        assert_eq!(one[same], other[same], "{same}");
    }
    assert_eq!(other["iat"].as_i64(), one["iat"].as_i64().map(|at| at + 1800));
    assert_eq!(other.get("nonce"), None);
    // Another application cannot use it, and does not end it.
    let stranger = Relying::new(&world, NewApplication { name: "other".parse().unwrap(), ..payroll() }).await;
    let answer = stranger.refresh(&world, second.refresh()).await;
    refused(&world, &answer, 400, "invalid_grant", "grant.other_application");
    assert_eq!(userinfo(&world, second.access()).await.status, 200);
}

/// [rfc7636 4.6]
#[tokio::test]
async fn oidcc_ensure_request_with_valid_pkce_succeeds() {
    succeeds(|request| request).await;
}

/// What a key of before has signed is verified for as long as that is published [openid-core 10.1.1].
#[tokio::test]
async fn oidcc_server_rotate_keys() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let before = app.signs_on(&world, &mut browser, &app.asks()).await;
    world.sign_tokens_with_another_key();
    let after = app.signs_on(&world, &mut browser, &app.asks()).await;
    let kid = |tokens: &Tokens| jsonwebtoken::decode_header(tokens.id()).unwrap().kid.unwrap();
    assert_ne!(kid(&before), kid(&after));
    assert_eq!(before.claims(&world).await["sub"], after.claims(&world).await["sub"]);
    let hint = app.asks().with("prompt", "none").with("id_token_hint", before.id());
    Back::of(&browser.get(&hint.address()).await).code();
}

/// An application has one way to prove itself, and no other is taken [openid-core 9].
#[tokio::test]
async fn an_application_proves_itself_as_it_is_registered() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let code = app.code(&mut browser, &app.asks()).await;
    let nameless = app.shows(&code).with("client_id", app.name());
    let answer = send(&world, Method::POST, "/oidc/token", &[], &nameless).await;
    refused(&world, &answer, 401, "invalid_client", "app.other_way");
    let wrong = nameless.with("client_secret", "lfa_x");
    let answer = send(&world, Method::POST, "/oidc/token", &[], &wrong).await;
    refused(&world, &answer, 401, "invalid_client", "app.secret");
    assert!(matches!(app.application.authentication, AppAuthentication::Secret));
    assert_eq!(app.redeem(&world, &code).await.status, 200, "and the code still counts");
}
