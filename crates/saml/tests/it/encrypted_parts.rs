//! NameIDs and attributes that stand encrypted in an assertion: as if they stood there in plain.

use landfall_saml::Accepted;
use landfall_xmldsig::{ContentAlgorithm, DecryptError, EncryptionPolicy, KeyTransport, encrypt};

use crate::encryption::{accepted, around, assertion, finish, rejected};
use crate::response::attribute;
use crate::{Sign, TestResponse, certificate};

const GCM: ContentAlgorithm = ContentAlgorithm::Aes256Gcm;
const NAME_ID: &str = "<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"urn:f\">B.Simon@contoso.example</NameID>";

/// An EncryptedID or EncryptedAttribute with this in it, for the certificate of that name.
fn part(name: &str, inner: &str, recipient: &str, content: ContentAlgorithm) -> String {
    let data = encrypt(inner, &[certificate(recipient)], content, KeyTransport::RsaOaepSha1).unwrap();
    format!("<{name}>{data}</{name}>")
}

fn encrypted_id(inner: &str) -> String {
    part("EncryptedID", inner, "other", GCM)
}

/// An attribute, complete by itself.
fn alone(name: &str, values: &[&str]) -> String {
    let namespace = "<Attribute xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ";
    attribute(name, values).replacen("<Attribute ", namespace, 1)
}

fn encrypted_attribute(inner: &str) -> String {
    part("EncryptedAttribute", inner, "other", GCM)
}

/// The honest response with its NameID and one attribute encrypted.
fn with_parts(content: ContentAlgorithm) -> TestResponse {
    let mut response = TestResponse::honest();
    response.name_id = part("EncryptedID", NAME_ID, "other", content);
    response.attributes += &part("EncryptedAttribute", &alone("lastName", &["Simon"]), "other", content);
    response
}

/// The message, its assertion in plain or encrypted too.
fn message(response: &TestResponse, sign: Sign, whole: bool) -> String {
    if whole {
        around(response, &assertion(response, sign), "other", GCM, sign)
    } else {
        response.signed(sign)
    }
}

/// [saml-core 2.2.4, 2.7.3.2]
#[test]
fn they_are_read_as_if_they_stood_there_in_plain() {
    for content in [GCM, ContentAlgorithm::Aes128Cbc] {
        for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
            for whole in [false, true] {
                let (login, _) = accepted(&message(&with_parts(content), sign, whole));
                assert_eq!(login.name_id().value(), "B.Simon@contoso.example");
                assert_eq!(login.name_id().format(), Some("urn:f"));
                let names: Vec<_> = login.attributes().iter().map(|attribute| attribute.name()).collect();
                assert_eq!(names[1..], ["firstName", "lastName"]);
                assert_eq!(login.attributes()[2].values(), ["Simon"]);
            }
        }
    }
}

#[test]
fn without_keys_they_are_refused_by_name() {
    crate::rejected("read.encrypted", |response| response.name_id = encrypted_id(NAME_ID));
    crate::rejected("read.encrypted", |response| {
        response.attributes += &encrypted_attribute(&alone("lastName", &["Simon"]));
    });
}

#[test]
fn c6_encrypted_but_unsigned() {
    rejected("signature.none", &with_parts(GCM).signed(Sign::Nothing));
}

/// Nothing is decrypted that the identity provider did not sign.
#[test]
fn c19_what_was_altered_is_not_decrypted() {
    let xml = with_parts(ContentAlgorithm::Aes128Cbc).signed(Sign::Assertion);
    accepted(&xml);
    let at = xml.rfind("<xenc:CipherValue>").unwrap() + 40;
    let other = if &xml[at..=at] == "A" { "B" } else { "A" };
    rejected("signature.digest", &format!("{}{other}{}", &xml[..at], &xml[at + 1..]));
}

#[test]
fn c20_for_another_recipient() {
    for edit in [
        |response: &mut TestResponse| response.name_id = part("EncryptedID", NAME_ID, "signer", GCM),
        |response: &mut TestResponse| {
            response.attributes += &part("EncryptedAttribute", &alone("lastName", &["Simon"]), "signer", GCM);
        },
    ] {
        let mut response = TestResponse::honest();
        edit(&mut response);
        rejected("encryption.failed", &response.signed(Sign::Assertion));
    }
}

