//! A signing key and its certificate.

pub(crate) mod pem;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

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
