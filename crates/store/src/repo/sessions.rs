use landfall_accounts::{
    AwaitingSession, Connection, ConnectionId, EndOutcome, EndReason, EventKind, HopAttempt, IdpSession,
    LoginRecord, SamlState, Session, SessionId, SignedIn, TenantId, TokenHash, User, UserAgent, UserId,
    UserState,
    ports::{PortError, SessionStore},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, events, first, tenants, users};
use crate::{
    AdminError, Store,
    convert::{bytes, instant, millis, new_id},
    entity::sessions::{Column, Entity, Model},
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
        let ended = end_all(&txn, which, reason, now).await?;
        finish(txn).await?;
        Ok(if ended == 0 { EndOutcome::NotFound } else { EndOutcome::Ended })
    }
}

impl Store {
    /// All live sessions of the installation, the newest first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn sessions(&self, now: OffsetDateTime) -> Result<Vec<SignedIn>, PortError> {
        let rows = Entity::find()
            .filter(live(now))
            .order_by_desc(Column::OpenedAt)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.extend(signed_in(self.reader(), row).await?);
        }
        Ok(found)
    }

    /// Revokes a live session, whoever's it is.
    ///
    /// # Errors
    /// [`AdminError::NoSession`].
    pub async fn revoke_session(&self, session: &SessionId, now: OffsetDateTime) -> Result<(), AdminError> {
        match self.end_session(session, None, EndReason::Revoked, now).await? {
            EndOutcome::Ended => Ok(()),
            EndOutcome::NotFound => Err(AdminError::NoSession { session: *session }),
        }
    }
}

/// The sessions that are open and have not come to their end.
pub(super) fn live(now: OffsetDateTime) -> Expr {
    Column::OpenedAt.is_not_null().and(Column::EndedAt.is_null()).and(Column::ExpiresAt.gt(millis(now)))
}

pub(super) fn of_user(user: &User) -> Expr {
    Column::TenantId.eq(user.tenant.as_uuid()).and(Column::UserId.eq(user.id.as_uuid()))
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
    };
    let id = SessionId::from_uuid(row.id);
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(id)
}

/// Ends those of the sessions that have not ended, whether open or waiting, and says how many.
pub(super) async fn end_all(
    conn: &impl ConnectionTrait,
    which: Expr,
    reason: EndReason,
    now: OffsetDateTime,
) -> Result<usize, Fault> {
    let which = which.and(Column::EndedAt.is_null());
    let rows = Entity::find().filter(which.clone()).all(conn).await?;
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(millis(now)))
        .col_expr(Column::EndReason, Expr::value(reason.name()))
        .filter(which)
        .exec(conn)
        .await?;
    let ended = rows.iter().map(|row| {
        let id = SessionId::from_uuid(row.id);
        let detail = json!({ "session": id.to_string(), "reason": reason.name() });
        let mut event =
            events::about(EventKind::SessionEnded, TenantId::from_uuid(row.tenant_id), now, &detail);
        event.connection = Some(ConnectionId::from_uuid(row.connection_id));
        event.user = Some(UserId::from_uuid(row.user_id));
        event
    });
    events::write_all(conn, &ended.collect::<Vec<_>>()).await?;
    Ok(rows.len())
}

/// The person of a live session, if account and connection still admit them.
async fn signed_in(conn: &impl ConnectionTrait, row: Model) -> Result<Option<SignedIn>, Fault> {
    let idp_session = idp_session(&row);
    let session = session(row)?;
    let user = users::load(conn, session.tenant, session.user).await?;
    let connection = connections::load(conn, session.tenant, session.connection).await?;
    if user.state != UserState::Active || !connection.state.admits_people() {
        return Ok(None);
    }
    let tenant = tenants::load(conn, session.tenant).await?.name;
    Ok(Some(SignedIn { session, user, connection: connection.name, tenant, idp_session }))
}

fn idp_session(row: &Model) -> Option<IdpSession> {
    let (name_id, saml) = (row.name_id.clone()?, SamlState::new(row.name_id_saml.clone()?));
    Some(IdpSession { name_id, saml, index: row.session_index.clone() })
}

fn session(row: Model) -> Result<Session, Fault> {
    let opened_at = row.opened_at.ok_or(Fault::Missing { what: "time of opening" })?;
    Ok(Session {
        id: SessionId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        user: UserId::from_uuid(row.user_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        opened_at: instant("opened_at", opened_at)?,
        expires_at: instant("expires_at", row.expires_at)?,
        user_agent: row.user_agent.as_deref().map(UserAgent::new),
    })
}
