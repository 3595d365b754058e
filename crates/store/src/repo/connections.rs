use std::collections::HashMap;

use landfall_accounts::{
    Asking, CertificateFingerprint, Connection, ConnectionId, ConnectionKind, ConnectionName,
    ConnectionSettings, ConnectionState, DomainName, Endpoints, IdpTrust, IdpUrl, MappingVersion,
    SloEndpoint, SpEntityId, SsoEndpoint, TenantId, TraceWindow, TrustedCertificate,
    ports::{ConnectionDirectory, PortError},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
    sea_query::{Expr, OnConflict},
};

use super::{domains, first, mappings, sessions, traces, weakenings};
use crate::{
    AdminError, Store,
    convert::{broken, digest, instant, millis, parsed},
    entity::{
        connection_certificates,
        connections::{Column, Entity, Model},
    },
    fault::Fault,
};

/// The stored name of [`ConnectionState::Active`].
const ENABLED: &str = "enabled";

impl ConnectionDirectory for Store {
    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, PortError> {
        Ok(one(self.reader(), Column::Id.eq(id.as_uuid())).await?)
    }

    async fn connection_named(&self, name: &ConnectionName) -> Result<Option<Connection>, PortError> {
        Ok(named(self.reader(), name).await?)
    }

    async fn connection_of_issuer(&self, issuer: &str) -> Result<Option<Connection>, PortError> {
        Ok(of_issuer(self.reader(), issuer).await?)
    }

    async fn mapping_text(
        &self,
        connection: &Connection,
        version: MappingVersion,
    ) -> Result<Option<String>, PortError> {
        Ok(mappings::find(self.reader(), connection, version).await?.map(|found| found.text))
    }

    async fn connection_of_domain(&self, domain: &DomainName) -> Result<Option<Connection>, PortError> {
        let bound = domains::find(self.reader(), domain).await?.and_then(|domain| domain.connection);
        let Some(id) = bound else {
            return Ok(None);
        };
        let found = self.connection(&id).await?;
        Ok(found.filter(|connection| connection.state.admits_people()))
    }
}

pub(super) async fn load(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: ConnectionId,
) -> Result<Connection, Fault> {
    let key = Column::TenantId.eq(tenant.as_uuid()).and(Column::Id.eq(id.as_uuid()));
    one(conn, key).await?.ok_or(Fault::Missing { what: "connection" })
}

/// What decides about an arrival, without the keys that have verified it.
pub(super) async fn state_and_settings(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: ConnectionId,
) -> Result<(ConnectionState, ConnectionSettings), Fault> {
    let row = first(Entity::find_by_id((tenant.as_uuid(), id.as_uuid())), conn).await?;
    let row = row.ok_or(Fault::Missing { what: "connection" })?;
    Ok((state(&row.state)?, settings(&row)?))
}

pub(super) async fn named(
    conn: &impl ConnectionTrait,
    name: &ConnectionName,
) -> Result<Option<Connection>, Fault> {
    one(conn, Column::Name.eq(name.as_str())).await
}

/// The connection of this name, or the error that lists the names there are.
pub(super) async fn required(
    conn: &impl ConnectionTrait,
    name: &ConnectionName,
) -> Result<Connection, AdminError> {
    if let Some(found) = named(conn, name).await? {
        return Ok(found);
    }
    let there_are = all(conn).await?.into_iter().map(|connection| connection.name).collect();
    Err(AdminError::NoConnection { name: name.clone(), there_are })
}

/// The connection to this identity provider that shares our name with others [attack E11].
pub(super) async fn of_issuer(
    conn: &impl ConnectionTrait,
    issuer: &str,
) -> Result<Option<Connection>, Fault> {
    one(conn, Column::EntityId.eq(issuer).and(Column::OwnEntityId.is_null())).await
}

/// The connection that has this name of ours for itself.
pub(super) async fn of_own_entity_id(
    conn: &impl ConnectionTrait,
    own: &SpEntityId,
) -> Result<Option<Connection>, Fault> {
    one(conn, Column::OwnEntityId.eq(own.as_str())).await
}

pub(super) async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Connection>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    let mut certificates: HashMap<_, Vec<_>> = HashMap::new();
    for certificate in in_order(connection_certificates::Entity::find()).all(conn).await? {
        certificates.entry(certificate.connection_id).or_default().push(certificate);
    }
    rows.into_iter()
        .map(|row| {
            let own = certificates.remove(&row.id).unwrap_or_default();
            assemble(row, own)
        })
        .collect()
}

pub(super) async fn insert(conn: &impl ConnectionTrait, connection: &Connection) -> Result<(), Fault> {
    Entity::insert(row(connection)?.into_active_model()).exec_without_returning(conn).await?;
    insert_certificates(conn, connection).await
}

