//! What libxmlsec1 signs and says, through samael.

use landfall_xmldsig::{Certificate, TrustedKeys};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};

/// What libxmlsec1 says of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theirs {
    /// It holds.
    Accepted {
        /// What was digested, where it can be asked for.
        octets: Option<String>,
    },
    /// It does not hold, or is not understood.
    Refused,
}

/// What libxmlsec1 says of the first signature in a document, with any of these keys.
///
/// The octets are told where it is the only one.
pub(crate) fn judge(document: &str, keys: &TrustedKeys, only: bool) -> Theirs {
    let octets = only.then(|| octets(document, keys)).flatten();
    // What samael asks of every ID of a document besides is no verdict on the signature.
    let holds = |certificate: &Certificate| {
        Crypto::verify_signed_xml(document, &der(certificate), Some("ID")).is_ok()
    };
    if octets.is_some() || keys.certificates().iter().any(holds) {
        Theirs::Accepted { octets }
    } else {
        Theirs::Refused
    }
}

/// The octets that libxmlsec1 digested for the one signature of a document, if it holds by any of these keys.
#[must_use]
pub fn octets(document: &str, keys: &TrustedKeys) -> Option<String> {
    keys.certificates().iter().find_map(|certificate| {
        Crypto::reduce_xml_to_signed(document, &[der(certificate)], ReduceMode::PreDigest).ok()
    })
}

fn der(certificate: &Certificate) -> CertificateDer {
    certificate.der().to_vec().into()
}

/// Has libxmlsec1 fill the [`template`](crate::template) in a document, which otherwise stays as it is to the byte.
///
/// # Errors
/// [`PeerError`] where it does not sign.
pub fn sign(document: &str, pkcs8: &[u8]) -> Result<String, PeerError> {
    let signed =
        Crypto::sign_xml(document, pkcs8).map_err(|source| PeerError::Refused { source: source.into() })?;
    ["DigestValue", "SignatureValue"].iter().try_fold(document.to_owned(), |document, element| {
        let value = value(&signed, element).ok_or(PeerError::NoValue { element })?;
        Ok(document.replacen(&format!("<ds:{element}>"), &format!("<ds:{element}>{value}"), 1))
    })
}

/// The text of the first element of this name.
fn value<'s>(signed: &'s str, element: &str) -> Option<&'s str> {
    let (_, rest) = signed.split_once(&format!("<ds:{element}>"))?;
    let (value, _) = rest.split_once(&format!("</ds:{element}>"))?;
    Some(value)
}

/// libxmlsec1 did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// It refused the document or the key.
    #[error("libxmlsec1 does not sign")]
    Refused {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It signed something else than the template.
    #[error("libxmlsec1 left {element} empty")]
    NoValue {
        /// The empty element.
        element: &'static str,
    },
}
