use std::fmt;

use landfall_xmldsig::Document;

use crate::read::{self, ASSERTION, ReadError};
use crate::{EntityId, LogoutKind, RawLogout, RequestId};

/// A logout message as it came, read once; nothing in it is verified.
pub struct ReceivedLogout<'m> {
    raw: &'m RawLogout,
    document: Document<'m>,
}

impl<'m> ReceivedLogout<'m> {
    /// The root is the message that the name of its parameter promises [attack A25].
    pub(crate) fn new(raw: &'m RawLogout, document: Document<'m>) -> Result<Self, ReadError> {
        read::logout_layout(&document, raw.kind())?;
        Ok(Self { raw, document })
    }

    pub(crate) fn raw(&self) -> &'m RawLogout {
        self.raw
    }

    pub(crate) fn document(&self) -> &Document<'m> {
        &self.document
    }

    /// Which of the two messages it is.
    #[must_use]
    pub fn kind(&self) -> LogoutKind {
        self.raw.kind()
    }

    /// What tells which connection this is for.
    ///
    /// # Security
    /// Anybody can write these: they choose the keys that are tried and grant nothing.
    #[must_use]
    pub fn hints(&self) -> LogoutHints {
        let root = self.document.root();
        let issuer = root.elements().find(|child| child.is(ASSERTION, "Issuer"));
        let issuer = issuer.and_then(|issuer| issuer.text().ok());
        LogoutHints {
            issuer: issuer.and_then(|text| EntityId::try_from(text).ok()),
            in_response_to: root.attribute("InResponseTo").and_then(|text| RequestId::try_from(text).ok()),
        }
    }
}

impl fmt::Debug for ReceivedLogout<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedLogout").field("raw", &self.raw).finish_non_exhaustive()
    }
}

/// Unverified hints at the connection that a logout message belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogoutHints {
    /// The identity provider that it claims to come from; Entra's answers name the host of its sign-in page,
    /// so that an answer is better found by what it answers.
    pub issuer: Option<EntityId>,
    /// The request that it claims to answer.
    pub in_response_to: Option<RequestId>,
}
