use std::error::Error;
use std::path::Path;

use landfall_xmldsig::{Document, Limits, Verifier, XMLDSIG_NAMESPACE};

use super::{Said, algorithms, now};
use crate::expect::Mode;
use crate::manifest::Case;
use crate::trust;

/// The element that carries the first signature of the document is signed by the anchor.
pub(super) fn judge(folder: &Path, case: &Case, mode: Mode, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    let anchor = case.trust_anchor.as_ref().ok_or_else(|| format!("{}: no trust anchor", case.id))?;
    let keys = match trust::keys(folder, anchor, now(&case.options))? {
        Ok(keys) => keys,
        Err(refused) => return Ok(refused),
    };
    let document = match Document::parse(document, &Limits::metadata()) {
        Ok(document) => document,
        Err(error) => return Ok(Said::refused(error.code(), &error)),
    };
    let root = document.root();
    let signature = root.descendants().find(|element| element.is(XMLDSIG_NAMESPACE, "Signature"));
    let signed = signature.and_then(|signature| signature.parent()).unwrap_or(root);
    let verified = Verifier::new(&keys, algorithms(&case.options, mode)).verify(signed);
    Ok(verified.map_or_else(|error| Said::refused(error.code(), &error), |_| Said::Accepted))
}
