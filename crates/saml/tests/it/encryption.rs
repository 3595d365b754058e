//! Assertions that were encrypted for us: the same rules, in a document of their own.

use landfall_saml::{Accepted, Decision, Login, RawMessage, Reject, Verdict};
use landfall_xmldsig::{
    ContentAlgorithm, DecryptionKey, DecryptionKeys, EncryptionPolicy, KeyTransport, SignaturePlace, Signer,
    encrypt,
};

use crate::response::{audience, conditions};
use crate::{NOW, Sign, TestResponse, certificate, idp, key, pending, sp, strict};

/// Judged by a service provider that others encrypt for with the certificate `other`.
pub(crate) fn finish(xml: &str, policy: EncryptionPolicy) -> (Result<Login, Reject>, Decision) {
    let key = DecryptionKey::from_pem(include_str!("../keys/other.key.pem")).unwrap();
    let sp = sp().with_decryption(DecryptionKeys::new([key]).unwrap(), policy);
    let message = RawMessage::from_xml(xml.as_bytes());
    let response = message.response().expect("a readable Response");
    let (judged, decision) = sp.finish(&idp(), Some(&pending()), &response, &strict(), NOW);
    let login = judged.map(|accepted| match accepted {
        Accepted::Login(login) => login,
        other => panic!("expected a login, came {other:?}"),
    });
    assert_eq!(login.is_err(), decision.failure().is_some(), "{decision}");
    (login, decision)
}

#[track_caller]
pub(crate) fn accepted(xml: &str) -> (Login, Decision) {
    let (login, decision) = finish(xml, EncryptionPolicy::standard());
    (login.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}")), decision)
}

#[track_caller]
pub(crate) fn rejected(code: &str, xml: &str) -> Decision {
    let (login, decision) = finish(xml, EncryptionPolicy::standard());
    let reject = login.expect_err("it was accepted");
    assert_eq!(reject.code(), code, "{reject:?}\n{decision}");
    assert!(!reject.remedy().is_empty());
    decision
}

/// The Response around this XML, encrypted for the certificate of that name, and signed itself if it is to be.
pub(crate) fn around(
    response: &TestResponse,
    inner: &str,
    recipient: &str,
    content: ContentAlgorithm,
    sign: Sign,
) -> String {
    let data = encrypt(inner, &[certificate(recipient)], content, KeyTransport::RsaOaepSha1).unwrap();
    let xml = response.around(&format!(
        "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}</EncryptedAssertion>"
    ));
    if matches!(sign, Sign::Response | Sign::Both) {
        return key("signer").sign_element(&xml, &response.response_id, SignaturePlace::Second).unwrap();
    }
    xml
}

/// The assertion, signed itself if it is to be.
pub(crate) fn assertion(response: &TestResponse, sign: Sign) -> String {
    let xml = response.assertion();
    if matches!(sign, Sign::Assertion | Sign::Both) {
        return key("signer").sign_element(&xml, &response.assertion_id, SignaturePlace::Second).unwrap();
    }
    xml
}

fn encrypted(response: &TestResponse, sign: Sign) -> String {
    around(response, &assertion(response, sign), "other", ContentAlgorithm::Aes256Gcm, sign)
}

/// [saml-core 2.3.4]
#[test]
fn an_encrypted_assertion_is_a_login() {
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        for content in [ContentAlgorithm::Aes256Gcm, ContentAlgorithm::Aes256Cbc] {
            let honest = TestResponse::honest();
            let xml = around(&honest, &assertion(&honest, sign), "other", content, sign);
            let (login, decision) = accepted(&xml);
            assert_eq!(login.name_id().value(), "B.Simon@contoso.example");
            assert_eq!(login.signer(), certificate("signer").fingerprint());
            let steps: Vec<_> = decision.checks().iter().map(|check| check.rule).take(7).collect();
            let response_signed = matches!(sign, Sign::Response | Sign::Both);
            assert_eq!(steps.contains(&"response_signature"), response_signed, "{decision}");
            assert!(steps.contains(&"decryption") && steps.contains(&"signature"), "{decision}");
        }
    }
}

/// [saml-core 6.2]
#[test]
fn c6_encrypted_but_unsigned() {
    rejected("signature.none", &encrypted(&TestResponse::honest(), Sign::Nothing));
}

#[test]
fn without_keys_it_is_refused_by_name() {
    for sign in [Sign::Assertion, Sign::Response] {
        crate::rejected_xml("read.encrypted", &encrypted(&TestResponse::honest(), sign));
    }
}

#[test]
fn c19_a_policy_may_demand_authenticated_contents() {
    let honest = TestResponse::honest();
    for content in [ContentAlgorithm::Aes256Gcm, ContentAlgorithm::Aes256Cbc] {
        let xml = around(&honest, &assertion(&honest, Sign::Assertion), "other", content, Sign::Assertion);
        let judged = finish(&xml, EncryptionPolicy::authenticated_only()).0;
        assert_eq!(judged.is_ok(), content.is_authenticated());
        assert!(judged.err().is_none_or(|reject| reject.code() == "encryption.algorithm"));
    }
}

#[test]
fn c20_a_key_of_another_recipient() {
    let honest = TestResponse::honest();
    let inner = assertion(&honest, Sign::Assertion);
    let xml = around(&honest, &inner, "signer", ContentAlgorithm::Aes256Gcm, Sign::Assertion);
    rejected("encryption.failed", &xml);
}

