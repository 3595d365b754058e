use landfall_xmldsig::{Document, Element, XMLDSIG_NAMESPACE};

use super::cursor::{Children, id, instant, issuer, optional_instant, required, text};
use super::{ASSERTION, PROTOCOL, ReadError, assertion, response};
use crate::LogoutKind;
use crate::model::{LogoutDemand, LogoutEnvelope, LogoutReport};

/// Most sessions that one request may name.
pub(crate) const MOST_SESSIONS: usize = 64;

/// The root of a logout message, and whether it carries a signature of its own.
///
/// No signature stands elsewhere and no second logout message anywhere, as [`layout`](super::layout) has it of a Response [attack A1, A7].
pub(crate) fn logout_layout<'d>(
    document: &'d Document<'d>,
    kind: LogoutKind,
) -> Result<(Element<'d>, bool), ReadError> {
    let root = document.root();
    let expected = kind.element();
    if !root.is(PROTOCOL, expected) {
        return Err(ReadError::root(expected, root));
    }
    let mut signed = false;
    for element in root.descendants() {
        if [LogoutKind::Request, LogoutKind::Response].iter().any(|kind| element.is(PROTOCOL, kind.element()))
        {
            return Err(ReadError::NestedLogout { element: element.local_name().to_owned() });
        }
        match element.parent().filter(|_| element.is(XMLDSIG_NAMESPACE, "Signature")) {
            None => {}
            Some(parent) if parent == root => signed = true,
            Some(parent) => {
                return Err(ReadError::SignaturePlace { parent: parent.local_name().to_owned() });
            }
        }
    }
    Ok((root, signed))
}

/// The NameID of a request, where it is encrypted [saml-core 3.7.1].
pub(crate) fn encrypted_id<'d>(request: Element<'d>) -> Vec<(&'static str, Element<'d>)> {
    let encrypted = request.elements().filter(|child| child.is(ASSERTION, "EncryptedID"));
    encrypted.map(|child| ("EncryptedID", child)).collect()
}

/// Reads a LogoutRequest in schema order: exactly one NameID, then the sessions [saml-core 3.7.1].
pub(crate) fn logout_request(request: Element<'_>) -> Result<(LogoutEnvelope, LogoutDemand), ReadError> {
    let mut children = Children::without_signature(request)?;
    let envelope = envelope(request, &mut children)?;
    if let Some(encrypted) = children.optional(ASSERTION, "EncryptedID") {
        return Err(ReadError::Encrypted { element: encrypted.local_name().to_owned() });
    }
    let name_id = assertion::name_id(children.required(ASSERTION, "NameID")?)?;
    let mut session_indexes = Vec::new();
    while let Some(index) = children.optional(PROTOCOL, "SessionIndex") {
        if session_indexes.len() == MOST_SESSIONS {
            return Err(ReadError::Sessions { most: MOST_SESSIONS });
        }
        session_indexes.push(id(index, text(index)?)?);
    }
    children.end()?;
    let not_on_or_after = optional_instant(request, "NotOnOrAfter")?;
    Ok((envelope, LogoutDemand { name_id, session_indexes, not_on_or_after }))
}

/// Reads a LogoutResponse in schema order [saml-core 3.7.2].
pub(crate) fn logout_response(element: Element<'_>) -> Result<(LogoutEnvelope, LogoutReport), ReadError> {
    let mut children = Children::without_signature(element)?;
    let envelope = envelope(element, &mut children)?;
    let status = response::status(children.required(PROTOCOL, "Status")?)?;
    children.end()?;
    let in_response_to = element.attribute("InResponseTo").map(str::to_owned);
    Ok((envelope, LogoutReport { in_response_to, status }))
}

/// The attributes, the Issuer, which must be there [saml-profiles 4.4.4.1, 4.4.4.2], and what extends either message.
fn envelope(message: Element<'_>, children: &mut Children<'_>) -> Result<LogoutEnvelope, ReadError> {
    let issuer = issuer(children.required(ASSERTION, "Issuer")?)?;
    children.optional(PROTOCOL, "Extensions");
    Ok(LogoutEnvelope {
        id: id(message, required(message, "ID")?)?,
        version: required(message, "Version")?.to_owned(),
        issue_instant: instant(message, "IssueInstant")?,
        destination: message.attribute("Destination").map(str::to_owned),
        issuer: id(message, issuer)?,
    })
}
