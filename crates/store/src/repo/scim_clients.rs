//! Clients of the token endpoint, and their secrets.

use landfall_accounts::{
    Connection, ConnectionId, ConnectionName, CredentialKind, CredentialLabel, Event, EventKind,
    NewCredential, ScimClient, ScimClientId, ScimCredential, ScimDialect, TenantId, Trust, TrustedClaim,
    WorkloadIssuer, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, credentials, events, first};
use crate::{
    AdminError, Store,
    convert::{instant, millis, new_id, parsed},
    entity::{
        scim_clients::{Column, Entity, Model},
        scim_credentials as shown,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Makes a client of the token endpoint for the directory of a connection, with its first secret.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn create_scim_client(
        &self,
        name: &ConnectionName,
        secret: NewCredential,
        now: OffsetDateTime,
    ) -> Result<(ScimClient, ScimCredential), AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        let row = row(&connection, secret.dialect, secret.label.as_ref(), now);
        Entity::insert(row.clone().into_active_model())
            .exec_without_returning(&txn)
            .await
            .map_err(Fault::from)?;
        let client = client(row)?;
        events::write(&txn, &changed(&client, "scim.client.create", now)).await?;
        let secret = add_secret(&txn, &client, &connection, &secret, now).await?;
        finish(txn).await?;
        Ok((client, secret))
    }

    /// Makes a client that shows assertions of the connection's own directory in place of a secret.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoWorkloads`] if it is not a connection to Entra;
    /// [`AdminError::TrustTaken`] if another client trusts the same assertions: then nobody could tell whose one is.
    ///
    /// # Security
    /// The issuer follows from the connection, so that a customer's directory speaks for that customer alone [attack H1].
    pub async fn create_trusting_client(
        &self,
        name: &ConnectionName,
        wanted: (TrustedClaim, TrustedClaim),
        (dialect, label): (Option<ScimDialect>, Option<CredentialLabel>),
        now: OffsetDateTime,
    ) -> Result<ScimClient, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        let Some(issuer) = WorkloadIssuer::of(&connection) else {
            return Err(AdminError::NoWorkloads { connection: connection.name });
        };
        let (subject, audience) = wanted;
        let same = trusting(&txn, &issuer.to_string(), subject.as_str()).await?;
        if let Some(taken) =
            same.iter().find(|other| other.trust.as_ref().is_some_and(|trust| trust.audience == audience))
        {
            return Err(AdminError::TrustTaken { client: taken.id });
        }
        let row = Model {
            issuer: Some(issuer.to_string()),
            subject: Some(subject.as_str().to_owned()),
            audience: Some(audience.as_str().to_owned()),
            ..row(&connection, dialect, label.as_ref(), now)
        };
        Entity::insert(row.clone().into_active_model())
            .exec_without_returning(&txn)
            .await
            .map_err(Fault::from)?;
        let client = client(row)?;
        events::write(&txn, &changed(&client, "scim.trust.create", now)).await?;
        finish(txn).await?;
        Ok(client)
    }

    /// The issuers whose assertions clients trust, each once.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn trusted_issuers(&self) -> Result<Vec<WorkloadIssuer>, PortError> {
        let mut issuers = Vec::new();
        for client in self.scim_clients(None).await?.into_iter().filter(|client| client.revoked_at.is_none())
        {
            if let Some(trust) = client.trust
                && !issuers.contains(&trust.issuer)
            {
                issuers.push(trust.issuer);
            }
        }
        Ok(issuers)
    }

    /// Makes another secret of a client, so that the one before can be revoked when nobody shows it any more.
    ///
    /// It speaks as its client does.
    ///
    /// # Errors
    /// [`AdminError::NoClient`] if there is none, or it is revoked.
    pub async fn add_scim_secret(
        &self,
        id: &ScimClientId,
        secret: NewCredential,
        now: OffsetDateTime,
    ) -> Result<ScimCredential, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let client = live(&txn, id).await?;
        let connection = connections::load(&txn, client.tenant, client.connection).await?;
        let secret = NewCredential { dialect: Some(client.dialect), ..secret };
        let secret = add_secret(&txn, &client, &connection, &secret, now).await?;
        finish(txn).await?;
        Ok(secret)
    }

    /// The clients of one connection or of all, the newest first; those that are revoked too.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn scim_clients(&self, connection: Option<ConnectionId>) -> Result<Vec<ScimClient>, PortError> {
        let mut all = Entity::find().order_by_desc(Column::CreatedAt).order_by_desc(Column::Id);
        if let Some(connection) = connection {
            all = all.filter(Column::ConnectionId.eq(connection.as_uuid()));
        }
        let rows = all.all(self.reader()).await.map_err(Fault::from)?;
        Ok(rows.into_iter().map(client).collect::<Result<_, _>>()?)
    }

    /// Revokes a client, its secrets and every token that it has got, at once.
    ///
    /// # Errors
    /// [`AdminError::NoClient`] if there is none, or it is revoked already.
    pub async fn revoke_scim_client(
        &self,
        id: &ScimClientId,
        now: OffsetDateTime,
    ) -> Result<ScimClient, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let client = ScimClient { revoked_at: Some(now), ..live(&txn, id).await? };
        Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(millis(now)))
            .filter(Column::TenantId.eq(client.tenant.as_uuid()))
            .filter(Column::Id.eq(client.id.as_uuid()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        credentials::revoke(&txn, of(&client), now).await?;
        events::write(&txn, &changed(&client, "scim.client.revoke", now)).await?;
        finish(txn).await?;
        Ok(client)
    }
}

