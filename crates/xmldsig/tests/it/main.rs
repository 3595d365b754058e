//! The crate at its boundary: documents, signatures, tampering.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod canonical;
mod document;
mod signature;
mod tamper;

use landfall_xmldsig::{
    AlgorithmPolicy, Certificate, Document, Limits, SignedXml, SigningKey, TrustedKeys, Verifier, VerifyError,
};

pub(crate) const ASSERTION: &str = include_str!("../data/assertion.xml");

pub(crate) fn certificate(name: &str) -> Certificate {
    let pem = match name {
        "signer" => include_str!("../keys/signer.crt.pem"),
        "other" => include_str!("../keys/other.crt.pem"),
        "p256" => include_str!("../keys/p256.crt.pem"),
        "p384" => include_str!("../keys/p384.crt.pem"),
        "short" => include_str!("../keys/short.crt.pem"),
        _ => panic!("no certificate {name}"),
    };
    Certificate::from_pem(pem).unwrap()
}

pub(crate) fn key(name: &str) -> SigningKey {
    let pem = match name {
        "signer" => include_str!("../keys/signer.key.pem"),
        "other" => include_str!("../keys/other.key.pem"),
        "p256" => include_str!("../keys/p256.key.pem"),
        "p384" => include_str!("../keys/p384.key.pem"),
        _ => panic!("no key {name}"),
    };
    SigningKey::from_pem(pem, certificate(name)).unwrap()
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
