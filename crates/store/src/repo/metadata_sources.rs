//! Where metadata are fetched anew from, and when.

use landfall_accounts::{
    ASK_AGAIN, Connection, ConnectionId, ConnectionName, Endpoints, Failure, IdpUrl, MetadataSource,
    TenantId, Validators, Watched,
    ports::{MetadataSchedule, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, UpdateMany,
    sea_query::Expr,
};
use time::OffsetDateTime;

use super::{connections, first};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, parsed},
    entity::metadata_sources::{Column, Entity, Model},
    fault::Fault,
};

impl MetadataSchedule for Store {
    /// One statement asks, so that of many strangers at many nodes one has an effect.
    async fn want_metadata(
        &self,
        connection: &Connection,
        now: OffsetDateTime,
    ) -> Result<Option<IdpUrl>, PortError> {
        of(connection.tenant, connection.id)
            .col_expr(Column::NextAttempt, Expr::value(millis(now)))
            .filter(Column::NextAttempt.gt(millis(now)))
            .filter(Column::LastAttempt.lte(millis(now - ASK_AGAIN)))
            .exec(self.writer())
            .await
            .map_err(Fault::from)?;
        let known = Entity::find_by_id((connection.tenant.as_uuid(), connection.id.as_uuid()));
        Ok(first(known, self.reader()).await?.map(|row| IdpUrl::new(row.url)))
    }
}

impl Store {
    /// Where the metadata of each connection are fetched from, those that are due next first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn metadata_sources(&self) -> Result<Vec<MetadataSource>, PortError> {
        let rows = Entity::find().order_by_asc(Column::NextAttempt).all(self.reader()).await;
        let rows = rows.map_err(Fault::from)?;
        Ok(rows.into_iter().map(source).collect::<Result<_, _>>()?)
    }

    /// Those that are due, the longest first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn metadata_due(&self, now: OffsetDateTime) -> Result<Vec<MetadataSource>, PortError> {
        let due =
            Entity::find().filter(Column::NextAttempt.lte(millis(now))).order_by_asc(Column::NextAttempt);
        let rows = due.all(self.reader()).await.map_err(Fault::from)?;
        Ok(rows.into_iter().map(source).collect::<Result<_, _>>()?)
    }

    /// Where the metadata of a connection are fetched from.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NoSource`] if an operator pinned a file.
    pub async fn metadata_source(
        &self,
        name: &ConnectionName,
    ) -> Result<(Connection, MetadataSource), AdminError> {
        let connection = connections::required(self.reader(), name).await?;
        let found = find(self.reader(), connection.tenant, connection.id).await?;
        let found = found.ok_or_else(|| AdminError::NoSource { connection: name.clone() })?;
        Ok((connection, found))
    }

    /// Takes on the fetch of metadata: true for one node alone, until `lease`, when another may try.
    ///
    /// One statement: it compares the time at which the fetch was due.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn claim_metadata(
        &self,
        source: &MetadataSource,
        lease: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, PortError> {
        let claimed = of(source.tenant, source.connection)
            .col_expr(Column::NextAttempt, Expr::value(millis(lease)))
            .col_expr(Column::LastAttempt, Expr::value(millis(now)))
            .filter(Column::NextAttempt.eq(millis(source.next_attempt)))
            .exec(self.writer())
            .await
            .map_err(Fault::from)?;
        Ok(claimed.rows_affected == 1)
    }
}

/// Has the metadata fetched from there from now on, or from nowhere.
pub(super) async fn replace(
    conn: &impl ConnectionTrait,
    connection: &Connection,
    watched: Option<&Watched>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    Entity::delete_by_id((connection.tenant.as_uuid(), connection.id.as_uuid())).exec(conn).await?;
    let Some(watched) = watched else { return Ok(()) };
    let row = Model {
        tenant_id: connection.tenant.as_uuid(),
        connection_id: connection.id.as_uuid(),
        url: watched.url.as_str().to_owned(),
        approval: watched.approval.name().to_owned(),
        signed_by: watched.signed_by.clone(),
        etag: watched.validators.etag.clone(),
        last_modified: watched.validators.last_modified.clone(),
        last_success: millis(now),
        failed_at: None,
        failure: None,
        last_attempt: millis(now),
        next_attempt: millis(watched.next_attempt),
        waiting: None,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

/// The addresses that wait, which wait no more.
pub(super) async fn take_waiting(
    conn: &impl ConnectionTrait,
    connection: &Connection,
) -> Result<Option<Endpoints>, Fault> {
    let found = find(conn, connection.tenant, connection.id).await?;
    of(connection.tenant, connection.id)
        .col_expr(Column::Waiting, Expr::value(Option::<String>::None))
        .exec(conn)
        .await?;
    Ok(found.and_then(|source| source.waiting))
}

pub(super) async fn find(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<Option<MetadataSource>, Fault> {
    let row = first(Entity::find_by_id((tenant.as_uuid(), connection.as_uuid())), conn).await?;
    row.map(source).transpose()
}

/// A change of the source of one connection.
pub(super) fn of(tenant: TenantId, connection: ConnectionId) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::TenantId.eq(tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(connection.as_uuid()))
}

fn source(row: Model) -> Result<MetadataSource, Fault> {
    let failure = match (row.failed_at, row.failure) {
        (Some(at), Some(code)) => Some(Failure { at: instant("failed_at", at)?, code }),
        (None, None) => None,
        _ => return Err(broken("failure", "expected failed_at and failure, or neither")),
    };
    Ok(MetadataSource {
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        url: IdpUrl::new(row.url),
        approval: parsed("approval", &row.approval)?,
        signed_by: row.signed_by,
        validators: Validators { etag: row.etag, last_modified: row.last_modified },
        last_success: instant("last_success", row.last_success)?,
        failure,
        last_attempt: instant("last_attempt", row.last_attempt)?,
        next_attempt: instant("next_attempt", row.next_attempt)?,
        waiting: row.waiting.as_deref().map(connections::endpoints).transpose()?,
    })
}
