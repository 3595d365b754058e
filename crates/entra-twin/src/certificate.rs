//! A certificate of the service provider, as an administrator uploads it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::x509::X509;
use serde::{Deserialize, Serialize};

use crate::credential::pem;

/// A certificate without its key: what verifies requests, or what an assertion is encrypted for.
///
/// In the TOML files it is PEM text. Entra looks at the key alone: not at dates, names or issuers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Certificate(Vec<u8>);

impl Certificate {
    /// Takes the text of an `X509Certificate`: base64, with or without line breaks.
    ///
    /// # Errors
    /// A sentence that says what is wrong, if it is no base64 or no X.509 certificate.
    pub fn from_base64(text: &str) -> Result<Self, String> {
        let base64: String = text.split_whitespace().collect();
        let der = STANDARD
            .decode(base64)
            .map_err(|error| format!("the base64 of a certificate is broken: {error}"))?;
        Self::from_der(der)
    }

    /// Takes DER.
    ///
    /// # Errors
    /// A sentence that says what is wrong, if it is no X.509 certificate.
    pub fn from_der(der: Vec<u8>) -> Result<Self, String> {
        match X509::from_der(&der) {
            Ok(_) => Ok(Self(der)),
            Err(error) => Err(format!("expected an X.509 certificate: {error}")),
        }
    }

    /// DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// As it stands in `X509Certificate`: base64 on one line.
    pub(crate) fn base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// Of a credential, which holds what its file has, a certificate or not.
    pub(crate) fn unchecked(der: Vec<u8>) -> Self {
        Self(der)
    }

    pub(crate) fn x509(&self) -> Result<X509, openssl::error::ErrorStack> {
        X509::from_der(&self.0)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for Certificate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::from_der(pem::decode(&text, "CERTIFICATE")?)
    }
}

impl From<Certificate> for String {
    fn from(certificate: Certificate) -> Self {
        pem::encode(&certificate.0, "CERTIFICATE")
    }
}
