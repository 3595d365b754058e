use landfall_accounts::{
    ConnectionName, EndOutcome, EndReason, EventKind, LoginName, SessionId, SessionLimits, SignedIn,
    TenantName,
    ports::{PortError, SessionStore},
};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    connections,
    ends::{self, Whose},
    events, sessions, tenants, users,
};
use crate::{
    AdminError, Store,
    entity::sessions::{Column, Entity},
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Whose sessions an operator means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionsOf {
    /// A customer's.
    Tenant(TenantName),
    /// Of whoever signed in by this connection.
    Connection(ConnectionName),
    /// A person's, by the user name of a living account.
    User(TenantName, LoginName),
}

impl Store {
    /// The live sessions of the installation, or of some of its people, the newest first.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoConnection`], [`AdminError::NoUserNamed`].
    pub async fn sessions(
        &self,
        whose: Option<&SessionsOf>,
        now: OffsetDateTime,
    ) -> Result<Vec<SignedIn>, AdminError> {
        let conn = self.reader();
        let mut live = sessions::live(now);
        if let Some(whose) = whose {
            live = live.and(self::whose(conn, whose).await?.which_sessions());
        }
        let newest = Entity::find().filter(live).order_by_desc(Column::OpenedAt);
        let rows = newest.all(conn).await.map_err(Fault::from)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.extend(sessions::signed_in(conn, row).await?);
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

    /// Revokes all sessions of some people, whether open or waiting for their hop, and their activations; says how many sessions.
    ///
    /// The people may sign in again: to keep them out, suspend the account or disable the connection.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoConnection`], [`AdminError::NoUserNamed`].
    pub async fn revoke_sessions(
        &self,
        whose: &SessionsOf,
        now: OffsetDateTime,
    ) -> Result<usize, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let theirs = self::whose(&txn, whose).await?.only(sessions::under_way(now));
        let ended = ends::end_all(&txn, theirs, EndReason::Revoked, now).await?;
        finish(txn).await?;
        Ok(ended)
    }

    /// Holds the sessions that there are to the limits of the installation, as far as they are shorter.
    ///
    /// Where one was longer, it leaves an event, by which whoever remembers sessions reads them again.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn hold_sessions_to(
        &self,
        limits: &SessionLimits,
        now: OffsetDateTime,
    ) -> Result<(), PortError> {
        let txn = self.transaction(Turn::Alone).await?;
        let (idle, absolute) = (Some(limits.idle), Some(limits.absolute));
        if sessions::shorten(&txn, Expr::value(true), idle, absolute).await? > 0 {
            let detail = json!({ "action": "sessions.shorten", "idle": limits.idle.to_string(), "absolute": limits.absolute.to_string() });
            events::write(&txn, &events::of_installation(EventKind::ConfigurationChanged, now, &detail))
                .await?;
        }
        finish(txn).await?;
        Ok(())
    }
}

pub(super) async fn whose(conn: &impl ConnectionTrait, whose: &SessionsOf) -> Result<Whose, AdminError> {
    Ok(match whose {
        SessionsOf::Tenant(tenant) => Whose::tenant(tenants::required(conn, tenant).await?.id),
        SessionsOf::Connection(connection) => {
            Whose::connection(&connections::required(conn, connection).await?)
        }
        SessionsOf::User(tenant, user_name) => {
            let user = users::required(conn, tenant, user_name).await?;
            Whose::user(user.tenant, user.id)
        }
    })
}
