use landfall_xmldsig::{Document, Element, XMLDSIG_NAMESPACE};

use super::{ASSERTION, PROTOCOL, ReadError};

/// Where the one assertion and the signatures of a Response stand.
pub(crate) struct Layout<'d> {
    pub(crate) response: Element<'d>,
    pub(crate) assertion: Element<'d>,
    pub(crate) response_signed: bool,
    pub(crate) assertion_signed: bool,
}

/// Finds exactly one assertion, as a child of Response, and no signature elsewhere than on these two.
///
/// The whole message is counted, not the children alone, so that nothing hides in Extensions, StatusDetail,
/// an Object or an attribute value [attack A7, A18].
pub(crate) fn layout<'d>(document: &'d Document<'d>) -> Result<Layout<'d>, ReadError> {
    let response = document.root();
    if !response.is(PROTOCOL, "Response") {
        return Err(ReadError::Root { expected: "Response", found: response.local_name().to_owned() });
    }
    let assertion = only_assertion(response)?;
    let mut signed = (false, false);
    for element in outside_advice(response, assertion) {
        if element.is(PROTOCOL, "Response") {
            return Err(ReadError::NestedResponse);
        }
        if !element.is(XMLDSIG_NAMESPACE, "Signature") {
            continue;
        }
        match element.parent() {
            Some(parent) if parent == response => signed.0 = true,
            Some(parent) if parent == assertion => signed.1 = true,
            parent => return Err(ReadError::SignaturePlace { parent: name(parent) }),
        }
    }
    Ok(Layout { response, assertion, response_signed: signed.0, assertion_signed: signed.1 })
}

/// One in the whole message, as a child of Response, and none encrypted [attack A2, A3, A5].
fn only_assertion(response: Element<'_>) -> Result<Element<'_>, ReadError> {
    if let Some(encrypted) =
        response.descendants().find(|element| element.is(ASSERTION, "EncryptedAssertion"))
    {
        return Err(ReadError::Encrypted { element: encrypted.local_name().to_owned() });
    }
    let is_assertion = |element: &Element<'_>| element.is(ASSERTION, "Assertion");
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

/// All elements of the message but those in the Advice of this assertion, which is neither counted nor read [saml-core 2.6.1], [attack A6].
fn outside_advice<'d>(response: Element<'d>, assertion: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    // The schema has one Advice at most: a second one is refused when the assertion is read.
    let advice = assertion
        .elements()
        .find(|child| child.is(ASSERTION, "Advice"))
        .map_or(0..0, |advice| advice.range());
    response.descendants().filter(move |element| {
        let at = element.range();
        !(advice.start < at.start && at.end <= advice.end)
    })
}

fn name(element: Option<Element<'_>>) -> String {
    element.map_or_else(String::new, |element| element.local_name().to_owned())
}
