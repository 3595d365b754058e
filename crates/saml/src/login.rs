use std::fmt;

use landfall_xmldsig::{KeyFingerprint, SignedXml};
use time::OffsetDateTime;

use crate::model::Assertion;
use crate::{AssertionId, Attribute, EntityId, NameId, Policy, RequestId, SessionIndex};

/// A response that passed every rule: the only thing that says who has come.
///
/// # Security
/// It says so once: claim `(connection, assertion_id)` until [`Self::usable_until`] in the same transaction
/// that opens the session, or the same message signs in again.
#[derive(Debug)]
pub struct Login {
    assertion: Assertion,
    request: Option<RequestId>,
    usable_until: OffsetDateTime,
    documents: Vec<SignedDocument>,
    signer: KeyFingerprint,
}

impl Login {
    pub(crate) fn new(
        assertion: Assertion,
        request: Option<RequestId>,
        documents: Vec<SignedDocument>,
        signer: KeyFingerprint,
        now: OffsetDateTime,
    ) -> Self {
        let usable_until = assertion.usable_until().unwrap_or(now) + Policy::SKEW;
        Self { assertion, request, usable_until, documents, signer }
    }

    /// The assertion's ID: what is claimed against replay.
    #[must_use]
    pub fn assertion_id(&self) -> &AssertionId {
        &self.assertion.id
    }

    /// Until when this assertion would pass again; the claim is kept as long.
    #[must_use]
    pub fn usable_until(&self) -> OffsetDateTime {
        self.usable_until
    }

    /// The earliest moment at which it can have been issued: its IssueInstant, less the skew of clocks.
    #[must_use]
    pub fn issued_since(&self) -> OffsetDateTime {
        self.assertion.issue_instant - Policy::SKEW
    }

    /// When the identity provider issued it, by its own clock.
    #[must_use]
    pub fn issue_instant(&self) -> OffsetDateTime {
        self.assertion.issue_instant
    }

    /// The request that it answers; none for an unsolicited one.
    #[must_use]
    pub fn request(&self) -> Option<&RequestId> {
        self.request.as_ref()
    }

    /// Who says so.
    #[must_use]
    pub fn issuer(&self) -> &EntityId {
        &self.assertion.issuer
    }

    /// The certificate whose key signed.
    #[must_use]
    pub fn signer(&self) -> KeyFingerprint {
        self.signer
    }

    /// Whom it is about.
    #[must_use]
    pub fn name_id(&self) -> &NameId {
        &self.assertion.name_id
    }

    /// What is said about the person.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.assertion.attributes
    }

    /// When the person proved who they are, by the oldest of the statements, as the rules take it; with Entra this may be months ago.
    #[must_use]
    pub fn authn_instant(&self) -> OffsetDateTime {
        let instants = self.assertion.authn_statements.iter().map(|statement| statement.authn_instant);
        instants.min().unwrap_or(self.assertion.issue_instant)
    }

    /// How they proved it, as an authentication context class.
    #[must_use]
    pub fn authn_context_class(&self) -> Option<&str> {
        self.assertion.authn_statements.iter().find_map(|statement| statement.class.as_deref())
    }

    /// The identity provider's name for the session: what it names when it signs the person out [`SessionIndex`].
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.assertion
            .authn_statements
            .iter()
            .find_map(|statement| statement.session_index.as_ref().map(SessionIndex::expose))
    }

    /// When the session is to end at the latest.
    #[must_use]
    pub fn session_not_on_or_after(&self) -> Option<OffsetDateTime> {
        self.assertion.authn_statements.iter().filter_map(|statement| statement.session_not_on_or_after).min()
    }
}

/// An unsolicited response that passed every rule on a connection that restarts such logins.
///
/// It opens nothing: claim its assertion as [`Login`] says, and begin a login of our own.
#[derive(Debug)]
pub struct Restart(Login);

impl Restart {
    pub(crate) fn new(login: Login) -> Self {
        Self(login)
    }

    /// The assertion's ID: what is claimed against replay.
    #[must_use]
    pub fn assertion_id(&self) -> &AssertionId {
        self.0.assertion_id()
    }

    /// Until when this assertion would pass again.
    #[must_use]
    pub fn usable_until(&self) -> OffsetDateTime {
        self.0.usable_until()
    }

    /// The earliest moment at which it can have been issued.
    #[must_use]
    pub fn issued_since(&self) -> OffsetDateTime {
        self.0.issued_since()
    }

    /// What is said about the person, for a login hint.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        self.0.attributes()
    }
}

/// What a response that passed every rule amounts to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Accepted {
    /// Somebody signed in.
    Login(Login),
    /// Somebody would like to: begin a login.
    Restart(Restart),
}

impl Accepted {
    /// The documents that were verified, for a second engine: the message as it came, the assertion that was decrypted out of it
    /// and is signed itself, or both in this order.
    #[must_use]
    pub fn documents(&self) -> &[SignedDocument] {
        match self {
            Self::Login(login) | Self::Restart(Restart(login)) => &login.documents,
        }
    }
}

/// A document with signatures in it, and what trusted keys signed of it: the Response, the assertion, or both in this order.
#[derive(Clone)]
pub struct SignedDocument {
    /// The document that was verified.
    pub octets: Vec<u8>,
    /// What the verifier made of each signature, the outermost element first.
    pub signed: Vec<SignedXml>,
}

impl fmt::Debug for SignedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The octets hold personal data.
        f.debug_struct("SignedDocument")
            .field("bytes", &self.octets.len())
            .field("signed", &self.signed)
            .finish()
    }
}
