//! The endpoints that no browser shows: who may ask, and what a page of another origin may read.

use axum::http::Method;
use landfall_accounts::{AppAuthentication, NewApplication, OfflineAccess, TokenAlgorithm, UserState};
use landfall_http::{TokenKey, TokenKeys};
use landfall_xmldsig::{Certificate, SigningKey};
use serde_json::{Value, json};
use time::Duration;

use super::relying::{Tokens, refused, send, userinfo};
use super::{Back, Relying, Request, page_application, payroll};
use crate::world::{Answer, Browser, HOME, LINDQVIST, REYES, SIMON, World};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn signed_in(world: &World, new: NewApplication) -> (Browser, Relying) {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    (browser, Relying::new(world, new).await)
}

async fn introspected(world: &World, app: &Relying, token: &str) -> Value {
    let answer = app.post(world, "/oidc/introspect", &Request::new(&[("token", token)])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// [rfc7662 2.2]
#[tokio::test]
async fn an_application_learns_what_its_tokens_stand_for() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks().with("scope", "openid email")).await;
    let now = world.clock.now().unix_timestamp();
    let expected = json!({
        "active": true, "iss": HOME, "aud": "payroll", "client_id": "payroll",
        "sub": world.user(SIMON).await.id.to_string(), "username": SIMON, "tenant": "contoso",
        "scope": "openid email", "iat": now, "exp": now + 3600, "token_type": "Bearer",
    });
    assert_eq!(introspected(&world, &app, tokens.access()).await, expected);
    assert_eq!(introspected(&world, &app, tokens.refresh()).await.get("token_type"), None);
    assert_eq!(introspected(&world, &app, "x").await, json!({ "active": false }));
    world.clock.advance(Duration::HOUR);
    assert_eq!(introspected(&world, &app, tokens.access()).await, json!({ "active": false }));
    assert_eq!(userinfo(&world, tokens.access()).await.status, 401);

    let page = Relying::new(&world, page_application()).await;
    let form = Request::new(&[("token", tokens.refresh())]);
    refused(
        &world,
        &page.post(&world, "/oidc/introspect", &form).await,
        400,
        "unauthorized_client",
        "app.kind",
    );
    let nobody = send(&world, Method::POST, "/oidc/introspect", &[], &form).await;
    refused(&world, &nobody, 401, "invalid_client", "token.nobody");
}

/// [rfc7009 2.1], [rfc7009 2.2]
#[tokio::test]
async fn an_application_gives_up_what_it_has() {
    let world = World::new().await;
    for of in [Tokens::access, Tokens::refresh] {
        let name = format!("app{}", world.events().await.len()).parse().unwrap();
        let (mut browser, app) = signed_in(&world, NewApplication { name, ..payroll() }).await;
        let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
        let form = Request::new(&[("token", of(&tokens)), ("token_type_hint", "access_token")]);
        for _ in 0..2 {
            let answer = app.post(&world, "/oidc/revoke", &form).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        }
        assert_eq!(userinfo(&world, tokens.access()).await.status, 401);
        let answer = app.refresh(&world, tokens.refresh()).await;
        refused(&world, &answer, 400, "invalid_grant", "grant.ended");
        assert!(browser.is_signed_in().await);
    }
}

/// Who may not sign in any more is nobody to an application either, at the next request.
#[tokio::test]
async fn whoever_is_locked_out_is_out_of_applications_too() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let code = app.code(&mut browser, &app.asks()).await;
    assert_eq!(userinfo(&world, tokens.access()).await.status, 200);
    let simon = world.user(SIMON).await;
    world.set_state(&simon, UserState::Suspended).await;
    assert_eq!(userinfo(&world, tokens.access()).await.status, 401);
    for answer in [app.redeem(&world, &code).await, app.refresh(&world, tokens.refresh()).await] {
        refused(&world, &answer, 400, "invalid_grant", "grant.ended");
    }
    assert!(browser.get(&app.asks().address()).await.location().starts_with("/sso?target="));
}

