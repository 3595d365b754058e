//! What was granted: its row, and whether it is live.

use landfall_accounts::{
    AppId, Application, Authentication, ConnectionId, Event, EventKind, Grant, GrantId, Granted, Lasting,
    Scopes, Session, SessionId, SignedIn, TenantId, TokenHash, User, UserAgent, UserId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{applications, connections, domains, ends, events, first, sessions, tenants, users};
use crate::{
    convert::{broken, bytes, instant, millis, new_id, parsed},
    entity::{
        grants::{Column, Entity, Model},
        sessions as session_rows,
    },
    fault::Fault,
};

/// How many grants end at once where there are too many.
const BATCH: u64 = 100;

/// The grants that have not ended.
pub(super) fn under_way(now: OffsetDateTime) -> Expr {
    Column::EndedAt.is_null().and(Column::ExpiresAt.gt(millis(now)))
}

/// Those that last so long.
pub(super) fn lasting(lasting: Lasting) -> Expr {
    Column::Lasting.eq(name(lasting))
}

/// Those of them that live.
///
/// In no order: for one by id, SQLite would go through all grants of the tenant.
pub(super) fn living(which: Expr, now: OffsetDateTime) -> Select<Entity> {
    Entity::find().filter(which.and(under_way(now)))
}

/// The same, read and in the order in which they were made, in which whoever ends some of them takes them.
pub(super) async fn all_living(
    conn: &impl ConnectionTrait,
    which: Expr,
    now: OffsetDateTime,
) -> Result<Vec<Model>, Fault> {
    let mut rows = living(which, now).all(conn).await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Those that were made in these sessions.
///
/// Joined, SQLite would begin with all grants of the tenant.
pub(super) fn made_in(sessions: Expr) -> Expr {
    let theirs = session_rows::Entity::find()
        .select_only()
        .columns([session_rows::Column::TenantId, session_rows::Column::Id])
        .filter(sessions)
        .into_query();
    Expr::tuple([Column::TenantId.into_expr(), Column::SessionId.into_expr()]).in_subquery(theirs)
}

/// Those that an application has.
pub(super) fn at(app: AppId) -> Expr {
    Column::AppId.eq(app.as_uuid())
}

pub(super) fn of_user(tenant: TenantId, user: UserId) -> Expr {
    Column::TenantId.eq(tenant.as_uuid()).and(Column::UserId.eq(user.as_uuid()))
}

/// The stable name.
pub(super) fn name(lasting: Lasting) -> &'static str {
    match lasting {
        Lasting::WithSession => "with-session",
        Lasting::OfItself => "of-itself",
    }
}

pub(super) async fn of_code(conn: &impl ConnectionTrait, code: &TokenHash) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(Column::Code.eq(bytes(code))), conn).await
}

pub(super) async fn of_id(conn: &impl ConnectionTrait, id: &GrantId) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(Column::Id.eq(id.as_uuid())), conn).await
}

/// What a person agrees to, in the session that was looked at.
pub(super) struct Agreed<'a> {
    pub(super) app: &'a Application,
    pub(super) by: &'a SignedIn,
    pub(super) scopes: Scopes,
    pub(super) lasting: Lasting,
    pub(super) user_agent: Option<&'a UserAgent>,
}

impl Agreed<'_> {
    /// The row of it, for which its application has nothing to show yet.
    pub(super) fn row(&self, now: OffsetDateTime) -> Model {
        let session = &self.by.session;
        let expires_at = match self.lasting {
            Lasting::WithSession => session.expires_at,
            Lasting::OfItself => now + Grant::LONGEST,
        };
        let authentication = session.authentication.as_ref();
        Model {
            tenant_id: session.tenant.as_uuid(),
            id: new_id(now),
            app_id: self.app.id.as_uuid(),
            user_id: session.user.as_uuid(),
            connection_id: session.connection.as_uuid(),
            session_id: session.id.as_uuid(),
            scopes: self.scopes.to_string(),
            nonce: None,
            lasting: name(self.lasting).to_owned(),
            redirect: None,
            challenge: None,
            code: None,
            code_until: None,
            redeemed_at: None,
            authenticated_at: authentication.map(|proof| millis(proof.at())),
            authn_context: authentication.and_then(Authentication::context).map(str::to_owned),
            authn_methods: authentication.map(sessions::methods_text),
            created_at: millis(now),
            last_used_at: millis(now),
            expires_at: millis(expires_at),
            ended_at: None,
            user_agent: self.user_agent.map(|agent| agent.as_str().to_owned()),
        }
    }
}

/// Whose session this is, if it is live and the application serves its tenant.
pub(super) async fn agreeing(
    conn: &impl ConnectionTrait,
    app: AppId,
    (tenant, session): (TenantId, SessionId),
    now: OffsetDateTime,
) -> Result<Option<(Application, SignedIn)>, Fault> {
    let Some(app) = applications::find(conn, app).await?.filter(|app| app.serves(&tenant)) else {
        return Ok(None);
    };
    let Some(row) = sessions::live_of_id(conn, tenant, session, now).await? else { return Ok(None) };
    Ok(sessions::signed_in(conn, row).await?.map(|by| (app, by)))
}

