use landfall_xmldsig::{Document, Element};

use crate::read::{ASSERTION, PROTOCOL, ReadError};
use crate::{EntityId, RequestId};

/// A Response as it came, read once; nothing in it is verified.
#[derive(Debug)]
pub struct ReceivedResponse<'m> {
    document: Document<'m>,
}

impl<'m> ReceivedResponse<'m> {
    /// The root is a Response [attack A25].
    pub(crate) fn new(document: Document<'m>) -> Result<Self, ReadError> {
        let root = document.root();
        if !root.is(PROTOCOL, "Response") {
            return Err(ReadError::root("Response", root));
        }
        Ok(Self { document })
    }

    pub(crate) fn document(&self) -> &Document<'m> {
        &self.document
    }

    /// What tells which connection this is for.
    ///
    /// # Security
    /// Anybody can write these: they choose the keys that are tried and grant nothing.
    /// [`ServiceProvider::finish`](crate::ServiceProvider::finish) checks them again on what was signed.
    #[must_use]
    pub fn hints(&self) -> RoutingHints {
        let root = self.document.root();
        let assertion = child(root, ASSERTION, "Assertion");
        let confirmations = assertion.and_then(|assertion| child(assertion, ASSERTION, "Subject"));
        let confirmed = confirmations.into_iter().flat_map(|subject| {
            subject.elements().filter(|child| child.is(ASSERTION, "SubjectConfirmation")).filter_map(
                |confirmation| {
                    child(confirmation, ASSERTION, "SubjectConfirmationData")?.attribute("InResponseTo")
                },
            )
        });
        // Without an assertion the Response's own attribute tells whose failure is being reported.
        let in_response_to = match assertion {
            Some(_) => confirmed.into_iter().next(),
            None => root.attribute("InResponseTo"),
        };
        let issuer = assertion.and_then(issuer).or_else(|| issuer(root));
        RoutingHints {
            in_response_to: in_response_to.and_then(|text| RequestId::try_from(text).ok()),
            answers_something: in_response_to.is_some() || root.attribute("InResponseTo").is_some(),
            issuer: issuer.and_then(|text| EntityId::try_from(text).ok()),
        }
    }
}

/// Unverified hints at the connection that a response belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingHints {
    /// The request that it claims to answer.
    pub in_response_to: Option<RequestId>,
    /// Whether it claims to answer any request, in whatever words: then it is not unsolicited.
    pub answers_something: bool,
    /// The identity provider that it claims to come from.
    pub issuer: Option<EntityId>,
}

fn child<'d>(element: Element<'d>, namespace: &str, local: &str) -> Option<Element<'d>> {
    element.elements().find(|child| child.is(namespace, local))
}

fn issuer(element: Element<'_>) -> Option<&str> {
    child(element, ASSERTION, "Issuer")?.text().ok()
}
