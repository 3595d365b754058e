//! What a request asks for, and what it must not.

use axum::http::StatusCode;
use landfall_entra_twin::AuthenticationMethod;
use landfall_saml::{AuthnContextClass, RequestOptions};

use crate::browser::{Browser, SIMON, adding};
use crate::double::{Answer, authn_request};
use crate::landfall::{begin_login, finish_login};

const CERTIFICATE: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

#[track_caller]
fn is_sign_in_page(answer: &Answer) {
    assert!(answer.status == StatusCode::OK && answer.body.contains("name=\"passwd\""), "{}", answer.body);
}

#[track_caller]
fn shows(answer: &Answer, code: u32) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert!(answer.body.contains(&format!("AADSTS{code}:")), "no {code} in {}", answer.body);
}

/// The failure response with this code that is posted to the service provider.
#[track_caller]
fn posts(answer: &Answer, code: u32) -> String {
    let response = answer.response();
    assert!(response.contains(&format!("<samlp:StatusMessage>AADSTS{code}: ")), "{response}");
    assert!(!response.contains("<Assertion") && !response.contains("<Signature"));
    response
}

fn class(name: &str) -> String {
    format!(
        "<samlp:RequestedAuthnContext Comparison=\"exact\"><AuthnContextClassRef \
         xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name}</AuthnContextClassRef></samlp:RequestedAuthnContext>"
    )
}

#[tokio::test]
async fn force_authn_asks_anew_in_spite_of_a_session() {
    let browser = Browser::new().signed_in(SIMON).await;
    assert!(browser.ask(|xml| xml).await.response().contains("status:Success"));
    let page = browser.ask(adding("ForceAuthn=\"true\"", "")).await;
    is_sign_in_page(&page);
    assert_eq!(page.input("login"), SIMON);
    assert!(browser.fill_in(&page, SIMON).await.response().contains(SIMON));
    assert!(browser.ask(adding("ForceAuthn=\"false\"", "")).await.response().contains("status:Success"));
}

#[tokio::test]
async fn a_passive_request_asks_nobody_anything() {
    let passive = "IsPassive=\"true\"";
    let stranger = Browser::new();
    let answer = stranger.ask_with(&authn_request(adding(passive, "")), &[("RelayState", "state")]).await;
    assert_eq!(answer.input("RelayState"), "state");
    let failure = posts(&answer, 50058);
    assert!(failure.contains(" InResponseTo=\"_r1\""));
    insta::assert_snapshot!("passive_without_a_session", failure.replace("><", ">\n<"));

    let browser = stranger.signed_in(SIMON).await;
    assert!(browser.ask(adding(passive, "")).await.response().contains("status:Success"));
    posts(&browser.ask(adding("IsPassive=\"true\" ForceAuthn=\"true\"", "")).await, 50058);
    let hint = [("login_hint", "E.Moreau@contoso.example")];
    posts(&browser.ask_with(&authn_request(adding(passive, "")), &hint).await, 50058);
    // Another refusal is a page for the person even so.
    let okafor = Browser::new().signed_in("D.Okafor@contoso.example").await;
    shows(&okafor.ask(adding(passive, "")).await, 50105);
}

/// Landfall reads the failure as what it is, and may then offer a login that asks.
#[tokio::test]
async fn landfall_knows_a_passive_failure() {
    let browser = Browser::new();
    let (pending, url) = begin_login(&browser.twin, &RequestOptions::default().passive());
    let answer = browser.open(&url).await;
    let reject = finish_login(&browser.twin, &pending, &answer.response()).unwrap_err();
    assert!(reject.code() == "status" && reject.needs_interaction(), "{reject}");
    let browser = browser.signed_in(SIMON).await;
    assert!(finish_login(&browser.twin, &pending, &browser.open(&url).await.response()).is_ok());
}

