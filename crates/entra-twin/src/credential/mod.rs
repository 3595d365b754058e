//! A signing key and its certificate.

mod generate;
pub(crate) mod pem;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::hash::{MessageDigest, hash};
use openssl::x509::X509;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Certificate;

/// A signing key with its self-signed certificate, as Entra makes one for each application.
///
/// In the TOML files both are PEM text; the key is PKCS#8.
///
/// # Security
/// The keys that come with this crate are test keys: anyone can read them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Pem", into = "Pem")]
pub struct Credential {
    certificate: Vec<u8>,
    private_key: Vec<u8>,
}

impl Credential {
    /// The certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate as it stands in `X509Certificate`: base64 on one line.
    pub(crate) fn certificate_base64(&self) -> String {
        STANDARD.encode(&self.certificate)
    }

    /// SHA-1 of the certificate in hexadecimal, as the portal shows it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // A digest takes anything, so it does not fail.
        let digest = hash(MessageDigest::sha1(), &self.certificate).map(|it| it.to_vec()).unwrap_or_default();
        digest.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    /// Whether the certificate is valid at this moment, both ends included; one that cannot be read is not.
    #[must_use]
    pub fn is_valid_at(&self, now: OffsetDateTime) -> bool {
        self.compared(now).is_some_and(|(begun, ended)| begun && !ended)
    }

    /// Whether it was valid and is no longer.
    pub(crate) fn has_expired_at(&self, now: OffsetDateTime) -> bool {
        self.compared(now).is_some_and(|(_, ended)| ended)
    }

    /// The certificate without its key.
    pub(crate) fn public(&self) -> Certificate {
        Certificate::unchecked(self.certificate.clone())
    }

    /// Whether the validity has begun, and whether it has ended.
    fn compared(&self, now: OffsetDateTime) -> Option<(bool, bool)> {
        let x509 = X509::from_der(&self.certificate).ok()?;
        let now = Asn1Time::from_unix(now.unix_timestamp()).ok()?;
        let begun = x509.not_before().compare(&now).ok()?.is_le();
        let ended = x509.not_after().compare(&now).ok()?.is_lt();
        Some((begun, ended))
    }

    /// The private key, PKCS#8 DER: to sign by hand what the double does not write.
    #[must_use]
    pub fn private_key(&self) -> &[u8] {
        &self.private_key
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential([redacted])")
    }
}

/// How a credential is written in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pem {
    certificate: String,
    private_key: String,
}

impl TryFrom<Pem> for Credential {
    type Error = String;

    fn try_from(pem: Pem) -> Result<Self, String> {
        Ok(Self {
            certificate: pem::decode(&pem.certificate, "CERTIFICATE")?,
            private_key: pem::decode(&pem.private_key, "PRIVATE KEY")?,
        })
    }
}

impl From<Credential> for Pem {
    fn from(credential: Credential) -> Self {
        Self {
            certificate: pem::encode(&credential.certificate, "CERTIFICATE"),
            private_key: pem::encode(&credential.private_key, "PRIVATE KEY"),
        }
    }
}