/// [rfc6749 6]
#[tokio::test]
async fn a_refresh_may_bring_less_and_never_more() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let request = app.asks().with("scope", "openid email profile");
    let first = app.signs_on(&world, &mut browser, &request).await;
    let refresh = |token: &str, scope: &str| {
        Request::new(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)])
    };
    for more in ["openid roles", "openid offline_access roles", "email", "x"] {
        let answer = app.post(&world, "/oidc/token", &refresh(first.refresh(), more)).await;
        refused(&world, &answer, 400, "invalid_scope", "grant.scope");
    }
    let less = app.post(&world, "/oidc/token", &refresh(first.refresh(), "openid email")).await;
    let less = Tokens::of(&less);
    assert_eq!(less.scope(), "openid email");
    let info: Value = serde_json::from_str(&userinfo(&world, less.access()).await.body).unwrap();
    for told in [&info, &less.claims(&world).await] {
        assert_eq!((&told["email"], told.get("preferred_username")), (&json!(SIMON), None));
    }
    assert_eq!(introspected(&world, &app, less.access()).await["scope"], "openid email");
    // The grant stays what it is.
    let whole = Tokens::of(&app.refresh(&world, less.refresh()).await);
    assert_eq!(whole.scope(), "openid profile email");
    let info: Value = serde_json::from_str(&userinfo(&world, whole.access()).await.body).unwrap();
    assert_eq!(info["preferred_username"], SIMON);
}

/// Libraries ask again for all that they asked for at first, and what may not be had is passed over both times
/// [openid-core 11], [rfc6749 6].
#[tokio::test]
async fn what_may_not_be_had_is_passed_over_at_a_refresh_too() {
    for (offline, refreshed) in [(OfflineAccess::Never, Some("openid")), (OfflineAccess::Allowed, None)] {
        let world = World::new().await;
        let (mut browser, app) = signed_in(&world, NewApplication { offline, ..payroll() }).await;
        let request = app.asks().with("scope", "openid");
        let first = app.signs_on(&world, &mut browser, &request).await;
        let again = Request::new(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", first.refresh()),
            ("scope", "openid offline_access"),
        ]);
        let answer = app.post(&world, "/oidc/token", &again).await;
        match refreshed {
            Some(scope) => assert_eq!(Tokens::of(&answer).scope(), scope),
            // Here it could be had, and was not asked for at first.
            None => refused(&world, &answer, 400, "invalid_scope", "grant.scope"),
        }
    }
}

/// The keys of an application, and the set that it registered.
fn keys() -> TokenKeys {
    let key = |algorithm, key: &str, certificate: &str| {
        let certificate = Certificate::from_pem(certificate).unwrap();
        TokenKey::new(algorithm, SigningKey::from_pem(key, certificate).unwrap(), &[]).unwrap()
    };
    let rs256 = key(
        TokenAlgorithm::Rs256,
        include_str!("../../../../xmldsig/tests/keys/other.key.pem"),
        include_str!("../../../../xmldsig/tests/keys/other.crt.pem"),
    );
    let es256 = key(
        TokenAlgorithm::Es256,
        include_str!("../../../../xmldsig/tests/keys/p256.key.pem"),
        include_str!("../../../../xmldsig/tests/keys/p256.crt.pem"),
    );
    TokenKeys::new(rs256, es256).unwrap()
}

