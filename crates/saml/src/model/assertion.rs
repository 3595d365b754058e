use time::OffsetDateTime;

use super::{Attribute, NameId};
use crate::{AssertionId, EntityId, SessionIndex};

/// An assertion, read from octets that a trusted key signed.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) id: AssertionId,
    pub(crate) version: String,
    pub(crate) issue_instant: OffsetDateTime,
    pub(crate) issuer: EntityId,
    pub(crate) name_id: NameId,
    pub(crate) confirmations: Vec<SubjectConfirmation>,
    pub(crate) conditions: Conditions,
    pub(crate) authn_statements: Vec<AuthnStatement>,
    pub(crate) attributes: Vec<Attribute>,
}

/// Why the presenter may use the assertion.
#[derive(Debug, Default)]
pub(crate) struct SubjectConfirmation {
    pub(crate) method: String,
    pub(crate) recipient: Option<String>,
    pub(crate) in_response_to: Option<String>,
    pub(crate) not_before: Option<OffsetDateTime>,
    pub(crate) not_on_or_after: Option<OffsetDateTime>,
}

/// Under which conditions the assertion counts.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) not_before: Option<OffsetDateTime>,
    pub(crate) not_on_or_after: Option<OffsetDateTime>,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug)]
pub(crate) enum Condition {
    /// One of these must be us.
    Audience(Vec<String>),
    /// Not to be kept for later use [saml-core 2.5.1.5]; we never keep one.
    OneTimeUse,
    /// For those who issue assertions upon this one [saml-core 2.5.1.6]; we issue none.
    ProxyRestriction,
    /// Something that we do not understand, so that the assertion cannot be judged.
    Unknown(String),
}

/// How and when the person was recognised.
#[derive(Debug)]
pub(crate) struct AuthnStatement {
    pub(crate) authn_instant: OffsetDateTime,
    pub(crate) session_index: Option<SessionIndex>,
    pub(crate) session_not_on_or_after: Option<OffsetDateTime>,
    pub(crate) class: Option<String>,
}

impl Assertion {
    /// The latest end that it names anywhere: until then it must not be accepted a second time.
    pub(crate) fn usable_until(&self) -> Option<OffsetDateTime> {
        let confirmed = self.confirmations.iter().filter_map(|confirmation| confirmation.not_on_or_after);
        confirmed.chain(self.conditions.not_on_or_after).max()
    }
}