pub(super) async fn insert(conn: &impl ConnectionTrait, row: Model) -> Result<(), Fault> {
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

/// Where an application has too many of one person, those end that were not used for the longest time.
pub(super) async fn end_oldest(
    conn: &impl ConnectionTrait,
    app: AppId,
    user: &User,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let too_many = living(of_user(user.tenant, user.id).and(at(app)), now)
        .order_by_desc(Column::LastUsedAt)
        .order_by_desc(Column::Id)
        .offset(Grant::MOST)
        .limit(BATCH)
        .all(conn)
        .await?;
    ends::end_grants(conn, &too_many, "too-many", now).await
}

/// The person of a live grant; none if the grant, its session where it ends with that, its account or its connection has ended.
pub(super) async fn granted(
    conn: &impl ConnectionTrait,
    row: &Model,
    now: OffsetDateTime,
) -> Result<Option<Granted>, Fault> {
    Ok(granted_in(conn, row, now).await?.map(|(granted, _)| granted))
}

/// The same, with the session with which the grant ends, if it ends with one.
pub(super) async fn granted_in(
    conn: &impl ConnectionTrait,
    row: &Model,
    now: OffsetDateTime,
) -> Result<Option<(Granted, Option<Session>)>, Fault> {
    let grant = grant(row)?;
    if row.ended_at.is_some() || now >= grant.expires_at {
        return Ok(None);
    }
    let session = match grant.lasting {
        Lasting::OfItself => None,
        Lasting::WithSession => match session(conn, &grant, now).await? {
            Some(session) => Some(session),
            None => return Ok(None),
        },
    };
    let user = users::load(conn, grant.tenant, grant.user).await?;
    let connection = connections::load(conn, grant.tenant, grant.connection).await?;
    if !user.is_admitted_by(connection.state) {
        return Ok(None);
    }
    let tenant = tenants::load(conn, grant.tenant).await?.name;
    let email_verified = match user.email.as_deref() {
        Some(email) => domains::proves(conn, grant.tenant, email).await?,
        None => false,
    };
    let granted = Granted { grant, user, tenant, connection: connection.name, email_verified };
    Ok(Some((granted, session)))
}

/// The live session of a grant.
async fn session(
    conn: &impl ConnectionTrait,
    grant: &Grant,
    now: OffsetDateTime,
) -> Result<Option<Session>, Fault> {
    let row = sessions::live_of_id(conn, grant.tenant, grant.session, now).await?;
    row.map(sessions::session).transpose()
}

/// An event about a grant, to be completed.
pub(super) fn event(kind: EventKind, row: &Model, now: OffsetDateTime, detail: &serde_json::Value) -> Event {
    let mut event = events::about(kind, TenantId::from_uuid(row.tenant_id), now, detail);
    event.connection = Some(ConnectionId::from_uuid(row.connection_id));
    event.user = Some(UserId::from_uuid(row.user_id));
    event
}

/// What the log says of a grant that begins.
pub(super) fn made(row: &Model, app: &Application, now: OffsetDateTime) -> Event {
    let detail = json!({
        "grant": row.id.to_string(),
        "application": app.name.as_str(),
        "session": row.session_id.to_string(),
        "scopes": row.scopes,
        "lasting": row.lasting,
        "device": row.code.is_none(),
    });
    event(EventKind::GrantMade, row, now, &detail)
}

/// What the log says of a device that is not the person's.
pub(super) fn denied(by: &Session, app: &Application, now: OffsetDateTime) -> Event {
    let detail = json!({ "application": app.name.as_str(), "session": by.id.to_string(), "device": true });
    let mut event = events::about(EventKind::GrantDenied, by.tenant, now, &detail);
    (event.connection, event.user) = (Some(by.connection), Some(by.user));
    event
}

pub(super) fn grant(row: &Model) -> Result<Grant, Fault> {
    let authenticated_at = row.authenticated_at.map(|at| instant("authenticated_at", at)).transpose()?;
    let methods = row.authn_methods.as_deref();
    let kept = [Lasting::WithSession, Lasting::OfItself];
    let lasting = kept.into_iter().find(|one| name(*one) == row.lasting);
    Ok(Grant {
        id: GrantId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        user: UserId::from_uuid(row.user_id),
        app: AppId::from_uuid(row.app_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        session: SessionId::from_uuid(row.session_id),
        scopes: Scopes::asked(&row.scopes),
        nonce: row.nonce.as_deref().map(|nonce| parsed("nonce", nonce)).transpose()?,
        authentication: authenticated_at
            .map(|at| sessions::authentication(at, row.authn_context.as_deref(), methods))
            .transpose()?,
        lasting: lasting.ok_or_else(|| broken("lasting", "expected with-session or of-itself"))?,
        created_at: instant("created_at", row.created_at)?,
        last_used_at: instant("last_used_at", row.last_used_at)?,
        expires_at: instant("expires_at", row.expires_at)?,
        user_agent: row.user_agent.as_deref().map(UserAgent::new),
    })
}
