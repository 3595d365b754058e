use std::{collections::HashMap, fmt::Display};

use landfall_accounts::{AssertionUse, Detail, Event, EventKind, SessionId, TenantId, TraceId};
use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect, sea_query::Query,
};
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::{
    chain::{CURRENT, Hashed, Link},
    convert::{broken, digest, millis},
    entity::events::{ActiveModel, Column, Entity},
    fault::Fault,
};

/// How many events one statement writes.
const BATCH: usize = 100;

/// An event about a tenant, to be completed.
pub(super) fn about(kind: EventKind, tenant: TenantId, now: OffsetDateTime, detail: &impl Display) -> Event {
    Event { tenant: Some(tenant), ..of_installation(kind, now, detail) }
}

/// An event of the installation, to be completed.
pub(super) fn of_installation(kind: EventKind, now: OffsetDateTime, detail: &impl Display) -> Event {
    let (tenant, connection, user, trace) = (None, None, None, None);
    Event { at: now, kind, tenant, connection, user, trace, detail: Detail::new(detail.to_string()) }
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

/// Writes one event; a transaction that has several to write gives them to [`write_all`].
pub(super) async fn write(conn: &impl ConnectionTrait, event: &Event) -> Result<(), Fault> {
    write_all(conn, std::slice::from_ref(event)).await
}

/// Writes events in this order, each as the next one of its chain.
///
/// The transaction has the turn of each tenant among them, and that of the installation for those of none:
/// without it another one may write the same number meanwhile, and this transaction fails.
pub(super) async fn write_all(conn: &impl ConnectionTrait, events: &[Event]) -> Result<(), Fault> {
    let mut heads: HashMap<Option<TenantId>, Link> = HashMap::new();
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let last = match heads.get(&event.tenant) {
            Some(last) => *last,
            None => last(conn, event.tenant).await?,
        };
        let (row, link) = linked(event, last);
        heads.insert(event.tenant, link);
        rows.push(row);
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(BATCH));
        Entity::insert_many(rows).exec_without_returning(conn).await?;
        rows = rest;
    }
    Ok(())
}

/// The last event of a chain.
async fn last(conn: &impl ConnectionTrait, tenant: Option<TenantId>) -> Result<Link, Fault> {
    let chain = || match tenant {
        Some(tenant) => Column::TenantId.eq(tenant.as_uuid()),
        None => Column::TenantId.is_null(),
    };
    let highest = Query::select().expr(Column::Seq.max()).from(Entity).and_where(chain()).to_owned();
    let last: Vec<(i64, Vec<u8>)> = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Hash])
        .filter(chain())
        .filter(Column::Seq.in_subquery(highest))
        .into_tuple()
        .all(conn)
        .await?;
    let Some((seq, hash)) = last.into_iter().next() else { return Ok(Link::default()) };
    Ok(Link { seq, hash: digest("hash", &hash)? })
}

fn linked(event: &Event, last: Link) -> (ActiveModel, Link) {
    let (tenant, connection, user) = (
        event.tenant.map(|id| id.as_uuid()),
        event.connection.map(|id| id.as_uuid()),
        event.user.map(|id| id.as_uuid()),
    );
    let link = last.next(&Hashed {
        form: CURRENT,
        at: millis(event.at),
        kind: event.kind.code(),
        tenant,
        connection,
        user,
        trace: event.trace.as_ref().map(TraceId::as_str),
        detail: event.detail.as_str(),
    });
    let row = ActiveModel {
        id: NotSet,
        at: Set(millis(event.at)),
        kind: Set(event.kind.code().to_owned()),
        tenant_id: Set(tenant),
        connection_id: Set(connection),
        user_id: Set(user),
        trace: Set(event.trace.as_ref().map(|trace| trace.as_str().to_owned())),
        detail: Set(event.detail.as_str().to_owned()),
        seq: Set(Some(link.seq)),
        form: Set(Some(CURRENT)),
        hash: Set(Some(link.hash.to_vec())),
    };
    (row, link)
}
