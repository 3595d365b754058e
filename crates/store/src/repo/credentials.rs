//! What directories show to push people and groups: hashes, each bound to one connection.

use landfall_accounts::{
    AccessOutcome, AccessRequest, AdmittedDirectory, Connection, ConnectionId, ConnectionName, CredentialId,
    CredentialKind, CredentialRef, Directory, DirectoryAccess, EventKind, NewCredential, ScimClient,
    ScimClientId, ScimCredential, ScimDialect, TenantId, TokenHash,
    ports::{CredentialStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, events, first, scim_access, scim_clients, scim_extensions};
use crate::{
    AdminError, Store,
    convert::{bytes, instant, millis, new_id, parsed},
    entity::{
        scim_credentials::{Column, Entity, Model},
        scim_extensions as extensions,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl CredentialStore for Store {
    async fn directory_of_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<AdmittedDirectory>, PortError> {
        Ok(directory(self, token, now).await?)
    }

    async fn scim_client(&self, id: &ScimClientId) -> Result<Option<ScimClient>, PortError> {
        Ok(scim_clients::find(self.reader(), id).await?)
    }

    async fn clients_trusting(&self, issuer: &str, subject: &str) -> Result<Vec<ScimClient>, PortError> {
        Ok(scim_clients::trusting(self.reader(), issuer, subject).await?)
    }

    async fn grant_access(
        &self,
        asked: AccessRequest,
        now: OffsetDateTime,
    ) -> Result<AccessOutcome, PortError> {
        Ok(scim_access::grant(self, &asked, now).await?)
    }
}

impl Store {
    /// Makes a token by which the directory of a connection pushes people and groups; one has as many as it needs.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn create_scim_token(
        &self,
        name: &ConnectionName,
        new: NewCredential,
        now: OffsetDateTime,
    ) -> Result<ScimCredential, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        let made = row(&connection, CredentialKind::Token, &new, now);
        let credential = insert(&txn, made).await?;
        let action = "scim.token.create";
        events::write(&txn, &changed(&credential, action, now)).await?;
        finish(txn).await?;
        Ok(credential)
    }

    /// What operators made for directories, of one connection or of all, the newest first; what ended too.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn scim_credentials(
        &self,
        connection: Option<ConnectionId>,
    ) -> Result<Vec<ScimCredential>, PortError> {
        Ok(list(self.reader(), connection).await?)
    }

    /// Revokes a credential that counts, at once.
    ///
    /// # Errors
    /// [`AdminError::NoCredential`] if there is none, or it is revoked already.
    pub async fn revoke_scim_credential(
        &self,
        which: &CredentialRef,
        now: OffsetDateTime,
    ) -> Result<ScimCredential, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let named = Entity::find().filter(named(which)).filter(Column::RevokedAt.is_null());
        let Some(row) = first(named, &txn).await? else {
            return Err(AdminError::NoCredential { credential: which.clone() });
        };
        // What was got for a secret ends with it.
        revoke(&txn, Column::Id.eq(row.id).or(Column::IssuedBy.eq(row.id)), now).await?;
        let credential = ScimCredential { revoked_at: Some(now), ..credential(row)? };
        events::write(&txn, &changed(&credential, "scim.token.revoke", now)).await?;
        finish(txn).await?;
        Ok(credential)
    }
}

/// The row of a credential for a connection, in whose dialect it speaks unless another is asked for.
pub(super) fn row(
    connection: &Connection,
    kind: CredentialKind,
    new: &NewCredential,
    now: OffsetDateTime,
) -> Model {
    let dialect = new.dialect.unwrap_or_else(|| ScimDialect::of(connection));
    Model {
        tenant_id: connection.tenant.as_uuid(),
        id: new_id(now),
        connection_id: connection.id.as_uuid(),
        client_id: None,
        issued_by: None,
        dialect: dialect.name().to_owned(),
        kind: kind.name().to_owned(),
        prefix: new.prefix.as_str().to_owned(),
        digest: bytes(&new.hash),
        label: new.label.as_ref().map(|label| label.as_str().to_owned()),
        created_at: millis(now),
        expires_at: new.expires_at.map(millis),
        last_used: None,
        revoked_at: None,
    }
}

pub(super) async fn insert(conn: &impl ConnectionTrait, row: Model) -> Result<ScimCredential, Fault> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(conn).await?;
    credential(row)
}

pub(super) async fn revoke(
    conn: &impl ConnectionTrait,
    which: Expr,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(millis(now)))
        .filter(which.and(Column::RevokedAt.is_null()))
        .exec(conn)
        .await?;
    Ok(())
}

/// A credential, and which declaration of its tenant counts.
#[derive(FromQueryResult)]
struct Shown {
    #[sea_orm(nested)]
    row: Model,
    extension: Option<i32>,
}

