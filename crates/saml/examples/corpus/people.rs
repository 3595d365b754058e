//! The attributes of every response that signs somebody in, for whoever maps them.

use std::error::Error;
use std::path::Path;

use landfall_xmldsig::{Document, Element, Limits};
use serde::Serialize;

use crate::exceptions::Exceptions;
use crate::expect::Mode;
use crate::judge::{self, Attributes, Said};
use crate::manifest::{Case, Kind, Layer, Manifest};

/// One login.
#[derive(Serialize)]
pub(crate) struct Person<'c> {
    id: &'c str,
    mode: Mode,
    attributes: Attributes,
}

/// All of them, in the order of the manifest.
pub(crate) fn all<'c>(
    folder: &Path,
    exceptions: &Exceptions,
    manifest: &'c Manifest,
) -> Result<Vec<Person<'c>>, Box<dyn Error>> {
    let mut people = Vec::new();
    for case in &manifest.cases {
        for mode in Mode::of(case).filter(|mode| exceptions.skipped(case, *mode).is_none()) {
            let document = case.document(folder)?;
            let attributes = match judge::attributes(folder, case, mode, &document)? {
                None if is_accepted(folder, case, mode, &document)? => written(&document),
                found => found,
            };
            people.extend(attributes.map(|attributes| Person { id: &case.id, mode, attributes }));
        }
    }
    Ok(people)
}

/// Whether all but the address is right, which no service provider may have: there is no login, and nothing else is wrong.
fn is_accepted(folder: &Path, case: &Case, mode: Mode, document: &[u8]) -> Result<bool, Box<dyn Error>> {
    let is_response = case.kind == Kind::Response && case.layer != Layer::Xmldsig;
    Ok(is_response && judge::judge(folder, case, mode, document)? == Said::Accepted)
}

/// The attributes as they stand in a document that was accepted; none of an encrypted one.
fn written(document: &[u8]) -> Option<Attributes> {
    const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    let document = Document::parse(document, &Limits::message()).ok()?;
    if document.root().descendants().any(|element| element.is(ASSERTION, "EncryptedAssertion")) {
        return None;
    }
    let named = |attribute: Element<'_>| {
        let values = attribute.elements().filter(|element| element.is(ASSERTION, "AttributeValue"));
        let values = values.map(|value| value.text().unwrap_or_default().to_owned()).collect();
        (attribute.attribute("Name").unwrap_or_default().to_owned(), values)
    };
    let attributes = document.root().descendants().filter(|element| element.is(ASSERTION, "Attribute"));
    Some(attributes.map(named).collect())
}
