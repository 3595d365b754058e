//! Who is signed in, how lately, and who is meant.

use time::Duration;

use super::{auth_time, comes_back, signed_in, signs_in_anew, succeeds};
use crate::oidc::{Back, Relying, payroll};
use crate::world::{LINDQVIST, SIMON, World};

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
    other.sign_in(&world, &world.contoso, LINDQVIST).await;
    Back::of(&other.get(&request.address()).await).refused("login_required");
    let (message, _) = tokens.id().rsplit_once('.').unwrap();
    let forged = request.clone().with("id_token_hint", &format!("{message}.AAAA"));
    Back::of(&browser.get(&forged.address()).await).refused("invalid_request");
    // One whose key was retired names nobody.
    world.retire_the_first_token_key();
    Back::of(&other.get(&request.address()).await).code();
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
