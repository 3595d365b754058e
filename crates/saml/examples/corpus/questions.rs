//! The corpus for another engine: of each case the document, and the keys that may have signed it.

use std::error::Error;
use std::path::Path;

use landfall_xmldsig::encode_base64;
use serde::Serialize;

use crate::judge::now;
use crate::manifest::{AnchorKind, Case, Manifest};
use crate::trust;

/// One case.
#[derive(Serialize)]
pub(crate) struct Question<'c> {
    id: &'c str,
    /// The document, in base64.
    document: String,
    /// The trusted certificates, DER in base64; none where no public key is trusted.
    certificates: Vec<String>,
}

/// All cases, in the order of the manifest.
pub(crate) fn all<'c>(folder: &Path, manifest: &'c Manifest) -> Result<Vec<Question<'c>>, Box<dyn Error>> {
    manifest.cases.iter().map(|case| of(folder, case)).collect()
}

fn of<'c>(folder: &Path, case: &'c Case) -> Result<Question<'c>, Box<dyn Error>> {
    let anchor = case.trust_anchor.as_ref();
    let public = anchor.filter(|anchor| !matches!(anchor.kind, AnchorKind::Hmac | AnchorKind::Embedded));
    let keys = match public {
        Some(anchor) => trust::keys(folder, anchor, now(&case.options))?.ok(),
        None => None,
    };
    let certificates = keys.iter().flat_map(|keys| keys.certificates());
    Ok(Question {
        id: &case.id,
        document: encode_base64(&case.document(folder)?),
        certificates: certificates.map(|certificate| encode_base64(certificate.der())).collect(),
    })
}
