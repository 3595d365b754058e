use landfall_accounts::{
    CertificateState, Connection, ConnectionId, ConnectionKind, ConnectionName, ConnectionSettings,
    ConnectionState, Danger, EventKind, IdpTrust, ShorterSessions, SpEntityId, TenantName,
    TrustedCertificate, Watched, Weakening, ports::PortError,
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{connections, events, identities, metadata_sources, sessions, tenants};
use crate::{AdminError, Store, convert::new_id, open::Turn, store::finish};

impl Store {
    /// Connects a tenant to an identity provider, with the settings that its kind starts with.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::ConnectionExists`] or [`AdminError::IssuerTaken`] if the name or
    /// the identity provider is connected already, by whichever tenant;
    /// [`AdminError::NoCertificate`] if nobody could sign in by it.
    ///
    /// # Security
    /// Whoever imports metadata decides whose signatures count: only an operator does.
    /// An identity provider is connected once, so that an Issuer names one customer [attack E12];
    /// more often only by [`Store::import_connection_as`].
    pub async fn import_connection(
        &self,
        tenant: &TenantName,
        name: ConnectionName,
        idp: IdpTrust,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        self.import(tenant, name, idp, Import::active(None, None), now).await
    }

    /// The same, by metadata that an operator has just fetched, and that are fetched anew from now on;
    /// with a name of ours for this connection alone as [`Store::import_connection_as`] has it, if there is one.
    ///
    /// # Errors
    /// As for these two.
    pub async fn import_watched(
        &self,
        tenant: &TenantName,
        name: ConnectionName,
        own_entity_id: Option<SpEntityId>,
        idp: IdpTrust,
        watched: &Watched,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        self.import(tenant, name, idp, Import::active(own_entity_id, Some(watched)), now).await
    }

    /// The same with a name of ours for this connection alone, and so with addresses of its own:
    /// to the identity provider it is another service, and others may be connected to it beside.
    ///
    /// # Errors
    /// As [`Store::import_connection`], and [`AdminError::EntityIdTaken`] in place of [`AdminError::IssuerTaken`].
    pub async fn import_connection_as(
        &self,
        own_entity_id: SpEntityId,
        tenant: &TenantName,
        name: ConnectionName,
        idp: IdpTrust,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        self.import(tenant, name, idp, Import::active(Some(own_entity_id), None), now).await
    }

    /// Any of these as a draft: nobody signs in by it yet.
    ///
    /// # Errors
    /// As for these three.
    pub async fn import_draft(
        &self,
        tenant: &TenantName,
        name: ConnectionName,
        own_entity_id: Option<SpEntityId>,
        idp: IdpTrust,
        watched: Option<&Watched>,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let draft = Import { own_entity_id, watched, state: ConnectionState::Draft };
        self.import(tenant, name, idp, draft, now).await
    }

    async fn import(
        &self,
        tenant: &TenantName,
        name: ConnectionName,
        idp: IdpTrust,
        Import { own_entity_id, watched, state }: Import<'_>,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        if idp.certificates.is_empty() {
            return Err(AdminError::NoCertificate { entity_id: idp.entity_id });
        }
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        if connections::named(&txn, &name).await?.is_some() {
            return Err(AdminError::ConnectionExists { name });
        }
        let kind = ConnectionKind::of(&idp.entity_id);
        let connection = Connection {
            id: ConnectionId::from_uuid(new_id(now)),
            tenant: tenant.id,
            name,
            state,
            settings: ConnectionSettings::for_kind(&kind),
            kind,
            idp,
            own_entity_id,
            weakenings: Vec::new(),
            traced: None,
            created_at: now,
        };
        expect_alone(&txn, &connection).await?;
        connections::insert(&txn, &connection).await?;
        metadata_sources::replace(&txn, &connection, watched, now).await?;
        let detail = json!({
            "by": "operator",
            "action": "connection.import",
            "name": connection.name.as_str(),
            "entity_id": connection.idp.entity_id.as_str(),
            "own_entity_id": connection.own_entity_id.as_ref().map(SpEntityId::as_str),
            "certificates": fingerprints(&connection),
            "url": watched.map(|watched| watched.url.as_str()),
            "state": connection.state.name(),
        });
        let mut event = events::about(EventKind::ConfigurationChanged, tenant.id, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        let connection = connections::load(&txn, tenant.id, connection.id).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Takes addresses and keys of the same identity provider anew, and pins them: no metadata are fetched any more.
    ///
    /// A key that is not among them is untrusted at once; one that was revoked stays so, whatever metadata say.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::OtherIssuer`] for another identity provider;
    /// [`AdminError::NoCertificate`] without any key, [`AdminError::LastKey`] if each was revoked.
    pub async fn renew_connection(
        &self,
        name: &ConnectionName,
        idp: IdpTrust,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        self.renew(name, idp, None, now).await
    }

    /// The same, by metadata that an operator has just fetched, and that are fetched anew from now on.
    ///
    /// # Errors
    /// As for [`Store::renew_connection`].
    pub async fn renew_watched(
        &self,
        name: &ConnectionName,
        idp: IdpTrust,
        watched: &Watched,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        self.renew(name, idp, Some(watched), now).await
    }

    async fn renew(
        &self,
        name: &ConnectionName,
        idp: IdpTrust,
        watched: Option<&Watched>,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        if idp.certificates.is_empty() {
            return Err(AdminError::NoCertificate { entity_id: idp.entity_id });
        }
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        if connection.idp.entity_id != idp.entity_id {
            let want = connection.idp.entity_id;
            return Err(AdminError::OtherIssuer { connection: name.clone(), want, got: idp.entity_id });
        }
        let before = connection.idp.certificates;
        let known = |new: TrustedCertificate| {
            let Some(old) = before.iter().find(|old| old.fingerprint == new.fingerprint) else { return new };
            // Whom an operator names counts, whatever it waited for.
            let state = if old.state == CertificateState::Revoked { old.state } else { new.state };
            TrustedCertificate { state, ..old.clone() }
        };
        let mut certificates: Vec<TrustedCertificate> = idp.certificates.into_iter().map(known).collect();
        let revoked = before.iter().filter(|old| old.state == CertificateState::Revoked);
        let gone =
            revoked.filter(|old| !certificates.iter().any(|new| new.fingerprint == old.fingerprint)).cloned();
        certificates.extend(gone.collect::<Vec<_>>());
        if !certificates.iter().any(counts) {
            return Err(AdminError::LastKey { connection: name.clone() });
        }
        connection.idp = IdpTrust { certificates, ..idp };
        connections::save(&txn, &connection).await?;
        connections::save_certificates(&txn, &connection).await?;
        metadata_sources::replace(&txn, &connection, watched, now).await?;
        let detail = json!({
            "by": "operator",
            "action": "connection.renew",
            "name": name.as_str(),
            "certificates": fingerprints(&connection),
            "url": watched.map(|watched| watched.url.as_str()),
        });
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        let connection = connections::load(&txn, connection.tenant, connection.id).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Changes settings of a connection, all of them or none, see [`Connection::set`].
    ///
    /// Limits of sessions that become shorter hold for the sessions that there are.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::Setting`] if there is no such setting or value;
    /// [`AdminError::IdentityFixed`] if `subject` or `login-name` would change although identities were linked;
    /// [`AdminError::IssuerTaken`] or [`AdminError::EntityIdTaken`] if another connection has what `entity-id` would give it.
    pub async fn set_connection(
        &self,
        name: &ConnectionName,
        settings: &[(&str, &str)],
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        for (key, value) in settings {
            let kind = connection.kind.clone();
            connection
                .set(key, value)
                .map_err(|source| AdminError::Setting { connection: name.clone(), source })?;
            if connection.kind != kind {
                let identities = identities::count_of_connection(&txn, &connection).await?;
                if identities > 0 {
                    let key = (*key).to_owned();
                    return Err(AdminError::IdentityFixed { connection: name.clone(), key, identities });
                }
            }
            let detail = json!({ "by": "operator", "action": "connection.set", "name": name.as_str(), "key": key, "value": value });
            let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
            event.connection = Some(connection.id);
            events::write(&txn, &event).await?;
        }
        expect_alone(&txn, &connection).await?;
        connections::save(&txn, &connection).await?;
        let ShorterSessions { idle, absolute } = connection.settings.sessions;
        sessions::shorten(&txn, sessions::of_connection(&connection), idle, absolute).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Frees a connection from one demand on messages, or says anew why and until when.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    ///
    /// # Security
    /// What is dropped here is what keeps forgeries out: see [`Danger`].
    pub async fn weaken_connection(
        &self,
        name: &ConnectionName,
        weakening: Weakening,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let detail = json!({
            "by": "operator",
            "action": "connection.weaken",
            "name": name.as_str(),
            "danger": weakening.danger().name(),
            "reason": weakening.reason(),
            "until": weakening.until().unix_timestamp(),
        });
        let change = |kept: &mut Vec<Weakening>| {
            kept.retain(|other| other.danger() != weakening.danger());
            kept.push(weakening.clone());
        };
        self.change_weakenings(name, change, &detail, now).await
    }

    /// Holds a connection to one demand again.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn strengthen_connection(
        &self,
        name: &ConnectionName,
        danger: Danger,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let detail = json!({ "by": "operator", "action": "connection.strengthen", "name": name.as_str(), "danger": danger.name() });
        self.change_weakenings(name, |kept| kept.retain(|other| other.danger() != danger), &detail, now).await
    }

    async fn change_weakenings(
        &self,
        name: &ConnectionName,
        change: impl Fn(&mut Vec<Weakening>),
        detail: &Value,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        change(&mut connection.weakenings);
        connections::save(&txn, &connection).await?;
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// All connections, by name.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn connections(&self) -> Result<Vec<Connection>, PortError> {
        Ok(connections::all(self.reader()).await?)
    }
}

/// No other connection has what a message for this one is told by: the issuer at the shared address, else our name [attack E11, E12].
async fn expect_alone(conn: &impl ConnectionTrait, connection: &Connection) -> Result<(), AdminError> {
    let other = |found: Option<Connection>| found.filter(|found| found.id != connection.id);
    match &connection.own_entity_id {
        None => {
            let entity_id = connection.idp.entity_id.clone();
            match other(connections::of_issuer(conn, entity_id.as_str()).await?) {
                Some(taken) => Err(AdminError::IssuerTaken { entity_id, connection: taken.name }),
                None => Ok(()),
            }
        }
        Some(own) => match other(connections::of_own_entity_id(conn, own).await?) {
            Some(taken) => Err(AdminError::EntityIdTaken { own: own.clone(), connection: taken.name }),
            None => Ok(()),
        },
    }
}

/// What an import says besides whom it connects.
struct Import<'a> {
    own_entity_id: Option<SpEntityId>,
    watched: Option<&'a Watched>,
    state: ConnectionState,
}

impl<'a> Import<'a> {
    fn active(own_entity_id: Option<SpEntityId>, watched: Option<&'a Watched>) -> Self {
        Self { own_entity_id, watched, state: ConnectionState::Active }
    }
}

pub(super) fn counts(certificate: &TrustedCertificate) -> bool {
    certificate.state == CertificateState::Trusted
}

fn fingerprints(connection: &Connection) -> Vec<String> {
    connection.idp.certificates.iter().map(|certificate| certificate.fingerprint.to_string()).collect()
}
