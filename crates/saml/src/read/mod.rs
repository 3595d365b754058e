//! From elements to values, one file an element; order and number as the schema has them.

mod assertion;
mod cursor;
mod error;
mod layout;
mod logout;
mod response;

pub(crate) use cursor::optional_instant;
pub use error::ReadError;
pub(crate) use layout::{Content, alone, encrypted_in, layout};
pub(crate) use logout::{encrypted_id, logout_layout, logout_request, logout_response};

use landfall_xmldsig::{Document, Element, Limits, SignedXml};

use crate::model::{Assertion, UnsignedEnvelope};

pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The assertion in a document that a key signed, or that was decrypted out of such: the element itself, or the one inside a Response.
pub(crate) fn assertion_in<'d>(document: &'d Document<'d>) -> Result<Element<'d>, ReadError> {
    if document.root().is(ASSERTION, "Assertion") {
        return Ok(alone(document)?.0);
    }
    match layout(document)?.content {
        Content::Assertion { element, .. } => Ok(element),
        Content::Encrypted(element) => Err(ReadError::Encrypted { element: element.local_name().to_owned() }),
    }
}

/// Its values.
pub(crate) fn assertion(element: Element<'_>) -> Result<Assertion, ReadError> {
    assertion::read(element)
}

/// The envelope in octets that a key signed.
pub(crate) fn signed_envelope(xml: &SignedXml) -> Result<UnsignedEnvelope, ReadError> {
    response::read(&Document::parse(xml.octets(), &Limits::message())?)
}

/// The envelope as it came, believed by nobody.
pub(crate) fn unsigned_envelope(document: &Document<'_>) -> Result<UnsignedEnvelope, ReadError> {
    response::read(document)
}
