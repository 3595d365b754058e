//! Who is at which site: codes that wait, and tokens for which they were exchanged.

use landfall_accounts::{
    AtSite, ConnectionId, Detail, Entered, EntryOutcome, Event, EventKind, Site, SiteEntry, SiteId,
    SiteOrigin, SitePass, SitePath, TenantId, TokenHash, UserId,
    ports::{PortError, SiteStore},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, QueryFilter,
    QueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, events, first, sessions, sites, users, whole};
use crate::{
    Store,
    convert::{broken, bytes, instant, millis, parsed},
    entity::{
        connections as connection_rows, sessions as session_rows,
        site_sessions::{Column, Entity, Model},
        sites as site_rows, tenants as tenant_rows, users as user_rows,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl SiteStore for Store {
    async fn site(&self, origin: &SiteOrigin) -> Result<Option<Site>, PortError> {
        Ok(sites::at(self.reader(), origin).await?)
    }

    async fn keep_pass(&self, pass: SitePass, now: OffsetDateTime) -> Result<(), PortError> {
        let row = Model {
            tenant_id: pass.tenant.as_uuid(),
            code: bytes(&pass.code),
            session_id: pass.session.as_uuid(),
            site_id: pass.site.as_uuid(),
            state: bytes(&pass.state),
            target: pass.target.as_str().to_owned(),
            code_until: millis(now + SitePass::LIFETIME),
            token: None,
            entered_at: None,
        };
        let row = row.into_active_model();
        Entity::insert(row).exec_without_returning(self.writer()).await.map_err(Fault::from)?;
        Ok(())
    }

    async fn enter_site(&self, entry: SiteEntry, now: OffsetDateTime) -> Result<EntryOutcome, PortError> {
        let Some(row) = of_code(self.reader(), &entry.code).await? else {
            return Ok(EntryOutcome::Unknown);
        };
        let txn = self.transaction(Turn::Tenant(TenantId::from_uuid(row.tenant_id))).await?;
        let outcome = enter(&txn, &entry, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn at_site(&self, token: &TokenHash, now: OffsetDateTime) -> Result<Option<AtSite>, PortError> {
        Ok(of_token(self.reader(), token, now).await?)
    }
}

/// Codes that were not exchanged, and count no more.
pub(super) fn over(now: OffsetDateTime) -> Expr {
    Column::Token.is_null().and(Column::CodeUntil.lte(millis(now)))
}

async fn enter(
    conn: &impl ConnectionTrait,
    entry: &SiteEntry,
    now: OffsetDateTime,
) -> Result<EntryOutcome, Fault> {
    let Some(row) = of_code(conn, &entry.code).await? else {
        return Ok(EntryOutcome::Unknown);
    };
    let key = (row.tenant_id, row.session_id);
    let session = first(session_rows::Entity::find_by_id(key), conn).await?;
    let session = session.ok_or(Fault::Missing { what: "session" })?;
    let site = sites::load(conn, SiteId::from_uuid(row.site_id)).await?;
    let outcome = judge(conn, entry, &row, session.clone(), &site, now).await?;
    match outcome {
        EntryOutcome::Entered(_) => open(conn, entry, &row, now).await?,
        EntryOutcome::OtherSite => {}
        _ => forget(conn, this(&row)).await?,
    }
    let (kind, code) = told(&outcome);
    let mut detail = json!({ "site": site.origin.as_str() });
    if let (Some(code), Some(detail)) = (code, detail.as_object_mut()) {
        detail.insert("code".to_owned(), code.into());
    }
    let event = Event {
        at: now,
        kind,
        tenant: Some(TenantId::from_uuid(row.tenant_id)),
        connection: Some(ConnectionId::from_uuid(session.connection_id)),
        user: Some(UserId::from_uuid(session.user_id)),
        trace: Some(entry.trace.clone()),
        detail: Detail::new(detail.to_string()),
    };
    events::write(conn, &event).await?;
    Ok(outcome)
}

/// # Security
/// Digests of secrets with 256 random bits are compared: the time that takes tells nothing about a secret.
async fn judge(
    conn: &impl ConnectionTrait,
    entry: &SiteEntry,
    row: &Model,
    session: session_rows::Model,
    site: &Site,
    now: OffsetDateTime,
) -> Result<EntryOutcome, Fault> {
    if site.id != entry.site {
        return Ok(EntryOutcome::OtherSite);
    }
    if row.token.is_some() {
        return Ok(EntryOutcome::Replayed);
    }
    if entry.state.as_ref().map(bytes).as_ref() != Some(&row.state) {
        return Ok(EntryOutcome::Foreign);
    }
    if row.code_until <= millis(now) {
        return Ok(EntryOutcome::Late);
    }
    let expires_at = instant("expires_at", session.expires_at)?;
    if !sessions::is_live(&session, now) {
        return Ok(EntryOutcome::Ended);
    }
    let Some(signed_in) = sessions::signed_in(conn, session).await? else {
        return Ok(EntryOutcome::Ended);
    };
    let at = AtSite { site: site.clone(), signed_in };
    if let Err(refusal) = at.admitted() {
        return Ok(EntryOutcome::Refused(refusal));
    }
    let target = SitePath::at(&site.origin, &row.target);
    let target = target.ok_or_else(|| broken("target", "it is no path of the site"))?;
    Ok(EntryOutcome::Entered(Entered { target, expires_at }))
}

/// The token counts, and none that the session had at the site before.
async fn open(
    conn: &impl ConnectionTrait,
    entry: &SiteEntry,
    row: &Model,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let before = Column::TenantId
        .eq(row.tenant_id)
        .and(Column::SessionId.eq(row.session_id))
        .and(Column::SiteId.eq(row.site_id))
        .and(Column::Token.is_not_null());
    forget(conn, before).await?;
    Entity::update_many()
        .col_expr(Column::Token, Expr::value(bytes(&entry.new_token)))
        .col_expr(Column::EnteredAt, Expr::value(millis(now)))
        .filter(this(row))
        .exec(conn)
        .await?;
    Ok(())
}

async fn forget(conn: &impl ConnectionTrait, which: Expr) -> Result<(), Fault> {
    Entity::delete_many().filter(which).exec(conn).await?;
    Ok(())
}

fn this(row: &Model) -> Expr {
    Column::TenantId.eq(row.tenant_id).and(Column::Code.eq(row.code.clone()))
}

/// How the log calls it, with a code if it is a refusal.
fn told(outcome: &EntryOutcome) -> (EventKind, Option<&'static str>) {
    match outcome {
        EntryOutcome::Entered(_) => (EventKind::SiteEntered, None),
        EntryOutcome::Replayed => (EventKind::SiteReplayed, None),
        EntryOutcome::Unknown => (EventKind::SiteRefused, Some("site.code")),
        EntryOutcome::OtherSite => (EventKind::SiteRefused, Some("site.other")),
        EntryOutcome::Foreign => (EventKind::SiteRefused, Some("site.foreign")),
        EntryOutcome::Late => (EventKind::SiteRefused, Some("site.late")),
        EntryOutcome::Ended => (EventKind::SiteRefused, Some("site.ended")),
        EntryOutcome::Refused(refusal) => (EventKind::SiteRefused, Some(refusal.code())),
    }
}

async fn of_code(conn: &impl ConnectionTrait, code: &TokenHash) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(Column::Code.eq(bytes(code))), conn).await
}

/// Everything that a check needs, in one statement: most of its time is the way to the database.
async fn of_token(
    conn: &impl ConnectionTrait,
    token: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<AtSite>, Fault> {
    let mut asked = Query::select();
    let of_session = |tenant: Expr, other: Expr| {
        tenant.eq(Expr::col((session_rows::Entity, session_rows::Column::TenantId))).and(other)
    };
    let session = |column| Expr::col((session_rows::Entity, column));
    asked
        .from(Entity)
        .join(
            JoinType::InnerJoin,
            session_rows::Entity,
            of_session(
                Expr::col((Entity, Column::TenantId)),
                session(session_rows::Column::Id).eq(Expr::col((Entity, Column::SessionId))),
            ),
        )
        .join(
            JoinType::InnerJoin,
            user_rows::Entity,
            of_session(
                Expr::col((user_rows::Entity, user_rows::Column::TenantId)),
                session(session_rows::Column::UserId)
                    .eq(Expr::col((user_rows::Entity, user_rows::Column::Id))),
            ),
        )
        .join(
            JoinType::InnerJoin,
            connection_rows::Entity,
            of_session(
                Expr::col((connection_rows::Entity, connection_rows::Column::TenantId)),
                session(session_rows::Column::ConnectionId)
                    .eq(Expr::col((connection_rows::Entity, connection_rows::Column::Id))),
            ),
        )
        .join(
            JoinType::InnerJoin,
            tenant_rows::Entity,
            session(session_rows::Column::TenantId)
                .eq(Expr::col((tenant_rows::Entity, tenant_rows::Column::Id))),
        )
        .join(
            JoinType::InnerJoin,
            site_rows::Entity,
            Expr::col((Entity, Column::SiteId)).eq(Expr::col((site_rows::Entity, site_rows::Column::Id))),
        )
        .and_where(Column::Token.eq(bytes(token)))
        .and_where(sessions::live(now));
    whole::<session_rows::Entity>(&mut asked, SESSION);
    whole::<user_rows::Entity>(&mut asked, USER);
    whole::<site_rows::Entity>(&mut asked, SITE);
    asked
        .expr_as(Expr::col((connection_rows::Entity, connection_rows::Column::Name)), CONNECTION)
        .expr_as(Expr::col((connection_rows::Entity, connection_rows::Column::State)), STATE)
        .expr_as(Expr::col((tenant_rows::Entity, tenant_rows::Column::Name)), TENANT);
    let found = conn.query_all(&asked).await?.into_iter().next();
    found.map_or(Ok(None), |row| read(&row))
}

const SESSION: &str = "session_";
const USER: &str = "user_";
const SITE: &str = "site_";
const CONNECTION: &str = "connection";
const STATE: &str = "state";
const TENANT: &str = "tenant";

fn read(row: &QueryResult) -> Result<Option<AtSite>, Fault> {
    let text = |column: &str| row.try_get::<String>("", column);
    let session = session_rows::Model::from_query_result(row, SESSION)?;
    let user = users::user(user_rows::Model::from_query_result(row, USER)?)?;
    let site = sites::site(site_rows::Model::from_query_result(row, SITE)?)?;
    let connection = (parsed("name", &text(CONNECTION)?)?, connections::state(&text(STATE)?)?);
    let signed_in = sessions::admitted(session, user, connection, parsed("name", &text(TENANT)?)?)?;
    Ok(signed_in.map(|signed_in| AtSite { site, signed_in }))
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;
    use uuid::Uuid;

    use super::*;
    use crate::repo::plan::plan;

    /// As the database does it where a site is deleted, with all that is open there.
    #[tokio::test]
    async fn what_is_open_at_a_site_is_found_by_the_site() {
        let there = Entity::find().filter(Column::SiteId.eq(Uuid::from_u128(1)));
        let plan = plan(&there.into_query()).await;
        assert!(plan.iter().any(|step| step.ends_with("site_sessions_site (site_id=?)")), "{plan:#?}");
    }
}
