use landfall_accounts::{
    AnswerOutcome, ConnectionId, EndOutcome, EndReason, EventKind, LogoutAnswer, LogoutOutcome, LogoutRecord,
    PendingLogout, RequestId, SamlState, SessionId, TenantId, UserId,
    ports::{LogoutStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use time::OffsetDateTime;

use super::{
    assertions::{self, Claim},
    ends::{self, Whose},
    events, first, key_use, sessions,
};
use crate::{
    Store,
    convert::{instant, millis},
    entity::{
        pending_logouts::{Column, Entity, Model},
        sessions::Column as Session,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl LogoutStore for Store {
    async fn sign_out(
        &self,
        session: &SessionId,
        owner: &UserId,
        asked: PendingLogout,
        now: OffsetDateTime,
    ) -> Result<EndOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(asked.tenant)).await?;
        let own = sessions::live(now)
            .and(Session::Id.eq(session.as_uuid()))
            .and(Session::UserId.eq(owner.as_uuid()));
        let ended = ends::end_all(&txn, Whose::sessions(own), EndReason::SignedOut, now).await?;
        if ended > 0 {
            remember(&txn, asked).await?;
        }
        finish(txn).await?;
        Ok(if ended == 0 { EndOutcome::NotFound } else { EndOutcome::Ended })
    }

    async fn pending_logout(
        &self,
        request: &RequestId,
        now: OffsetDateTime,
    ) -> Result<Option<PendingLogout>, PortError> {
        let waiting = Column::RequestId.eq(request.as_str()).and(Column::ExpiresAt.gt(millis(now)));
        let row = first(Entity::find().filter(waiting), self.reader()).await?;
        Ok(row.map(pending).transpose()?)
    }

    async fn logout_answered(
        &self,
        answer: LogoutAnswer,
        now: OffsetDateTime,
    ) -> Result<AnswerOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(answer.tenant)).await?;
        let taken = Entity::delete_many()
            .filter(Column::TenantId.eq(answer.tenant.as_uuid()))
            .filter(Column::RequestId.eq(answer.request.as_str()))
            .filter(Column::ConnectionId.eq(answer.connection.as_uuid()))
            .filter(Column::ExpiresAt.gt(millis(now)))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let (outcome, kind, code) = match taken.rows_affected {
            0 => (AnswerOutcome::Gone, EventKind::LogoutRefused, "request_gone"),
            _ => (AnswerOutcome::Taken, EventKind::LogoutAccepted, answer.elsewhere.name()),
        };
        let detail = events::logged_out(code, answer.request.as_str(), &answer.decision, None)?;
        let mut event = events::about(kind, answer.tenant, now, &detail);
        event.connection = Some(answer.connection);
        event.trace = Some(answer.trace);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn logout(&self, logout: LogoutRecord, now: OffsetDateTime) -> Result<LogoutOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(logout.tenant)).await?;
        let outcome = carry_out(&txn, &logout, now).await?;
        let (kind, code, sessions) = match outcome {
            LogoutOutcome::Ended { sessions } => (EventKind::LogoutAccepted, "ended", Some(sessions)),
            LogoutOutcome::Replayed => (EventKind::LogoutReplayed, "replayed", None),
            LogoutOutcome::BeforeRestore => (EventKind::LogoutRefused, "before_restore", None),
            LogoutOutcome::KeyGone => (EventKind::LogoutRefused, "key_gone", None),
        };
        let request = logout.used.assertion.as_str();
        let detail = events::logged_out(code, request, &logout.decision, sessions)?;
        let mut event = events::about(kind, logout.tenant, now, &detail);
        event.connection = Some(logout.connection);
        event.trace = Some(logout.trace);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(outcome)
    }
}

async fn carry_out(
    conn: &impl ConnectionTrait,
    logout: &LogoutRecord,
    now: OffsetDateTime,
) -> Result<LogoutOutcome, Fault> {
    let (tenant, connection) = (logout.tenant, logout.connection);
    match assertions::claim(conn, tenant, connection, &logout.used).await? {
        Claim::Won => {}
        Claim::Replayed => return Ok(LogoutOutcome::Replayed),
        Claim::BeforeRestore => return Ok(LogoutOutcome::BeforeRestore),
    }
    if !key_use::uses(conn, tenant, connection, &logout.signer, None, now).await? {
        return Ok(LogoutOutcome::KeyGone);
    }
    let own = |named: Expr| {
        Session::TenantId
            .eq(tenant.as_uuid())
            .and(Session::ConnectionId.eq(connection.as_uuid()))
            .and(Session::ExpiresAt.gt(millis(now)))
            .and(named)
    };
    let end = |which: Expr| ends::end_all(conn, Whose::sessions(which), EndReason::SingleLogout, now);
    let indexes = logout.indexes.iter().map(String::as_str);
    let mut ended = end(own(Session::SessionIndex.is_in(indexes))).await?;
    if ended == 0 {
        ended = end(own(Session::NameId.eq(logout.name_id.as_str()))).await?;
    }
    Ok(LogoutOutcome::Ended { sessions: ended })
}

async fn remember(conn: &impl ConnectionTrait, asked: PendingLogout) -> Result<(), Fault> {
    let row = Model {
        tenant_id: asked.tenant.as_uuid(),
        request_id: asked.request_id.as_str().to_owned(),
        connection_id: asked.connection.as_uuid(),
        expires_at: millis(asked.expires_at),
        saml: asked.saml.as_bytes().to_vec(),
    };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

fn pending(row: Model) -> Result<PendingLogout, Fault> {
    Ok(PendingLogout {
        request_id: RequestId::new(row.request_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        tenant: TenantId::from_uuid(row.tenant_id),
        expires_at: instant("expires_at", row.expires_at)?,
        saml: SamlState::new(row.saml),
    })
}
