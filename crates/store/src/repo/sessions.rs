use landfall_accounts::{
    Authentication, AwaitingSession, Connection, ConnectionId, ConnectionName, ConnectionState, EndOutcome,
    EndReason, HopAttempt, IdpSession, LoginRecord, SamlState, Session, SessionId, SessionLimit,
    ShorterSessions, SignedIn, TenantId, TenantName, TokenHash, User, UserAgent, UserId,
    ports::{PortError, SessionStore},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{
    connections,
    ends::{Whose, end_all},
    first, tenants, users,
};
use crate::{
    Store,
    convert::{broken, bytes, instant, millis, new_id, parsed},
    entity::{
        connections as connections_row,
        sessions::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl SessionStore for Store {
    async fn session_of_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<SignedIn>, PortError> {
        let Some(row) = live_of_token(self.reader(), token, now).await? else {
            return Ok(None);
        };
        Ok(signed_in(self.reader(), row).await?)
    }

    async fn sessions_of(&self, user: &UserId, now: OffsetDateTime) -> Result<Vec<Session>, PortError> {
        let rows = Entity::find()
            .filter(live(now))
            .filter(Column::UserId.eq(user.as_uuid()))
            .order_by_desc(Column::OpenedAt)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        Ok(rows.into_iter().map(session).collect::<Result<_, _>>()?)
    }

    async fn session_seen(&self, session: &Session, now: OffsetDateTime) -> Result<(), PortError> {
        Ok(seen(self.writer(), session, now).await?)
    }

    async fn end_sessions_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        but: Option<&SessionId>,
        reason: EndReason,
        now: OffsetDateTime,
    ) -> Result<usize, PortError> {
        let txn = self.transaction(Turn::Tenant(*tenant)).await?;
        let mut theirs = under_way(now);
        if let Some(but) = but {
            theirs = theirs.and(Column::Id.ne(but.as_uuid()));
        }
        let ended = end_all(&txn, Whose::user(*tenant, *user).only(theirs), reason, now).await?;
        finish(txn).await?;
        Ok(ended)
    }

    async fn end_session(
        &self,
        session: &SessionId,
        owner: Option<&UserId>,
        reason: EndReason,
        now: OffsetDateTime,
    ) -> Result<EndOutcome, PortError> {
        let mut which = live(now).and(Column::Id.eq(session.as_uuid()));
        let txn = self.transaction(turn_of(self, Column::Id.eq(session.as_uuid())).await?).await?;
        if let Some(owner) = owner {
            which = which.and(Column::UserId.eq(owner.as_uuid()));
        }
        let ended = end_all(&txn, Whose::sessions(which), reason, now).await?;
        finish(txn).await?;
        Ok(if ended == 0 { EndOutcome::NotFound } else { EndOutcome::Ended })
    }
}

/// The sessions that are open and have not come to their end.
pub(super) fn live(now: OffsetDateTime) -> Expr {
    Column::OpenedAt.is_not_null().and(under_way(now))
}

/// The sessions that are open, and those that wait for their hop.
pub(super) fn under_way(now: OffsetDateTime) -> Expr {
    let at = millis(now);
    let opens = Column::OpenedAt.is_not_null().or(Column::HopUntil.gt(at));
    let in_use = Column::LastSeenAt.is_null().or(idle_end().gt(at));
    Column::EndedAt.is_null().and(Column::ExpiresAt.gt(at)).and(opens).and(in_use)
}

/// The sessions that have reached one of their limits.
pub(super) fn run_out(now: OffsetDateTime) -> Expr {
    Column::ExpiresAt.lte(millis(now)).or(idle_end().lte(millis(now)))
}

fn idle_end() -> Expr {
    Expr::col(Column::LastSeenAt).add(Expr::col(Column::Idle))
}

pub(super) fn of(tenant: TenantId, user: UserId) -> Expr {
    Column::TenantId.eq(tenant.as_uuid()).and(Column::UserId.eq(user.as_uuid()))
}

pub(super) fn of_connection(connection: &Connection) -> Expr {
    Column::TenantId.eq(connection.tenant.as_uuid()).and(Column::ConnectionId.eq(connection.id.as_uuid()))
}

pub(super) async fn live_of_token(
    conn: &impl ConnectionTrait,
    token: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(live(now)).filter(Column::Token.eq(bytes(token))), conn).await
}

pub(super) async fn live_of_id(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: SessionId,
    now: OffsetDateTime,
) -> Result<Option<Model>, Fault> {
    first(Entity::find_by_id((tenant.as_uuid(), id.as_uuid())).filter(live(now)), conn).await
}

/// Writes down that a live session is used, if that was not done lately.
pub(super) async fn seen(
    conn: &impl ConnectionTrait,
    session: &Session,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let not_lately = Expr::col(Column::LastSeenAt).lte(millis(now - session.seen_every()));
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(millis(now)))
        .filter(live(now))
        .filter(Column::TenantId.eq(session.tenant.as_uuid()))
        .filter(Column::Id.eq(session.id.as_uuid()))
        .filter(Column::LastSeenAt.is_null().or(not_lately))
        .exec(conn)
        .await?;
    Ok(())
}

