//! Signed requests, where the application requires them: Landfall signs, the double verifies.

use axum::http::StatusCode;
use landfall_entra_twin::{Certificate, Credential, Verification};
use landfall_saml::{Binding, Outgoing, RequestOptions};
use landfall_xmldsig::{decode_base64, encode_base64};
use samael::crypto::{Crypto, CryptoProvider};
use time::Duration;

use crate::browser::{Browser, SIMON};
use crate::double::{Answer, NOW, authn_request, deflated, encoded, get};
use crate::landfall::{begin, begin_login, finish_login, own};

fn strict() -> Browser {
    Browser::with(|_, app| app.verification = Verification::Required)
}

/// Whom nothing but the application's own key may sign for.
fn trusting_another() -> Browser {
    Browser::with(|_, app| {
        app.verification = Verification::Required;
        let other = app.signing.certificate().to_vec();
        app.verification_certificates = vec![Certificate::from_der(other).unwrap()];
    })
}

#[track_caller]
fn shows(answer: &Answer, code: u32) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert!(answer.body.contains(&format!("AADSTS{code}:")), "no {code} in {}", answer.body);
}

/// Landfall's request for the POST binding: its XML.
fn posted(browser: &Browser) -> String {
    let begun = begin(&browser.twin, &RequestOptions::default(), Binding::Post);
    let Outgoing::Post { saml_request, .. } = begun.outgoing else { panic!("expected a form") };
    String::from_utf8(decode_base64(&saml_request).unwrap()).unwrap()
}

async fn post(browser: &Browser, xml: &str) -> Answer {
    browser.submit("saml2", &[("SAMLRequest", &encode_base64(xml.as_bytes()))]).await
}

#[tokio::test]
async fn landfalls_signature_on_the_query_holds_and_comes_through_the_sign_in_page() {
    let browser = strict();
    let (pending, url) = begin_login(&browser.twin, &RequestOptions::default());
    let page = browser.open(&url).await;
    let answer = browser.fill_in(&page, SIMON).await;
    assert_eq!(answer.input("RelayState"), "state/+");
    assert!(finish_login(&browser.twin, &pending, &answer.response()).is_ok());
    // A parameter that is not signed changes nothing, before or behind.
    let hinted = format!("{url}&login_hint={SIMON}");
    assert_eq!(browser.open(&hinted).await.input("login"), SIMON);
}

#[tokio::test]
async fn a_query_that_was_altered_or_signed_by_another_is_refused() {
    let browser = strict();
    let (_, url) = begin_login(&browser.twin, &RequestOptions::default());
    assert_eq!(browser.open(&url).await.status, StatusCode::OK);
    for (from, to) in
        [("RelayState=state", "RelayState=State"), ("%2F", "%2f"), ("Signature=", "Signature=AAAA")]
    {
        let altered = url.replacen(from, to, 1);
        assert_ne!(altered, url);
        shows(&browser.open(&altered).await, 50006);
    }
    shows(&browser.open(url.split_once("&SigAlg").unwrap().0).await, 76021);
    // Another request before the one that is signed.
    let other = encoded(&[("SAMLRequest", &deflated(&authn_request(|xml| xml)))]);
    for other in [other.clone(), other.replace("SAMLRequest", "SAML%52equest")] {
        let smuggled = url.replacen('?', &format!("?{other}&"), 1);
        shows(&browser.open(&smuggled).await, 76021);
    }
    shows(&browser.ask(|xml| xml).await, 76021);
    shows(&trusting_another().open(&url).await, 50006);
    let without = Browser::with(|_, app| {
        app.verification = Verification::Required;
        app.verification_certificates.clear();
    });
    shows(&without.open(&url).await, 50006);
}

#[tokio::test]
async fn the_sign_in_page_is_no_way_around_a_signature() {
    let browser = strict();
    let carried = encode_base64(authn_request(|xml| xml).as_bytes());
    let fields = [("SAMLRequest", carried.as_str()), ("login", SIMON), ("passwd", "Pass-1234")];
    shows(&browser.submit("login", &fields).await, 76021);
    let (_, url) = begin_login(&browser.twin, &RequestOptions::default());
    let query = url.split_once('?').unwrap().1.replace("RelayState=state", "RelayState=other");
    let fields = [("SignedQuery", query.as_str()), ("login", SIMON), ("passwd", "Pass-1234")];
    shows(&browser.submit("login", &fields).await, 50006);
}

#[tokio::test]
async fn landfalls_signature_in_a_form_holds_and_comes_through_the_sign_in_page() {
    let browser = strict();
    let xml = posted(&browser);
    let page = post(&browser, &xml).await;
    let pending = begin(&browser.twin, &RequestOptions::default(), Binding::Post).pending;
    let answer = browser.fill_in(&page, SIMON).await;
    assert!(finish_login(&browser.twin, &pending, &answer.response()).is_ok());
}

