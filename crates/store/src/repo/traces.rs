//! Messages that an operator wants to look at: sealed, few, and for three days at most.

use landfall_accounts::{
    Connection, ConnectionId, ConnectionName, EventKind, SealedTrace, TenantId, TraceId, TracePlace,
    TraceWindow,
    ports::{PortError, TraceStore},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{connections, events, first};
use crate::{
    AdminError, Store,
    convert::{instant, millis, parsed},
    entity::{
        self,
        traces::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How many are forgotten at once of a connection that has too many.
const BATCH: u64 = 1000;

impl TraceStore for Store {
    async fn keep_trace(&self, trace: SealedTrace) -> Result<(), PortError> {
        Ok(keep(self, trace).await?)
    }
}

impl Store {
    /// Keeps the messages of a connection for a while, or no longer; those that were kept stay until their time is over.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    ///
    /// # Security
    /// What is kept holds personal data, sealed: see [`SealedTrace`].
    pub async fn trace_connection(
        &self,
        name: &ConnectionName,
        window: Option<TraceWindow>,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = Connection { traced: window, ..connections::required(&txn, name).await? };
        connections::save(&txn, &connection).await?;
        let window = connection.traced.as_ref();
        let detail = json!({
            "by": "operator",
            "action": "connection.trace",
            "name": name.as_str(),
            "until": window.map(|window| window.until().unix_timestamp()),
            "reason": window.and_then(TraceWindow::reason),
        });
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// What is kept, of one connection or of all, the newest first, with when each came.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn traces(
        &self,
        connection: Option<ConnectionId>,
        now: OffsetDateTime,
    ) -> Result<Vec<(TracePlace, OffsetDateTime)>, PortError> {
        Ok(list(self, connection, now).await?)
    }

    /// What is kept of one request.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn trace(
        &self,
        trace: &TraceId,
        now: OffsetDateTime,
    ) -> Result<Option<SealedTrace>, PortError> {
        let named = Entity::find().filter(Column::Trace.eq(trace.as_str())).filter(alive(now));
        let row = first(named, self.reader()).await?;
        Ok(row.map(sealed).transpose()?)
    }

    /// Forgets what is kept of one request.
    ///
    /// # Errors
    /// [`AdminError::NoTrace`].
    pub async fn forget_trace(&self, trace: &TraceId, now: OffsetDateTime) -> Result<(), AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let named = Entity::find().filter(Column::Trace.eq(trace.as_str()));
        let Some(row) = first(named, &txn).await? else {
            return Err(AdminError::NoTrace { trace: trace.clone() });
        };
        let (tenant, connection) =
            (TenantId::from_uuid(row.tenant_id), ConnectionId::from_uuid(row.connection_id));
        Entity::delete_by_id((row.tenant_id, row.connection_id, row.trace))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let detail = json!({ "by": "operator", "action": "trace.forget", "trace": trace.as_str() });
        let mut event = events::about(EventKind::ConfigurationChanged, tenant, now, &detail);
        event.connection = Some(connection);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(())
    }

    /// Forgets everything that is kept of a connection, and says how many messages that were.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn forget_traces(&self, name: &ConnectionName, now: OffsetDateTime) -> Result<u64, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        let gone = Entity::delete_many()
            .filter(of(connection.tenant.as_uuid(), connection.id.as_uuid()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let count = gone.rows_affected;
        let detail =
            json!({ "by": "operator", "action": "trace.forget", "name": name.as_str(), "traces": count });
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(count)
    }
}

/// Whether messages of a connection are kept, and why.
pub(super) fn window(row: &entity::connections::Model) -> Result<Option<TraceWindow>, Fault> {
    let until = row.traced_until.map(|until| instant("traced_until", until)).transpose()?;
    Ok(until.map(|until| TraceWindow::kept(until, row.traced_because.clone())))
}

/// Those whose time is over: as the row says, or since it is older than any may be.
pub(super) fn over(now: OffsetDateTime) -> Expr {
    Column::KeepUntil.lte(millis(now)).or(Column::At.lte(millis(now - SealedTrace::LIFETIME)))
}

fn alive(now: OffsetDateTime) -> Expr {
    Column::KeepUntil.gt(millis(now)).and(Column::At.gt(millis(now - SealedTrace::LIFETIME)))
}

fn of(tenant: Uuid, connection: Uuid) -> Expr {
    Column::TenantId.eq(tenant).and(Column::ConnectionId.eq(connection))
}

/// Whether messages of the connection are kept at this time.
async fn is_traced(
    conn: &impl ConnectionTrait,
    place: &TracePlace,
    at: OffsetDateTime,
) -> Result<bool, Fault> {
    let key = (place.tenant.as_uuid(), place.connection.as_uuid());
    let row = first(entity::connections::Entity::find_by_id(key), conn).await?;
    let row = row.ok_or(Fault::Missing { what: "connection" })?;
    Ok(row.traced_until.is_some_and(|until| millis(at) < until))
}

async fn keep(store: &Store, trace: SealedTrace) -> Result<(), Fault> {
    let SealedTrace { place, at, sealed } = trace;
    let (tenant, connection) = (place.tenant.as_uuid(), place.connection.as_uuid());
    let txn = store.transaction(Turn::None).await?;
    if !is_traced(&txn, &place, at).await? {
        return Ok(());
    }
    let row = Model {
        tenant_id: tenant,
        connection_id: connection,
        trace: place.trace.as_str().to_owned(),
        at: millis(at),
        keep_until: millis(at + SealedTrace::LIFETIME),
        sealed,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
    let too_many: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Trace)
        .filter(of(tenant, connection))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Trace)
        .offset(SealedTrace::MOST)
        .limit(BATCH)
        .into_tuple()
        .all(&txn)
        .await?;
    if !too_many.is_empty() {
        let oldest = of(tenant, connection).and(Column::Trace.is_in(too_many));
        Entity::delete_many().filter(oldest).exec(&txn).await?;
    }
    finish(txn).await
}

async fn list(
    store: &Store,
    connection: Option<ConnectionId>,
    now: OffsetDateTime,
) -> Result<Vec<(TracePlace, OffsetDateTime)>, Fault> {
    let mut kept = Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::ConnectionId, Column::Trace, Column::At])
        .filter(alive(now))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Trace);
    if let Some(connection) = connection {
        kept = kept.filter(Column::ConnectionId.eq(connection.as_uuid()));
    }
    let rows: Vec<(Uuid, Uuid, String, i64)> = kept.into_tuple().all(store.reader()).await?;
    rows.into_iter()
        .map(|(tenant, connection, trace, at)| Ok((place(tenant, connection, &trace)?, instant("at", at)?)))
        .collect()
}

fn sealed(row: Model) -> Result<SealedTrace, Fault> {
    Ok(SealedTrace {
        place: place(row.tenant_id, row.connection_id, &row.trace)?,
        at: instant("at", row.at)?,
        sealed: row.sealed,
    })
}

fn place(tenant: Uuid, connection: Uuid, trace: &str) -> Result<TracePlace, Fault> {
    Ok(TracePlace {
        tenant: TenantId::from_uuid(tenant),
        connection: ConnectionId::from_uuid(connection),
        trace: parsed("trace", trace)?,
    })
}
