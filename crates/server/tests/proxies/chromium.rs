//! The same with a browser that others wrote too.

use serde_json::json;
use thirtyfour::By;

use crate::behind_a_proxy::application;
use crate::proxy::{Nginx, Running};
use crate::world::{Browser, DOUBLE, SIMON, World, listen, serve};

fn ok(what: &str) {
    println!("ok nginx and Chromium: {what}");
}

pub(super) async fn through_nginx() {
    let (world, browser) = (World::start().await, Browser::start().await);
    let (listener, origin) = listen("127.0.0.1", "127.0.0.1").await;
    serve(listener, application());
    let proxy = Running::start::<Nginx>(&world.at(""), &origin);
    world.command(&format!("site create {}", proxy.origin));
    let at = |path: &str| format!("{}{path}", proxy.origin);

    let sign_in = async |path: &str| {
        browser.open(&at(path)).await;
        browser.sees("Sign in").await;
        browser.enter("login_name", SIMON).await;
        browser.press("Continue").await;
        // The double asks once, and then knows the browser.
        browser
            .finds(By::XPath(format!(
                "//h1[normalize-space()={DOUBLE:?} or normalize-space()='The application']"
            )))
            .await;
        if !browser.url().await.starts_with(&proxy.origin) {
            world.authenticate(&browser, SIMON).await;
        }
        browser.sees("The application").await;
        assert_eq!(browser.url().await, at(path));
    };
    sign_in("/reports?year=2030&month=1").await;
    assert_eq!(browser.cookies(&at("/")).await, ["__Host-landfall-site"]);
    ok("a deep link leads through the sign-in and back");
    let honest = said(&browser).await;
    assert!(honest.contains("x-landfall-email: B.Simon@contoso.example"), "{honest}");
    ok("the application is told who it is");

    let spoofed = json!({ "headers": {
        "X-Landfall-User": "root", "x-landfall-roles": "admin", "X_Landfall_User": "root", "X-Landfall-Jwt": "forged",
        "X-Forwarded-Host": "other.example",
    } });
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.setExtraHTTPHeaders", spoofed).await;
    browser.open(&at("/reports?year=2030&month=1")).await;
    assert_eq!(said(&browser).await, honest);
    browser.devtools("Network.setExtraHTTPHeaders", json!({ "headers": {} })).await;
    ok("what a client says of itself is gone");

    // A script of the application: it is told, and led nowhere.
    let script = "return fetch('/api').then(answer => answer.status + ' ' + answer.redirected)";
    assert_eq!(browser.run(script).await, json!("200 false"));
    browser.press("Sign out").await;
    browser.sees("You are signed out.").await;
    assert_eq!(browser.url().await, world.at("/account/signed-out"));
    browser.open(&at("/")).await;
    browser.sees("Sign in").await;
    ok("signing out at the site signs out");

    sign_in("/again").await;
    browser.open(&at("/.landfall/sign-out")).await;
    browser.sees("Sign out?").await;
    browser.press("Stay signed in").await;
    browser.sees("The application").await;
    browser.open(&at("/.landfall/sign-out")).await;
    browser.press("Sign out").await;
    browser.sees("You are signed out.").await;
    ok("a link asks first, and signs out too");

    sign_in("/").await;
    world.command("site set PROXY --role nobody".replace("PROXY", &proxy.origin).as_str());
    let out = async |words: &str| {
        let begun = std::time::Instant::now();
        while browser.run("return fetch('/').then(answer => answer.status)").await == json!(200) {
            assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{words}");
        }
    };
    out("not admitted").await;
    world.command("site set PROXY --any role".replace("PROXY", &proxy.origin).as_str());
    sign_in_again(&browser, &at("/")).await;
    world.command(&format!("user delete contoso {SIMON}"));
    out("deprovisioned").await;
    let script = "return fetch('/api').then(answer => answer.status + ' ' + answer.redirected)";
    assert_eq!(browser.run(script).await, json!("401 false"));
    browser.open(&at("/")).await;
    browser.sees("Sign in").await;
    browser.finds(By::Id("login_name")).await;
    ok("who is deprovisioned is out, and a script is told so");
}

/// What a person reads, but for the token, which is another one each time that it is signed.
async fn said(browser: &Browser) -> String {
    let text = browser.text().await;
    let lines = text.lines().filter(|line| !line.starts_with("x-landfall-jwt: eyJ"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whoever is signed in at ours gets in again without a question.
async fn sign_in_again(browser: &Browser, address: &str) {
    let begun = std::time::Instant::now();
    loop {
        browser.open(address).await;
        if browser.text().await.contains("The application") {
            return;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{}", browser.text().await);
    }
}