#[tokio::test]
async fn a_form_that_was_altered_or_signed_by_another_is_refused() {
    let browser = strict();
    let xml = posted(&browser);
    let (before, signature) = xml.split_once("<ds:Signature").unwrap();
    let (signature, after) = signature.split_once("</ds:Signature>").unwrap();
    let altered = xml.replacen("ProtocolBinding", "ForceAuthn=\"true\" ProtocolBinding", 1);
    assert_ne!(altered, xml);
    shows(&post(&browser, &altered).await, 50006);
    shows(&post(&browser, &format!("{before}{after}")).await, 76021);
    shows(&post(&trusting_another(), &xml).await, 50006);
    // The signature of one request inside of another.
    let wrapped = format!(
        "{}<ds:Signature{signature}</ds:Signature><samlp:Extensions>{before}{after}</samlp:Extensions></samlp:AuthnRequest>",
        before.replacen(" ID=\"_", " ID=\"_evil", 1)
    );
    shows(&post(&browser, &wrapped).await, 50006);
}

#[tokio::test]
async fn nothing_but_landfalls_own_login_works_any_longer() {
    let browser = strict().signed_in(SIMON).await;
    let tile = format!("/myapps/signin/{}", browser.twin.app().id);
    shows(&get(&browser.router, &tile, &browser.cookie).await, 76021);
    let button = |xml: String| xml.replace("_r1", "F84D888AA3B44C1B844375A4E8210D9E");
    shows(&browser.ask(button).await, 76021);
}

#[tokio::test]
async fn by_default_a_signature_is_not_looked_at() {
    let browser = Browser::new().signed_in(SIMON).await;
    let (_, url) = begin_login(&browser.twin, &RequestOptions::default());
    let altered = url.replacen("RelayState=state", "RelayState=State", 1);
    assert!(browser.open(&altered).await.response().contains("status:Success"));
}

/// A request that names its key is verified with that one; else the two newest certificates are tried.
#[tokio::test]
async fn the_two_newest_certificates_are_tried_unless_the_request_names_another() {
    let dated = |days| {
        let begun = NOW + Duration::days(days);
        let other = Credential::generate(begun, NOW + Duration::days(900)).unwrap();
        Certificate::from_der(other.certificate().to_vec()).unwrap()
    };
    let own = Certificate::from_der(own().certificate().to_vec()).unwrap();
    // Landfall's own is from 2024.
    for (others, holds) in
        [(vec![dated(-1)], true), (vec![dated(-1), dated(-2)], false), (vec![dated(-9999), dated(-1)], true)]
    {
        let browser = Browser::with(|_, app| {
            app.verification = Verification::Required;
            app.verification_certificates = others;
            app.verification_certificates.insert(1, own.clone());
        });
        let (_, url) = begin_login(&browser.twin, &RequestOptions::default());
        let answer = browser.open(&url).await;
        assert_eq!(answer.status == StatusCode::OK, holds, "{}", answer.body);
        let xml = posted(&browser);
        assert!(xml.contains(&encode_base64(own.der())));
        assert_eq!(post(&browser, &xml).await.status, StatusCode::OK);
    }
}

/// A request that is signed inside, with these algorithms, by libxmlsec1.
fn signed_with(method: &str, digest: &str) -> String {
    let xml = authn_request(|xml| {
        let template = format!(
            "</Issuer><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
             <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
             <SignatureMethod Algorithm=\"{method}\"/><Reference URI=\"#_r1\"><Transforms>\
             <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
             <Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms>\
             <DigestMethod Algorithm=\"{digest}\"/><DigestValue></DigestValue></Reference></SignedInfo>\
             <SignatureValue></SignatureValue></Signature>"
        );
        xml.replace("</Issuer>", &template)
    });
    Crypto::sign_xml(xml, own().private_key()).unwrap()
}

#[tokio::test]
async fn weak_algorithms_count_where_they_are_allowed_and_others_nowhere() {
    let sha256 =
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256");
    let sha1 = ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1");
    let sha512 =
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512");
    for (verification, (method, digest), holds) in [
        (Verification::Required, sha256, true),
        (Verification::Required, sha1, false),
        (Verification::Required, sha512, false),
        (Verification::RequiredWeak, sha256, true),
        (Verification::RequiredWeak, sha1, true),
        (Verification::RequiredWeak, sha512, false),
    ] {
        let browser = Browser::with(|_, app| app.verification = verification);
        let answer = post(&browser, &signed_with(method, digest)).await;
        assert_eq!(answer.status == StatusCode::OK, holds, "{verification:?} {method}: {}", answer.body);
        assert_eq!(answer.body.contains("AADSTS50006"), !holds);
    }
}
