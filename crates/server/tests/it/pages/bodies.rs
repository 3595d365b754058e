//! What is too large, of the wrong kind, or in the wrong place.

use axum::body::Body;
use axum::http::{Method, Request};
use landfall_entra_twin::{Attribute, Message};
use landfall_xmldsig::{Limits, encode_base64};
use url::form_urlencoded::byte_serialize;

use crate::world::{ACS, Answer, Browser, Form, HOME, SIMON, World};

async fn post(browser: &mut Browser, path: &str, kind: Option<&str>, body: String) -> Answer {
    let address = format!("{HOME}{path}");
    let mut request = Request::post(&address).header("origin", HOME);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    browser.send(&address.parse().unwrap(), None, request.body(Body::from(body)).unwrap()).await
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn forms_are_bounded() {
    let world = World::new().await;
    let mut browser = world.browser();
    for (path, name, most) in [("/saml/acs", "SAMLResponse", 512 * 1024), ("/sso", "login_name", 16 * 1024)] {
        let body = |length: usize| format!("{name}={}", "x".repeat(length - name.len() - 1));
        let answer = post(&mut browser, path, FORM, body(most)).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {}", answer.status);
        let answer = post(&mut browser, path, FORM, body(most + 1)).await;
        world.refused(&answer, 413, "unread");
    }
}

#[tokio::test]
async fn messages_are_bounded() {
    let world = World::new().await;
    let most = Limits::message().bytes;
    let with = |xml: &str| Form::own("/saml/acs").with("SAMLResponse", &encode_base64(xml.as_bytes()));
    world.refused(&world.browser().submit(&with(&"x".repeat(most + 1))).await, 400, "xml.limit");
    let deep = format!("{}{}", "<a>".repeat(1000), "</a>".repeat(1000));
    world.refused(&world.browser().submit(&with(&deep)).await, 400, "xml.limit");
    world.refused(&world.browser().submit(&with("<!DOCTYPE a><a/>")).await, 400, "xml.doctype");
    world.refused(&world.browser().submit(&with("<a/>")).await, 400, "read.root");
    world.refused(&world.browser().submit(&with("")).await, 400, "xml.end");
}

#[tokio::test]
async fn a_response_with_room_to_spare_gets_in() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    let edit = |length: usize| {
        move |message: &mut Message| {
            let name = "https://contoso.example/claims/essay".to_owned();
            let values = vec!["x".repeat(length)];
            message.assertion.attributes.push(Attribute { name, values });
        }
    };
    let most = Limits::message().bytes;
    let answer = world.browser().arrive(&world, &world.contoso, &person, edit(most / 4)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let answer = world.browser().arrive(&world, &world.contoso, &person, edit(most)).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_acs_reads_one_kind_of_form() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    let value = response.value("SAMLResponse").unwrap();
    let encoded: String = byte_serialize(value.as_bytes()).collect();
    for (kind, body) in [
        (None, format!("SAMLResponse={encoded}")),
        (Some("text/plain"), format!("SAMLResponse={encoded}")),
        (Some("application/json"), format!("{{\"SAMLResponse\":\"{value}\"}}")),
        (Some("multipart/form-data; boundary=x"), format!("SAMLResponse={encoded}")),
        (FORM, String::new()),
        (FORM, format!("samlresponse={encoded}")),
        (FORM, format!("SAMLResponse={encoded}&SAMLResponse={encoded}")),
        (FORM, format!("SAMLResponse={encoded}&SAMLRequest={encoded}")),
        (FORM, format!("SAMLResponse={encoded}&RelayState=a&RelayState=b")),
    ] {
        world.refused(&post(&mut browser, "/saml/acs", kind, body).await, 400, "form");
    }
    let kind = Some("application/x-www-form-urlencoded; charset=utf-8");
    let answer = post(&mut browser, "/saml/acs", kind, format!("SAMLResponse={encoded}&extra=1")).await;
    assert!(answer.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn methods_that_are_not_meant_are_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    let form = world.contoso.unasked(SIMON);
    let query: String = byte_serialize(form.value("SAMLResponse").unwrap().as_bytes()).collect();
    for (method, path) in [
        (Method::GET, format!("/saml/acs?SAMLResponse={query}")),
        (Method::PUT, "/saml/acs".to_owned()),
        (Method::POST, "/saml/metadata".to_owned()),
        (Method::POST, "/account".to_owned()),
        (Method::GET, "/account/sign-out".to_owned()),
        (Method::DELETE, "/sso".to_owned()),
    ] {
        let address = format!("{HOME}{path}");
        let request = Request::builder().method(&method).uri(&address).body(Body::empty()).unwrap();
        let answer = browser.send(&address.parse().unwrap(), None, request).await;
        assert_eq!((answer.status, answer.cookies().len()), (405, 0), "{method} {path}");
    }
    assert!(browser.submit(&form).await.location().starts_with("/saml/hop?h="));
    assert_eq!(form.action, ACS);
}

#[tokio::test]
async fn cookies_of_any_size_and_kind_are_no_trouble() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for n in 0..500 {
        browser.plant(&format!("other-{n}"), &"x".repeat(100));
        browser.plant(&format!("__Host-landfall-login-{n}"), "x");
    }
    browser.plant("__Host-landfall-hop-", "=;=");
    assert!(browser.is_signed_in().await);
    browser.plant("__Host-landfall-session", &"x".repeat(60_000));
    assert!(!browser.is_signed_in().await);
}
