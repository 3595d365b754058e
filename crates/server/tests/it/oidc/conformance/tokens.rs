//! What is given for a code, and by what it is verified.

use axum::http::Method;
use landfall_accounts::{AppAuthentication, NewApplication, OfflineAccess};
use time::Duration;

use super::signed_in;
use crate::oidc::relying::{Tokens, refused, send, userinfo};
use crate::oidc::{Back, Relying, payroll};
use crate::world::{SIMON, World};

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

/// [rfc6749 6], [openid-core 11], [openid-core 12.2]
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

/// An application has one way to prove itself, and no other is taken [openid-core 9], [rfc6749 3.2], [rfc6749 3.2.1].
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
