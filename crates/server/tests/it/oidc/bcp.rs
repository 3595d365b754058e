//! The best current practice for the security of OAuth, as a table of attacks, each beside what is honest [rfc9700].

use axum::http::Method;
use landfall_accounts::{AppAuthentication, AppKind, NewApplication};

use super::relying::{CHALLENGE, Tokens, VERIFIER, refused, send, userinfo};
use super::{Back, Relying, Request, native, page_application, payroll};
use crate::world::{Browser, REYES, SIMON, World};

/// A person of contoso who is signed in, and an application.
async fn signed_in(world: &World, new: NewApplication) -> (Browser, Relying) {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    (browser, Relying::new(world, new).await)
}

/// Addresses that are near to the registered one, and are not it [rfc9700 4.1].
#[tokio::test]
async fn e17_no_trick_with_an_address_sends_a_code_elsewhere() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    for address in [
        "https://payroll.example/cb/",
        "https://payroll.example/cb?x=1",
        "https://payroll.example/cb#x",
        "https://payroll.example/cb%2f",
        "https://payroll.example/%63b",
        "https://payroll.example/x/../cb",
        "https://payroll.example/x%2f..%2fcb",
        "https://payroll.example/x/%2e%2e/cb",
        "https://payroll.example\\cb",
        "https://payroll.example:443/cb",
        "https://PAYROLL.example/cb",
        "https://payroll.example@evil.example/cb",
        "https://payroll.example%40evil.example/cb",
        "https://user:secret@payroll.example/cb",
        "https://payroll.example.evil.example/cb",
        "https://payroll.exаmple/cb",
        "https://payroll.example。evil.example/cb",
        "https://evil.example/https://payroll.example/cb",
        "http://payroll.example/cb",
        "//payroll.example/cb",
        "/cb",
        " https://payroll.example/cb",
        "https://payroll.example/cb\r\nLocation: https://evil.example/",
        "https://payroll.example/cb\0",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "",
    ] {
        let answer = browser.get(&app.asks().with("redirect_uri", address).address()).await;
        world.refused(&answer, 400, "app.redirect");
        assert!(!answer.body.contains("evil"), "{address}");
    }
    let twice = app.asks().and("redirect_uri", "https://evil.example/cb");
    world.refused(&browser.get(&twice.address()).await, 400, "app.twice");
    let no_client = app.asks().without("client_id");
    world.refused(&browser.get(&no_client.address()).await, 400, "app.none");
    for name in ["nobody", "Payroll", "payroll ", "../payroll"] {
        let other = app.asks().with("client_id", name);
        world.refused(&browser.get(&other.address()).await, 400, "app.unknown");
    }
    Back::of(&browser.get(&app.asks().address()).await).code();
}

/// A stolen code is worth nothing without what its application kept to itself [rfc9700 4.5].
#[tokio::test]
async fn a_stolen_code_is_not_redeemed() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, page_application()).await;
    let other = VERIFIER.replace('d', "e");
    for (edit, code) in [
        (None, "grant.other_verifier"),
        (Some(other.as_str()), "grant.other_verifier"),
        (Some(CHALLENGE), "grant.other_verifier"),
        (Some("short"), "grant.other_verifier"),
    ] {
        let stolen = app.code(&mut browser, &app.asks()).await;
        let form = app.shows(&stolen).without("code_verifier");
        let form = edit.map_or(form.clone(), |verifier| form.with("code_verifier", verifier));
        let answer = app.post(&world, "/oidc/token", &form).await;
        refused(&world, &answer, 400, "invalid_grant", code);
        // Whoever tried has shown that the code is in wrong hands: it counts for nobody any more.
        refused(&world, &app.redeem(&world, &stolen).await, 400, "invalid_grant", "grant.ended");
    }
    let code = app.code(&mut browser, &app.asks()).await;
    Tokens::of(&app.redeem(&world, &code).await);
}

/// A code that is injected into another person's sign-on belongs to another request: challenge and nonce say so [rfc9700 4.5.3].
#[tokio::test]
async fn an_injected_code_is_not_the_one_that_was_asked_for() {
    let world = World::new().await;
    let (mut attacker, app) = signed_in(&world, payroll()).await;
    let own = app.asks().with("code_challenge", &CHALLENGE.replace('E', "F")).with("nonce", "attacker");
    let injected = app.code(&mut attacker, &own).await;
    refused(&world, &app.redeem(&world, &injected).await, 400, "invalid_grant", "grant.other_verifier");
    // The nonce of an honest token is the one of its request.
    let tokens = app.signs_on(&world, &mut attacker, &app.asks().with("nonce", "mine")).await;
    assert_eq!(tokens.claims(&world).await["nonce"], "mine");
}

