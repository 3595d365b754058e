//! X.509 certificates as carriers of keys, and the keys that are trusted.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::ParsedPublicKey;
use time::OffsetDateTime;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::algorithm::{AlgorithmPolicy, SignatureAlgorithm};

/// Smallest RSA modulus, in bits.
const RSA_BITS: usize = 2048;
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";

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
    /// Of a key of another kind none.
    keys: Vec<(SignatureAlgorithm, ParsedPublicKey)>,
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
        let (keys, weakness) = read_key(&certificate)?;
        Ok(Self {
            der: der.to_vec(),
            fingerprint: KeyFingerprint::of_der(der),
            subject: certificate.subject().to_string(),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
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

type Keys = Vec<(SignatureAlgorithm, ParsedPublicKey)>;

fn read_key(certificate: &X509Certificate<'_>) -> Result<(Keys, Option<KeyWeakness>), CertificateError> {
    let spki = certificate.public_key();
    let kind = spki.algorithm.algorithm.to_id_string();
    let curve =
        spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
    let key = spki.parsed().map_err(|_| CertificateError)?;
    let bytes = spki.subject_public_key.data.as_ref();
    let parse = |algorithm: SignatureAlgorithm, arithmetic| {
        let key = ParsedPublicKey::new(arithmetic, bytes).map_err(|_| CertificateError)?;
        Ok((algorithm, key))
    };
    let all = |algorithms: &[SignatureAlgorithm]| {
        algorithms
            .iter()
            .map(|algorithm| parse(*algorithm, algorithm.arithmetic()))
            .collect::<Result<Keys, _>>()
    };
    match (&key, kind.as_str(), curve.as_deref()) {
        (PublicKey::RSA(rsa), ..) if rsa.key_size() < RSA_BITS => {
            let short =
                |algorithm: &SignatureAlgorithm| Some(parse(*algorithm, algorithm.short_arithmetic()?));
            // A key that is too short even for the library has no arithmetic at all.
            let keys = RSA.iter().filter_map(short).filter_map(Result::ok).collect();
            Ok((keys, Some(KeyWeakness::Short { bits: rsa.key_size(), least: RSA_BITS })))
        }
        (PublicKey::RSA(_), ..) => Ok((all(RSA)?, None)),
        (_, EC_PUBLIC_KEY, Some(P256)) => Ok((all(&[SignatureAlgorithm::EcdsaP256Sha256])?, None)),
        (_, EC_PUBLIC_KEY, Some(P384)) => Ok((all(&[SignatureAlgorithm::EcdsaP384Sha384])?, None)),
        _ => Ok((Vec::new(), Some(KeyWeakness::Kind { found: curve.unwrap_or(kind) }))),
    }
}

/// What an RSA key can be used with; the first is what it signs with.
const RSA: &[SignatureAlgorithm] = &[
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
    SignatureAlgorithm::RsaSha1,
];

/// The bytes are not one X.509 certificate with a readable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an X.509 certificate: expected one certificate as DER, or as PEM")]
pub struct CertificateError;

/// Why nothing is verified with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyWeakness {
    /// The RSA key is too short.
    #[error(
        "its RSA key has {bits} bits, at least {least} are needed: ask for a certificate with a longer key"
    )]
    Short {
        /// Bits of the modulus.
        bits: usize,
        /// Bits that are needed.
        least: usize,
    },
    /// A key of a kind that no algorithm here uses.
    #[error("its key is of kind {found}: RSA, P-256 and P-384 are taken")]
    Kind {
        /// Object identifier of the key type or curve.
        found: String,
    },
}

/// The keys that a signature may be made with: at least one, each once.
///
/// # Security
/// This is the only source of keys: what a message carries in its KeyInfo is never one [xmldsig 4.5], [attack C3].
#[derive(Clone, Debug)]
pub struct TrustedKeys {
    certificates: Vec<Certificate>,
}

impl TrustedKeys {
    /// Most keys that one set may hold, since each costs one verification [attack D5].
    pub const MOST: usize = 16;

    /// Makes a set; a certificate that is given twice counts once.
    ///
    /// # Errors
    /// [`TrustedKeysError`] for none [attack C5], and for more than [`Self::MOST`].
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, TrustedKeysError> {
        let mut once: Vec<Certificate> = Vec::new();
        for certificate in certificates {
            if once.contains(&certificate) {
                continue;
            }
            if once.len() == Self::MOST {
                return Err(TrustedKeysError::TooMany { most: Self::MOST });
            }
            once.push(certificate);
        }
        if once.is_empty() { Err(TrustedKeysError::None) } else { Ok(Self { certificates: once }) }
    }

    /// The certificates, in the order given.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Their fingerprints, in the order given.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<KeyFingerprint> {
        self.certificates.iter().map(Certificate::fingerprint).collect()
    }
}

/// Why a set of keys cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedKeysError {
    /// No key: that would mean that nothing can be verified, never that everything is accepted.
    #[error("no usable signing key: at least one certificate is needed")]
    None,
    /// Too many keys.
    #[error("more than {most} signing keys: remove those that are no longer used")]
    TooMany {
        /// Most that are taken.
        most: usize,
    },
}

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
            (
                include_str!("../tests/keys/p521.crt.pem"),
                Some(KeyWeakness::Kind { found: "1.3.132.0.35".to_owned() }),
            ),
        ] {
            let certificate = read(pem).unwrap();
            assert_eq!(certificate.weakness(), weakness.as_ref());
            assert_eq!(certificate.first_algorithm().is_none(), weakness.is_some());
        }
        assert_eq!(read(include_str!("../tests/keys/signer.key.pem")), Err(CertificateError));
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let certificate = read(include_str!("../tests/keys/signer.crt.pem")).unwrap();
        assert!(Certificate::from_der(certificate.der()).is_ok());
        let longer = [certificate.der(), &[0]].concat();
        assert_eq!(Certificate::from_der(&longer), Err(CertificateError));
    }

    #[test]
    fn c5_trusted_keys_are_some_and_each_once() {
        let certificate = read(include_str!("../tests/keys/signer.crt.pem")).unwrap();
        assert_eq!(TrustedKeys::new([]).unwrap_err(), TrustedKeysError::None);
        let keys = TrustedKeys::new([certificate.clone(), certificate]).unwrap();
        assert_eq!(keys.certificates().len(), 1);
    }

    #[test]
    fn d5_trusted_keys_are_few() {
        let der = read(include_str!("../tests/keys/signer.crt.pem")).unwrap().der().to_vec();
        // The certificate's own signature ends its DER: nothing here reads it.
        let other = |last: u8| {
            let mut der = der.clone();
            *der.last_mut().unwrap() = last;
            Certificate::from_der(&der).unwrap()
        };
        let some = |count: u8| TrustedKeys::new((0..count).map(other));
        assert_eq!(some(16).unwrap().certificates().len(), 16);
        assert_eq!(some(17).unwrap_err(), TrustedKeysError::TooMany { most: 16 });
    }
}
