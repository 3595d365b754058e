use std::fmt;

use landfall_xmldsig::KeyFingerprint;
use time::OffsetDateTime;

use crate::model::{LogoutDemand, LogoutEnvelope, LogoutReport};
use crate::sp::SUCCESS;
use crate::{EntityId, NameId, Policy, RequestId, SessionIndex};

const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// A request for logout that passed every rule: the identity provider wants these sessions ended.
///
/// # Security
/// It reaches the sessions of its own connection alone: an identity provider signs any NameID that it likes.
/// Claim `(connection, id)` until [`Self::usable_until`] where the sessions are ended, or the same message ends
/// a later session too.
pub struct LogoutRequest {
    envelope: LogoutEnvelope,
    demand: LogoutDemand,
    relay_state: Option<String>,
    signer: KeyFingerprint,
}

impl LogoutRequest {
    pub(super) fn new(
        envelope: LogoutEnvelope,
        demand: LogoutDemand,
        relay_state: Option<&str>,
        signer: KeyFingerprint,
    ) -> Self {
        Self { envelope, demand, relay_state: relay_state.map(str::to_owned), signer }
    }

    /// Its ID: what is claimed against replay, and what our answer names.
    #[must_use]
    pub fn id(&self) -> &RequestId {
        &self.envelope.id
    }

    /// The earliest moment at which it can have been issued: a claim that was lost before then was not lost for it.
    #[must_use]
    pub fn issued_since(&self) -> OffsetDateTime {
        self.envelope.issue_instant - Policy::SKEW
    }

    /// Until when this request would pass again; the claim is kept as long.
    #[must_use]
    pub fn usable_until(&self) -> OffsetDateTime {
        let oldest = self.envelope.issue_instant + Policy::LOGOUT_AGE;
        self.demand.not_on_or_after.map_or(oldest, |end| end.min(oldest)) + Policy::SKEW
    }

    /// Who asks.
    #[must_use]
    pub fn issuer(&self) -> &EntityId {
        &self.envelope.issuer
    }

    /// The certificate whose key signed.
    #[must_use]
    pub fn signer(&self) -> KeyFingerprint {
        self.signer
    }

    /// Whose sessions are to end; from Entra it may be another value than at sign-in, so that a SessionIndex counts first.
    #[must_use]
    pub fn name_id(&self) -> &NameId {
        &self.demand.name_id
    }

    /// Which sessions are to end; all of the person's where it is empty [saml-core 3.7.1].
    #[must_use]
    pub fn session_indexes(&self) -> &[SessionIndex] {
        &self.demand.session_indexes
    }

    pub(super) fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRequest")
            .field("id", self.id())
            .field("issuer", self.issuer())
            .field("session_indexes", &self.session_indexes().len())
            .finish_non_exhaustive()
    }
}

/// An answer to a logout of ours that passed every rule: the person is signed out at the identity provider.
///
/// # Security
/// Its request is answered now: take the [`PendingLogout`](crate::PendingLogout) away, so that it is answered once.
pub struct LogoutResponse {
    envelope: LogoutEnvelope,
    report: LogoutReport,
    request: RequestId,
    relay_state: Option<String>,
    signer: KeyFingerprint,
}

impl LogoutResponse {
    pub(super) fn new(
        envelope: LogoutEnvelope,
        report: LogoutReport,
        request: RequestId,
        relay_state: Option<&str>,
        signer: KeyFingerprint,
    ) -> Self {
        Self { envelope, report, request, relay_state: relay_state.map(str::to_owned), signer }
    }

    /// The request that it answers.
    #[must_use]
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// Who answers.
    #[must_use]
    pub fn issuer(&self) -> &EntityId {
        &self.envelope.issuer
    }

    /// The certificate whose key signed.
    #[must_use]
    pub fn signer(&self) -> KeyFingerprint {
        self.signer
    }

    /// Whether the person is signed out everywhere.
    #[must_use]
    pub fn outcome(&self) -> LogoutOutcome {
        if self.report.is_partial() { LogoutOutcome::Partial } else { LogoutOutcome::Complete }
    }

    /// The RelayState beside it: a key to what we remember, which in a form nobody signed.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl fmt::Debug for LogoutResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutResponse")
            .field("request", &self.request)
            .field("issuer", self.issuer())
            .field("outcome", &self.outcome())
            .finish_non_exhaustive()
    }
}

/// How far a logout went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever is told must be told the whole truth")]
pub enum LogoutOutcome {
    /// The identity provider, and every application that it knows of.
    Complete,
    /// The identity provider could not reach every application: the person should close the browser [saml-core 3.7.3.2].
    Partial,
}

impl LogoutReport {
    /// Signed out there, and not everywhere else; some call that a success and some their own failure.
    pub(crate) fn is_partial(&self) -> bool {
        let top = matches!(self.status.code.as_str(), SUCCESS | RESPONDER);
        top && self.status.detail.as_deref() == Some(PARTIAL)
    }
}
