//! Signature wrapping: a genuine signed part, kept intact with its namespaces, and a forgery beside it.

use crate::{Sign, TestResponse, accepted_xml, finish, rejected_xml};

/// The same message, not signed, about somebody else.
fn forged() -> TestResponse {
    let mut forged = TestResponse::honest();
    forged.assertion_id = "_evil".into();
    forged.response_id = "_evil_r".into();
    forged.name_id = "<NameID>admin@contoso.example</NameID>".into();
    forged
}

/// A genuine assertion with its signature, and the Response that it came in.
fn genuine(sign: Sign) -> (String, String) {
    let xml = TestResponse::honest().signed(sign);
    accepted_xml(&xml);
    let start = xml.find("<Assertion").unwrap();
    let end = xml.find("</Assertion>").unwrap() + "</Assertion>".len();
    (xml[start..end].to_owned(), xml)
}

/// The signature of a piece of XML, and the piece without it.
fn torn(xml: &str, which: usize) -> (String, String) {
    let start = xml.match_indices("<ds:Signature ").nth(which).unwrap().0;
    let end = start + xml[start..].find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (xml[start..end].to_owned(), format!("{}{}", &xml[..start], &xml[end..]))
}

/// Refused, whatever the reason, and never for want of a genuine signature in the message.
#[track_caller]
fn wrapped(codes: &[&str], xml: &str) {
    let reject = finish(xml).0.expect_err("a wrapped message was accepted");
    assert!(codes.contains(&reject.code()), "{reject:?}");
}

