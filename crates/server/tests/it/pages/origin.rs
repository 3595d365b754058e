//! A POST that relies on a cookie comes from our own pages.

use crate::world::{Browser, Form, HOME, LINDQVIST, SIMON, World};

const FOREIGN: [Option<&str>; 7] = [
    None,
    Some("null"),
    Some("https://evil.example"),
    Some("http://sso.example"),
    Some("https://sso.example:8443"),
    Some("https://sso.example.evil.example"),
    Some("https://sso.example/"),
];

/// The form does nothing from elsewhere, and something from here.
async fn only_from_here(world: &World, browser: &mut Browser, form: &Form) {
    for origin in FOREIGN {
        let answer = browser.clone().post(form, origin).await;
        world.refused(&answer, 403, "origin");
    }
    assert!(browser.is_signed_in().await, "{}", form.action);
    let answer = browser.post(form, Some(HOME)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[tokio::test]
async fn sign_out() {
    let world = World::new().await;
    let mut browser = world.browser();
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    only_from_here(&world, &mut browser, &account.form("/account/sign-out")).await;
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn the_end_of_another_session() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    other.sign_in(&world, &world.contoso, SIMON).await;
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    only_from_here(&world, &mut browser, &account.form("/end")).await;
    assert!(!other.is_signed_in().await);
}

#[tokio::test]
async fn the_end_of_all_sessions() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    for (action, here) in [("/account/sessions/end-others", true), ("/account/sign-out/everywhere", false)] {
        other.sign_in(&world, &world.contoso, SIMON).await;
        let account = browser.sign_in(&world, &world.contoso, SIMON).await;
        only_from_here(&world, &mut browser, &account.form(action)).await;
        assert_eq!((browser.is_signed_in().await, other.is_signed_in().await), (here, false), "{action}");
    }
}

#[tokio::test]
async fn the_confirmation() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, LINDQVIST).await;
    let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    let question = browser.follow(&answer).await;
    only_from_here(&world, &mut browser, &question.form("h")).await;
    assert!(browser.get("/account").await.page(200).contains(SIMON));
}

#[tokio::test]
async fn the_acs_relies_on_no_cookie_and_asks_for_no_origin() {
    let world = World::new().await;
    for origin in [None, Some("null"), Some("https://login.contoso.example")] {
        let mut browser = world.browser();
        let begun = browser.begin(&world, &world.contoso).await;
        let answer = browser.post(&world.contoso.answers(SIMON, &begun), origin).await;
        assert_eq!(browser.follow(&answer).await.location(), "/account");
    }
}
