use landfall_xmldsig::{ContentError, Element, ParseError};

use crate::IdError;
use crate::instant::InstantError;

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not XML that is accepted.
    #[error("the message is not readable XML")]
    Xml(#[from] ParseError),
    /// Another message than the one that belongs here.
    #[error("expected <{expected}>, found <{found}>: another kind of message was sent to this address")]
    Root {
        /// The element that belongs here.
        expected: &'static str,
        /// The element that came.
        found: String,
    },
    /// The message that belongs here, in another version of SAML or by another standard.
    #[error("<{element}> is of {found:?}, expected one of SAML 2.0")]
    Namespace {
        /// The element.
        element: &'static str,
        /// Its namespace.
        found: String,
    },
    /// Another element, or none, where the schema has one.
    #[error("in <{parent}> expected {expected}, found {found}")]
    Child {
        /// The element around.
        parent: String,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// An attribute that must be there.
    #[error("<{element}> lacks the attribute {attribute}")]
    Attribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// Text, comments or elements where they must not be.
    #[error("the message has content that is not accepted")]
    Content(#[from] ContentError),
    /// A time in another form.
    #[error("{attribute} of <{element}> is unreadable")]
    Instant {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
        /// Why.
        #[source]
        source: InstantError,
    },
    /// An identifier in another form.
    #[error("an identifier in <{element}> is unreadable")]
    Id {
        /// The element.
        element: String,
        /// Why.
        #[source]
        source: IdError,
    },
    /// The Issuer is not the name of an entity.
    #[error("the Issuer has the format {found:?}, expected that of an entity, or none")]
    IssuerFormat {
        /// The format that it has.
        found: String,
    },
    /// Something that must be there is empty.
    #[error("<{element}> is empty")]
    Empty {
        /// The element.
        element: String,
    },
    /// Not exactly one assertion as a child of the Response.
    #[error("expected one Assertion as a child of Response, found {found} in the whole message")]
    Assertions {
        /// How many stand in the message, wherever.
        found: usize,
    },
    /// The one assertion does not stand where it must.
    #[error("the Assertion stands in <{parent}>, expected it as a child of Response")]
    AssertionPlace {
        /// The element around it.
        parent: String,
    },
    /// A Response inside the Response.
    #[error("the message holds a second Response: exactly one is expected, the root")]
    NestedResponse,
    /// A logout message inside the logout message.
    #[error("the message holds a second <{element}>: exactly one is expected, the root")]
    NestedLogout {
        /// Its name.
        element: String,
    },
    /// More sessions than one request may name.
    #[error("the request names more than {most} sessions")]
    Sessions {
        /// The bound.
        most: usize,
    },
    /// A Signature on something else than the message or its assertion.
    #[error("a Signature stands in <{parent}>: only the message and its Assertion may be signed")]
    SignaturePlace {
        /// The element around it.
        parent: String,
    },
    /// Something that is encrypted, where we have no key or nothing encrypted is read.
    #[error(
        "<{element}> is not decrypted: expected it in plain, or the whole assertion encrypted for a key that is ours"
    )]
    Encrypted {
        /// The element.
        element: String,
    },
}

impl ReadError {
    /// For a root that is not the one that belongs here.
    pub(crate) fn root(expected: &'static str, root: Element<'_>) -> Self {
        if root.local_name() == expected {
            return Self::Namespace { element: expected, found: root.namespace().to_owned() };
        }
        Self::Root { expected, found: root.local_name().to_owned() }
    }

    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::Root { .. } => "read.root",
            Self::Namespace { .. } => "read.namespace",
            Self::Child { .. } => "read.child",
            Self::Attribute { .. } => "read.attribute",
            Self::Content(_) => "read.content",
            Self::Instant { .. } => "read.instant",
            Self::Id { .. } => "read.id",
            Self::IssuerFormat { .. } => "read.issuer_format",
            Self::Empty { .. } => "read.empty",
            Self::Assertions { .. } => "read.assertions",
            Self::AssertionPlace { .. } => "read.assertion_place",
            Self::NestedResponse => "read.nested_response",
            Self::NestedLogout { .. } => "read.nested_logout",
            Self::Sessions { .. } => "read.sessions",
            Self::SignaturePlace { .. } => "read.signature_place",
            Self::Encrypted { .. } => "read.encrypted",
        }
    }
}