/// A Response whose signature does not hold is never decrypted.
#[test]
fn c19_the_signature_around_it_comes_first() {
    let xml = encrypted(&TestResponse::honest(), Sign::Response);
    let at = xml.rfind("<xenc:CipherValue>").unwrap() + 40;
    let other = if &xml[at..=at] == "A" { "B" } else { "A" };
    let altered = format!("{}{other}{}", &xml[..at], &xml[at + 1..]);
    let decision = rejected("signature.digest", &altered);
    assert!(decision.checks().iter().all(|check| check.rule != "decryption"), "{decision}");
}

/// Both must hold where both stand [attack A24].
#[test]
fn a24_the_signature_inside_counts_too() {
    let honest = TestResponse::honest();
    let inner = assertion(&honest, Sign::Assertion).replacen("B.Simon", "A.Simon", 1);
    for sign in [Sign::Nothing, Sign::Response] {
        rejected("signature.digest", &around(&honest, &inner, "other", ContentAlgorithm::Aes256Gcm, sign));
    }
}

/// [attack E7]
#[test]
fn e7_the_rules_hold_for_it_too() {
    let mut late = TestResponse::honest();
    late.conditions = conditions("NotOnOrAfter=\"2029-01-01T00:00:00Z\"", &audience(crate::SP));
    rejected("conditions.not_on_or_after", &encrypted(&late, Sign::Assertion));
    let mut other = TestResponse::honest();
    other.conditions = conditions("NotOnOrAfter=\"2030-01-02T04:04:05Z\"", &audience("urn:other"));
    rejected("audience", &encrypted(&other, Sign::Response));
}

/// Wrapping, once more, in the document that the decrypted element is.
#[test]
fn a5_wrapped_inside() {
    let honest = TestResponse::honest();
    let genuine = assertion(&honest, Sign::Assertion);
    let evil = TestResponse {
        assertion_id: "_evil".into(),
        name_id: "<NameID>admin@contoso.example</NameID>".into(),
        ..TestResponse::honest()
    }
    .assertion();
    let start = genuine.find("<ds:Signature").unwrap();
    let end = genuine.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &genuine[start..end];
    let inside = |inner: &str| evil.replacen("</Issuer>", &format!("</Issuer>{inner}"), 1);
    for (code, inner) in [
        ("read.assertions", inside(&genuine)),
        ("read.assertions", evil.replacen("</Assertion>", &format!("{genuine}</Assertion>"), 1)),
        (
            "read.assertions",
            inside(
                &signature
                    .replace("</ds:Signature>", &format!("<ds:Object>{genuine}</ds:Object></ds:Signature>")),
            ),
        ),
        ("read.assertions", inside("<EncryptedAssertion/>")),
        ("read.nested_response", inside(&honest.around(""))),
        ("signature.shape.reference", inside(signature)),
        ("read.signature_place", evil.replacen("<Subject>", &format!("<Subject>{signature}"), 1)),
        ("read.root", format!("<Other xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{genuine}</Other>")),
        ("read.root", honest.around(&genuine)),
    ] {
        rejected(code, &around(&honest, &inner, "other", ContentAlgorithm::Aes256Gcm, Sign::Nothing));
    }
}

#[test]
fn a2_one_assertion_encrypted_or_not() {
    let honest = TestResponse::honest();
    let xml = encrypted(&honest, Sign::Assertion);
    accepted(&xml);
    let start = xml.find("<EncryptedAssertion").unwrap();
    let end = xml.find("</samlp:Response>").unwrap();
    let one = &xml[start..end];
    rejected("read.assertions", &xml.replacen(one, &format!("{one}{one}"), 1));
    let plain = assertion(&TestResponse { assertion_id: "_a2".into(), ..honest }, Sign::Assertion);
    rejected("read.assertions", &xml.replacen(one, &format!("{one}{plain}"), 1));
    rejected("read.assertions", &xml.replacen(one, &format!("{plain}{one}"), 1));
}

#[test]
fn the_hints_of_an_encrypted_message_are_those_of_its_response() {
    let xml = encrypted(&TestResponse::honest(), Sign::Assertion);
    let message = RawMessage::from_xml(xml.as_bytes());
    let hints = message.response().unwrap().hints();
    assert_eq!(hints.in_response_to.unwrap().as_str(), crate::REQUEST);
    assert_eq!(hints.issuer.unwrap().as_str(), crate::IDP);
}

#[test]
fn the_decision_says_nothing_of_the_cause() {
    let honest = TestResponse::honest();
    let inner = assertion(&honest, Sign::Assertion);
    let lines = |xml: &str| {
        let decision = finish(xml, EncryptionPolicy::standard()).1;
        let failed = decision.checks().iter().find(|check| check.verdict == Verdict::Fail).cloned();
        failed.map(|check| (check.rule, check.code, check.actual)).unwrap()
    };
    let wrong_key = around(&honest, &inner, "signer", ContentAlgorithm::Aes256Cbc, Sign::Nothing);
    let xml = around(&honest, &inner, "other", ContentAlgorithm::Aes256Cbc, Sign::Nothing);
    let at = xml.rfind("<xenc:CipherValue>").unwrap() + 40;
    let garbled = format!("{}{}{}", &xml[..at], if &xml[at..=at] == "A" { "B" } else { "A" }, &xml[at + 1..]);
    assert_eq!(lines(&wrong_key), lines(&garbled));
}
