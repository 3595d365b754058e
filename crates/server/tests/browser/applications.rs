//! Pages on which applications are activated, and what comes of it on a person's device.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;
use thirtyfour::By;

use crate::appearance::check;
use crate::world::{Browser, SIMON, World, listen, serve};

const TERMS: &str = "Field data stay in the field.\n\nWhoever loses the device says so on the same day.\n";
/// The challenge of [`VERIFIER`] [rfc7636 B].
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Somebody is signed in where a native application is registered that has terms and a download.
async fn world() -> (World, Browser) {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.write("terms.txt", TERMS);
    world.command(
        "app create field --title Field --kind native --redirect http://127.0.0.1/cb \
         --download https://field.example/get --start com.example.field:sign-on --terms terms.txt",
    );
    world.sign_in(&browser, SIMON).await;
    (world, browser)
}

/// What an endpoint answers to a program.
async fn post(world: &World, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = reqwest::Client::new().post(world.at(path)).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_with_a_browser_is_activated_and_ended() {
    let (world, browser) = world().await;
    assert_eq!(browser.count("ul[aria-labelledby=applications] a").await, 2, "to download and to activate");
    check(&browser, "Applications").await;

    let (device, origin) = listen("127.0.0.1", "127.0.0.1").await;
    serve(device, Router::new().route("/cb", get(Html("<h1>Back on the device</h1>"))));
    let redirect = format!("{origin}/cb");
    browser
        .open(&world.at(&format!(
            "/oidc/authorize?response_type=code&client_id=field&scope=openid+offline_access&state=s&nonce=n\
             &redirect_uri={redirect}&code_challenge={CHALLENGE}&code_challenge_method=S256"
        )))
        .await;
    check(&browser, "Activate Field").await;
    browser.press("Activate").await;
    browser.sees("Activate Field").await;
    browser.tick("terms").await;
    browser.press("Activate").await;
    browser.sees("Back on the device").await;
    let code = browser.parameter("code").await;

    let shown = [
        ("grant_type", "authorization_code"),
        ("client_id", "field"),
        ("code", &code),
        ("redirect_uri", &redirect),
        ("code_verifier", VERIFIER),
    ];
    let (status, tokens) = post(&world, "/oidc/token", &shown).await;
    assert_eq!(status, 200, "{tokens}");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", "field"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];

    browser.open(&world.at("/account")).await;
    check(&browser, "What you have activated").await;
    browser.press("End").await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.count("#activations").await, 0);
    let (status, refused) = post(&world, "/oidc/token", &refresh).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_browser_is_activated_by_its_code() {
    let (world, browser) = world().await;
    let (_, device) =
        post(&world, "/oidc/device_authorization", &[("client_id", "field"), ("scope", "openid")]).await;
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "field"),
        ("device_code", device["device_code"].as_str().unwrap()),
    ];

    browser.press("Enter the code that a device shows").await;
    check(&browser, "Activate a device").await;
    browser.enter("user_code", "BCDF-GHJK").await;
    browser.press("Continue").await;
    browser.finds(By::Css("p[role=alert]")).await;
    assert_eq!(browser.status().await, 422);
    check(&browser, "Activate a device").await;
    browser.enter("user_code", device["user_code"].as_str().unwrap()).await;
    browser.press("Continue").await;
    check(&browser, "Activate Field?").await;
    let (status, waits) = post(&world, "/oidc/token", &poll).await;
    assert_eq!((status, waits["error"].as_str()), (400, Some("authorization_pending")));
    browser.tick("terms").await;
    browser.press("Activate").await;
    check(&browser, "The device is activated.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_asks_to_sign_out() {
    let (world, browser) = world().await;
    browser.open(&world.at("/oidc/logout?client_id=field")).await;
    check(&browser, "Sign out?").await;
    browser.press("Sign out").await;
    check(&browser, "You are signed out.").await;
    assert_eq!(world.who(&browser).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_asks_wrongly_is_refused_on_a_page() {
    let (world, browser) = world().await;
    let heading = "The application has sent you here with a request that cannot be answered.";
    for query in [
        "client_id=nobody&redirect_uri=http://127.0.0.1/cb",
        "client_id=field&redirect_uri=https://evil.example/cb",
    ] {
        browser.open(&world.at(&format!("/oidc/authorize?response_type=code&scope=openid&{query}"))).await;
        check(&browser, heading).await;
        assert_eq!(browser.status().await, 400, "{query}");
    }
}