/// Puts the certificates in the place of those that were there; of one that stays, the state alone may change.
pub(super) async fn save_certificates(
    conn: &impl ConnectionTrait,
    connection: &Connection,
) -> Result<(), Fault> {
    let stay: Vec<Vec<u8>> =
        connection.idp.certificates.iter().map(|one| one.fingerprint.as_bytes().to_vec()).collect();
    connection_certificates::Entity::delete_many()
        .filter(connection_certificates::Column::TenantId.eq(connection.tenant.as_uuid()))
        .filter(connection_certificates::Column::ConnectionId.eq(connection.id.as_uuid()))
        .filter(connection_certificates::Column::Fingerprint.is_not_in(stay))
        .exec(conn)
        .await?;
    insert_certificates(conn, connection).await
}

async fn insert_certificates(conn: &impl ConnectionTrait, connection: &Connection) -> Result<(), Fault> {
    use connection_certificates::Column;
    let known = OnConflict::columns([Column::TenantId, Column::ConnectionId, Column::Fingerprint])
        .update_column(Column::State)
        .to_owned();
    for certificate in &connection.idp.certificates {
        let row = connection_certificates::Model {
            tenant_id: connection.tenant.as_uuid(),
            connection_id: connection.id.as_uuid(),
            fingerprint: certificate.fingerprint.as_bytes().to_vec(),
            der: certificate.der.clone(),
            not_before: millis(certificate.not_before),
            not_after: millis(certificate.not_after),
            state: certificate.state.name().to_owned(),
            first_seen: millis(certificate.first_seen),
            last_used: certificate.last_used.map(millis),
            expiry_warned: None,
            clock_last: None,
            clock_last_seen: None,
            clock_most: None,
            clock_most_seen: None,
        };
        connection_certificates::Entity::insert(row.into_active_model())
            .on_conflict(known.clone())
            .exec_without_returning(conn)
            .await?;
    }
    Ok(())
}

/// Writes everything but the certificates.
pub(super) async fn save(conn: &impl ConnectionTrait, connection: &Connection) -> Result<(), Fault> {
    Entity::update(row(connection)?.into_active_model().reset_all()).exec(conn).await?;
    Ok(())
}

async fn one(conn: &impl ConnectionTrait, filter: Expr) -> Result<Option<Connection>, Fault> {
    let Some(row) = first(Entity::find().filter(filter), conn).await? else {
        return Ok(None);
    };
    let own = connection_certificates::Entity::find()
        .filter(connection_certificates::Column::TenantId.eq(row.tenant_id))
        .filter(connection_certificates::Column::ConnectionId.eq(row.id));
    let certificates = in_order(own).all(conn).await?;
    assemble(row, certificates).map(Some)
}

fn in_order(
    certificates: sea_orm::Select<connection_certificates::Entity>,
) -> sea_orm::Select<connection_certificates::Entity> {
    certificates.order_by_desc(connection_certificates::Column::NotAfter)
}

fn row(connection: &Connection) -> Result<Model, Fault> {
    let (entra_tid, subject, login_name) = match &connection.kind {
        ConnectionKind::Entra { tid } => (Some(tid.to_string()), None, None),
        ConnectionKind::Other { subject, login_name } => {
            (None, Some(subject.to_string()), Some(login_name.to_string()))
        }
    };
    let settings = &connection.settings;
    Ok(Model {
        tenant_id: connection.tenant.as_uuid(),
        id: connection.id.as_uuid(),
        name: connection.name.to_string(),
        state: state_text(connection.state).to_owned(),
        entity_id: connection.idp.entity_id.to_string(),
        sso: sso_text(&connection.idp.sso)?,
        entra_tid,
        subject,
        login_name,
        preset: mappings::preset_text(settings.mapping),
        jit: settings.jit.to_string(),
        unsolicited: settings.unsolicited.to_string(),
        certificate_dates: settings.certificate_dates.to_string(),
        guests: settings.guests.to_string(),
        activation: settings.activation.to_string(),
        created_at: millis(connection.created_at),
        weakenings: weakenings::text(connection)?,
        slo: slo_text(&connection.idp.slo)?,
        metadata_valid_until: connection.idp.valid_until.map(millis),
        force_authn: settings.asking.force_authn.to_string(),
        name_id_format: settings.asking.name_id_format.to_string(),
        authn_context: settings.asking.authn_context.to_string(),
        own_entity_id: connection.own_entity_id.as_ref().map(SpEntityId::to_string),
        traced_until: connection.traced.as_ref().map(|window| millis(window.until())),
        traced_because: connection.traced.as_ref().and_then(TraceWindow::reason).map(str::to_owned),
        mapping_version: settings.mapping.own().map(mappings::number).transpose()?,
        session_idle: settings.sessions.idle.map(|limit| limit.to_string()),
        session_absolute: settings.sessions.absolute.map(|limit| limit.to_string()),
    })
}

/// Addresses that wait, as one text.
pub(super) fn endpoints_text(endpoints: &Endpoints) -> Result<String, Fault> {
    let both = (sso_text(&endpoints.sso)?, slo_text(&endpoints.slo)?);
    serde_json::to_string(&both).map_err(|source| broken("waiting", source))
}

pub(super) fn endpoints(text: &str) -> Result<Endpoints, Fault> {
    let (logins, logouts): (String, String) =
        serde_json::from_str(text).map_err(|source| broken("waiting", source))?;
    Ok(Endpoints { sso: sso(&logins)?, slo: slo(&logouts)? })
}

