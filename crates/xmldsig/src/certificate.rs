//! X.509 certificates as carriers of keys, and the keys that are trusted.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::ParsedPublicKey;
use time::OffsetDateTime;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::algorithm::{AlgorithmPolicy, SignatureAlgorithm};

mod key;
mod trusted;

pub use key::KeyWeakness;
pub use trusted::{TrustedKeys, TrustedKeysError};

/// SHA-256 of a certificate's DER; shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyFingerprint([u8; 32]);

impl KeyFingerprint {
    /// The fingerprint of a certificate.
    ///
    /// ```
    /// let fingerprint = landfall_xmldsig::KeyFingerprint::of_der(b"");
    /// assert!(fingerprint.to_string().starts_with("e3b0c44298fc1c14"));
    /// ```
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A certificate whose public key can verify signatures.
///
/// Only its key counts: no chain is built [attack C17], no extension is read.
/// Its dates are handed out for the caller's policy; nothing here reads a clock.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    fingerprint: KeyFingerprint,
    subject: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    public_key: Vec<u8>,
    /// Of a key of another kind none; the first is what it signs with.
    keys: key::Keys,
    weakness: Option<KeyWeakness>,
}

impl Certificate {
    /// Reads one certificate from DER.
    ///
    /// A certificate with a key that is too short, or of a kind that no algorithm here uses, is read too:
    /// [`Self::weakness`] says so, and nothing is ever verified with it.
    ///
    /// # Errors
    /// [`CertificateError`] if the bytes are not one certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError)?;
        if !rest.is_empty() {
            return Err(CertificateError);
        }
        let validity = certificate.validity();
        let (keys, weakness) = key::read(certificate.public_key())?;
        Ok(Self {
            der: der.to_vec(),
            fingerprint: KeyFingerprint::of_der(der),
            subject: certificate.subject().to_string(),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            keys,
            weakness,
        })
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// ```
    /// use landfall_xmldsig::Certificate;
    ///
    /// let certificate = Certificate::from_pem(include_str!("../tests/keys/signer.crt.pem"))?;
    /// assert_eq!(certificate.subject(), "CN=Landfall test key signer");
    /// # Ok::<(), landfall_xmldsig::CertificateError>(())
    /// ```
    ///
    /// # Errors
    /// [`CertificateError`] if there is none.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let mut blocks = Pem::iter_from_buffer(pem.as_bytes()).filter_map(Result::ok);
        let block = blocks.find(|block| block.label == "CERTIFICATE").ok_or(CertificateError)?;
        Self::from_der(&block.contents)
    }

    /// The certificate as it was read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// The subject's distinguished name, for people to read.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// First second of its validity.
    #[must_use]
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// Last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The public key, without the name of its kind [rfc5280 4.1]: of RSA an RSAPublicKey, of an elliptic curve the point.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Why nothing is verified with this key under a strict policy; nothing if it is good.
    #[must_use]
    pub fn weakness(&self) -> Option<&KeyWeakness> {
        self.weakness.as_ref()
    }

    /// The algorithms that take a key of this kind, whatever a policy says of its strength.
    pub fn algorithms(&self) -> impl Iterator<Item = SignatureAlgorithm> {
        self.keys.iter().map(|(algorithm, _)| *algorithm)
    }

    /// The key in the form that an algorithm wants; none if the key is of another kind [attack C1], or weak [attack C10].
    pub(crate) fn key_for(
        &self,
        algorithm: SignatureAlgorithm,
        policy: AlgorithmPolicy,
    ) -> Option<&ParsedPublicKey> {
        if self.weakness.is_some() && !policy.accepts_short_rsa() {
            return None;
        }
        self.keys.iter().find(|(of, _)| *of == algorithm).map(|(_, key)| key)
    }

    /// The algorithm that a private key of this kind signs with by default.
    pub(crate) fn first_algorithm(&self) -> Option<SignatureAlgorithm> {
        let good = self.weakness.is_none();
        self.keys.first().map(|(algorithm, _)| *algorithm).filter(|_| good)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("fingerprint", &self.fingerprint)
            .field("subject", &self.subject)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// The bytes are not one X.509 certificate with a readable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an X.509 certificate: expected one certificate as DER, or as PEM")]
pub struct CertificateError;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pem: &str) -> Result<Certificate, CertificateError> {
        Certificate::from_pem(pem)
    }

    #[test]
    fn c10_keys_by_kind_and_size() {
        for (pem, weakness) in [
            (include_str!("../tests/keys/signer.crt.pem"), None),
            (include_str!("../tests/keys/p256.crt.pem"), None),
            (include_str!("../tests/keys/p384.crt.pem"), None),
            (
                include_str!("../tests/keys/short.crt.pem"),
                Some(KeyWeakness::Short { bits: 1024, least: 2048 }),
            ),
            (include_str!("../tests/keys/p521.crt.pem"), None),
            (include_str!("../tests/keys/ed25519.crt.pem"), None),
            (include_str!("../tests/keys/pss.crt.pem"), None),
            (include_str!("../tests/keys/pss-any.crt.pem"), None),
            (include_str!("../tests/keys/pss-sha1.crt.pem"), Some(KeyWeakness::PssParameters)),
            (
                include_str!("../tests/keys/ed448.crt.pem"),
                Some(KeyWeakness::Kind { found: "1.3.101.113".to_owned() }),
            ),
        ] {
            let certificate = read(pem).unwrap();
            assert_eq!(certificate.weakness(), weakness.as_ref());
            assert_eq!(certificate.first_algorithm().is_none(), weakness.is_some());
        }
        assert_eq!(read(include_str!("../tests/keys/signer.key.pem")), Err(CertificateError));
    }

    /// [rfc4055 3.3]
    #[test]
    fn c1_a_key_verifies_what_its_kind_can() {
        use SignatureAlgorithm::*;
        let takes = |pem| read(pem).unwrap().algorithms().collect::<Vec<_>>();
        let pss = [RsaPssSha256, RsaPssSha384, RsaPssSha512];
        let rsa = takes(include_str!("../tests/keys/signer.crt.pem"));
        assert!(rsa.len() == 7 && pss.iter().all(|algorithm| rsa.contains(algorithm)));
        assert_eq!(takes(include_str!("../tests/keys/p256.crt.pem")), [EcdsaSha256]);
        assert_eq!(takes(include_str!("../tests/keys/p384.crt.pem")), [EcdsaSha384]);
        assert_eq!(
            takes(include_str!("../tests/keys/p521.crt.pem")),
            [EcdsaSha512, EcdsaSha384, EcdsaSha256]
        );
        assert_eq!(takes(include_str!("../tests/keys/ed25519.crt.pem")), [Ed25519]);
        // For RSA-PSS alone; the first is bound to SHA-256.
        assert_eq!(takes(include_str!("../tests/keys/pss.crt.pem")), [RsaPssSha256]);
        assert_eq!(takes(include_str!("../tests/keys/pss-any.crt.pem")), pss);
        assert_eq!(takes(include_str!("../tests/keys/pss-sha1.crt.pem")), []);
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let certificate = read(include_str!("../tests/keys/signer.crt.pem")).unwrap();
        assert!(Certificate::from_der(certificate.der()).is_ok());
        let longer = [certificate.der(), &[0]].concat();
        assert_eq!(Certificate::from_der(&longer), Err(CertificateError));
    }
}
