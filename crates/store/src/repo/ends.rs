//! How sessions end, and with them what people granted in them: all of it in the transaction of the caller.
//!
//! Applications that are to be told get a notice in the same transaction, so that none is forgotten [openid-backchannel 2.5].

use std::collections::{HashMap, HashSet};

use landfall_accounts::{
    AppId, Application, Connection, ConnectionId, EndReason, Event, EventKind, Lasting, SessionId, TenantId,
    UserId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{applications, events, grants, logout_notices, sessions};
use crate::{
    convert::millis,
    entity::{
        grants as granted,
        sessions::{Column, Entity, Model},
    },
    fault::Fault,
};

/// How many grants one statement ends.
const BATCH: usize = 500;

/// Whose sessions end, and whether that is the end of what people granted for longer.
///
/// Where single sessions end, a grant that lasts of itself goes on: it was made to.
/// Where a person, a connection, a tenant or the installation is meant, it ends as well, even if its session ended long ago:
/// whoever is locked out is locked out of everything.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    sessions: Expr,
    lasting: Option<Expr>,
}

impl Whose {
    /// These sessions, and nothing that outlasts them.
    pub(super) fn sessions(which: Expr) -> Self {
        Self { sessions: which, lasting: None }
    }

    pub(super) fn user(tenant: TenantId, user: UserId) -> Self {
        Self { sessions: sessions::of(tenant, user), lasting: Some(grants::of_user(tenant, user)) }
    }

    pub(super) fn connection(connection: &Connection) -> Self {
        let (tenant, id) = (connection.tenant.as_uuid(), connection.id.as_uuid());
        let lasting = granted::Column::TenantId.eq(tenant).and(granted::Column::ConnectionId.eq(id));
        Self { sessions: sessions::of_connection(connection), lasting: Some(lasting) }
    }

    pub(super) fn tenant(tenant: TenantId) -> Self {
        Self {
            sessions: Column::TenantId.eq(tenant.as_uuid()),
            lasting: Some(granted::Column::TenantId.eq(tenant.as_uuid())),
        }
    }

    pub(super) fn everybody() -> Self {
        Self { sessions: Expr::value(true), lasting: Some(Expr::value(true)) }
    }

    /// Of the sessions only these; what outlasts them ends all the same.
    pub(super) fn only(self, which: Expr) -> Self {
        Self { sessions: self.sessions.and(which), ..self }
    }

    /// The condition of the sessions that are meant, ended or not.
    pub(super) fn which_sessions(&self) -> Expr {
        self.sessions.clone()
    }

    /// The condition of the grants that are meant and last of themselves; none where single sessions are meant.
    pub(super) fn which_grants(&self) -> Option<Expr> {
        self.lasting.clone()
    }
}

/// Ends those of the sessions that have not ended, whether open or waiting, with what was granted in them, and says how many.
pub(super) async fn end_all(
    conn: &impl ConnectionTrait,
    whose: Whose,
    reason: EndReason,
    now: OffsetDateTime,
) -> Result<usize, Fault> {
    let which = whose.sessions.and(Column::EndedAt.is_null());
    let mut rows = Entity::find().filter(which.clone()).all(conn).await?;
    rows.sort_unstable_by_key(|row| row.id);
    let within = match rows.is_empty() {
        true => Vec::new(),
        false => grants::all_living(conn, grants::made_in(which.clone()), now).await?,
    };
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(millis(now)))
        .col_expr(Column::EndReason, Expr::value(reason.name()))
        .filter(which)
        .exec(conn)
        .await?;
    let sessions: Vec<Event> = rows.iter().map(|row| session_ended(row, reason, now)).collect();
    events::write_all(conn, &sessions).await?;
    let lasting = match whose.lasting {
        Some(theirs) => {
            let theirs = theirs.and(grants::lasting(Lasting::OfItself));
            grants::all_living(conn, theirs, now).await?
        }
        None => Vec::new(),
    };
    let of_itself = grants::name(Lasting::OfItself);
    let (go_on, mut over): (Vec<_>, Vec<_>) = within.into_iter().partition(|row| row.lasting == of_itself);
    over.extend(lasting);
    let apps = apps_of(conn, go_on.iter().chain(&over)).await?;
    // An application is told of a session that ended, also where what it was granted there goes on.
    tell(conn, go_on.iter().chain(&over), &apps, now).await?;
    end(conn, &over, &apps, reason.name(), now).await?;
    Ok(rows.len())
}