/// The turn of the tenant whose session this is.
async fn turn_of(store: &Store, session: Expr) -> Result<Turn, Fault> {
    Ok(Turn::of(tenant_of(store, session).await?))
}

/// The turn of the tenant whose session waits for the hop, and of the one whose session it would replace.
pub(super) async fn turn_of_hop(store: &Store, attempt: &HopAttempt) -> Result<Turn, Fault> {
    let waiting = tenant_of(store, Column::Handle.eq(attempt.handle.as_str())).await?;
    let current = match &attempt.current {
        Some(token) if waiting.is_some() => tenant_of(store, Column::Token.eq(bytes(token))).await?,
        _ => None,
    };
    Ok(match (waiting, current) {
        (Some(waiting), Some(current)) if waiting != current => Turn::Tenants(waiting, current),
        (waiting, _) => Turn::of(waiting),
    })
}

/// Nobody is asked on SQLite, where all writers wait for each other anyway.
async fn tenant_of(store: &Store, session: Expr) -> Result<Option<TenantId>, Fault> {
    if store.reader().get_database_backend() == DatabaseBackend::Sqlite {
        return Ok(None);
    }
    let row = first(Entity::find().filter(session), store.reader()).await?;
    Ok(row.map(|row| TenantId::from_uuid(row.tenant_id)))
}

/// Writes the session of an accepted login, which waits for its hop.
pub(super) async fn insert_awaiting(
    conn: &impl ConnectionTrait,
    login: &LoginRecord,
    user: &User,
    now: OffsetDateTime,
) -> Result<SessionId, Fault> {
    let awaiting = &login.session;
    let row = Model {
        tenant_id: login.tenant.as_uuid(),
        id: new_id(now),
        user_id: user.id.as_uuid(),
        connection_id: login.connection.as_uuid(),
        handle: awaiting.handle.as_str().to_owned(),
        hop: Some(bytes(&awaiting.hop)),
        browser: awaiting.browser.as_ref().map(bytes),
        hop_until: millis(now + AwaitingSession::LIFETIME),
        token: None,
        target: awaiting.target.as_str().to_owned(),
        user_agent: awaiting.user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
        opened_at: None,
        expires_at: millis(awaiting.expires_at),
        ended_at: None,
        end_reason: None,
        name_id: Some(awaiting.idp_session.name_id.clone()),
        name_id_saml: Some(awaiting.idp_session.saml.as_bytes().to_vec()),
        session_index: awaiting.idp_session.index.clone(),
        idle: length(awaiting.idle),
        last_seen_at: None,
        authenticated_at: Some(millis(awaiting.authentication.at())),
        authn_context: awaiting.authentication.context().map(str::to_owned),
        authn_methods: Some(methods_text(&awaiting.authentication)),
    };
    let id = SessionId::from_uuid(row.id);
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(id)
}

/// Shortens those of the sessions that would last longer than these limits, and says how often; nothing makes one longer.
pub(super) async fn shorten(
    conn: &impl ConnectionTrait,
    which: Expr,
    idle: Option<SessionLimit>,
    absolute: Option<SessionLimit>,
) -> Result<u64, Fault> {
    let mut shortened = 0;
    if let Some(idle) = idle.map(|limit| length(limit.as_duration())) {
        let longer = Entity::update_many()
            .col_expr(Column::Idle, Expr::value(idle))
            .filter(which.clone().and(Column::Idle.gt(idle)));
        shortened += longer.exec(conn).await?.rows_affected;
    }
    if let Some(absolute) = absolute.map(|limit| length(limit.as_duration())) {
        let end = || Expr::col(Column::OpenedAt).add(absolute);
        let longer = Entity::update_many()
            .col_expr(Column::ExpiresAt, end())
            .filter(which.and(Column::OpenedAt.is_not_null()).and(Expr::col(Column::ExpiresAt).gt(end())));
        shortened += longer.exec(conn).await?.rows_affected;
    }
    Ok(shortened)
}

