use landfall_xmldsig::{Document, Element, XMLDSIG_NAMESPACE};

use super::{ASSERTION, PROTOCOL, ReadError};

/// Where the one assertion and the signatures of a Response stand.
pub(crate) struct Layout<'d> {
    pub(crate) response: Element<'d>,
    pub(crate) response_signed: bool,
    pub(crate) content: Content<'d>,
}

/// The one assertion.
pub(crate) enum Content<'d> {
    Assertion { element: Element<'d>, signed: bool },
    Encrypted(Element<'d>),
}

/// Finds exactly one assertion, as a child of Response, and no signature elsewhere than on these two.
///
/// The whole message is counted, not the children alone, so that nothing hides in Extensions, StatusDetail,
/// an Object or an attribute value [attack A7, A18].
pub(crate) fn layout<'d>(document: &'d Document<'d>) -> Result<Layout<'d>, ReadError> {
    let response = document.root();
    if !response.is(PROTOCOL, "Response") {
        return Err(ReadError::root("Response", response));
    }
    let assertion = only_assertion(response)?;
    let mut signed = (false, false);
    for element in outside_advice(response, assertion) {
        match signature(element)? {
            None => {}
            Some(parent) if parent == response => signed.0 = true,
            Some(parent) if parent == assertion && is_plain(parent) => signed.1 = true,
            Some(parent) => return Err(ReadError::SignaturePlace { parent: name(Some(parent)) }),
        }
    }
    let content = if is_plain(assertion) {
        Content::Assertion { element: assertion, signed: signed.1 }
    } else {
        Content::Encrypted(assertion)
    };
    Ok(Layout { response, response_signed: signed.0, content })
}

/// An assertion that was decrypted, as a document of its own, and whether it is signed: the same rules hold in it [attack A5].
pub(crate) fn alone<'d>(document: &'d Document<'d>) -> Result<(Element<'d>, bool), ReadError> {
    let assertion = document.root();
    if !is_plain(assertion) {
        return Err(ReadError::root("Assertion", assertion));
    }
    let others = outside_advice(assertion, assertion).filter(is_assertion).count();
    if others > 0 {
        return Err(ReadError::Assertions { found: others + 1 });
    }
    let mut signed = false;
    for element in outside_advice(assertion, assertion) {
        match signature(element)? {
            None => {}
            Some(parent) if parent == assertion => signed = true,
            Some(parent) => return Err(ReadError::SignaturePlace { parent: name(Some(parent)) }),
        }
    }
    Ok((assertion, signed))
}

/// What stands encrypted where a NameID or an Attribute of the assertion would, in document order.
pub(crate) fn encrypted_in<'d>(assertion: Element<'d>) -> Vec<(&'static str, Element<'d>)> {
    let places = [("Subject", "EncryptedID"), ("AttributeStatement", "EncryptedAttribute")];
    let parts = assertion.elements().flat_map(|parent| {
        let place = places.into_iter().find(|(place, _)| parent.is(ASSERTION, place));
        place.into_iter().flat_map(move |(_, name)| {
            parent.elements().filter(move |child| child.is(ASSERTION, name)).map(move |child| (name, child))
        })
    });
    parts.collect()
}

/// One in the whole message, encrypted or not, as a child of Response [attack A2, A3, A5].
fn only_assertion(response: Element<'_>) -> Result<Element<'_>, ReadError> {
    let first = response.descendants().find(is_assertion).ok_or(ReadError::Assertions { found: 0 })?;
    let found = outside_advice(response, first).filter(is_assertion).count();
    if found != 1 {
        return Err(ReadError::Assertions { found });
    }
    if first.parent() != Some(response) {
        return Err(ReadError::AssertionPlace { parent: name(first.parent()) });
    }
    Ok(first)
}

/// What a Signature stands in; nothing for another element, and no other element may be a Response.
fn signature(element: Element<'_>) -> Result<Option<Element<'_>>, ReadError> {
    if element.is(PROTOCOL, "Response") {
        return Err(ReadError::NestedResponse);
    }
    Ok(element.parent().filter(|_| element.is(XMLDSIG_NAMESPACE, "Signature")))
}

fn is_plain(element: Element<'_>) -> bool {
    element.is(ASSERTION, "Assertion")
}

fn is_assertion(element: &Element<'_>) -> bool {
    is_plain(*element) || element.is(ASSERTION, "EncryptedAssertion")
}

/// All elements of the message but those in the Advice of this assertion, which is neither counted nor read [saml-core 2.6.1], [attack A6].
fn outside_advice<'d>(message: Element<'d>, assertion: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    // The schema has one Advice at most: a second one is refused when the assertion is read.
    let advice = assertion
        .elements()
        .find(|child| child.is(ASSERTION, "Advice"))
        .map_or(0..0, |advice| advice.range());
    message.descendants().filter(move |element| {
        let at = element.range();
        !(advice.start < at.start && at.end <= advice.end)
    })
}

fn name(element: Option<Element<'_>>) -> String {
    element.map_or_else(String::new, |element| element.local_name().to_owned())
}
