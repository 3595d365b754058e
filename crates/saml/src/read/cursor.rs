use std::iter::Peekable;

use landfall_xmldsig::{Element, Elements, XMLDSIG_NAMESPACE};
use time::OffsetDateTime;

use super::ReadError;
use crate::instant;

/// The children of an element, asked for one by one in schema order; what the schema does not have there is refused [attack E25].
pub(crate) struct Children<'d> {
    parent: Element<'d>,
    rest: Peekable<Filter<'d>>,
}

/// Passes over what a message may hold at any place.
struct Filter<'d> {
    elements: Elements<'d>,
    without_signature: bool,
}

impl<'d> Iterator for Filter<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Element<'d>> {
        let passed = |element: &Element<'_>| element.is(XMLDSIG_NAMESPACE, "Signature");
        self.elements.find(|element| !(self.without_signature && passed(element)))
    }
}

impl<'d> Children<'d> {
    /// Of an element that holds elements alone.
    pub(crate) fn of(parent: Element<'d>) -> Result<Self, ReadError> {
        Self::new(parent, false)
    }

    /// Of an element that may be signed: its Signature is passed over, wherever it stands.
    ///
    /// The schema has it behind the Issuer, Auth0 puts it last; that there is one at most, and what it covers,
    /// the verifier decides.
    pub(crate) fn without_signature(parent: Element<'d>) -> Result<Self, ReadError> {
        Self::new(parent, true)
    }

    fn new(parent: Element<'d>, without_signature: bool) -> Result<Self, ReadError> {
        let elements = parent.only_elements()?;
        Ok(Self { parent, rest: Filter { elements, without_signature }.peekable() })
    }

    /// The next child, if it is this one.
    pub(crate) fn optional(&mut self, namespace: &str, local: &str) -> Option<Element<'d>> {
        self.rest.next_if(|element| element.is(namespace, local))
    }

    /// The next child, which must be this one.
    pub(crate) fn required(&mut self, namespace: &str, local: &str) -> Result<Element<'d>, ReadError> {
        self.optional(namespace, local).ok_or_else(|| self.other(local))
    }

    /// The next child, whichever it is.
    pub(crate) fn any(&mut self) -> Option<Element<'d>> {
        self.rest.next()
    }

    /// Nothing may follow.
    pub(crate) fn end(&mut self) -> Result<(), ReadError> {
        if self.rest.peek().is_some() { Err(self.other("nothing further")) } else { Ok(()) }
    }

    fn other(&mut self, expected: &str) -> ReadError {
        let found =
            self.rest.peek().map_or_else(|| "nothing".to_owned(), |element| element.local_name().to_owned());
        ReadError::Child { parent: self.parent.local_name().to_owned(), expected: expected.to_owned(), found }
    }
}

/// An attribute that the schema requires.
pub(crate) fn required<'d>(element: Element<'d>, attribute: &'static str) -> Result<&'d str, ReadError> {
    let missing = || ReadError::Attribute { element: element.local_name().to_owned(), attribute };
    element.attribute(attribute).ok_or_else(missing)
}

/// A time that the schema requires.
pub(crate) fn instant(element: Element<'_>, attribute: &'static str) -> Result<OffsetDateTime, ReadError> {
    parse_instant(element, attribute, required(element, attribute)?)
}

/// A time that may be absent.
pub(crate) fn optional_instant(
    element: Element<'_>,
    attribute: &'static str,
) -> Result<Option<OffsetDateTime>, ReadError> {
    element.attribute(attribute).map(|text| parse_instant(element, attribute, text)).transpose()
}

fn parse_instant(
    element: Element<'_>,
    attribute: &'static str,
    text: &str,
) -> Result<OffsetDateTime, ReadError> {
    let unreadable =
        |source| ReadError::Instant { element: element.local_name().to_owned(), attribute, source };
    instant::read(text).map_err(unreadable)
}

/// Text that must not be empty.
pub(super) fn text(element: Element<'_>) -> Result<&str, ReadError> {
    match element.text()? {
        "" => Err(ReadError::Empty { element: element.local_name().to_owned() }),
        text => Ok(text),
    }
}

/// An identifier that must have its form.
pub(super) fn id<'t, T: TryFrom<&'t str, Error = crate::IdError>>(
    element: Element<'_>,
    text: &'t str,
) -> Result<T, ReadError> {
    T::try_from(text).map_err(|source| ReadError::Id { element: element.local_name().to_owned(), source })
}

/// Text of an Issuer, whose format is absent or that of an entity name [saml-profiles 4.1.4.2], [saml-core 8.3.6].
pub(super) fn issuer(element: Element<'_>) -> Result<&str, ReadError> {
    match element.attribute("Format") {
        None | Some("urn:oasis:names:tc:SAML:2.0:nameid-format:entity") => text(element),
        Some(found) => Err(ReadError::IssuerFormat { found: found.to_owned() }),
    }
}