/// [rfc7523 2.2], [rfc7523 3], [openid-core 9]
#[tokio::test]
async fn an_application_proves_itself_by_its_key_and_each_proof_counts_once() {
    let world = World::new().await;
    let keys = keys();
    let authentication = AppAuthentication::PrivateKeyJwt { keys: keys.jwks().to_string() };
    let (mut browser, app) = signed_in(&world, NewApplication { authentication, ..payroll() }).await;
    let now = world.clock.now().unix_timestamp();
    let assertion = |jti: &str, aud: &str, algorithm| {
        let claims = json!({
            "iss": "payroll", "sub": "payroll", "aud": aud, "jti": jti, "iat": now, "exp": now + 300,
        });
        keys.sign(algorithm, "JWT", &claims).unwrap()
    };
    let with = |form: Request, assertion: &str| {
        form.with("client_assertion_type", JWT_BEARER).with("client_assertion", assertion)
    };
    let shown = async |form: &Request| send(&world, Method::POST, "/oidc/token", &[], form).await;
    for (jti, aud, algorithm) in [
        ("1", "https://sso.example", TokenAlgorithm::Es256),
        ("2", "https://sso.example/oidc/token", TokenAlgorithm::Rs256),
    ] {
        let code = app.code(&mut browser, &app.asks()).await;
        let honest = with(app.shows(&code), &assertion(jti, aud, algorithm));
        let tokens = Tokens::of(&shown(&honest).await);
        refused(&world, &shown(&honest).await, 401, "invalid_client", "assertion.used");
        assert_eq!(userinfo(&world, tokens.access()).await.status, 200, "who is not believed ends nothing");
    }
    let code = app.code(&mut browser, &app.asks()).await;
    let form = app.shows(&code);
    let es256 = TokenAlgorithm::Es256;
    for (form, code) in [
        (with(form.clone(), &assertion("3", "https://other.example", es256)), "assertion.other"),
        (with(form.clone().with("client_id", "other"), &assertion("3", HOME, es256)), "assertion.other"),
        (with(form.clone(), "a.b.c"), "assertion.malformed"),
        (form.clone().with("client_id", "payroll"), "app.other_way"),
        (form.clone().with("client_id", "payroll").with("client_secret", "lfa_x"), "app.other_way"),
    ] {
        refused(&world, &shown(&form).await, 401, "invalid_client", code);
    }
    let twice = with(form.clone().with("client_secret", "lfa_x"), &assertion("3", HOME, es256));
    refused(&world, &shown(&twice).await, 400, "invalid_request", "token.request");
    Tokens::of(&shown(&with(form, &assertion("3", HOME, es256))).await);
}

fn allowed(answer: &Answer) -> Option<&str> {
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    answer.header("access-control-allow-origin")
}

/// [fetch 3.2]
#[tokio::test]
async fn the_pages_of_an_application_read_what_it_gets() {
    let world = World::new().await;
    let (mut browser, page) = signed_in(&world, page_application()).await;
    let web = Relying::new(&world, payroll()).await;
    let own = ("origin", "https://board.example");
    for (app, origin, expected) in [
        (&page, own.1, Some(own.1)),
        (&page, "https://evil.example", None),
        (&page, "https://board.example:444", None),
        (&web, "https://payroll.example", None),
    ] {
        let code = app.code(&mut browser, &app.asks()).await;
        let form = app.shows(&code).with("client_id", app.name());
        let form = match &app.secret {
            Some(secret) => form.with("client_secret", secret.expose()),
            None => form,
        };
        let answer = send(&world, Method::POST, "/oidc/token", &[("origin", origin)], &form).await;
        assert_eq!(allowed(&answer), expected, "{origin}");
        assert_eq!(answer.header("vary"), Some("origin"));
        let bearer = format!("Bearer {}", Tokens::of(&answer).access());
        let headers = [("origin", origin), ("authorization", bearer.as_str())];
        let info = send(&world, Method::GET, "/oidc/userinfo", &headers, &Request::new(&[])).await;
        assert_eq!((info.status, allowed(&info)), (200, expected), "{origin}");
    }
    // What is published, and what is refused, says nothing about anybody.
    for (method, path) in [
        (Method::GET, "/.well-known/openid-configuration"),
        (Method::GET, "/oidc/jwks"),
        (Method::GET, "/oidc/userinfo"),
        (Method::POST, "/oidc/token"),
        (Method::POST, "/oidc/revoke"),
    ] {
        let answer = send(&world, method, path, &[own], &Request::new(&[])).await;
        assert_eq!(allowed(&answer), Some("*"), "{path}");
    }
    for path in ["/oidc/userinfo", "/oidc/token", "/oidc/revoke"] {
        let headers = [own, ("access-control-request-headers", "authorization")];
        let answer = send(&world, Method::OPTIONS, path, &headers, &Request::new(&[])).await;
        assert_eq!((answer.status, allowed(&answer)), (204, Some("*")), "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type"));
    }
    // Pages of ours, and what is for servers alone, no other page reads.
    for (method, path) in
        [(Method::GET, "/account"), (Method::POST, "/oidc/introspect"), (Method::GET, "/oidc/authorize")]
    {
        assert_eq!(allowed(&send(&world, method, path, &[own], &Request::new(&[])).await), None, "{path}");
    }
}

