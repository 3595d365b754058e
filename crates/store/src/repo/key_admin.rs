//! What an operator says about the keys and addresses of a connection.

use landfall_accounts::{
    CertificateFingerprint, CertificateState, Connection, ConnectionName, EndReason, EventKind,
    TrustedCertificate,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    connection_admin::counts,
    connections,
    ends::{self, Whose},
    events, metadata_sources,
};
use crate::{AdminError, Store, fault::Fault, open::Turn, store::finish};

impl Store {
    /// Revokes a key of a connection for good, and ends the connection's sessions and activations: each may have been opened with it [attack G8].
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoKey`]; [`AdminError::LastKey`] if no other one counts.
    ///
    /// # Security
    /// A login that the key has signed and that is on its way is refused where it is committed.
    pub async fn revoke_key(
        &self,
        name: &ConnectionName,
        fingerprint: &CertificateFingerprint,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        key(&mut connection, fingerprint)?.state = CertificateState::Revoked;
        if !connection.idp.certificates.iter().any(counts) {
            return Err(AdminError::LastKey { connection: name.clone() });
        }
        connections::save_certificates(&txn, &connection).await?;
        note(&txn, &connection, "connection.revoke", Some(fingerprint), now).await?;
        ends::end_all(&txn, Whose::connection(&connection), EndReason::KeyRevoked, now).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Lets a key count that waits; one that was revoked stays so.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoKey`]; [`AdminError::KeyState`] if it does not wait.
    pub async fn approve_key(
        &self,
        name: &ConnectionName,
        fingerprint: &CertificateFingerprint,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let waits = [CertificateState::Pending];
        let to = CertificateState::Trusted;
        self.move_key(name, fingerprint, &waits, to, "connection.approve", now).await
    }

    /// Refuses a key that waits, or is gone, for good: no metadata bring it back.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoKey`];
    /// [`AdminError::KeyState`] for one that counts, which [`Store::revoke_key`] revokes.
    pub async fn refuse_key(
        &self,
        name: &ConnectionName,
        fingerprint: &CertificateFingerprint,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let waits = [CertificateState::Pending, CertificateState::Gone];
        let to = CertificateState::Revoked;
        self.move_key(name, fingerprint, &waits, to, "connection.refuse", now).await
    }

    async fn move_key(
        &self,
        name: &ConnectionName,
        fingerprint: &CertificateFingerprint,
        from: &[CertificateState],
        to: CertificateState,
        action: &str,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        let found = key(&mut connection, fingerprint)?;
        if !from.contains(&found.state) {
            let (connection, fingerprint, state) = (name.clone(), *fingerprint, found.state);
            return Err(AdminError::KeyState { connection, fingerprint, state });
        }
        found.state = to;
        connections::save_certificates(&txn, &connection).await?;
        note(&txn, &connection, action, Some(fingerprint), now).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Sends logins and logouts to the addresses that wait, in place of the old ones.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoEndpointsWait`].
    pub async fn approve_endpoints(
        &self,
        name: &ConnectionName,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        let Some(waiting) = metadata_sources::take_waiting(&txn, &connection).await? else {
            return Err(AdminError::NoEndpointsWait { connection: name.clone() });
        };
        (connection.idp.sso, connection.idp.slo) = (waiting.sso, waiting.slo);
        connections::save(&txn, &connection).await?;
        note(&txn, &connection, "connection.approve_endpoints", None, now).await?;
        finish(txn).await?;
        Ok(connection)
    }
}

fn key<'a>(
    connection: &'a mut Connection,
    fingerprint: &CertificateFingerprint,
) -> Result<&'a mut TrustedCertificate, AdminError> {
    let there_are = connection.idp.certificates.iter().map(|one| one.fingerprint).collect();
    let no_key =
        AdminError::NoKey { connection: connection.name.clone(), fingerprint: *fingerprint, there_are };
    connection.idp.certificates.iter_mut().find(|one| one.fingerprint == *fingerprint).ok_or(no_key)
}

async fn note(
    conn: &impl ConnectionTrait,
    connection: &Connection,
    action: &str,
    certificate: Option<&CertificateFingerprint>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let certificate = certificate.map(ToString::to_string);
    let detail = json!({ "by": "operator", "action": action, "name": connection.name.as_str(), "certificate": certificate });
    let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
    event.connection = Some(connection.id);
    events::write(conn, &event).await
}