/// What may not stand there in plain may not either when it was encrypted [attack A5, C22, E15].
#[test]
fn a5_nothing_else_comes_out_of_them() {
    let genuine = TestResponse { assertion_id: "_a2".into(), ..TestResponse::honest() };
    let genuine = assertion(&genuine, Sign::Assertion);
    let start = genuine.find("<ds:Signature").unwrap();
    let end = genuine.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &genuine[start..end];
    let saml = "xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    for (code, inner) in [
        ("read.assertions", genuine.clone()),
        ("read.child", format!("<BaseID {saml}/>")),
        ("read.child", format!("<SubjectConfirmation {saml} Method=\"urn:m\"/>")),
        ("read.encrypted", format!("<EncryptedID {saml}/>")),
        (
            "read.encrypted",
            encrypted_id(NAME_ID).replacen("<EncryptedID", &format!("<EncryptedID {saml}"), 1),
        ),
        ("read.content", NAME_ID.replace("B.Simon", "<b/>B.Simon")),
    ] {
        let response = TestResponse { name_id: encrypted_id(&inner), ..TestResponse::honest() };
        rejected(code, &response.signed(Sign::Assertion));
    }
    for (code, inner) in [
        ("read.child", NAME_ID.to_owned()),
        ("read.child", format!("<AuthnStatement {saml}/>")),
        ("read.assertions", alone("x", &[&genuine])),
        ("read.signature_place", alone("x", &[signature])),
        ("read.encrypted", format!("<EncryptedAttribute {saml}/>")),
        ("attribute.twice", alone("firstName", &["A"])),
    ] {
        let mut response = TestResponse::honest();
        response.attributes += &encrypted_attribute(&inner);
        rejected(code, &response.signed(Sign::Assertion));
    }
    let behind = TestResponse {
        name_id: String::new(),
        confirmations: format!("{}{}", TestResponse::honest().confirmations, encrypted_id(NAME_ID)),
        ..TestResponse::honest()
    };
    rejected("read.child", &behind.signed(Sign::Assertion));
    let both = format!("{}<NameID>A.Simon@contoso.example</NameID>", encrypted_id(NAME_ID));
    let response = TestResponse { name_id: both, ..TestResponse::honest() };
    rejected("read.child", &response.signed(Sign::Assertion));
}

#[test]
fn d8_a_message_costs_few_operations_in_all() {
    let with = |attributes: usize| {
        let mut response = with_parts(GCM);
        for number in 1..attributes {
            response.attributes += &encrypted_attribute(&alone(&format!("a{number}"), &["b"]));
        }
        message(&response, Sign::Assertion, true)
    };
    // The assertion, the NameID and the attributes.
    accepted(&with(6));
    let reject = finish(&with(7), EncryptionPolicy::standard()).0.unwrap_err();
    assert_eq!(reject.code(), "encryption.too_many_keys");
    let source = std::error::Error::source(&reject).unwrap().downcast_ref::<DecryptError>();
    assert_eq!(source, Some(&DecryptError::TooManyKeys { found: 9, most: 8 }));
    assert!(reject.to_string().contains("EncryptedAttribute"), "{reject}");
}

/// A second engine gets the documents that the signatures stand in.
#[test]
fn the_documents_are_those_that_were_verified() {
    let honest = TestResponse::honest();
    for (sign, whole, expected) in [
        (Sign::Assertion, false, vec![("<samlp:Response", 1)]),
        (Sign::Response, false, vec![("<samlp:Response", 1)]),
        (Sign::Both, false, vec![("<samlp:Response", 2)]),
        (Sign::Assertion, true, vec![("<Assertion", 1)]),
        (Sign::Response, true, vec![("<samlp:Response", 1)]),
        (Sign::Both, true, vec![("<samlp:Response", 1), ("<Assertion", 1)]),
    ] {
        let xml = message(&honest, sign, whole);
        let (login, _) = accepted(&xml);
        let accepted = Accepted::Login(login);
        let found: Vec<_> = accepted.documents().iter().collect();
        assert_eq!(found.len(), expected.len());
        for (document, (root, signatures)) in found.into_iter().zip(expected) {
            let text = str::from_utf8(&document.octets).unwrap();
            assert!(text.starts_with(root), "{sign:?} {whole}");
            assert_eq!(document.signed.len(), signatures);
            assert_eq!(text.matches("<ds:Signature ").count(), signatures);
            assert_eq!(root == "<samlp:Response", text == xml);
            assert!(!format!("{document:?}").contains("Simon"));
        }
    }
}