/// Ends these grants, for a reason that events name.
pub(super) async fn end_grants(
    conn: &impl ConnectionTrait,
    rows: &[granted::Model],
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let apps = apps_of(conn, rows.iter()).await?;
    end(conn, rows, &apps, reason, now).await
}

/// The same, and tells the applications that whoever was signed on is no more.
pub(super) async fn end_grants_and_tell(
    conn: &impl ConnectionTrait,
    rows: &[granted::Model],
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let apps = apps_of(conn, rows.iter()).await?;
    tell(conn, rows.iter(), &apps, now).await?;
    end(conn, rows, &apps, reason, now).await
}

/// A notice for each session and application where somebody was signed on.
async fn tell(
    conn: &impl ConnectionTrait,
    rows: impl Iterator<Item = &granted::Model>,
    apps: &HashMap<Uuid, Application>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let mut told = HashSet::new();
    let mut notices = Vec::new();
    for row in rows.filter(|row| row.redeemed_at.is_some()) {
        let Some(app) = apps.get(&row.app_id) else { continue };
        let Some(address) = &app.backchannel_logout else { continue };
        if told.insert((row.session_id, row.app_id)) {
            notices.push(logout_notices::row(row, app, address, now));
        }
    }
    logout_notices::insert(conn, notices).await
}

async fn end(
    conn: &impl ConnectionTrait,
    rows: &[granted::Model],
    apps: &HashMap<Uuid, Application>,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    for batch in rows.chunks(BATCH) {
        granted::Entity::update_many()
            .col_expr(granted::Column::EndedAt, Expr::value(millis(now)))
            .filter(granted::Column::Id.is_in(batch.iter().map(|row| row.id)))
            .filter(granted::Column::EndedAt.is_null())
            .exec(conn)
            .await?;
    }
    let ended = rows.iter().map(|row| {
        let app = apps.get(&row.app_id).map(|app| app.name.as_str());
        let detail = json!({ "grant": row.id.to_string(), "application": app, "reason": reason });
        grants::event(EventKind::GrantEnded, row, now, &detail)
    });
    events::write_all(conn, &ended.collect::<Vec<_>>()).await
}

async fn apps_of(
    conn: &impl ConnectionTrait,
    rows: impl Iterator<Item = &granted::Model>,
) -> Result<HashMap<Uuid, Application>, Fault> {
    let ids: HashSet<Uuid> = rows.map(|row| row.app_id).collect();
    let mut apps = HashMap::with_capacity(ids.len());
    for id in ids {
        apps.insert(id, applications::load(conn, AppId::from_uuid(id)).await?);
    }
    Ok(apps)
}

fn session_ended(row: &Model, reason: EndReason, now: OffsetDateTime) -> Event {
    let id = SessionId::from_uuid(row.id);
    let detail = json!({ "session": id.to_string(), "reason": reason.name() });
    let mut event = events::about(EventKind::SessionEnded, TenantId::from_uuid(row.tenant_id), now, &detail);
    event.connection = Some(ConnectionId::from_uuid(row.connection_id));
    event.user = Some(UserId::from_uuid(row.user_id));
    event
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;
    use time::macros::datetime;

    use super::*;
    use crate::repo::plan::plan;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[tokio::test]
    async fn what_ends_is_found_among_what_lives() {
        let (tenant, id) = (TenantId::from_uuid(Uuid::from_u128(1)), Uuid::from_u128(2));
        let of_connection = granted::Column::TenantId.eq(id).and(granted::Column::ConnectionId.eq(id));
        let theirs = sessions::of(tenant, UserId::from_uuid(id)).and(Column::EndedAt.is_null());
        let one = Column::Id.eq(id).and(sessions::live(NOW));
        for (which, expected) in [
            (
                grants::of_user(tenant, UserId::from_uuid(id)),
                "grants_living_of_user (tenant_id=? AND user_id=?)",
            ),
            (
                grants::of_user(tenant, UserId::from_uuid(id)).and(grants::at(AppId::from_uuid(id))),
                "grants_living_of_user (tenant_id=? AND user_id=? AND app_id=?)",
            ),
            (of_connection, "grants_living_of_connection (tenant_id=? AND connection_id=?)"),
            (grants::at(AppId::from_uuid(id)), "grants_living_at_application (app_id=?)"),
            (grants::made_in(theirs), "grants_living_in_session (tenant_id=? AND session_id=?)"),
            (grants::made_in(one), "grants_living_in_session (tenant_id=? AND session_id=?)"),
        ] {
            let plan = plan(&grants::living(which, NOW).into_query()).await;
            assert!(plan.iter().any(|step| step.ends_with(expected)), "{expected}: {plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