fn sso_text(sso: &[SsoEndpoint]) -> Result<String, Fault> {
    let pairs: Vec<_> = sso.iter().map(|sso| (sso.binding.name(), sso.location.as_str())).collect();
    serde_json::to_string(&pairs).map_err(|source| broken("sso", source))
}

fn sso(text: &str) -> Result<Vec<SsoEndpoint>, Fault> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).map_err(|source| broken("sso", source))?;
    let endpoint = |(binding, location): (String, String)| {
        Ok(SsoEndpoint { binding: parsed("sso", &binding)?, location: IdpUrl::new(location) })
    };
    pairs.into_iter().map(endpoint).collect()
}

fn slo_text(slo: &[SloEndpoint]) -> Result<String, Fault> {
    let answers =
        |slo: &SloEndpoint| slo.response_location.as_ref().map(|location| location.as_str().to_owned());
    let triples: Vec<_> =
        slo.iter().map(|slo| (slo.binding.name(), slo.location.as_str(), answers(slo))).collect();
    serde_json::to_string(&triples).map_err(|source| broken("slo", source))
}

fn assemble(row: Model, certificates: Vec<connection_certificates::Model>) -> Result<Connection, Fault> {
    Ok(Connection {
        id: ConnectionId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        name: parsed("name", &row.name)?,
        state: state(&row.state)?,
        kind: kind(&row)?,
        idp: IdpTrust {
            entity_id: parsed("entity_id", &row.entity_id)?,
            sso: sso(&row.sso)?,
            slo: slo(&row.slo)?,
            certificates: certificates.into_iter().map(certificate).collect::<Result<_, _>>()?,
            valid_until: row
                .metadata_valid_until
                .map(|until| instant("metadata_valid_until", until))
                .transpose()?,
        },
        own_entity_id: row.own_entity_id.as_deref().map(|own| parsed("own_entity_id", own)).transpose()?,
        settings: settings(&row)?,
        weakenings: weakenings::kept(&row.weakenings)?,
        traced: traces::window(&row)?,
        created_at: instant("created_at", row.created_at)?,
    })
}

/// An active connection is stored as `enabled`, as it was when there were two states.
///
/// So the rows that exist need no change, and a copy that was made before reads as one that is made now.
fn state_text(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Active => ENABLED,
        other => other.name(),
    }
}

pub(super) fn state(text: &str) -> Result<ConnectionState, Fault> {
    if text == ENABLED { Ok(ConnectionState::Active) } else { parsed("state", text) }
}

fn slo(text: &str) -> Result<Vec<SloEndpoint>, Fault> {
    let triples: Vec<(String, String, Option<String>)> =
        serde_json::from_str(text).map_err(|source| broken("slo", source))?;
    let endpoint = |(binding, location, response): (String, String, Option<String>)| {
        Ok(SloEndpoint {
            binding: parsed("slo", &binding)?,
            location: IdpUrl::new(location),
            response_location: response.map(IdpUrl::new),
        })
    };
    triples.into_iter().map(endpoint).collect()
}

fn settings(row: &Model) -> Result<ConnectionSettings, Fault> {
    Ok(ConnectionSettings {
        mapping: mappings::choice(row)?,
        jit: parsed("jit", &row.jit)?,
        unsolicited: parsed("unsolicited", &row.unsolicited)?,
        certificate_dates: parsed("certificate_dates", &row.certificate_dates)?,
        guests: parsed("guests", &row.guests)?,
        activation: parsed("activation", &row.activation)?,
        asking: Asking {
            force_authn: parsed("force_authn", &row.force_authn)?,
            name_id_format: parsed("name_id_format", &row.name_id_format)?,
            authn_context: parsed("authn_context", &row.authn_context)?,
        },
        sessions: sessions::shorter(row)?,
    })
}

/// # Security
/// A row that fits neither kind is a fault: there is no kind to fall back to.
fn kind(row: &Model) -> Result<ConnectionKind, Fault> {
    match (&row.entra_tid, &row.subject, &row.login_name) {
        (Some(tid), None, None) => Ok(ConnectionKind::Entra { tid: parsed("entra_tid", tid)? }),
        (None, Some(subject), Some(login_name)) => Ok(ConnectionKind::Other {
            subject: parsed("subject", subject)?,
            login_name: parsed("login_name", login_name)?,
        }),
        _ => Err(broken("entra_tid", "expected entra_tid alone, or subject and login_name")),
    }
}

fn certificate(row: connection_certificates::Model) -> Result<TrustedCertificate, Fault> {
    Ok(TrustedCertificate {
        fingerprint: CertificateFingerprint::from_bytes(digest("fingerprint", &row.fingerprint)?),
        der: row.der,
        not_before: instant("not_before", row.not_before)?,
        not_after: instant("not_after", row.not_after)?,
        state: parsed("state", &row.state)?,
        first_seen: instant("first_seen", row.first_seen)?,
        last_used: row.last_used.map(|used| instant("last_used", used)).transpose()?,
    })
}
