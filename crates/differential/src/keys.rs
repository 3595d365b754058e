//! A key of each kind, from the test data of `landfall-xmldsig`.

use std::error::Error;

use landfall_xmldsig::{Certificate, SignatureAlgorithm, Signer, SigningKey, TrustedKeys, decode_base64};

/// A key for both engines.
#[derive(Debug)]
pub struct Key {
    /// What kind it is.
    pub name: &'static str,
    /// For our signer.
    pub ours: SigningKey,
    /// For libxmlsec1: the private key in PKCS#8, DER.
    pub theirs: Vec<u8>,
    /// For both verifiers.
    pub trusted: TrustedKeys,
}

impl Key {
    /// The algorithms that it can sign with, and that libxmlsec1 knows.
    #[must_use]
    pub fn algorithms(&self) -> Vec<SignatureAlgorithm> {
        self.ours.certificate().algorithms().filter(|algorithm| is_known_there(*algorithm)).collect()
    }
}

/// Whether libxmlsec1 1.2.37 knows it: neither RSA-PSS nor Ed25519.
pub(crate) fn is_known_there(algorithm: SignatureAlgorithm) -> bool {
    !matches!(
        algorithm,
        SignatureAlgorithm::RsaPssSha256
            | SignatureAlgorithm::RsaPssSha384
            | SignatureAlgorithm::RsaPssSha512
            | SignatureAlgorithm::Ed25519
    )
}

/// One key of each kind; they are public, and secure nothing.
///
/// # Errors
/// When one of the files is none of a key.
pub fn fixed_keys() -> Result<Vec<Key>, Box<dyn Error>> {
    FILES.iter().map(|(name, certificate, key)| read(name, certificate, key)).collect()
}

const FILES: &[(&str, &str, &str)] = &[
    (
        "RSA",
        include_str!("../../xmldsig/tests/keys/signer.crt.pem"),
        include_str!("../../xmldsig/tests/keys/signer.key.pem"),
    ),
    (
        "P-256",
        include_str!("../../xmldsig/tests/keys/p256.crt.pem"),
        include_str!("../../xmldsig/tests/keys/p256.key.pem"),
    ),
    (
        "P-384",
        include_str!("../../xmldsig/tests/keys/p384.crt.pem"),
        include_str!("../../xmldsig/tests/keys/p384.key.pem"),
    ),
    (
        "P-521",
        include_str!("../../xmldsig/tests/keys/p521.crt.pem"),
        include_str!("../../xmldsig/tests/keys/p521.key.pem"),
    ),
];

fn read(name: &'static str, certificate: &str, key: &str) -> Result<Key, Box<dyn Error>> {
    let certificate = Certificate::from_pem(certificate)?;
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let theirs = decode_base64(&body)?;
    let ours = SigningKey::from_pkcs8(&theirs, certificate.clone())?;
    Ok(Key { name, ours, theirs, trusted: TrustedKeys::new([certificate])? })
}
