//! Every byte of a signed element, changed in turn: refused, or the octets are the same.

use landfall_xmldsig::{AlgorithmPolicy, Document, Limits, SignaturePlace, TrustedKeys, Verifier};

use crate::{ASSERTION, certificate, key};

#[test]
fn each_byte_counts() {
    let keys = TrustedKeys::new([certificate("p256")]).unwrap();
    let signed = key("p256").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    let verified = |bytes: &[u8]| {
        let document = Document::parse(bytes, &Limits::message()).ok()?;
        Verifier::new(&keys, AlgorithmPolicy::strict()).verify(document.root()).ok()
    };
    let octets = verified(signed.as_bytes()).expect("as signed").octets().to_vec();
    let (value, end) =
        (signed.find("<saml:Subject>").unwrap(), signed.find("<saml:AttributeStatement>").unwrap());
    for at in 0..signed.len() {
        for flip in [0x01, 0x20] {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= flip;
            if let Some(xml) = verified(&bytes) {
                assert_eq!(xml.octets(), octets, "byte {at} flipped by {flip:#x}");
                assert!(
                    !(value..end).contains(&at),
                    "byte {at} of the subject flipped by {flip:#x} was accepted"
                );
            }
        }
    }
}
