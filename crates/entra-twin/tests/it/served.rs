//! Faults that a running double is told to have.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use landfall_entra_twin::{DataDir, Seed};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _, ReduceMode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::double::{Answer, NOW, SP, authn_request, deflated, encoded, get, post, twin};

/// One request of a program.
async fn ask(router: &Router, body: Option<&Value>) -> (StatusCode, Value) {
    let request = match body {
        Some(body) => {
            Request::post("/faults").header(header::CONTENT_TYPE, "application/json").body(body.to_string())
        }
        None => Request::get("/faults").header(header::ACCEPT, "application/json").body(String::new()),
    };
    let response = router.clone().oneshot(request.unwrap().map(Body::from)).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// The response of one login.
async fn response(router: &Router) -> String {
    login(router).await.response()
}

async fn login(router: &Router) -> Answer {
    let query = encoded(&[("SAMLRequest", &deflated(&authn_request(|xml| xml)))]);
    let tenant = twin().tenant().id;
    let page = get(router, &format!("/{tenant}/saml2?{query}"), "").await;
    let fields = [
        ("SAMLRequest", page.input("SAMLRequest")),
        ("login", "B.Simon@contoso.example"),
        ("passwd", "Pass-1234"),
    ];
    post(router, &format!("/{tenant}/login"), &fields, "").await
}

/// What the application lacks for it.
#[tokio::test]
async fn a_fault_that_cannot_be_made_is_said_at_the_login() {
    let router = twin().router();
    ask(&router, Some(&json!({ "next": "encrypted-changed" }))).await;
    let answer = login(&router).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("names no certificate for encryption"), "{}", answer.body);
}

fn holds(xml: &str) -> bool {
    let certificate: CertificateDer = twin().app().signing.certificate().to_vec().into();
    Crypto::reduce_xml_to_signed(xml, &[certificate], ReduceMode::PreDigest).is_ok()
}

#[tokio::test]
async fn a_fault_is_of_the_next_login_or_stands() {
    let router = twin().router();
    assert_eq!(
        ask(&router, Some(&json!({ "next": "unsigned" }))).await,
        (StatusCode::OK, json!({ "next": "unsigned", "standing": null }))
    );
    assert!(!response(&router).await.contains("<Signature"));
    assert!(holds(&response(&router).await), "the one after it is honest");

    ask(&router, Some(&json!({ "standing": "audience-other", "next": "expired" }))).await;
    let (first, second, third) = (response(&router).await, response(&router).await, response(&router).await);
    let audience = format!("<Audience>{SP}</Audience>");
    assert!(first.contains(&audience) && first.contains("NotOnOrAfter=\"2030-01-02T02:54:05.805Z\""));
    for message in [&second, &third] {
        assert!(!message.contains(&audience) && holds(message), "a fault of what it says is signed");
    }
    let (_, told) = ask(&router, Some(&json!({ "standing": null }))).await;
    assert_eq!(told, json!({ "next": null, "standing": null }));
    assert!(response(&router).await.contains(&audience));
}

#[tokio::test]
async fn what_cannot_be_set_is_said_and_changes_nothing() {
    let router = twin().router();
    ask(&router, Some(&json!({ "standing": "unsigned" }))).await;
    for (body, part) in [
        (json!({ "next": "no-such" }), "there is no fault"),
        (
            json!({ "next": "replay-by-another-browser" }),
            "entra-twin attack --only replay-by-another-browser",
        ),
        (json!({ "standing": "logout-unsigned" }), "no fault of one response"),
        (json!({ "later": "unsigned" }), "expected {"),
        (json!({ "next": 1 }), "expected {"),
    ] {
        let (status, told) = ask(&router, Some(&body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(told["error"].as_str().unwrap().contains(part), "{told}");
    }
    let (_, told) = ask(&router, None).await;
    assert_eq!((told["standing"].as_str(), told["next"].as_str()), (Some("unsigned"), None));
    let names: Vec<&str> =
        told["faults"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"xsw3-assertion") && !names.contains(&"logout"), "{names:?}");
}

#[tokio::test]
async fn a_person_chooses_on_a_page() {
    let router = twin().router();
    let answer = post(&router, "/faults", &[("next", ""), ("standing", "doctype")], "").await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/faults"));
    assert!(response(&router).await.starts_with("<!DOCTYPE"));
    let page = get(&router, "/faults", "").await.body;
    assert!(page.contains("Test double, not Microsoft"));
    assert!(page.contains("<option value=\"doctype\" selected>"), "{page}");
    post(&router, "/faults", &[("next", ""), ("standing", "")], "").await;
    assert!(holds(&response(&router).await));
}

/// A double in a folder is made anew at each request, and its faults are not.
#[tokio::test]
async fn a_folder_keeps_its_faults() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let mut app = data.app().unwrap();
    app.register(SP, twin().app().reply_urls.clone());
    data.save_app(&app).unwrap();
    let router = data.router("http://localhost:1", || NOW);
    ask(&router, Some(&json!({ "next": "unsigned" }))).await;
    assert!(!response(&router).await.contains("<Signature"));
    assert!(holds(&response(&router).await));
}
