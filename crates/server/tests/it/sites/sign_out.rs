//! Signing out from a site, and at ours: both end both.

use axum::body::Body;
use axum::http::{Method, Request};
use landfall_accounts::EventKind;
use url::Url;

use super::{APP, COOKIE, WIKI, at, enter, follow_all, guarded};
use crate::world::{Answer, Browser, Form, World};

async fn post(browser: &mut Browser, host: &str, origin: Option<&str>) -> Answer {
    let url = Url::parse(&at(host, "/.landfall/sign-out")).unwrap();
    let mut request = Request::builder().method(Method::POST).uri(url.as_str());
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    browser.send(&url, None, request.body(Body::empty()).unwrap()).await
}

/// B.Simon is at both sites.
async fn at_work(world: &World) -> Browser {
    let mut browser = world.browser();
    enter(world, &mut browser, APP, "/").await;
    let page = browser.get(&at(WIKI, "/")).await;
    assert_eq!(follow_all(&mut browser, page).await.status, 200);
    browser
}

async fn is_in(browser: &mut Browser, host: &str) -> bool {
    let status = browser.get(&at(host, "/")).await.status;
    assert!(matches!(status, 200 | 303), "{status}");
    status == 200
}

#[tokio::test]
async fn a_form_of_the_site_signs_out_everywhere() {
    let world = guarded().await;
    let mut browser = at_work(&world).await;
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("https://wiki.example"),
        Some("http://app.example"),
    ] {
        let answer = post(&mut browser, APP, origin).await;
        assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("origin")), "{origin:?}");
    }
    assert!(is_in(&mut browser, APP).await && is_in(&mut browser, WIKI).await);
    let answer = post(&mut browser, APP, Some("https://app.example")).await;
    assert_eq!(answer.location(), "https://sso.example/account/signed-out");
    assert!(browser.cookies_at(APP).iter().all(|(name, _)| *name != COOKIE));
    assert!(!is_in(&mut browser, APP).await && !is_in(&mut browser, WIKI).await);
    assert!(!browser.is_signed_in().await);
    let ended = world.events().await.into_iter().filter(|event| event.kind == EventKind::SessionEnded);
    assert_eq!(ended.map(|event| event.detail.as_str().contains("signed-out")).collect::<Vec<_>>(), [true]);
    // Again, and without a session, it leads to the same page.
    assert_eq!(post(&mut browser, APP, Some("https://app.example")).await.status, 303);
}

/// The cookie of one site ends nothing at another, although its page asks for it.
#[tokio::test]
async fn a_site_ends_no_session_by_the_cookie_of_another() {
    let world = guarded().await;
    let mut browser = at_work(&world).await;
    let token = browser.cookies_at(APP).iter().find(|(name, _)| *name == COOKIE).unwrap().1.to_owned();
    let mut other = world.browser();
    other.plant_at(WIKI, COOKIE, &token);
    assert_eq!(post(&mut other, WIKI, Some("https://wiki.example")).await.status, 303);
    assert!(is_in(&mut browser, APP).await && is_in(&mut browser, WIKI).await);
    assert!(browser.is_signed_in().await);
    other.plant_at(APP, COOKIE, &token);
    assert_eq!(post(&mut other, APP, Some("https://app.example")).await.status, 303);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_link_of_the_site_asks_first() {
    let world = guarded().await;
    let mut browser = at_work(&world).await;
    let answer = browser.get(&at(APP, "/.landfall/sign-out")).await;
    let question = follow_all(&mut browser, answer).await;
    assert_eq!(question.url.as_str(), "https://sso.example/auth/sign-out?site=https%3A%2F%2Fapp.example");
    assert!(question.page(200).contains("href=\"https://app.example/\""), "{}", question.body);
    assert!(is_in(&mut browser, APP).await);
    let form = question.form("/account/sign-out");
    assert_eq!(browser.submit(&form).await.location(), "/account/signed-out");
    assert!(!is_in(&mut browser, APP).await && !is_in(&mut browser, WIKI).await);
    let answer = browser.get("/auth/sign-out?site=https%3A%2F%2Fapp.example").await;
    assert_eq!(answer.location(), "/account/signed-out");
}

#[tokio::test]
async fn e17_the_question_leads_back_to_a_site_alone() {
    let world = guarded().await;
    let mut browser = at_work(&world).await;
    for site in ["https%3A%2F%2Fevil.example", "javascript%3Aalert(1)", "%2F%2Fevil.example", ""] {
        let answer = browser.get(&format!("/auth/sign-out?site={site}")).await;
        assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.unknown")), "{site}");
        assert!(!answer.body.contains("evil") && !answer.body.contains("alert"));
    }
}

#[tokio::test]
async fn signing_out_at_ours_signs_out_at_sites() {
    let world = guarded().await;
    let mut browser = at_work(&world).await;
    browser.submit(&Form::own("/account/sign-out")).await;
    assert!(!is_in(&mut browser, APP).await && !is_in(&mut browser, WIKI).await);
}
