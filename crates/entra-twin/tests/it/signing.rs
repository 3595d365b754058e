//! Digests and encryption, as libxmlsec1 and Landfall see them.

use landfall_entra_twin::{Encryption, SigningAlgorithm, SigningOption};
use landfall_saml::RequestOptions;
use samael::crypto::{AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider, ReduceMode};

use crate::browser::{Browser, SIMON};
use crate::double::{ask, twin_with};
use crate::landfall::{begin_login, finish_login};

const OPTIONS: [SigningOption; 3] = [SigningOption::Assertion, SigningOption::Response, SigningOption::Both];

#[test]
fn sha1_is_sha1_throughout() {
    for sign in OPTIONS {
        let twin = twin_with(|_, app| app.algorithm = SigningAlgorithm::Sha1);
        let xml = twin.issue(&ask(&twin, SIMON, sign)).unwrap();
        assert!(!xml.contains("sha256"));
        let signatures = xml
            .matches("<SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\"/>")
            .count();
        assert_eq!(signatures, if sign == SigningOption::Both { 2 } else { 1 });
        let certificates: [CertificateDer; 1] = [twin.app().signing.certificate().to_vec().into()];
        let reduced = |allowed| {
            let mode = ReduceMode::ValidateAndMarkNoAncestors;
            Crypto::reduce_xml_to_signed_with_allowed_algorithms(&xml, &certificates, mode, allowed)
        };
        assert!(reduced(None).is_ok(), "{sign:?}");
        assert!(reduced(Some(&[AllowedSignatureAlgorithm::RsaSha256])).is_err());
    }
}

#[tokio::test]
async fn landfall_refuses_sha1() {
    for (algorithm, accepted) in [(SigningAlgorithm::Sha256, true), (SigningAlgorithm::Sha1, false)] {
        let browser = Browser::with(|_, app| app.algorithm = algorithm).signed_in(SIMON).await;
        let (pending, url) = begin_login(&browser.twin, &RequestOptions::default());
        let response = browser.open(&url).await.response();
        assert_eq!(finish_login(&browser.twin, &pending, &response).is_ok(), accepted);
    }
}

#[tokio::test]
async fn landfall_opens_what_is_encrypted_for_it() {
    for sign in OPTIONS {
        let browser = Browser::with(|_, app| {
            app.set("encryption", "on").unwrap();
            app.sign = sign;
        });
        let browser = browser.signed_in(SIMON).await;
        let (pending, url) = begin_login(&browser.twin, &RequestOptions::default());
        let response = browser.open(&url).await.response();
        assert!(!response.contains("Simon") && !response.contains("<Assertion"));
        let login = finish_login(&browser.twin, &pending, &response).unwrap();
        assert_eq!(login.name_id().value(), SIMON, "{sign:?}");
    }
}

#[tokio::test]
async fn encrypted_and_unsigned_is_no_proof() {
    let browser = Browser::with(|_, app| app.set("encryption", "on").unwrap());
    let (pending, _) = begin_login(&browser.twin, &RequestOptions::default());
    let mut request = ask(&browser.twin, SIMON, SigningOption::Assertion);
    request.in_response_to = Some(pending.request_id().as_str());
    let mut message = landfall_entra_twin::Message::honest(&browser.twin, &request);
    let signed = browser.twin.sign(&message).unwrap();
    assert!(finish_login(&browser.twin, &pending, &signed).is_ok());
    message.sign = None;
    let unsigned = browser.twin.sign(&message).unwrap();
    assert!(finish_login(&browser.twin, &pending, &unsigned).is_err());
}

#[test]
fn each_encryption_has_a_key_of_its_own() {
    let browser = Browser::with(|_, app| app.set("encryption", "on").unwrap());
    let issue = || browser.twin.issue(&ask(&browser.twin, SIMON, SigningOption::Assertion)).unwrap();
    let values = |xml: &str| -> Vec<String> {
        let rest = xml.split("<xenc:CipherValue>").skip(1);
        rest.map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect()
    };
    let (one, two) = (issue(), issue());
    let (first, second) = (values(&one), values(&two));
    assert!(first.len() == 2 && first.iter().all(|value| !second.contains(value)));
    let redacted = first.iter().fold(one, |xml, value| xml.replace(value.as_str(), "[cipher]"));
    insta::assert_snapshot!("encrypted_assertion", redacted.replace("><", ">\n<"));
}

#[test]
fn encryption_without_a_certificate_is_told() {
    let twin = twin_with(|_, app| app.encryption = Encryption::On);
    let error = twin.issue(&ask(&twin, SIMON, SigningOption::Assertion)).unwrap_err();
    assert_eq!(error.code(), "sign-no-certificate");
}
