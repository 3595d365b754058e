//! What other implementations encrypted; `data/encrypted/README.md` says how each file came to be.

use landfall_xmldsig::{
    AlgorithmPolicy, Canonicalization, Document, Limits, TrustedKeys, Verifier, canonicalize,
};

use super::decrypt;
use crate::{ASSERTION, certificate};

fn canonical(octets: &[u8]) -> Vec<u8> {
    let document = Document::parse(octets, &Limits::message()).unwrap();
    canonicalize(document.root(), None, &Canonicalization::default()).unwrap()
}

#[test]
fn the_assertion_comes_back() {
    let expected = canonical(ASSERTION.as_bytes());
    for (name, message) in [
        ("aes128-cbc", include_str!("../../data/encrypted/xmlsec1-aes128-cbc.xml")),
        ("aes192-cbc", include_str!("../../data/encrypted/xmlsec1-aes192-cbc.xml")),
        ("aes256-cbc", include_str!("../../data/encrypted/xmlsec1-aes256-cbc.xml")),
        ("aes128-gcm", include_str!("../../data/encrypted/xmlsec1-aes128-gcm.xml")),
        ("aes192-gcm", include_str!("../../data/encrypted/xmlsec1-aes192-gcm.xml")),
        ("aes256-gcm", include_str!("../../data/encrypted/xmlsec1-aes256-gcm.xml")),
        ("santuario", include_str!("../../data/encrypted/santuario-sha256.xml")),
        ("santuario, key beside", include_str!("../../data/encrypted/santuario-sha512-beside.xml")),
        ("npm, cbc", include_str!("../../data/encrypted/npm-aes256-cbc.xml")),
        ("npm, gcm", include_str!("../../data/encrypted/npm-aes128-gcm.xml")),
    ] {
        let decrypted = decrypt(message).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(canonical(decrypted.octets()), expected, "{name}");
    }
}

#[test]
fn assertions_that_were_written_anew_say_the_same() {
    for (name, message) in [
        ("SimpleSAMLphp", include_str!("../../data/encrypted/simplesamlphp-aes128-cbc.xml")),
        ("pysaml2", include_str!("../../data/encrypted/pysaml2-aes256-gcm.xml")),
    ] {
        let decrypted = decrypt(message).unwrap_or_else(|error| panic!("{name}: {error}"));
        let document = Document::parse(decrypted.octets(), &Limits::message()).unwrap();
        assert!(document.root().is("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion"), "{name}");
        assert_eq!(document.root().attribute("ID"), Some("_a1"), "{name}");
        let name_id = document.root().descendants().find(|element| element.local_name() == "NameID").unwrap();
        assert_eq!(name_id.text().unwrap(), "B.Simon@contoso.example", "{name}");
    }
}

/// What was declared around it when it was signed is declared on it when it is verified, and no other name will do [xmlenc-core1 4.4].
#[test]
fn a_signature_made_in_the_context_holds() {
    let message = include_str!("../../data/encrypted/xmlsec1-signed-in-context.xml");
    let keys = TrustedKeys::new([certificate("signer")]).unwrap();
    let verified = |message: &str| {
        let decrypted = decrypt(message).unwrap();
        let document = Document::parse(decrypted.octets(), &Limits::message()).unwrap();
        Verifier::new(&keys, AlgorithmPolicy::strict()).verify(document.root()).map(drop)
    };
    assert_eq!(verified(message), Ok(()));
    let error = verified(&message.replacen("http://www.w3.org/2001/XMLSchema", "urn:other", 1)).unwrap_err();
    assert_eq!(error.code(), "signature.digest");
}

#[test]
fn what_is_not_accepted_is_refused_by_name() {
    for (message, code, named) in [
        (include_str!("../../data/encrypted/santuario-mix.xml"), "encryption.mix", "xmlenc#sha256"),
        (
            include_str!("../../data/encrypted/pysaml2-tripledes.xml"),
            "encryption.algorithm",
            "xmlenc#tripledes-cbc",
        ),
    ] {
        let error = decrypt(message).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(named), "{error}");
    }
}