/// The limits of a connection that are shorter than the installation's.
pub(super) fn shorter(row: &connections_row::Model) -> Result<ShorterSessions, Fault> {
    let limit = |column, text: &Option<String>| text.as_deref().map(|text| parsed(column, text)).transpose();
    Ok(ShorterSessions {
        idle: limit("session_idle", &row.session_idle)?,
        absolute: limit("session_absolute", &row.session_absolute)?,
    })
}

/// Milliseconds of a limit, rounded down.
pub(super) fn length(limit: Duration) -> i64 {
    i64::try_from(limit.whole_milliseconds()).unwrap_or(i64::MAX)
}

/// Whether a session is open and has not come to its end, as in [`live`].
pub(super) fn is_live(row: &Model, now: OffsetDateTime) -> bool {
    let at = millis(now);
    let in_use = row.last_seen_at.is_none_or(|seen| seen.saturating_add(row.idle) > at);
    row.opened_at.is_some() && row.ended_at.is_none() && row.expires_at > at && in_use
}

/// The person of a live session, if account and connection admit them.
pub(super) fn admitted(
    row: Model,
    user: User,
    (connection, state): (ConnectionName, ConnectionState),
    tenant: TenantName,
) -> Result<Option<SignedIn>, Fault> {
    if !user.is_admitted_by(state) {
        return Ok(None);
    }
    let idp_session = idp_session(&row);
    Ok(Some(SignedIn { session: session(row)?, user, connection, tenant, idp_session }))
}

/// The person of a live session, if account and connection still admit them.
pub(super) async fn signed_in(conn: &impl ConnectionTrait, row: Model) -> Result<Option<SignedIn>, Fault> {
    let tenant = TenantId::from_uuid(row.tenant_id);
    let user = users::load(conn, tenant, UserId::from_uuid(row.user_id)).await?;
    let connection = connections::load(conn, tenant, ConnectionId::from_uuid(row.connection_id)).await?;
    let tenant = tenants::load(conn, tenant).await?;
    admitted(row, user, (connection.name, connection.state), tenant.name)
}

fn idp_session(row: &Model) -> Option<IdpSession> {
    let (name_id, saml) = (row.name_id.clone()?, SamlState::new(row.name_id_saml.clone()?));
    Some(IdpSession { name_id, saml, index: row.session_index.clone() })
}

pub(super) fn session(row: Model) -> Result<Session, Fault> {
    let opened_at = row.opened_at.ok_or(Fault::Missing { what: "time of opening" })?;
    let authenticated_at = row.authenticated_at.map(|at| instant("authenticated_at", at)).transpose()?;
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        user: UserId::from_uuid(row.user_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        opened_at: instant("opened_at", opened_at)?,
        last_seen_at: instant("last_seen_at", row.last_seen_at.unwrap_or(opened_at))?,
        idle: Duration::milliseconds(row.idle),
        expires_at: instant("expires_at", row.expires_at)?,
        authentication: authenticated_at
            .map(|at| authentication(at, row.authn_context.as_deref(), row.authn_methods.as_deref()))
            .transpose()?,
        user_agent: row.user_agent.as_deref().map(UserAgent::new),
    })
}

/// By which methods, as a JSON list.
pub(super) fn methods_text(authentication: &Authentication) -> String {
    json!(authentication.methods()).to_string()
}

/// How somebody signed in; of a session from before methods were kept, by none that is known.
pub(super) fn authentication(
    at: OffsetDateTime,
    context: Option<&str>,
    methods: Option<&str>,
) -> Result<Authentication, Fault> {
    let methods: Option<Vec<String>> = methods
        .map(|methods| serde_json::from_str(methods).map_err(|source| broken("authn_methods", source)))
        .transpose()?;
    let methods = methods.unwrap_or_default();
    Ok(Authentication::asserted(at, context, at).by(methods.iter().map(String::as_str)))
}