/// A client, revoked or not.
pub(super) async fn find(
    conn: &impl ConnectionTrait,
    id: &ScimClientId,
) -> Result<Option<ScimClient>, Fault> {
    let row = first(Entity::find().filter(Column::Id.eq(id.as_uuid())), conn).await?;
    row.map(client).transpose()
}

/// Clients that are not revoked and trust assertions of this issuer about this subject.
pub(super) async fn trusting(
    conn: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Vec<ScimClient>, Fault> {
    let rows = Entity::find()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.eq(subject))
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::Id)
        .all(conn)
        .await?;
    rows.into_iter().map(client).collect()
}

async fn live(conn: &impl ConnectionTrait, id: &ScimClientId) -> Result<ScimClient, AdminError> {
    let found = find(conn, id).await?.filter(|client| client.revoked_at.is_none());
    found.ok_or(AdminError::NoClient { client: *id })
}

async fn add_secret(
    conn: &impl ConnectionTrait,
    client: &ScimClient,
    connection: &Connection,
    new: &NewCredential,
    now: OffsetDateTime,
) -> Result<ScimCredential, Fault> {
    let row = credentials::row(connection, CredentialKind::Secret, new, now);
    let row = shown::Model { client_id: Some(client.id.as_uuid()), ..row };
    let secret = credentials::insert(conn, row).await?;
    events::write(conn, &credentials::changed(&secret, "scim.secret.create", now)).await?;
    Ok(secret)
}

pub(super) fn of(client: &ScimClient) -> Expr {
    shown::Column::TenantId.eq(client.tenant.as_uuid()).and(shown::Column::ClientId.eq(client.id.as_uuid()))
}

fn row(
    connection: &Connection,
    dialect: Option<ScimDialect>,
    label: Option<&CredentialLabel>,
    now: OffsetDateTime,
) -> Model {
    let dialect = dialect.unwrap_or_else(|| ScimDialect::of(connection));
    Model {
        tenant_id: connection.tenant.as_uuid(),
        id: new_id(now),
        connection_id: connection.id.as_uuid(),
        dialect: dialect.name().to_owned(),
        label: label.map(|label| label.as_str().to_owned()),
        issuer: None,
        subject: None,
        audience: None,
        created_at: millis(now),
        revoked_at: None,
    }
}

fn changed(client: &ScimClient, action: &str, now: OffsetDateTime) -> Event {
    let (id, dialect) = (client.id.to_string(), client.dialect.name());
    let detail = json!({ "action": action, "client": id, "dialect": dialect });
    let mut event = events::about(EventKind::ConfigurationChanged, client.tenant, now, &detail);
    event.connection = Some(client.connection);
    event
}

fn trust(row: &Model) -> Result<Option<Trust>, Fault> {
    let (Some(issuer), Some(subject), Some(audience)) = (&row.issuer, &row.subject, &row.audience) else {
        return Ok(None);
    };
    Ok(Some(Trust {
        issuer: parsed("issuer", issuer)?,
        subject: parsed("subject", subject)?,
        audience: parsed("audience", audience)?,
    }))
}

fn client(row: Model) -> Result<ScimClient, Fault> {
    Ok(ScimClient {
        id: ScimClientId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        dialect: parsed("dialect", &row.dialect)?,
        trust: trust(&row)?,
        label: row.label.as_deref().map(|label| parsed("label", label)).transpose()?,
        created_at: instant("created_at", row.created_at)?,
        revoked_at: row.revoked_at.map(|at| instant("revoked_at", at)).transpose()?,
    })
}
