use landfall_accounts::{
    ConnectionId, Detail, EndReason, Event, EventKind, HopAttempt, HopOutcome, Opened, Refusal, Replace,
    SessionId, ShorterSessions, Target, TenantId, User, UserId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    connections,
    ends::{self, Whose},
    events, first, sessions, users,
};
use crate::{
    convert::{bytes, instant, millis},
    entity::sessions::{Column, Entity, Model},
    fault::Fault,
};

/// Opens the session that waits for this browser, inside the transaction of the caller.
pub(super) async fn hop(
    conn: &impl ConnectionTrait,
    attempt: &HopAttempt,
    now: OffsetDateTime,
) -> Result<HopOutcome, Fault> {
    let found = first(Entity::find().filter(Column::Handle.eq(attempt.handle.as_str())), conn).await?;
    let Some(row) = found else {
        note(conn, attempt, None, EventKind::HopMissed, json!({ "code": "unknown" }), now).await?;
        return Ok(HopOutcome::Missed);
    };
    if row.opened_at.is_some() {
        note(conn, attempt, Some(&row), EventKind::HopMissed, json!({ "code": "opened_before" }), now)
            .await?;
        return Ok(HopOutcome::Missed);
    }
    if row.hop_until <= millis(now) || row.expires_at <= millis(now) {
        note(conn, attempt, Some(&row), EventKind::HopMissed, json!({ "code": "too_late" }), now).await?;
        return Ok(HopOutcome::Missed);
    }
    if !same_browser(&row, attempt) {
        note(conn, attempt, Some(&row), EventKind::HopForeign, json!({}), now).await?;
        return Ok(HopOutcome::Foreign);
    }
    let tenant = TenantId::from_uuid(row.tenant_id);
    let user = users::load(conn, tenant, UserId::from_uuid(row.user_id)).await?;
    let connection = ConnectionId::from_uuid(row.connection_id);
    let (state, settings) = connections::state_and_settings(conn, tenant, connection).await?;
    let closed = (!state.admits_people()).then_some(Refusal::ConnectionDisabled);
    if let Some(refusal) = closed.or_else(|| Refusal::for_state(user.state)) {
        let detail = json!({ "code": refusal.code(), "at": "hop" });
        note(conn, attempt, Some(&row), EventKind::LoginRefused, detail, now).await?;
        return Ok(HopOutcome::Refused(refusal));
    }
    if row.ended_at.is_some() {
        note(conn, attempt, Some(&row), EventKind::HopMissed, json!({ "code": "ended" }), now).await?;
        return Ok(HopOutcome::Missed);
    }
    let current = match &attempt.current {
        Some(token) => sessions::live_of_token(conn, token, now).await?,
        None => None,
    };
    if let Some(current) = &current
        && asks_first(&row, current, attempt.replace)
    {
        let detail = json!({ "current": UserId::from_uuid(current.user_id).to_string() });
        note(conn, attempt, Some(&row), EventKind::HopOtherPerson, detail, now).await?;
        let current =
            users::load(conn, TenantId::from_uuid(current.tenant_id), UserId::from_uuid(current.user_id));
        return Ok(HopOutcome::OtherPerson { current: Box::new(current.await?), arriving: Box::new(user) });
    }
    if let Some(current) = current {
        let replaced = Whose::sessions(Column::Id.eq(current.id));
        ends::end_all(conn, replaced, EndReason::Replaced, now).await?;
    }
    open(conn, attempt, held_to(row, &settings.sessions, now), user, now).await
}

/// # Security
/// Digests of secrets with 256 random bits are compared: the time that takes tells nothing about a secret.
/// Without a cookie of the begin, which an unsolicited login has not got, the hop's own cookie decides [attack E18].
fn same_browser(row: &Model, attempt: &HopAttempt) -> bool {
    let Some(hop) = &row.hop else {
        return false;
    };
    let has_hop = attempt.hop.as_ref().is_some_and(|cookie| bytes(cookie) == *hop);
    let has_begin = match &row.browser {
        None => true,
        Some(browser) => attempt.browser.as_ref().is_some_and(|cookie| bytes(cookie) == *browser),
    };
    has_hop && has_begin
}

/// Any site can lead a browser through a login at a connection whose administrator it is:
/// nobody is signed in to somebody else's account unasked, whoever began.
fn asks_first(row: &Model, current: &Model, replace: Replace) -> bool {
    replace == Replace::Ask && current.user_id != row.user_id
}

/// What the connection demands of its sessions at this moment.
fn held_to(row: Model, limits: &ShorterSessions, now: OffsetDateTime) -> Model {
    let idle = limits.idle.map_or(row.idle, |limit| sessions::length(limit.as_duration()));
    let end = limits.absolute.map_or(row.expires_at, |limit| millis(now + limit.as_duration()));
    let (idle, expires_at) = (Ord::min(row.idle, idle), Ord::min(row.expires_at, end));
    Model { idle, expires_at, ..row }
}

/// One update makes the session live, burns the secrets of the hop and stores the token.
async fn open(
    conn: &impl ConnectionTrait,
    attempt: &HopAttempt,
    row: Model,
    user: User,
    now: OffsetDateTime,
) -> Result<HopOutcome, Fault> {
    let opened = Entity::update_many()
        .col_expr(Column::OpenedAt, Expr::value(millis(now)))
        .col_expr(Column::LastSeenAt, Expr::value(millis(now)))
        .col_expr(Column::Idle, Expr::value(row.idle))
        .col_expr(Column::ExpiresAt, Expr::value(row.expires_at))
        .col_expr(Column::Token, Expr::value(bytes(&attempt.new_token)))
        .col_expr(Column::Hop, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::Browser, Expr::value(None::<Vec<u8>>))
        .filter(Column::Id.eq(row.id).and(Column::OpenedAt.is_null()).and(Column::EndedAt.is_null()))
        .exec(conn)
        .await?;
    if opened.rows_affected == 0 {
        return Err(Fault::Missing { what: "waiting session" });
    }
    let user = User { last_login_at: Some(now), ..user };
    users::save(conn, &user).await?;
    let session = SessionId::from_uuid(row.id);
    let detail = json!({ "session": session.to_string() });
    note(conn, attempt, Some(&row), EventKind::SessionOpened, detail, now).await?;
    Ok(HopOutcome::Opened(Opened {
        session,
        user: Box::new(user),
        expires_at: instant("expires_at", row.expires_at)?,
        target: Target::new(row.target),
    }))
}

async fn note(
    conn: &impl ConnectionTrait,
    attempt: &HopAttempt,
    row: Option<&Model>,
    kind: EventKind,
    detail: Value,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let event = Event {
        at: now,
        kind,
        tenant: row.map(|row| TenantId::from_uuid(row.tenant_id)),
        connection: row.map(|row| ConnectionId::from_uuid(row.connection_id)),
        user: row.map(|row| UserId::from_uuid(row.user_id)),
        trace: Some(attempt.trace.clone()),
        detail: Detail::new(detail.to_string()),
    };
    events::write(conn, &event).await
}
