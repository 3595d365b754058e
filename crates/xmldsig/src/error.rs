//! Why a signature was not believed.

use crate::base64::Base64Error;
use crate::document::ContentError;
use crate::{C14nError, KeyFingerprint, KeyWeakness, Reformatting, SignatureAlgorithm};

/// Why an element is not taken as signed by a trusted key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The element carries no signature of its own.
    #[error("<{element}> is not signed: expected one Signature as its child")]
    NotSigned {
        /// The element that was asked about.
        element: String,
    },
    /// More than one Signature on one element.
    #[error("<{element}> carries {count} signatures, one is allowed")]
    SeveralSignatures {
        /// The element.
        element: String,
        /// How many stand there.
        count: usize,
    },
    /// A processing instruction anywhere in the message: other readers cut values at it.
    #[error("the message holds a processing instruction: a signed message must not")]
    ProcessingInstruction,
    /// A comment splits a text: other readers cut the value there, and the signature does not cover the comment.
    #[error("a comment splits the text of <{element}>: a signed message must not hold one there")]
    Comment {
        /// The element.
        element: String,
    },
    /// The Signature has another form than the one that is read.
    #[error("the Signature has a form that is not accepted")]
    Shape {
        /// What differs.
        #[source]
        source: ShapeError,
    },
    /// An algorithm that is not in the list.
    #[error("{place} {uri:?} is not accepted")]
    Algorithm {
        /// The element that names it.
        place: &'static str,
        /// Its identifier, as sent.
        uri: String,
    },
    /// No trusted key made the signature, and the certificate that the message names is not among them.
    #[error("signed with a key that is not trusted: the message names {}, trusted are {tried:?}", shown(*found))]
    UnknownKey {
        /// The keys that are trusted.
        tried: Vec<KeyFingerprint>,
        /// Fingerprint of the certificate in the message's KeyInfo: a hint, never believed.
        found: Option<KeyFingerprint>,
    },
    /// The message names a trusted key, yet the value is not that key's signature.
    #[error(
        "the signature value is not that of the trusted key {named}: {}; trusted are {tried:?}",
        reason(cause, "SignedInfo was altered after signing")
    )]
    SignatureValue {
        /// The key that the message names.
        named: KeyFingerprint,
        /// What was done to SignedInfo, if its form alone was changed.
        cause: Option<Reformatting>,
        /// The keys that are trusted.
        tried: Vec<KeyFingerprint>,
    },
    /// The message names a trusted key that cannot make a signature of this algorithm.
    #[error("the trusted key {named} cannot sign by {algorithm}; trusted are {tried:?}")]
    KeyKind {
        /// The key that the message names.
        named: KeyFingerprint,
        /// The algorithm that the message names.
        algorithm: SignatureAlgorithm,
        /// The keys that are trusted.
        tried: Vec<KeyFingerprint>,
    },
    /// The message names a trusted key that is too weak to prove anything.
    #[error("the trusted key {named} is not used for verification; trusted are {tried:?}")]
    WeakKey {
        /// The key that the message names.
        named: KeyFingerprint,
        /// The keys that are trusted.
        tried: Vec<KeyFingerprint>,
        /// Why it is not used.
        #[source]
        weakness: KeyWeakness,
    },
    /// The signature is a trusted key's, but the element is not the one that was signed.
    #[error(
        "the digest differs, signed was {signed}, found {found}: {}",
        reason(cause, "the element was altered after signing")
    )]
    Digest {
        /// DigestValue of the reference, base64.
        signed: String,
        /// Digest of the element as it came, base64.
        found: String,
        /// What was done to the element, if its form alone was changed.
        cause: Option<Reformatting>,
    },
    /// The element has no canonical form [attack B2].
    #[error("the element cannot be canonicalized")]
    Canonicalization {
        /// Why.
        #[source]
        source: C14nError,
    },
}

impl VerifyError {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSigned { .. } => "signature.missing",
            Self::SeveralSignatures { .. } => "signature.several",
            Self::ProcessingInstruction => "signature.processing_instruction",
            Self::Comment { .. } => "signature.comment",
            Self::Shape { source } => source.code(),
            Self::Algorithm { .. } => "signature.algorithm",
            Self::UnknownKey { .. } => "signature.unknown_key",
            Self::SignatureValue { .. } => "signature.value",
            Self::KeyKind { .. } => "signature.key_kind",
            Self::WeakKey { .. } => "signature.weak_key",
            Self::Digest { .. } => "signature.digest",
            Self::Canonicalization { .. } => "signature.canonicalization",
        }
    }
}

impl From<ShapeError> for VerifyError {
    fn from(source: ShapeError) -> Self {
        Self::Shape { source }
    }
}

impl From<C14nError> for VerifyError {
    fn from(source: C14nError) -> Self {
        Self::Canonicalization { source }
    }
}

fn reason(cause: &Option<Reformatting>, unknown: &str) -> String {
    cause.as_ref().map_or_else(|| unknown.to_owned(), ToString::to_string)
}

fn shown(found: Option<KeyFingerprint>) -> String {
    found.map_or_else(|| "no certificate".to_owned(), |found| found.to_string())
}

/// Where a Signature, or an encrypted element, differs from the one form that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// Another element, or none, where one is required.
    #[error("in <{parent}> expected {expected}, found {found}")]
    Child {
        /// The element around.
        parent: String,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An attribute that the form does not have.
    #[error("<{element}> must not carry the attribute {attribute:?}")]
    Attribute {
        /// The element.
        element: String,
        /// The attribute's local name.
        attribute: String,
    },
    /// The signed element has no ID to refer to.
    #[error("<{element}> has no ID attribute that is an NCName, so no Reference can name it")]
    Id {
        /// The element.
        element: String,
    },
    /// The Reference is not to the element that carries the Signature [saml-core 5.4.2].
    #[error("the Reference is to {}, expected {expected}: the element that carries the Signature", found.as_deref().unwrap_or("nothing"))]
    Reference {
        /// `#` and the ID of the element.
        expected: String,
        /// The URI attribute; nothing if it is absent.
        found: Option<String>,
    },
    /// A PrefixList that is longer than any message needs.
    #[error("the PrefixList has {found} prefixes, {most} may stand there")]
    Prefixes {
        /// How many it has.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// A value that is not base64.
    #[error("the value of <{element}> is unreadable")]
    Base64 {
        /// The element.
        element: &'static str,
        /// Why.
        #[source]
        source: Base64Error,
    },
    /// Text, comments or elements where they must not be.
    #[error("there is content that is not accepted")]
    Content {
        /// What.
        #[source]
        source: ContentError,
    },
}

impl ShapeError {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Child { .. } => "signature.shape.child",
            Self::Attribute { .. } => "signature.shape.attribute",
            Self::Id { .. } => "signature.shape.id",
            Self::Reference { .. } => "signature.shape.reference",
            Self::Prefixes { .. } => "signature.shape.prefixes",
            Self::Base64 { .. } => "signature.shape.base64",
            Self::Content { .. } => "signature.shape.content",
        }
    }
}

impl From<ContentError> for ShapeError {
    fn from(source: ContentError) -> Self {
        Self::Content { source }
    }
}
