use std::error::Error;
use std::path::Path;

use landfall_xmldsig::{C14nMethod, Document, Element, Limits, canonicalize};

use super::Said;
use crate::manifest::Case;

/// The canonical form of the whole document, or of the elements that the case picks, has the octets that it must have.
pub(super) fn judge(folder: &Path, case: &Case, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    let method = match case.options.algorithm.as_deref() {
        Some("exc-c14n") => C14nMethod::Exclusive,
        Some("c14n") => C14nMethod::Inclusive10,
        Some("c14n-comments") => C14nMethod::Inclusive10WithComments,
        Some("c14n11") => C14nMethod::Inclusive11,
        other => return Err(format!("{}: there is no canonicalization {other:?}", case.id).into()),
    };
    let text =
        |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"));
    let file = case.options.expected_output.as_ref().ok_or_else(|| format!("{}: no output", case.id))?;
    let expected = text(file)?;
    let document = match Document::parse(document, &Limits::message()) {
        Ok(document) => document,
        Err(error) => return Ok(Said::refused(error.code(), &error)),
    };
    let subset = case.options.xpath_subset_file.as_deref().map(text).transpose()?;
    let Some(apexes) = apexes(&document, subset.as_deref()) else {
        return Ok(Said::other("c14n.subset", "these nodes are no elements with all below them"));
    };
    let octets: Result<Vec<_>, _> =
        apexes.into_iter().map(|apex| canonicalize(apex, None, &method.into())).collect();
    Ok(match octets.map(|octets| octets.concat()) {
        Ok(octets) if octets == expected.as_bytes() => Said::Accepted,
        Ok(octets) => {
            let pairs = octets.iter().zip(expected.as_bytes());
            let same = pairs.take_while(|(ours, theirs)| ours == theirs).count();
            Said::other("c14n.octets", format!("they differ from octet {same} on"))
        }
        Err(error) => Said::refused("c14n", &error),
    })
}

/// The elements that an expression picks together with all below them; nothing if it picks other sets of nodes,
/// which no signature that is accepted here stands for.
fn apexes<'d>(document: &'d Document<'_>, subset: Option<&str>) -> Option<Vec<Element<'d>>> {
    let root = document.root();
    let Some(subset) = subset else { return Some(vec![root]) };
    let condition = subset.trim().strip_prefix("(//. | //@* | //namespace::*)")?.trim();
    let condition = condition.strip_prefix('[')?.strip_suffix(']')?;
    let names: Option<Vec<&str>> =
        condition.split(" or ").map(|part| part.strip_prefix("ancestor-or-self::")).collect();
    let names: Vec<&str> =
        names?.into_iter().map(|name| name.split_once(':').map_or(name, |(_, local)| local)).collect();
    let all = std::iter::once(root).chain(root.descendants());
    Some(all.filter(|element| names.contains(&element.local_name())).collect())
}
