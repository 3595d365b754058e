//! A signing key and its certificate.

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
            certificate: decode(&pem.certificate, "CERTIFICATE")?,
            private_key: decode(&pem.private_key, "PRIVATE KEY")?,
        })
    }
}

impl From<Credential> for Pem {
    fn from(credential: Credential) -> Self {
        Self {
            certificate: encode(&credential.certificate, "CERTIFICATE"),
            private_key: encode(&credential.private_key, "PRIVATE KEY"),
        }
    }
}

fn decode(pem: &str, label: &str) -> Result<Vec<u8>, String> {
    let body = pem
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .ok_or_else(|| format!("expected PEM text that begins with -----BEGIN {label}-----"))?;
    let base64: String = body.split_whitespace().collect();
    STANDARD.decode(base64).map_err(|error| format!("the base64 of the {label} is broken: {error}"))
}

fn encode(der: &[u8], label: &str) -> String {
    let base64 = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (place, letter) in base64.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_goes_both_ways() {
        let der: Vec<u8> = (0..100).collect();
        let pem = encode(&der, "CERTIFICATE");
        assert_eq!(pem.lines().map(str::len).max(), Some(64));
        assert_eq!(decode(&pem, "CERTIFICATE"), Ok(der));
    }

    #[test]
    fn broken_pem_says_what_is_wrong() {
        let pem = encode(b"key", "PRIVATE KEY");
        assert!(decode(&pem, "CERTIFICATE").unwrap_err().contains("BEGIN CERTIFICATE"));
        assert!(decode(&pem.replace('a', "*"), "PRIVATE KEY").unwrap_err().contains("base64"));
    }
}
