use std::fmt::Display;

use landfall_accounts::{
    AssertionUse, ConnectionId, Detail, Event, EventKind, SessionId, TenantId, TraceId, UserId,
    ports::PortError,
};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::{
    Store,
    convert::{broken, instant, millis, parsed},
    entity::events::{ActiveModel, Column, Entity, Model},
    fault::Fault,
};

impl Store {
    /// The last events, the newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn recent_events(&self, limit: u64) -> Result<Vec<Event>, PortError> {
        let rows = Entity::find()
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        Ok(rows.into_iter().map(event).collect::<Result<_, _>>()?)
    }
}

/// An event about a tenant, to be completed.
pub(super) fn about(kind: EventKind, tenant: TenantId, now: OffsetDateTime, detail: &impl Display) -> Event {
    Event {
        at: now,
        kind,
        tenant: Some(tenant),
        connection: None,
        user: None,
        trace: None,
        detail: Detail::new(detail.to_string()),
    }
}

/// The code of a login's outcome, or a test login's, with the record of the decision that led to it, as JSON.
///
/// The record is JSON already and goes in as it is, since it is the longest part of what a login writes.
pub(super) fn decided(
    code: &str,
    used: Option<&AssertionUse>,
    decision: &Detail,
    session: Option<SessionId>,
) -> Result<String, Fault> {
    #[derive(Serialize)]
    struct Decided<'a> {
        code: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        assertion: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<String>,
        decision: &'a RawValue,
    }
    let broken = |source| broken("detail", source);
    let decided = Decided {
        code,
        assertion: used.map(|used| used.assertion.as_str()),
        session: session.map(|session| session.to_string()),
        decision: serde_json::from_str(decision.as_str()).map_err(broken)?,
    };
    serde_json::to_string(&decided).map_err(broken)
}

/// The same for what became of a logout message.
pub(super) fn logged_out(
    code: &str,
    request: &str,
    decision: &Detail,
    sessions: Option<usize>,
) -> Result<String, Fault> {
    #[derive(Serialize)]
    struct LoggedOut<'a> {
        code: &'a str,
        request: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sessions: Option<usize>,
        decision: &'a RawValue,
    }
    let broken = |source| broken("detail", source);
    let decision = serde_json::from_str(decision.as_str()).map_err(broken)?;
    serde_json::to_string(&LoggedOut { code, request, sessions, decision }).map_err(broken)
}

pub(super) async fn write(conn: &impl ConnectionTrait, event: &Event) -> Result<(), Fault> {
    Entity::insert(row(event)).exec_without_returning(conn).await?;
    Ok(())
}

/// The same for many, a few hundred at a time: each has eight values, of which a statement takes so many and no more.
pub(super) async fn write_all(conn: &impl ConnectionTrait, events: &[Event]) -> Result<(), Fault> {
    for some in events.chunks(500) {
        Entity::insert_many(some.iter().map(row)).exec_without_returning(conn).await?;
    }
    Ok(())
}

fn row(event: &Event) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        at: Set(millis(event.at)),
        kind: Set(event.kind.code().to_owned()),
        tenant_id: Set(event.tenant.map(|id| id.as_uuid())),
        connection_id: Set(event.connection.map(|id| id.as_uuid())),
        user_id: Set(event.user.map(|id| id.as_uuid())),
        trace: Set(event.trace.as_ref().map(|trace| trace.as_str().to_owned())),
        detail: Set(event.detail.as_str().to_owned()),
    }
}

fn event(row: Model) -> Result<Event, Fault> {
    Ok(Event {
        at: instant("at", row.at)?,
        kind: parsed("kind", &row.kind)?,
        tenant: row.tenant_id.map(TenantId::from_uuid),
        connection: row.connection_id.map(ConnectionId::from_uuid),
        user: row.user_id.map(UserId::from_uuid),
        trace: row.trace.map(|trace| parsed::<TraceId>("trace", &trace)).transpose()?,
        detail: Detail::new(row.detail),
    })
}