async fn directory(
    store: &Store,
    token: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<AdmittedDirectory>, Fault> {
    let with_extension = Entity::find()
        .filter(shown(token, now))
        .join(JoinType::LeftJoin, scim_extensions::of_credential())
        .column_as(extensions::Column::Version, "extension");
    let rows = with_extension.into_model::<Shown>().all(store.reader()).await?;
    let Some(Shown { row, extension }) = rows.into_iter().next() else {
        return Ok(None);
    };
    let credential = credential(row.clone())?;
    let (state, _) =
        connections::state_and_settings(store.reader(), credential.tenant, credential.connection).await?;
    if !credential.kind.is_bearer() || !state.admits_pushes() {
        return Ok(None);
    }
    used(store.writer(), &row, now).await?;
    let extension = extension.map(scim_extensions::version).transpose()?;
    Ok(Some(AdmittedDirectory { access: access_of(&credential), extension }))
}

pub(super) fn access_of(credential: &ScimCredential) -> DirectoryAccess {
    DirectoryAccess {
        credential: credential.id,
        directory: Directory { tenant: credential.tenant, connection: credential.connection },
        dialect: credential.dialect,
    }
}

/// Those that count, and have this hash.
///
/// # Security
/// The hash is of the whole credential, 256 random bits of it: how long a database takes to find one tells nothing
/// about a secret, and no secret is compared [attack H3].
pub(super) fn shown(hash: &TokenHash, now: OffsetDateTime) -> Expr {
    Column::Digest.eq(bytes(hash)).and(live(now))
}

fn live(now: OffsetDateTime) -> Expr {
    Column::RevokedAt.is_null().and(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(millis(now))))
}

/// Access tokens that count no more; what operators made stays, so that lists can tell of it.
pub(super) fn dead_access(now: OffsetDateTime) -> Expr {
    let ended = Column::ExpiresAt.lte(millis(now)).or(Column::RevokedAt.is_not_null());
    Column::Kind.eq(CredentialKind::Access.name()).and(ended)
}

/// Writes down that a credential is used, where that is a minute old or new: of many requests at once, one writes.
pub(super) async fn used(conn: &impl ConnectionTrait, row: &Model, now: OffsetDateTime) -> Result<(), Fault> {
    let long_ago = millis(now - ScimCredential::USED_EVERY);
    if row.last_used.is_some_and(|last| last > long_ago) {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::LastUsed, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::LastUsed.is_null().or(Column::LastUsed.lte(long_ago)))
        .exec(conn)
        .await?;
    Ok(())
}

fn named(which: &CredentialRef) -> Expr {
    match which {
        CredentialRef::Id(id) => Column::Id.eq(id.as_uuid()),
        CredentialRef::Prefix(prefix) => Column::Prefix.eq(prefix.as_str()),
    }
}

async fn list(
    conn: &impl ConnectionTrait,
    connection: Option<ConnectionId>,
) -> Result<Vec<ScimCredential>, Fault> {
    let by_operators = Column::Kind.ne(CredentialKind::Access.name());
    let mut all =
        Entity::find().filter(by_operators).order_by_desc(Column::CreatedAt).order_by_desc(Column::Id);
    if let Some(connection) = connection {
        all = all.filter(Column::ConnectionId.eq(connection.as_uuid()));
    }
    all.all(conn).await?.into_iter().map(credential).collect()
}

/// What an operator did with a credential: ids, and what lists show.
pub(super) fn changed(
    credential: &ScimCredential,
    action: &str,
    now: OffsetDateTime,
) -> landfall_accounts::Event {
    let detail = json!({
        "by": "operator",
        "action": action,
        "credential": credential.id.to_string(),
        "client": credential.client.map(|client| client.to_string()),
        "prefix": credential.prefix.as_str(),
        "dialect": credential.dialect.name(),
        "expires": credential.expires_at.map(OffsetDateTime::unix_timestamp),
    });
    let mut event = events::about(EventKind::ConfigurationChanged, credential.tenant, now, &detail);
    event.connection = Some(credential.connection);
    event
}

fn credential(row: Model) -> Result<ScimCredential, Fault> {
    let at = |column, at: Option<i64>| at.map(|at| instant(column, at)).transpose();
    Ok(ScimCredential {
        id: CredentialId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        client: row.client_id.map(ScimClientId::from_uuid),
        dialect: parsed("dialect", &row.dialect)?,
        kind: parsed("kind", &row.kind)?,
        prefix: parsed("prefix", &row.prefix)?,
        label: row.label.as_deref().map(|label| parsed("label", label)).transpose()?,
        created_at: instant("created_at", row.created_at)?,
        expires_at: at("expires_at", row.expires_at)?,
        last_used: at("last_used", row.last_used)?,
        revoked_at: at("revoked_at", row.revoked_at)?,
    })
}