/// If the store cannot answer nothing is granted, and everybody is told to come again.
#[tokio::test]
async fn nothing_is_granted_without_the_store() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let code = app.code(&mut browser, &app.asks()).await;
    world.lose_the_store().await;
    let answer = app.redeem(&world, &code).await;
    refused(&world, &answer, 503, "temporarily_unavailable", "store.unavailable");
    assert_eq!(userinfo(&world, "x").await.status, 503);
    world.refused(&browser.get(&app.asks().address()).await, 503, "store.unavailable");
    world.refused(&browser.get("/oidc/device").await, 503, "store.unavailable");
    world.refused(&browser.get("/oidc/logout").await, 503, "store.unavailable");
}

/// A sign-in that a request begins leads back to it, through the connection that it names.
#[tokio::test]
async fn a_request_names_its_connection() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let named = |name: &str| app.asks().with("connection", name);
    Back::of(&browser.get(&named("contoso-entra").address()).await).code();
    let begun = world.browser().get(&named("contoso-entra").address()).await;
    assert!(begun.location().starts_with("https://login.contoso.example/"), "{}", begun.location());
    // Who is signed in by another one signs in by this one first, and without a question cannot.
    let other = browser.get(&named("fabrikam-entra").address()).await;
    assert!(other.location().starts_with("https://login.fabrikam.example/"), "{}", other.location());
    assert!(!other.location().contains("login_hint"));
    let silent = named("fabrikam-entra").with("prompt", "none");
    Back::of(&browser.get(&silent.address()).await).refused("login_required");
    Back::of(&browser.get(&named("nobody").address()).await).refused("invalid_request");
    world.disable(&world.fabrikam).await;
    Back::of(&browser.get(&named("fabrikam-entra").address()).await).refused("invalid_request");
    // To choose another account the person says who they are.
    let chosen = browser.get(&app.asks().with("prompt", "select_account").address()).await;
    let form = chosen.form("login_name").with("login_name", SIMON);
    assert_eq!(form.value("max_age"), Some("0"));
    assert!(browser.submit(&form).await.location().starts_with("https://login.contoso.example/"));
}

/// Whoever is to sign in may be somebody else than the one who is signed in, of another organisation [openid-core 3.1.2.1].
#[tokio::test]
async fn a_name_that_is_hinted_at_tells_its_organisation() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let anew = app.asks().with("prompt", "login");
    let (contoso, fabrikam) = ("https://login.contoso.example/", "https://login.fabrikam.example/");
    for (hint, idp) in [
        (Some(REYES), fabrikam),
        (Some(LINDQVIST), contoso),
        (Some("nobody@unknown.example"), contoso),
        (Some("nobody"), contoso),
        (None, contoso),
    ] {
        let request = hint.map_or(anew.clone(), |hint| anew.clone().with("login_hint", hint));
        let begun = browser.get(&request.address()).await;
        assert!(begun.location().starts_with(idp), "{hint:?} {}", begun.location());
        let expected = hint.unwrap_or(SIMON).replace('@', "%40");
        assert!(begun.location().contains(&format!("login_hint={expected}")), "{}", begun.location());
    }
    // What the request names comes before what a name tells.
    let named = anew.with("login_hint", REYES).with("connection", "contoso-entra");
    assert!(browser.get(&named.address()).await.location().starts_with(contoso));
}

/// What a sign-in leads back to has its length [rfc6749 4.1.2.1].
#[tokio::test]
async fn a_request_that_is_too_long_is_refused_clearly() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let long = app.asks().with("state", &"ä".repeat(400));
    Back::of(&browser.get(&long.address()).await).refused("invalid_request");
    Back::of(&browser.get(&long.with("prompt", "none").address()).await).code();
    Back::of(&browser.get(&app.asks().with("state", &"x".repeat(1024)).address()).await).code();
}
