use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::{AccessOutcome, AccessRequest, AdmittedDirectory, ScimClient, ScimClientId, TokenHash};

/// Knows what directories show to push people and groups.
pub trait CredentialStore: Send + Sync {
    /// Whom a token speaks for: it is not revoked, has not ended, and its connection is not disabled.
    ///
    /// With it comes which declaration of attributes of its own counts for the tenant, so that no request asks for it.
    /// A connection in draft or testing takes pushes: accounts come before the first login.
    /// That it was used is written down, once in [`ScimCredential::USED_EVERY`](crate::ScimCredential::USED_EVERY).
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// Tenant and connection come from here and from nowhere else [attack H1].
    fn directory_of_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<AdmittedDirectory>, PortError>> + Send;

    /// The client of this name, revoked or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn scim_client(
        &self,
        id: &ScimClientId,
    ) -> impl Future<Output = Result<Option<ScimClient>, PortError>> + Send;

    /// The clients that are not revoked and trust assertions of this issuer about this subject.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// Names that nobody has verified may be asked for: the answer is a hint about which key counts.
    fn clients_trusting(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Future<Output = Result<Vec<ScimClient>, PortError>> + Send;

    /// Judges what a client shows, and lets its access token count for
    /// [`AccessRequest::LIFETIME`]: all of it, or nothing [rfc6749 4.4].
    ///
    /// Client, connection and proof are looked at in the transaction that grants.
    /// Each outcome leaves its event, but for a client that does not exist.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn grant_access(
        &self,
        asked: AccessRequest,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<AccessOutcome, PortError>> + Send;
}
