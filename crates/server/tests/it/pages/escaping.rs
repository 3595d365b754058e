//! What people and identity providers write is text on our pages, never markup.

use axum::body::Body;
use axum::http::Request;
use landfall_accounts::{IdpBinding, IdpTrust, IdpUrl, SsoEndpoint};
use url::form_urlencoded::byte_serialize;

use crate::world::{Answer, LINDQVIST, SIMON, World};

const SCRIPT: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;";

/// The markup is not in the page; the text is, escaped.
#[track_caller]
fn escaped(answer: &Answer) {
    assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img"), "{}", answer.body);
    assert!(answer.body.contains("script&#62;alert(1)"), "{}", answer.body);
    assert!(!answer.body.contains("value=\"\"'"), "{}", answer.body);
}

#[tokio::test]
async fn a_typed_name_and_a_target() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.enter(SCRIPT).await;
    escaped(&answer);
    assert_eq!(answer.form("login_name").value("login_name"), Some(SCRIPT), "and it comes back as it was");
    let target: String = byte_serialize(format!("/x?{SCRIPT}").as_bytes()).collect();
    let answer = browser.get(&format!("/sso?target={target}")).await;
    assert!(!answer.page(200).contains("<script") && !answer.body.contains("<img"), "{}", answer.body);
    assert!(answer.form("login_name").value("target").unwrap().starts_with("/x?%22%27%3E%3Cscript"));
}

#[tokio::test]
async fn a_relay_state_is_not_shown_at_all() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun).with("RelayState", SCRIPT);
    let answer = browser.submit(&response).await;
    world.refused(&answer, 403, "relay_state");
    assert!(!answer.body.contains("alert"));
}

#[tokio::test]
async fn the_claims_of_a_person() {
    let world = World::new().await;
    let mut person = world.contoso.person(SIMON);
    person.display_name = SCRIPT.to_owned();
    let mut browser = world.browser();
    let answer = browser.arrive(&world, &world.contoso, &person, |_| ()).await;
    browser.follow(&answer).await;
    escaped(&browser.get("/account").await);
    assert_eq!(world.user(SIMON).await.display_name.as_deref(), Some(SCRIPT), "and it is kept as it came");
}

#[tokio::test]
async fn a_mail_address_and_a_user_name() {
    let world = World::new().await;
    let mut person = world.contoso.person(SIMON);
    person.user_principal_name = format!("{SCRIPT}@contoso.example");
    let mut browser = world.browser();
    let answer = browser.arrive(&world, &world.contoso, &person, |_| ()).await;
    browser.follow(&answer).await;
    let account = browser.get("/account").await;
    escaped(&account);
    assert_eq!(account.body.matches("script&#62;alert(1)").count(), 2, "user name and e-mail");

    let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(LINDQVIST), |_| ()).await;
    let question = browser.follow(&answer).await;
    assert!(question.page(200).contains("Change account?"));
    escaped(&question);
}

#[tokio::test]
async fn what_a_browser_says_of_itself() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    let url = response.action.parse().unwrap();
    let body: String = response
        .fields
        .iter()
        .map(|(name, value)| format!("{name}={}&", byte_serialize(value.as_bytes()).collect::<String>()))
        .collect();
    let request = Request::post(&response.action)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("user-agent", SCRIPT)
        .body(Body::from(body))
        .unwrap();
    let answer = browser.send(&url, Some(&response.page), request).await;
    browser.follow(&answer).await;
    escaped(&browser.get("/account").await);
}

#[tokio::test]
async fn a_path_that_is_not_there() {
    let world = World::new().await;
    let path: String = byte_serialize(SCRIPT.as_bytes()).collect();
    for path in [format!("/{path}"), format!("/sso/{path}"), format!("/saml/hop?h={path}")] {
        let answer = world.browser().get(&path).await;
        assert!(matches!(answer.status, 403 | 404), "{path}: {}", answer.status);
        assert!(!answer.body.contains("alert"), "{}", answer.body);
    }
}

#[tokio::test]
async fn e21_the_address_of_an_identity_provider() {
    let world = World::asking_by_post().await;
    let with = async |address: &str| {
        let sso = vec![SsoEndpoint { binding: IdpBinding::Post, location: IdpUrl::new(address) }];
        let trust = IdpTrust { sso, ..world.contoso.trust(IdpBinding::Post) };
        world.store.renew_connection(&world.contoso.connection(), trust, world.clock.now()).await.unwrap();
        world.browser().get(&world.contoso.start()).await
    };
    let answer = with("https://login.contoso.example/?\"><script>alert(1)</script>").await;
    assert!(!answer.page(200).contains("<script>alert"), "{}", answer.body);
    let action = answer.form("SAMLRequest").action;
    assert_eq!(action, "https://login.contoso.example/?%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    // Addresses that are checked at import are checked again before anybody is sent there.
    for address in ["javascript:alert(1)", "data:text/html,x", "http://login.contoso.example/"] {
        world.refused(&with(address).await, 500, "stored");
    }
}