/// Nothing takes the challenge away [rfc9700 2.1.1], [rfc9700 4.8].
#[tokio::test]
async fn the_challenge_cannot_be_taken_away() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    for request in [
        app.asks().without("code_challenge").without("code_challenge_method"),
        app.asks().without("code_challenge"),
        app.asks().without("code_challenge_method"),
        app.asks().with("code_challenge_method", "plain"),
        app.asks().with("code_challenge_method", "plain").with("code_challenge", VERIFIER),
        app.asks().with("code_challenge", ""),
    ] {
        Back::of(&browser.get(&request.address()).await).refused("invalid_request");
    }
    Back::of(&browser.get(&app.asks().address()).await).code();
}

/// Every answer says whose it is, so that an application with several providers notices a mix-up [rfc9207 2], [rfc9700 4.4].
#[tokio::test]
async fn every_answer_names_its_provider() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    Back::of(&browser.get(&app.asks().address()).await).code();
    Back::of(&browser.get(&app.asks().with("scope", "email").address()).await).refused("invalid_scope");
    let none = app.asks().with("prompt", "none");
    Back::of(&world.browser().get(&none.address()).await).refused("login_required");
}

/// What was given to one application is nothing to another one [rfc6749 4.1.3], [rfc7662 4].
#[tokio::test]
async fn what_one_application_has_is_nothing_to_another() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    let other = NewApplication { name: "other".parse().unwrap(), ..payroll() };
    let other = Relying::new(&world, other).await;
    let code = app.code(&mut browser, &app.asks()).await;
    let answer = other.redeem(&world, &code).await;
    refused(&world, &answer, 400, "invalid_grant", "grant.other_application");
    let tokens = Tokens::of(&app.redeem(&world, &code).await);
    let answer = other.refresh(&world, tokens.refresh()).await;
    refused(&world, &answer, 400, "invalid_grant", "grant.other_application");
    for token in [tokens.access(), tokens.refresh()] {
        let form = Request::new(&[("token", token)]);
        let said = |answer: &crate::world::Answer| {
            let said: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            said["active"].as_bool().unwrap()
        };
        assert!(!said(&other.post(&world, "/oidc/introspect", &form).await));
        assert!(said(&app.post(&world, "/oidc/introspect", &form).await));
        // To revoke another one's token changes nothing, and says nothing.
        assert_eq!(other.post(&world, "/oidc/revoke", &form).await.status, 200);
        assert!(said(&app.post(&world, "/oidc/introspect", &form).await));
    }
    // Each kind of token is good for its own purpose.
    assert_eq!(userinfo(&world, tokens.refresh()).await.status, 401);
    let answer = app.refresh(&world, tokens.access()).await;
    refused(&world, &answer, 400, "invalid_grant", "grant.unknown");
    assert_eq!(userinfo(&world, tokens.access()).await.status, 200);
}

/// An application of one customer takes nobody of another, however they came to sign in [attack G4].
#[tokio::test]
async fn g4_an_application_of_contoso_takes_nobody_of_fabrikam() {
    let world = World::new().await;
    let tenant = world.directory_of(&world.contoso).await.tenant;
    let (mut simon, app) = signed_in(&world, NewApplication { tenant: Some(tenant), ..payroll() }).await;
    let mut reyes = world.browser();
    reyes.sign_in(&world, &world.fabrikam, REYES).await;
    Back::of(&reyes.get(&app.asks().address()).await).refused("access_denied");
    let silent = app.asks().with("prompt", "none");
    Back::of(&reyes.get(&silent.address()).await).refused("access_denied");
    Back::of(&simon.get(&app.asks().address()).await).code();
}

/// The second who shows a refresh token ends what came of it, since one of the two is not the application
/// [rfc9700 4.14], [rfc9700 4.14.2].
#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_everything() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, page_application()).await;
    let first = app.signs_on(&world, &mut browser, &app.asks()).await;
    let second = Tokens::of(&app.refresh(&world, first.refresh()).await);
    assert_eq!(userinfo(&world, second.access()).await.status, 200);
    let again = app.refresh(&world, first.refresh()).await;
    refused(&world, &again, 400, "invalid_grant", "grant.reused");
    assert_eq!(userinfo(&world, second.access()).await.status, 401);
    let last = app.refresh(&world, second.refresh()).await;
    refused(&world, &last, 400, "invalid_grant", "grant.ended");
    assert!(browser.is_signed_in().await, "the person is who they are");
}

/// No page of ours is shown in a frame, where it could be laid under another one [rfc9700 4.16].
#[tokio::test]
async fn no_page_is_framed() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, native()).await;
    let activate = browser.get(&app.asks().address()).await;
    let device = browser.get("/oidc/device").await;
    let sign_out = browser.get("/oidc/logout").await;
    let refused = browser.get("/oidc/authorize").await;
    for (page, status, forms) in [
        (&activate, 200, "form-action 'self' com.example.client:"),
        (&device, 200, "form-action 'self'"),
        (&sign_out, 200, "form-action 'self'"),
        (&refused, 400, "form-action 'self'"),
    ] {
        assert_eq!(page.status, status);
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        let policy = page.header("content-security-policy").unwrap();
        assert_eq!(policy.split("; ").nth(2), Some(forms));
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("script-src"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.body.contains("<script"));
    }
}

