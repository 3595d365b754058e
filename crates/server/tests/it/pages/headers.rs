//! Headers that every response carries, and those of pages.

use axum::body::Body;
use axum::http::Request;
use landfall_saml::RawMessage;
use url::Url;

use crate::world::{ACS, Answer, Form, HOME, LINDQVIST, SIMON, World};

/// What holds for every response.
#[track_caller]
fn guarded(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} of {} {}", answer.status, answer.url);
    }
    assert!(answer.trace().len() == 16 && answer.trace().bytes().all(|byte| byte.is_ascii_hexdigit()));
}

/// What holds for every page.
#[track_caller]
fn guarded_page(answer: &Answer) {
    guarded(answer);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{}", answer.url);
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.url);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; form-action "), "{policy}");
    assert!(policy.ends_with("; base-uri 'none'; frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
}

#[tokio::test]
async fn pages_are_not_kept_and_load_nothing() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let mut browser = world.browser();
    let landing = browser.get("/sso").await;
    let unknown = browser.enter("nobody").await;
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    let answer = browser.submit(&world.contoso.unasked(LINDQVIST)).await;
    let confirmation = browser.follow(&answer).await;
    let signed_out = browser.get("/account/signed-out").await;
    let missing = browser.get("/nowhere").await;
    let refused = browser.get("/saml/hop").await;
    let not_understood = browser.submit(&Form::own("/saml/acs").with("SAMLResponse", "!")).await;
    for (page, status) in [
        (&landing, 200),
        (&unknown, 422),
        (&account, 200),
        (&confirmation, 200),
        (&signed_out, 200),
        (&missing, 404),
        (&refused, 403),
        (&not_understood, 400),
    ] {
        assert_eq!(page.status, status);
        guarded_page(page);
        assert!(!page.body.contains("<script") && !page.body.contains("style="), "{}", page.body);
    }
    let forms = |page: &Answer| {
        page.header("content-security-policy").unwrap().split("; ").nth(2).unwrap().to_owned()
    };
    assert_eq!(
        forms(&landing),
        "form-action 'self' https:",
        "by redirect a form leads to any identity provider"
    );
    assert_eq!(forms(&account), "form-action 'self'");
    assert_eq!(forms(&confirmation), "form-action 'self' https:", "and so it does to a site");
}

#[tokio::test]
async fn what_is_no_page_is_guarded_too() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.enter(SIMON).await;
    let begun = browser.begun(&world, &to_idp).await;
    let acs = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&acs).await;
    for redirect in [&to_idp, &acs, &hop, &world.browser().get("/account").await] {
        assert_eq!((redirect.status, redirect.header("cache-control")), (303, Some("no-store")));
        guarded(redirect);
    }
    for path in ["/healthz", "/readyz", "/saml/metadata", "/assets/landfall.css"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        guarded(&answer);
    }
    guarded(&browser.get("/saml/acs").await);
    let metadata = browser.get("/saml/metadata").await;
    assert_eq!(metadata.header("content-type"), Some("application/samlmetadata+xml"));
}

#[tokio::test]
async fn each_request_has_a_trace_of_its_own() {
    let world = World::new().await;
    let (one, other) = (world.browser().get("/sso").await, world.browser().get("/sso").await);
    assert_ne!(one.trace(), other.trace());
    assert!(world.log().contains(one.trace()));
}

#[tokio::test]
async fn e22_nothing_follows_from_what_a_request_says_of_its_host() {
    let world = World::new().await;
    let mut browser = world.browser();
    for path in ["/sso", "/sso/contoso-entra", "/saml/metadata", "/account", "/nowhere"] {
        let address = format!("{HOME}{path}");
        let request = Request::get(&address)
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "http")
            .header("forwarded", "host=evil.example;proto=http");
        let answer =
            browser.send(&address.parse().unwrap(), None, request.body(Body::empty()).unwrap()).await;
        assert!(!format!("{answer:?}").contains("evil"), "{answer:?}");
        guarded(&answer);
        if path == "/sso/contoso-entra" {
            let to_idp = Url::parse(answer.location()).unwrap();
            let (_, request) = to_idp.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap();
            let request = RawMessage::from_redirect(&request).unwrap();
            let request = std::str::from_utf8(request.octets()).unwrap();
            assert!(request.contains(&format!(" AssertionConsumerServiceURL=\"{ACS}\"")), "{request}");
        }
    }
}
