//! The crate at its boundary: documents, signatures, tampering.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod algorithms;
mod canonical;
mod canonicalization;
mod document;
mod encryption;
mod handmade;
mod keys;
mod octets;
mod reformatted;
mod signature;
mod signing;
mod tamper;

use landfall_xmldsig::{
    AlgorithmPolicy, Certificate, Document, Limits, SignaturePlace, SignedXml, Signer, SigningKey,
    TrustedKeys, Verifier, VerifyError,
};

pub(crate) const ASSERTION: &str = include_str!("../data/assertion.xml");

pub(crate) fn certificate(name: &str) -> Certificate {
    let pem = match name {
        "signer" => include_str!("../keys/signer.crt.pem"),
        "other" => include_str!("../keys/other.crt.pem"),
        "leaf" => include_str!("../keys/leaf.crt.pem"),
        "p256" => include_str!("../keys/p256.crt.pem"),
        "p384" => include_str!("../keys/p384.crt.pem"),
        "p521" => include_str!("../keys/p521.crt.pem"),
        "ed25519" => include_str!("../keys/ed25519.crt.pem"),
        "pss" => include_str!("../keys/pss.crt.pem"),
        "short" => include_str!("../keys/short.crt.pem"),
        _ => panic!("no certificate {name}"),
    };
    Certificate::from_pem(pem).unwrap()
}

pub(crate) fn key(name: &str) -> SigningKey {
    let pem = match name {
        "signer" => include_str!("../keys/signer.key.pem"),
        // One key with two certificates, of which `signer` issued the second.
        "other" | "leaf" => include_str!("../keys/other.key.pem"),
        "p256" => include_str!("../keys/p256.key.pem"),
        "p384" => include_str!("../keys/p384.key.pem"),
        "p521" => include_str!("../keys/p521.key.pem"),
        "ed25519" => include_str!("../keys/ed25519.key.pem"),
        "pss" => include_str!("../keys/pss.key.pem"),
        _ => panic!("no key {name}"),
    };
    SigningKey::from_pem(pem, certificate(name)).unwrap()
}

/// The assertion, signed by `signer`.
pub(crate) fn signed() -> String {
    key("signer").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap()
}

/// Verifies the root, trusting these certificates.
pub(crate) fn verify(xml: &str, trusted: &[&str]) -> Result<SignedXml, VerifyError> {
    verify_under(AlgorithmPolicy::strict(), xml, trusted)
}

pub(crate) fn verify_under(
    policy: AlgorithmPolicy,
    xml: &str,
    trusted: &[&str],
) -> Result<SignedXml, VerifyError> {
    let keys = TrustedKeys::new(trusted.iter().map(|name| certificate(name))).unwrap();
    let document = Document::parse(xml.as_bytes(), &Limits::message()).expect("the document is well-formed");
    Verifier::new(&keys, policy).verify(document.root())
}

/// The signed assertion verifies; with one piece of it replaced it is refused with this code.
#[track_caller]
pub(crate) fn refused(code: &str, piece: &str, by: &str) {
    let signed = signed();
    assert!(verify(&signed, &["signer"]).is_ok());
    assert!(signed.contains(piece), "nothing to replace: {piece}");
    let error = verify(&signed.replacen(piece, by, 1), &["signer"]).unwrap_err();
    assert_eq!(error.code(), code, "{error:?}");
}