/// Nothing follows from what a request says of its host [attack E22].
#[tokio::test]
async fn e22_no_address_follows_from_the_host() {
    let world = World::new().await;
    Relying::new(&world, native()).await;
    let evil =
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    let device = Request::new(&[("client_id", "client"), ("scope", "openid")]);
    for (method, path) in [
        (Method::GET, "/.well-known/openid-configuration"),
        (Method::GET, "/oidc/authorize"),
        (Method::GET, "/oidc/logout"),
        (Method::GET, "/oidc/device"),
        (Method::GET, "/oidc/userinfo"),
        (Method::POST, "/oidc/token"),
        (Method::POST, "/oidc/device_authorization"),
    ] {
        let answer = send(&world, method, path, &evil, &device).await;
        assert!(!format!("{answer:?}").contains("evil"), "{answer:?}");
    }
}

/// What a person or a request says becomes no header and no markup.
#[tokio::test]
async fn nothing_that_is_said_becomes_a_header() {
    const BREAK: &str = "x\r\nset-cookie: a=b\r\n\r\n<script>alert(1)</script>\"'>";
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    for name in ["state", "nonce", "scope", "prompt", "login_hint", "connection", "max_age", "response_type"]
    {
        let answer = browser.get(&app.asks().with(name, BREAK).address()).await;
        assert!(answer.header("set-cookie").is_none(), "{name}");
        let back = Back::of(&answer);
        assert_eq!(back.address(), "https://payroll.example/cb", "{name}");
        if name == "state" {
            assert_eq!(back.value("state").as_deref(), Some(BREAK), "it comes back as it was");
        }
    }
    let answer = browser.get(&app.asks().with("client_id", BREAK).address()).await;
    world.refused(&answer, 400, "app.unknown");
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    // An identity provider names its people as it likes, but for control characters.
    let mut other = world.browser();
    let mut person = world.contoso.person(SIMON);
    person.display_name = BREAK.to_owned();
    let answer = other.arrive(&world, &world.contoso, &person, |_| ()).await;
    world.refused(&answer, 403, "claim.invisible");
    let (_, named) = BREAK.split_once("\r\n\r\n").unwrap();
    person.display_name = named.to_owned();
    let arrived = other.arrive(&world, &world.contoso, &person, |_| ()).await;
    other.follow(&arrived).await;
    let tokens = app.signs_on(&world, &mut other, &app.asks().with("scope", "openid profile")).await;
    let info = userinfo(&world, tokens.access()).await;
    assert!(info.header("set-cookie").is_none());
    assert_eq!(info.header("content-type"), Some("application/json"));
    assert_eq!(tokens.claims(&world).await["name"], named, "and it is text where it is read");
}

/// A code is short-lived, and no answer is kept on the way [rfc6749 4.1.2], [rfc6749 5.1].
#[tokio::test]
async fn a_code_waits_for_a_minute() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, payroll()).await;
    for (seconds, taken) in [(59, true), (60, false)] {
        let answer = browser.get(&app.asks().address()).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        let code = Back::of(&answer).code();
        world.clock.advance(time::Duration::seconds(seconds));
        let answer = app.redeem(&world, &code).await;
        if taken {
            Tokens::of(&answer);
        } else {
            refused(&world, &answer, 400, "invalid_grant", "grant.expired");
        }
    }
}

/// Who has no secret shows none, and a secret is no substitute for a key.
#[tokio::test]
async fn no_way_to_prove_oneself_stands_for_another() {
    let world = World::new().await;
    let (mut browser, page) = signed_in(&world, page_application()).await;
    let keys = r#"{"keys":[{"kty":"EC","kid":"1","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let keyed = NewApplication {
        name: "keyed".parse().unwrap(),
        authentication: AppAuthentication::PrivateKeyJwt { keys: keys.to_owned() },
        ..payroll()
    };
    let keyed = Relying::new(&world, keyed).await;
    for app in [&page, &keyed] {
        let code = app.code(&mut browser, &app.asks()).await;
        let form = app.shows(&code).with("client_id", app.name());
        let with_secret = form.clone().with("client_secret", "lfa_x");
        let answer = send(&world, Method::POST, "/oidc/token", &[], &with_secret).await;
        refused(&world, &answer, 401, "invalid_client", "app.other_way");
        let answer = send(&world, Method::POST, "/oidc/token", &[], &form).await;
        assert_eq!(answer.status == 200, app.application.kind == AppKind::Browser, "{}", answer.body);
    }
}