/// XSW1: the genuine signed Response moves into the signature of a forged one; XSW2: beside it.
#[test]
fn a1_response_wrapped() {
    let (_, response) = genuine(Sign::Response);
    let (signature, unsigned) = torn(&response, 0);
    let forged = forged();
    let body = forged.assertion();
    let inside =
        signature.replace("</ds:Signature>", &format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>"));
    let issuer_end = "</Issuer>";
    let xsw1 = forged.around(&body).replacen(issuer_end, &format!("{issuer_end}{inside}"), 1);
    wrapped(&["read.assertions", "read.nested_response"], &xsw1);
    let xsw2 = forged.around(&body).replacen(issuer_end, &format!("{issuer_end}{signature}{unsigned}"), 1);
    wrapped(&["read.assertions", "read.nested_response", "read.child"], &xsw2);
    // Alone, the stolen signature refers to another element.
    let stolen = forged.around(&body).replacen(issuer_end, &format!("{issuer_end}{signature}"), 1);
    wrapped(&["signature.shape.reference"], &stolen);
    // The signed Response whole, inside a forged one.
    let mut outer = forged;
    outer.before = format!("<samlp:Extensions>{response}</samlp:Extensions>");
    wrapped(&["read.assertions", "read.nested_response", "read.child"], &outer.around(&body));
}

/// XSW3: forged before genuine; XSW4: genuine inside forged; XSW5 and XSW6: the signature moves with the forgery.
#[test]
fn a2_assertion_wrapped() {
    let (assertion, _) = genuine(Sign::Assertion);
    let forged = forged();
    let evil = forged.assertion();
    for xml in [
        forged.around(&format!("{evil}{assertion}")),
        forged.around(&format!("{assertion}{evil}")),
        forged.around(&evil.replace("</Assertion>", &format!("{assertion}</Assertion>"))),
        forged.around(&evil.replacen("<Subject>", &format!("{assertion}<Subject>"), 1)),
    ] {
        wrapped(&["read.assertions"], &xml);
    }
    let (signature, original) = torn(&assertion, 0);
    let with_signature = |inner: &str| evil.replacen("</Issuer>", &format!("</Issuer>{inner}"), 1);
    let holding =
        signature.replace("</ds:Signature>", &format!("<ds:Object>{original}</ds:Object></ds:Signature>"));
    for xml in [
        forged.around(&format!("{}{original}", with_signature(&signature))),
        forged.around(&with_signature(&holding)),
    ] {
        wrapped(&["read.assertions"], &xml);
    }
    // Alone, the stolen signature refers to another element.
    wrapped(&["signature.shape.reference"], &forged.around(&with_signature(&signature)));
}

/// XSW7: the forgery under Extensions; XSW8: the genuine one under Object.
#[test]
fn a3_a4_extensions_and_object() {
    let (assertion, response) = genuine(Sign::Assertion);
    let evil = forged().assertion();
    let xsw7 = response.replacen(
        "<samlp:Status>",
        &format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>"),
        1,
    );
    wrapped(&["read.assertions"], &xsw7);
    let (signature, original) = torn(&assertion, 0);
    let object =
        signature.replace("</ds:Signature>", &format!("<ds:Object>{original}</ds:Object></ds:Signature>"));
    let xsw8 = forged().around(&evil.replacen("</Issuer>", &format!("</Issuer>{object}"), 1));
    wrapped(&["read.assertions"], &xsw8);
    let xml = response.replacen("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>", 1);
    wrapped(&["signature.shape.child"], &xml);
}

#[test]
fn a5_encrypted_assertions() {
    const ENCRYPTED: &str = "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    let (assertion, response) = genuine(Sign::Assertion);
    // One that is encrypted counts like any other, also where it could be decrypted.
    for xml in [
        response.replacen("<Assertion", &format!("{ENCRYPTED}<Assertion"), 1),
        response.replacen("</Assertion>", &format!("</Assertion>{ENCRYPTED}"), 1),
        response.replacen(
            "</Issuer>",
            &format!("</Issuer><samlp:Extensions>{ENCRYPTED}</samlp:Extensions>"),
            1,
        ),
        forged().around(&format!(
            "{}{assertion}",
            ENCRYPTED.replace("/>", &format!(">{}</EncryptedAssertion>", forged().assertion()))
        )),
    ] {
        rejected_xml("read.assertions", &xml);
    }
    rejected_xml("read.encrypted", &TestResponse::honest().around(ENCRYPTED));
    let mut hidden = TestResponse::honest();
    hidden.before = format!("<samlp:Extensions>{ENCRYPTED}</samlp:Extensions>");
    rejected_xml("read.child", &hidden.around(""));
}

/// [saml-core 2.6.1]
#[test]
fn a6_assertions_hide_nowhere_but_in_advice() {
    let evil = forged().assertion();
    let mut response = TestResponse::honest();
    response.advice = format!("<Advice>{evil}</Advice>");
    let xml = response.signed(Sign::Assertion);
    assert_eq!(accepted_xml(&xml).name_id().value(), "B.Simon@contoso.example");
    // A signed one in Advice is ignored as well, and its signature is not looked at.
    let (assertion, _) = genuine(Sign::Assertion);
    response.advice = format!("<Advice>{}</Advice>", assertion.replace("_a1", "_advice"));
    accepted_xml(&response.signed(Sign::Assertion));
    for (status, before, value) in [
        (format!("<samlp:StatusDetail>{evil}</samlp:StatusDetail>"), String::new(), String::new()),
        (
            String::new(),
            format!(
                "<samlp:Extensions><Advice xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{evil}</Advice></samlp:Extensions>"
            ),
            String::new(),
        ),
        (
            String::new(),
            String::new(),
            format!("<Attribute Name=\"x\"><AttributeValue>{evil}</AttributeValue></Attribute>"),
        ),
    ] {
        let mut response = TestResponse::honest();
        response.status += &status;
        response.attributes += &value;
        let xml = response.signed(Sign::Assertion).replacen(
            "<samlp:Status>",
            &format!("{before}<samlp:Status>"),
            1,
        );
        rejected_xml("read.assertions", &xml);
    }
    // Two Advice elements: the second is no Advice of the schema.
    let mut response = TestResponse::honest();
    response.advice = format!("<Advice/><Advice>{evil}</Advice>");
    rejected_xml("read.assertions", &response.signed(Sign::Assertion));
}

/// Nothing in the inner one would be read.
#[test]
fn a7_one_response() {
    let (_, response) = genuine(Sign::Assertion);
    let inner = TestResponse { response_id: "_r2".into(), ..TestResponse::honest() }.around("");
    let within = |inside: &str| {
        response.replacen("</Issuer>", &format!("</Issuer><samlp:Extensions>{inside}</samlp:Extensions>"), 1)
    };
    rejected_xml("read.nested_response", &within(&inner));
    accepted_xml(&within(&inner.replace("samlp:Response", "samlp:Other")));
}

#[test]
fn a8_duplicate_ids() {
    let xml = TestResponse::honest().signed(Sign::Assertion).replacen("ID=\"_r1\"", "ID=\"_a1\"", 1);
    let error = landfall_saml::RawMessage::from_xml(xml.as_bytes()).response().map(drop).unwrap_err();
    assert_eq!(error.code(), "xml.duplicate_id");
}

#[test]
fn a18_signatures_elsewhere() {
    let (assertion, response) = genuine(Sign::Assertion);
    let (signature, _) = torn(&assertion, 0);
    let moved = response.replacen("<Subject>", &format!("<Subject>{signature}"), 1);
    let reject = rejected_xml("read.signature_place", &moved);
    assert!(reject.without_personal_data().contains("<Subject>"), "{reject:?}");
    rejected_xml(
        "read.child",
        &response.replacen("<samlp:Status>", &format!("<samlp:Status>{signature}"), 1),
    );
}

/// Auth0 puts the signature of a Response last.
#[test]
fn a_signature_may_stand_behind_its_siblings() {
    for sign in [Sign::Response, Sign::Assertion] {
        let (_, response) = genuine(sign);
        let (signature, without) = torn(&response, 0);
        let end = if sign == Sign::Response { "</samlp:Response>" } else { "</Assertion>" };
        accepted_xml(&without.replacen(end, &format!("{signature}{end}"), 1));
        rejected_xml("signature.several", &without.replacen(end, &format!("{signature}{signature}{end}"), 1));
    }
}

#[test]
fn a24_response_signed_only() {
    // The assertion inside a signed Response is covered; a changed one is not.
    let (_, response) = genuine(Sign::Response);
    let changed = response.replacen("B.Simon", "A.Simon", 1);
    rejected_xml("signature.digest", &changed);
}

#[test]
fn a25_the_root_is_the_message() {
    let (assertion, _) = genuine(Sign::Assertion);
    let error = landfall_saml::RawMessage::from_xml(assertion.as_bytes()).response().map(drop).unwrap_err();
    assert_eq!(error.code(), "read.root");
}