#[tokio::test]
async fn properties_that_entra_does_not_take_are_told_to_the_service_provider() {
    let browser = Browser::new().signed_in(SIMON).await;
    let subject =
        "<Subject xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><NameID>B.Simon</NameID></Subject>";
    posts(&browser.ask(adding("", subject)).await, 900_236);
    posts(&browser.ask(adding("", "<samlp:Scoping ProxyCount=\"1\"/>")).await, 900_236);
    let qualifier = "<samlp:NameIDPolicy SPNameQualifier=\"https://sp.example.com\"/>";
    let failure = posts(&browser.ask(adding("", qualifier)).await, 90011);
    insta::assert_snapshot!("name_qualifier_is_not_supported", failure.replace("><", ">\n<"));
    // The sign-in page is no way around it.
    let carried = landfall_xmldsig::encode_base64(authn_request(adding("", subject)).as_bytes());
    let fields = [("SAMLRequest", carried.as_str()), ("login", SIMON), ("passwd", "Pass-1234")];
    posts(&browser.submit("login", &fields).await, 900_236);
    // Where the answer would go somewhere else, the person is told.
    let elsewhere = |xml: String| adding("", subject)(xml).replace("saml/acs", "elsewhere");
    shows(&browser.ask(elsewhere).await, 50011);
}

#[tokio::test]
async fn the_answer_is_posted_or_there_is_none() {
    let browser = Browser::new().signed_in(SIMON).await;
    for (binding, code) in [("HTTP-Artifact", 75003), ("HTTP-Redirect", 75003), ("PAOS", 75003)] {
        let attribute = format!("ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\"");
        shows(&browser.ask(adding(&attribute, "")).await, code);
    }
    let post = "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"";
    assert!(browser.ask(adding(post, "")).await.response().contains("status:Success"));
}

#[tokio::test]
async fn a_name_id_policy_that_entra_does_not_know_is_refused() {
    let browser = Browser::new().signed_in(SIMON).await;
    let kerberos = "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos\"/>";
    shows(&browser.ask(adding("", kerberos)).await, 75016);
}

#[tokio::test]
async fn the_class_of_the_sign_on_is_the_one_that_was_asked_for() {
    let browser = Browser::new().signed_in(SIMON).await;
    let response = browser.ask(adding("", &class(PASSWORD))).await.response();
    assert!(response.contains(&format!("<AuthnContextClassRef>{PASSWORD}</AuthnContextClassRef>")));
    let refused = browser.ask(adding("", &class(CERTIFICATE))).await;
    shows(&refused, 75011);
    // Signing in anew is by password again.
    let page = browser.ask(adding("ForceAuthn=\"true\"", &class(CERTIFICATE))).await;
    is_sign_in_page(&page);
    shows(&browser.fill_in(&page, SIMON).await, 75011);
}

#[tokio::test]
async fn landfall_takes_the_class_that_it_asked_for() {
    let browser = Browser::with(|tenant, _| {
        tenant.users[0].authentication = vec![AuthenticationMethod::X509, AuthenticationMethod::Multiple];
    });
    let browser = browser.signed_in(SIMON).await;
    let class = AuthnContextClass::try_from(CERTIFICATE).unwrap();
    let (pending, url) = begin_login(&browser.twin, &RequestOptions::default().with_authn_context([class]));
    let response = browser.open(&url).await.response();
    let login = finish_login(&browser.twin, &pending, &response).unwrap();
    assert_eq!(login.authn_context_class(), Some(CERTIFICATE));
    let methods = login.attributes().iter().find(|it| it.name().ends_with("authnmethodsreferences")).unwrap();
    let values: Vec<&str> = methods.values().iter().map(|value| value.as_str()).collect();
    assert_eq!(
        values,
        [
            "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/x509",
            "http://schemas.microsoft.com/claims/multipleauthn"
        ]
    );
}

#[tokio::test]
async fn an_application_that_is_disabled_gives_nobody_a_token() {
    for (value, admitted) in [("enabled", true), ("disabled", false)] {
        let browser = Browser::with(|_, app| app.set("sign-in", value).unwrap()).signed_in(SIMON).await;
        let answer = browser.ask(|xml| xml).await;
        assert_eq!(answer.body.contains("SAMLResponse"), admitted);
        assert_eq!(answer.body.contains("AADSTS70001:"), !admitted);
    }
}
