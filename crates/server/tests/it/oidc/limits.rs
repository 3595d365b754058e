//! How much applications may ask for, how large it may be, and what is written down of it.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Method, Request as HttpRequest};
use landfall_http::{Limits, Rate};
use time::Duration;

use super::relying::{Tokens, refused, send, userinfo};
use super::{Relying, Request, payroll};
use crate::world::{Form, HOME, SIMON, World};

/// [attack D12]
#[tokio::test]
async fn d12_an_address_has_its_share() {
    let mut world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let mut limits = Limits::default();
    limits.address = Rate { burst: NonZeroU32::new(2).unwrap(), per_second: NonZeroU32::MIN };
    let form = Request::new(&[]);
    for (method, path) in [
        (Method::POST, "/oidc/token"),
        (Method::POST, "/oidc/device_authorization"),
        (Method::POST, "/oidc/introspect"),
        (Method::GET, "/oidc/userinfo"),
    ] {
        world.limit(limits);
        for _ in 0..2 {
            assert_ne!(send(&world, method.clone(), path, &[], &form).await.status, 429, "{path}");
        }
        let answer = send(&world, method, path, &[], &form).await;
        refused(&world, &answer, 429, "temporarily_unavailable", "limit.address");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    world.limit(limits);
    let mut browser = world.browser().at("192.0.2.9");
    for _ in 0..2 {
        assert_eq!(browser.get(&app.asks().address()).await.status, 303);
    }
    world.refused(&browser.get(&app.asks().address()).await, 429, "limit.address");
}

/// Whoever begins devices in a row uses up a share of its own, and nothing else [attack D12].
#[tokio::test]
async fn d12_an_address_begins_so_many_devices() {
    let world = World::new().await;
    let form = Request::new(&[]);
    let path = "/oidc/device_authorization";
    for _ in 0..100 {
        assert_eq!(send(&world, Method::POST, path, &[], &form).await.status, 401);
    }
    let answer = send(&world, Method::POST, path, &[], &form).await;
    refused(&world, &answer, 429, "temporarily_unavailable", "limit.device");
    assert_eq!(answer.header("retry-after"), Some("1"));
    // The same address at another endpoint, and another address at this one.
    assert_eq!(send(&world, Method::POST, "/oidc/token", &[], &form).await.status, 400);
    let other = world.browser().at("192.0.2.9").submit(&Form::own(path)).await;
    assert_eq!(other.status, 401, "{}", other.body);
    world.clock.advance(Duration::SECOND);
    assert_eq!(send(&world, Method::POST, path, &[], &form).await.status, 401);
    assert_eq!(send(&world, Method::POST, path, &[], &form).await.status, 429);
}

/// What a page or an application sends has its size, and is a form.
#[tokio::test]
async fn forms_of_applications_are_bounded_and_forms() {
    let world = World::new().await;
    let most = 16 * 1024;
    let padded = |length: usize| Request::new(&[("x", "x".repeat(length - 2).as_str())]);
    for (path, code) in [
        ("/oidc/token", "token.request"),
        ("/oidc/revoke", "token.nobody"),
        ("/oidc/introspect", "token.nobody"),
        ("/oidc/device_authorization", "token.nobody"),
    ] {
        let fits = send(&world, Method::POST, path, &[], &padded(most)).await;
        assert_eq!(world.code(&fits).as_deref(), Some(code), "{path}");
        let larger = send(&world, Method::POST, path, &[], &padded(most + 1)).await;
        refused(&world, &larger, 400, "invalid_request", "token.request");
        assert!(larger.body.contains("too large"), "{}", larger.body);
    }
    for path in ["/oidc/authorize", "/oidc/activate", "/oidc/device", "/oidc/device/answer", "/oidc/logout"] {
        let larger = Form::own(path).with("x", &"x".repeat(most));
        world.refused(&world.browser().submit(&larger).await, 413, "unread");
    }
    for path in
        ["/oidc/authorize", "/oidc/activate", "/oidc/device", "/oidc/logout", "/oidc/logout/confirmed"]
    {
        let url = format!("{HOME}{path}").parse().unwrap();
        let other = HttpRequest::post(format!("{HOME}{path}"))
            .header("origin", HOME)
            .header("content-type", "application/json")
            .body(Body::from("{}"));
        world.refused(&world.browser().send(&url, None, other.unwrap()).await, 400, "app.form");
    }
}

/// Neither codes nor tokens, nor what a request says, stand in the log or the events [attack H12].
#[tokio::test]
async fn h12_no_code_and_no_token_is_written_down() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let app = Relying::new(&world, payroll()).await;
    let request =
        app.asks().with("state", "state-of-mine").with("nonce", "nonce-of-mine").with("login_hint", SIMON);
    let code = app.code(&mut browser, &request).await;
    let tokens = Tokens::of(&app.redeem(&world, &code).await);
    app.redeem(&world, &code).await;
    userinfo(&world, tokens.access()).await;
    app.post(&world, "/oidc/introspect", &Request::new(&[("token", tokens.access())])).await;
    browser.get(&format!("/oidc/logout?id_token_hint={}", tokens.id())).await;
    let written = format!("{} {:?}", world.log(), world.events().await);
    assert!(written.contains("grant.reused"));
    let secret = app.secret.as_ref().unwrap().expose();
    for secret in [
        &code,
        tokens.access(),
        tokens.refresh(),
        tokens.id(),
        secret,
        "state-of-mine",
        "nonce-of-mine",
        SIMON,
    ] {
        assert!(!written.contains(secret), "{secret} in {written}");
    }
}

/// Which application it was, and why it got nothing, an operator finds; the application does not [rfc6749 5.2].
#[tokio::test]
async fn whoever_is_not_believed_is_named_in_the_log() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let form = app.shows("x").with("client_id", app.name());
    for (form, code, cause) in [
        (form.clone().with("client_secret", "lfa_s3cret"), "app.secret", "the secret is none of payroll"),
        (form.clone(), "app.other_way", "payroll is registered to prove itself by"),
        (form.clone().with("client_id", "nobody"), "app.unknown", "no application has the client_id"),
        (
            form.without("client_id")
                .with("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .with("client_assertion", "s3cret.b.c")
                .with("client_id", "payroll"),
            "assertion.malformed",
            "is refused: it is no signed JWT",
        ),
    ] {
        let answer = send(&world, Method::POST, "/oidc/token", &[], &form).await;
        refused(&world, &answer, 401, "invalid_client", code);
        let log = world.log();
        let line = log.lines().find(|line| line.contains(answer.trace()) && line.contains(code)).unwrap();
        assert!(line.contains(cause) && (line.contains("payroll") || line.contains("nobody")), "{line}");
        assert!(!log.contains("s3cret"), "{log}");
        assert!(!answer.body.contains("payroll") && !answer.body.contains("nobody"), "{}", answer.body);
    }
}
