use std::error::Error;
use std::path::Path;

use landfall_xmldsig::{Document, Limits, PrefixList, canonicalize};

use super::Said;
use crate::manifest::Case;

/// The canonical form of the whole document has the octets that it must have.
pub(super) fn judge(folder: &Path, case: &Case, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    if case.options.algorithm.as_deref() != Some("exc-c14n") {
        return Err(format!("{}: there is no canonicalization but exc-c14n", case.id).into());
    }
    let file = case.options.expected_output.as_ref().ok_or_else(|| format!("{}: no output", case.id))?;
    let expected = std::fs::read(folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let document = match Document::parse(document, &Limits::message()) {
        Ok(document) => document,
        Err(error) => return Ok(Said::refused(error.code(), &error)),
    };
    Ok(match canonicalize(document.root(), None, &PrefixList::default()) {
        Ok(octets) if octets == expected => Said::Accepted,
        Ok(octets) => {
            let same = octets.iter().zip(&expected).take_while(|(ours, theirs)| ours == theirs).count();
            Said::other("c14n.octets", format!("they differ from octet {same} on"))
        }
        Err(error) => Said::refused("c14n", &error),
    })
}
