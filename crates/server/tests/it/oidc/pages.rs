//! The page on which a person activates an application on their device.

use landfall_accounts::{Activating, NewApplication};

use super::relying::{Tokens, userinfo};
use super::{Back, Relying, native};
use crate::world::{Browser, Form, SIMON, World};

const TERMS: &str = "Be kind.\nAnd <quick>.";

async fn signed_in(world: &World, activation: Activating) -> (Browser, Relying) {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    (browser, Relying::new(world, NewApplication { activation, ..native() }).await)
}

/// [rfc8252 8.6]
#[tokio::test]
async fn the_code_goes_to_the_device_when_the_person_says_so() {
    let world = World::new().await;
    let download = Some("https://files.example/client.exe".parse().unwrap());
    let (mut browser, app) = signed_in(&world, Activating { download, ..Activating::default() }).await;
    let page = browser.get(&app.asks().with("scope", "openid offline_access").address()).await;
    assert!(page.page(200).contains("Activate Field Client") && page.body.contains(SIMON), "{}", page.body);
    assert!(page.body.contains("href=\"https://files.example/client.exe\""));
    assert!(!page.body.contains("name=\"terms\""));
    let form = page.form("/oidc/activate");
    let back = Back::of(&browser.submit(&form.clone().with("answer", "activate")).await);
    assert_eq!(back.address(), "com.example.client:/cb");
    assert_eq!(back.value("state").as_deref(), Some("s t&te"));
    let tokens = Tokens::of(&app.redeem(&world, &back.code()).await);
    assert_eq!(userinfo(&world, tokens.access()).await.status, 200);
    for answer in ["decline", "", "other"] {
        let back = Back::of(&browser.submit(&form.clone().with("answer", answer)).await);
        back.refused("access_denied");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_device_silently() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, Activating::default()).await;
    Back::of(&browser.get(&app.asks().with("prompt", "none").address()).await)
        .refused("interaction_required");
    assert_eq!(browser.get(&app.asks().with("prompt", "consent").address()).await.status, 200);
    let signed_out = world.browser().get(&app.asks().with("prompt", "none").address()).await;
    Back::of(&signed_out).refused("login_required");
}

/// [rfc8252 7.3]
#[tokio::test]
async fn a_device_listens_at_any_port_of_its_own() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, Activating::default()).await;
    let page = browser.get(&app.asks().with("redirect_uri", "http://127.0.0.1:49152/cb").address()).await;
    let answer = browser.submit(&page.form("/oidc/activate").with("answer", "activate")).await;
    let back = Back::of(&answer);
    assert_eq!(back.address(), "http://127.0.0.1:49152/cb");
    let form = app.shows(&back.code()).with("redirect_uri", "http://127.0.0.1:49152/cb");
    Tokens::of(&app.post(&world, "/oidc/token", &form).await);
    for other in ["http://127.0.0.1:49152/other", "http://192.0.2.1:49152/cb", "http://localhost:49152/cb"] {
        world.refused(
            &browser.get(&app.asks().with("redirect_uri", other).address()).await,
            400,
            "app.redirect",
        );
    }
}

/// The form leads to us, and from there to the address of the device and nowhere else.
#[tokio::test]
async fn a_page_lets_its_form_lead_to_the_device_alone() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let registered =
        ["com.example.client:/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "https://client.example/cb"];
    let redirect_uris = registered.map(|uri| uri.parse().unwrap()).to_vec();
    let app = Relying::new(&world, NewApplication { redirect_uris, ..native() }).await;
    for (redirect, source) in [
        ("com.example.client:/cb", "com.example.client:"),
        ("http://127.0.0.1:49152/cb", "http://127.0.0.1:49152"),
        ("http://127.0.0.1/cb", "http://127.0.0.1"),
        ("http://[::1]:49152/cb", "http:"),
        ("https://client.example/cb", "https://client.example"),
    ] {
        let page = browser.get(&app.asks().with("redirect_uri", redirect).address()).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!("; form-action 'self' {source}; ")), "{redirect} {policy}");
        Back::of(&browser.submit(&page.form("/oidc/activate").with("answer", "activate")).await).code();
    }
}

#[tokio::test]
async fn terms_are_accepted_as_they_are_now() {
    let world = World::new().await;
    let terms = Some(TERMS.parse().unwrap());
    let (mut browser, app) = signed_in(&world, Activating { terms, ..Activating::default() }).await;
    let page = browser.get(&app.asks().address()).await;
    assert!(page.page(200).contains("And &#60;quick&#62;."), "{}", page.body);
    let form = page.form("/oidc/activate").with("answer", "activate");
    let unaccepted = browser.submit(&form.clone().without("terms")).await;
    assert!(unaccepted.page(422).contains("Accept the terms to go on."), "{}", unaccepted.body);
    Back::of(&browser.submit(&form).await).code();
    // Others than those that were shown are shown first.
    let other = |app: &mut landfall_accounts::Application| {
        app.activation.terms = Some("Be quick.".parse().unwrap());
    };
    world.store.change_application(&app.application.name, other, world.clock.now()).await.unwrap();
    let changed = browser.submit(&form).await;
    assert!(changed.page(422).contains("Be quick."), "{}", changed.body);
    Back::of(&browser.submit(&changed.form("/oidc/activate").with("answer", "activate")).await).code();
}

/// The request stands in the form, and is judged as if it came now; no other site speaks for the person [rfc9700 4.7].
#[tokio::test]
async fn the_answer_of_a_person_is_judged_anew() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world, Activating::default()).await;
    let page = browser.get(&app.asks().address()).await;
    let form = page.form("/oidc/activate").with("answer", "activate");
    for origin in [Some("https://evil.example"), Some("null"), None] {
        world.refused(&browser.post(&form, origin).await, 403, "origin");
    }
    let to = |request: &str| form.clone().with("request", request);
    let evil = app.asks().with("redirect_uri", "com.example.evil:/cb").query();
    world.refused(&browser.submit(&to(&evil)).await, 400, "app.redirect");
    let plain = app.asks().with("code_challenge_method", "plain").query();
    Back::of(&browser.submit(&to(&plain)).await).refused("invalid_request");
    world.refused(&browser.submit(&Form::own("/oidc/activate")).await, 400, "app.none");
    Back::of(&browser.submit(&form).await).code();
    // Whoever was signed out meanwhile signs in first.
    let sign_out = browser.get("/account").await.form("/account/sign-out");
    browser.submit(&sign_out).await;
    assert!(browser.submit(&form).await.location().starts_with("/sso?target="));
}
