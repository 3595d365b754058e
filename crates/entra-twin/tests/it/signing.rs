//! Digests, encryption and signing certificates, as libxmlsec1 and Landfall see them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use landfall_entra_twin::{
    App, Credential, Encryption, KeysOf, LogoutResponse, SigningAlgorithm, SigningOption, Twin,
};
use landfall_saml::{IdpMetadata, RequestOptions};
use samael::crypto::{AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider, ReduceMode};
use time::{Duration, OffsetDateTime};

use crate::browser::{Browser, SIMON};
use crate::double::{NOW, ask, twin_with};
use crate::landfall::{SLO, begin_login, finish_login, finish_logout, logout_id};

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
        if sign == SigningOption::Assertion {
            let (_, rest) = xml.split_once("<SignedInfo>").unwrap();
            let info = rest.split_once("</SignedInfo>").unwrap().0.replace("><", ">\n<");
            insta::assert_snapshot!("signed_info_of_sha1", info);
        }
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

/// A certificate that is valid for these days, counted from now; made once, since a key takes its time.
fn credential(from: i64, to: i64) -> Credential {
    static MADE: Mutex<BTreeMap<(i64, i64), Credential>> = Mutex::new(BTreeMap::new());
    let generate = || Credential::generate(NOW + Duration::days(from), NOW + Duration::days(to)).unwrap();
    MADE.lock().unwrap().entry((from, to)).or_insert_with(generate).clone()
}

/// Who signs a response: the credential whose certificate stands in it, and whose key it verifies with.
fn signer(twin: &Twin, credentials: &[&Credential]) -> usize {
    let xml = twin.issue(&ask(twin, SIMON, SigningOption::Assertion)).unwrap();
    let holds = |credential: &Credential| {
        let certificates: [CertificateDer; 1] = [credential.certificate().to_vec().into()];
        Crypto::reduce_xml_to_signed(&xml, &certificates, ReduceMode::ValidateAndMarkNoAncestors).is_ok()
            && xml.contains(&landfall_xmldsig::encode_base64(credential.certificate()))
    };
    credentials.iter().position(|credential| holds(credential)).unwrap()
}

fn with(active: &Credential, inactive: &[&Credential], edit: impl FnOnce(&mut App)) -> Twin {
    twin_with(|_, app| {
        app.signing = active.clone();
        app.inactive = inactive.iter().map(|credential| (*credential).clone()).collect();
        edit(app);
    })
}

#[test]
fn the_active_certificate_signs_unless_it_has_expired_and_another_is_valid() {
    let (valid, other) = (credential(-1, 30), credential(-1, 60));
    let (expired, future, old) = (credential(-60, -1), credential(1, 60), credential(-90, -2));
    for (active, inactive, signs) in [
        (&valid, &other, 0),
        (&expired, &other, 1),
        (&expired, &future, 0),
        (&expired, &old, 0),
        (&future, &other, 0),
    ] {
        let twin = with(active, &[inactive], |_| {});
        assert_eq!(signer(&twin, &[active, inactive]), signs);
    }
    // Logout messages are signed by the same one, which Landfall trusts here and no other.
    let twin = with(&expired, &[&other], |_| {});
    assert_eq!(twin.signing().certificate(), other.certificate());
    let answer = LogoutResponse::honest(&twin, logout_id().as_str());
    assert!(finish_logout(&twin, &answer.send(&twin, SLO, None).unwrap()).is_ok());
}

/// The certificates that Landfall reads from the metadata of the application.
fn listed(twin: &Twin) -> Vec<Vec<u8>> {
    let metadata = twin.metadata(KeysOf::App).unwrap();
    let read = IdpMetadata::read(metadata.as_bytes(), None, NOW).unwrap();
    read.certificates().iter().map(|certificate| certificate.der().to_vec()).collect()
}

#[test]
fn metadata_lists_what_the_setting_says_and_what_signs_first() {
    let (valid, other, expired) = (credential(-1, 30), credential(-1, 60), credential(-60, -1));
    let der = |credentials: &[&Credential]| -> Vec<Vec<u8>> {
        credentials.iter().map(|credential| credential.certificate().to_vec()).collect()
    };
    let all = |app: &mut App| app.set("metadata-keys", "all").unwrap();
    assert_eq!(listed(&with(&valid, &[&other], |_| {})), der(&[&valid]));
    assert_eq!(listed(&with(&valid, &[&other], all)), der(&[&valid, &other]));
    assert_eq!(listed(&with(&expired, &[&other], |_| {})), der(&[&other]));
    assert_eq!(listed(&with(&expired, &[&other], all)), der(&[&other, &expired]));
}

#[test]
fn making_another_certificate_active_takes_a_while_to_arrive_in_metadata() {
    let (old, new) = (credential(-1, 30), credential(-1, 60));
    let at = |moment: OffsetDateTime| {
        let mut app = with(&old, &[&new], |_| {}).app().clone();
        app.publish_later(NOW, NOW + Duration::minutes(10));
        app.activate(&new.thumbprint().to_lowercase()).unwrap();
        Twin::new(twin_with(|_, _| {}).tenant().clone(), app, move || moment)
    };
    let before = at(NOW + Duration::minutes(10) - Duration::SECOND);
    assert_eq!(signer(&before, &[&old, &new]), 1);
    assert_eq!(listed(&before), [old.certificate().to_vec()]);
    let after = at(NOW + Duration::minutes(10));
    assert_eq!(listed(&after), [new.certificate().to_vec()]);
    // And back: the old one waits among the inactive.
    let mut app = after.app().clone();
    app.activate(&old.thumbprint()).unwrap();
    assert_eq!((app.signing == old, app.inactive.len()), (true, 1));
    let error = app.activate(&old.thumbprint()).unwrap_err();
    assert_eq!(error.code(), "setting-thumbprint");
    assert!(error.to_string().contains(&new.thumbprint()));
    let toml = toml::to_string(after.app()).unwrap();
    assert_eq!(toml::to_string(&toml::from_str::<App>(&toml).unwrap()).unwrap(), toml);
}

/// The gallery demands it: an expired certificate is refused even though the key is trusted.
#[tokio::test]
async fn landfall_refuses_a_response_that_an_expired_certificate_signed() {
    for (from, to, accepted) in [(-1, 30, true), (-60, -1, false)] {
        let browser = Browser::with(|_, app| app.signing = credential(from, to)).signed_in(SIMON).await;
        let (pending, url) = begin_login(&browser.twin, &RequestOptions::default());
        let response = browser.open(&url).await.response();
        assert_eq!(finish_login(&browser.twin, &pending, &response).is_ok(), accepted);
    }
}

#[test]
fn a_new_certificate_is_one_of_entras() {
    let new = Credential::generate(NOW, NOW + Duration::days(3 * 365)).unwrap();
    let certificate = openssl::x509::X509::from_der(new.certificate()).unwrap();
    let name = certificate.subject_name().entries().next().unwrap().data().to_string().unwrap();
    assert_eq!(name, "Microsoft Azure Federated SSO Certificate");
    assert_eq!(certificate.public_key().unwrap().bits(), 2048);
    assert!(certificate.verify(&certificate.public_key().unwrap()).unwrap());
    let thumbprint = new.thumbprint();
    assert!(thumbprint.len() == 40 && thumbprint.chars().all(|it| "0123456789ABCDEF".contains(it)));
    assert_ne!(thumbprint, credential(-1, 1).thumbprint());
    let again: Credential = toml::from_str(&toml::to_string(&new).unwrap()).unwrap();
    assert!(again == new);
}
