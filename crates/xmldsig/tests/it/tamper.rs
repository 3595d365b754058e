//! Every byte of every kind of accepted message, changed in turn: refused, or the octets are the same.

use landfall_xmldsig::{
    AlgorithmPolicy, C14nMethod, Document, Limits, SignaturePlace, Signer, TrustedKeys, Verifier,
};

use crate::handmade::{self, Handmade};
use crate::{ASSERTION, certificate, key};

/// Small, since each byte is a message of its own; with all that a message may have.
const SMALL: &str = "<m:m xmlns:m='urn:m' xmlns:n='urn:n' ID=\"_a1\" n:x='1'><m:by/><!-- c --><m:to a=\"2\">B &amp; Simon</m:to></m:m>";

/// Every byte outside of the signature's value and hint is changed in two ways, and taken away.
#[track_caller]
fn each_byte_counts(policy: AlgorithmPolicy, xml: &str, name: &str) {
    let keys = TrustedKeys::new([certificate(name)]).unwrap();
    let verified = |bytes: &[u8]| {
        let document = Document::parse(bytes, &Limits::message()).ok()?;
        Verifier::new(&keys, policy).verify(document.element_by_id("_a1")?).ok()
    };
    let octets = verified(xml.as_bytes()).expect("as signed").octets().to_vec();
    let value = xml.find("Simon").unwrap();
    let of_signature = xml.find("<ds:SignatureValue>").unwrap()..xml.find("</ds:Signature>").unwrap();
    for at in (0..xml.len()).filter(|at| !of_signature.contains(at)) {
        let changed = |edit: fn(&mut Vec<u8>, usize)| {
            let mut bytes = xml.as_bytes().to_vec();
            edit(&mut bytes, at);
            bytes
        };
        for bytes in [
            changed(|bytes, at| bytes[at] ^= 0x01),
            changed(|bytes, at| bytes[at] ^= 0x20),
            changed(|bytes, at| {
                bytes.remove(at);
            }),
        ] {
            if let Some(accepted) = verified(&bytes) {
                let shown = String::from_utf8_lossy(&bytes);
                assert_eq!(accepted.octets(), octets, "byte {at}: {shown}");
                assert!(!(value..value + 5).contains(&at), "byte {at} of the value: {shown}");
            }
        }
    }
}

#[test]
fn each_byte_counts_for_each_kind_of_key() {
    for name in ["signer", "pss", "p256", "p384", "p521", "ed25519"] {
        let signed = key(name).sign_element(SMALL, "_a1", SignaturePlace::First).unwrap();
        each_byte_counts(AlgorithmPolicy::strict(), &signed, name);
    }
}

#[test]
fn each_byte_counts_for_each_algorithm() {
    for (made, digest) in [
        (handmade::RSA_SHA384, handmade::SHA384),
        (handmade::RSA_SHA512, handmade::SHA512),
        (handmade::PSS_SHA384, handmade::SHA256),
        (handmade::PSS_SHA512, handmade::SHA256),
    ] {
        let signed = Handmade { xml: SMALL, made, named: made, digest, ..Handmade::default() }.sign();
        each_byte_counts(AlgorithmPolicy::strict(), &signed, "signer");
    }
}

#[test]
fn each_byte_counts_for_each_canonicalization() {
    let xml = format!("<r xmlns:r='urn:r' xml:lang='de' xml:base='a/b'>{SMALL}</r>");
    for method in C14nMethod::ALL {
        let signed =
            Handmade { xml: &xml, c14n: Some(method), info_c14n: method, ..Handmade::default() }.sign();
        each_byte_counts(AlgorithmPolicy::strict().danger_allow_c14n(method), &signed, "signer");
    }
}

#[test]
fn each_byte_counts_in_an_assertion() {
    let signed = key("p256").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    each_byte_counts(AlgorithmPolicy::strict(), &signed, "p256");
}

/// The value of a signature is one run of base64, whose every character counts.
#[test]
fn each_character_of_a_value_counts() {
    let signed = key("p256").sign_element(SMALL, "_a1", SignaturePlace::First).unwrap();
    let start = signed.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let end = signed.find("</ds:SignatureValue>").unwrap();
    for at in start..end {
        for flip in 0..7 {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= 1 << flip;
            // White space aside, which may stand there but takes the character's place.
            let xml = String::from_utf8(bytes).unwrap();
            let document = Document::parse(xml.as_bytes(), &Limits::message());
            assert!(document.is_err() || crate::verify(&xml, &["p256"]).is_err(), "{at} {flip}");
        }
    }
}

#[test]
fn each_byte_counts_in_what_a_policy_opens() {
    let strict = AlgorithmPolicy::strict();
    each_byte_counts(strict.danger_allow_sha1(), include_str!("../data/sha1.xml"), "signer");
    each_byte_counts(strict.danger_allow_short_rsa(), include_str!("../data/short.xml"), "short");
    each_byte_counts(strict.danger_allow_empty_reference(), include_str!("../data/empty.xml"), "signer");
}
