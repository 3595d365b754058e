use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::{DirectoryAccess, TokenHash};

/// Knows what directories show to push people and groups.
pub trait CredentialStore: Send + Sync {
    /// Whom a token speaks for: it is not revoked, has not ended, and its connection is not disabled.
    ///
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
    ) -> impl Future<Output = Result<Option<DirectoryAccess>, PortError>> + Send;
}
