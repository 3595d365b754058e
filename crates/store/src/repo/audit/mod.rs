//! The events as an operator reads them: the last ones, all of them, and whether they hang together.

mod export;
mod feed;
mod follow;
mod head;
mod verify;

use landfall_accounts::{
    ConnectionId, Detail, Event, EventKind, TenantId, TraceId, UserId, ports::PortError,
};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction, EntityTrait,
    IsolationLevel, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use time::OffsetDateTime;

pub use export::AuditError;
pub use feed::FeedPosition;
pub use follow::Following;
pub use head::Head;
pub use verify::{ChainFault, Verified};

use crate::{
    Store,
    convert::{instant, millis, parsed},
    entity::events::{Column, Entity, Model},
    fault::Fault,
};

/// How many events are in memory at once, whatever the size of the log.
const PAGE: u64 = 1000;

/// An event, and its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Counts up over all chains.
    pub id: i64,
    /// Counts up in the chain of its tenant, or of the installation; absent in a row that Landfall did not write.
    pub seq: Option<i64>,
    /// What happened.
    pub event: Event,
}

/// Which events are wanted; all of them by default.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this tenant alone.
    pub tenant: Option<TenantId>,
    /// Of this kind alone.
    pub kind: Option<EventKind>,
    /// From this time on.
    pub since: Option<OffsetDateTime>,
}

impl EventFilter {
    /// Whether the event is one of them.
    #[must_use]
    pub fn takes(&self, event: &Event) -> bool {
        self.tenant.is_none_or(|tenant| event.tenant == Some(tenant))
            && self.kind.is_none_or(|kind| event.kind == kind)
            && self.since.is_none_or(|since| event.at >= since)
    }
}

impl Store {
    /// The last events that the filter takes, the newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn events(&self, filter: &EventFilter, limit: u64) -> Result<Vec<RecordedEvent>, PortError> {
        let mut asked = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(tenant) = filter.tenant {
            asked = asked.filter(Column::TenantId.eq(tenant.as_uuid()));
        }
        if let Some(kind) = filter.kind {
            asked = asked.filter(Column::Kind.eq(kind.code()));
        }
        if let Some(since) = filter.since {
            asked = asked.filter(Column::At.gte(millis(since)));
        }
        let rows = asked.all(self.reader()).await.map_err(Fault::from)?;
        Ok(rows.into_iter().map(recorded).collect::<Result<_, _>>()?)
    }
}

/// The log as it is at one moment: on PostgreSQL a transaction that began earlier may write an earlier number later.
async fn snapshot(store: &Store) -> Result<DatabaseTransaction, Fault> {
    Ok(match store.reader().get_database_backend() {
        DatabaseBackend::Sqlite => store.reader().begin().await?,
        _ => {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            store.reader().begin_with_config(Some(level), Some(mode)).await?
        }
    })
}

/// The next events after this one, in the order in which they were written.
async fn page(conn: &impl ConnectionTrait, after: i64) -> Result<Vec<Model>, Fault> {
    Ok(Entity::find().filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(PAGE).all(conn).await?)
}

fn recorded(row: Model) -> Result<RecordedEvent, Fault> {
    let event = Event {
        at: instant("at", row.at)?,
        kind: parsed("kind", &row.kind)?,
        tenant: row.tenant_id.map(TenantId::from_uuid),
        connection: row.connection_id.map(ConnectionId::from_uuid),
        user: row.user_id.map(UserId::from_uuid),
        trace: row.trace.map(|trace| parsed::<TraceId>("trace", &trace)).transpose()?,
        detail: Detail::new(row.detail),
    };
    Ok(RecordedEvent { id: row.id, seq: row.seq, event })
}
