//! What is left of an identity that was deleted.

use std::fmt;

use aws_lc_rs::hmac;
use landfall_accounts::{ConnectionId, TenantId};

use crate::chain::hex;

/// What tombstones are made with: a secret of the installation that is not in its database.
///
/// # Security
/// A NameID is often an e-mail address, which whoever reads the database could guess: without this key no guess can be tried.
/// Under another key no deleted identity is recognised, so that it must never change.
#[derive(Clone)]
pub struct TombstoneKey(hmac::Key);

impl TombstoneKey {
    /// Takes 32 random bytes, or what was derived from such.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Of an identity: it says nothing outside of its connection.
    pub(crate) fn subject(&self, tenant: TenantId, connection: ConnectionId, subject: &str) -> String {
        let (tenant, connection) = (tenant.as_uuid(), connection.as_uuid());
        self.sign(&[b"subject", tenant.as_bytes(), connection.as_bytes(), subject.as_bytes()])
    }

    /// Of what a directory calls somebody: it says nothing outside of its connection.
    pub(crate) fn external_id(&self, tenant: TenantId, connection: ConnectionId, id: &str) -> String {
        let (tenant, connection) = (tenant.as_uuid(), connection.as_uuid());
        self.sign(&[b"external id", tenant.as_bytes(), connection.as_bytes(), id.as_bytes()])
    }

    /// Of a user name in lower case: it says nothing outside of its tenant.
    pub(crate) fn name(&self, tenant: TenantId, folded: &str) -> String {
        self.sign(&[b"name", tenant.as_uuid().as_bytes(), folded.as_bytes()])
    }

    /// The first part says what it is, and all but the last have a fixed length.
    fn sign(&self, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"landfall tombstone 1 ");
        for part in parts {
            context.update(part);
        }
        hex(context.sign().as_ref())
    }
}

impl fmt::Debug for TombstoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TombstoneKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tombstone_is_of_one_identity_under_one_key() {
        let (tenant, connection) =
            (|n| TenantId::from_uuid(Uuid::from_u128(n)), |n| ConnectionId::from_uuid(Uuid::from_u128(n)));
        let (key, other) = (TombstoneKey::new(&[1; 32]), TombstoneKey::new(&[2; 32]));
        let stones: HashSet<_> = [
            key.subject(tenant(1), connection(2), "ada@contoso.example"),
            key.subject(tenant(1), connection(2), "ada@contoso.exampl"),
            key.subject(tenant(1), connection(3), "ada@contoso.example"),
            key.subject(tenant(3), connection(2), "ada@contoso.example"),
            key.external_id(tenant(1), connection(2), "ada@contoso.example"),
            key.name(tenant(1), "ada@contoso.example"),
            key.name(tenant(2), "ada@contoso.example"),
            other.subject(tenant(1), connection(2), "ada@contoso.example"),
            other.name(tenant(1), "ada@contoso.example"),
        ]
        .into();
        assert_eq!(stones.len(), 9);
        assert!(stones.contains(&key.clone().name(tenant(2), "ada@contoso.example")));
        // One that was made stays what it is.
        assert!(stones.contains("8016e18eb7a0f7bf20c82af4aea6f34ba7abc6368a9df2aa48022b2c3c9976f0"));
        assert_eq!(format!("{key:?}"), "TombstoneKey([redacted])");
    }
}
