use landfall_accounts::{
    ConnectionId, Handle, IdpUrl, LoginPurpose, PendingLogin, PendingLookup, RequestId, SamlState, Target,
    TenantId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use time::OffsetDateTime;

use super::first;
use crate::{
    convert::{bytes, instant, millis, parsed, token},
    entity::pending_logins::{Column, Entity, Model},
    fault::Fault,
};

/// Remembers a login, unless too many of its connection wait already [attack D11].
pub(super) async fn begin(
    conn: &impl ConnectionTrait,
    login: &PendingLogin,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let waiting = Entity::find()
        .filter(Column::TenantId.eq(login.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(login.connection.as_uuid()))
        .filter(Column::ExpiresAt.gt(millis(now)))
        .filter(Column::ConsumedAt.is_null())
        .count(conn)
        .await?;
    if waiting >= PendingLogin::MAX_OPEN {
        return Err(Fault::Full { limit: PendingLogin::MAX_OPEN });
    }
    let row = Model {
        tenant_id: login.tenant.as_uuid(),
        request_id: login.request_id.as_str().to_owned(),
        handle: login.handle.as_str().to_owned(),
        connection_id: login.connection.as_uuid(),
        relay_state: bytes(&login.relay_state),
        browser: bytes(&login.browser),
        target: login.target.as_str().to_owned(),
        begun_at: millis(login.begun_at),
        expires_at: millis(login.expires_at),
        restart: login.restart.as_ref().map(|url| url.as_str().to_owned()),
        saml: login.saml.as_bytes().to_vec(),
        consumed_at: None,
        purpose: login.purpose.name().to_owned(),
    };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

/// Whether a request still waited for its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consumption {
    Consumed,
    Gone,
}

/// The request that a response answers, by whom and for what.
pub(super) struct Answered<'a> {
    pub(super) tenant: TenantId,
    pub(super) connection: ConnectionId,
    pub(super) request: &'a RequestId,
    /// # Security
    /// One that was sent for a test never answers for a person, nor the other way round.
    pub(super) purpose: LoginPurpose,
}

impl Answered<'_> {
    fn waits(&self, now: OffsetDateTime) -> Expr {
        Column::TenantId
            .eq(self.tenant.as_uuid())
            .and(Column::RequestId.eq(self.request.as_str()))
            .and(Column::ConnectionId.eq(self.connection.as_uuid()))
            .and(Column::Purpose.eq(self.purpose.name()))
            .and(Column::ExpiresAt.gt(millis(now)))
            .and(Column::ConsumedAt.is_null())
    }
}

/// Consumes the request that a response answers: of all who try, one succeeds [attack E5].
pub(super) async fn consume(
    conn: &impl ConnectionTrait,
    answered: &Answered<'_>,
    now: OffsetDateTime,
) -> Result<Consumption, Fault> {
    let updated = Entity::update_many()
        .col_expr(Column::ConsumedAt, Expr::value(millis(now)))
        .filter(answered.waits(now))
        .exec(conn)
        .await?;
    Ok(if updated.rows_affected == 0 { Consumption::Gone } else { Consumption::Consumed })
}

/// The handle of the login whose request still waits.
pub(super) async fn waiting(
    conn: &impl ConnectionTrait,
    answered: &Answered<'_>,
    now: OffsetDateTime,
) -> Result<Option<String>, Fault> {
    Ok(first(Entity::find().filter(answered.waits(now)), conn).await?.map(|row| row.handle))
}

pub(super) async fn by_request(
    conn: &impl ConnectionTrait,
    request: &RequestId,
) -> Result<Option<PendingLookup>, Fault> {
    let row = first(Entity::find().filter(Column::RequestId.eq(request.as_str())), conn).await?;
    row.map(lookup).transpose()
}

pub(super) async fn by_handle(
    conn: &impl ConnectionTrait,
    handle: &Handle,
) -> Result<Option<PendingLookup>, Fault> {
    let row = first(Entity::find().filter(Column::Handle.eq(handle.as_str())), conn).await?;
    row.map(lookup).transpose()
}

fn lookup(row: Model) -> Result<PendingLookup, Fault> {
    Ok(PendingLookup {
        consumed_at: row.consumed_at.map(|at| instant("consumed_at", at)).transpose()?,
        login: PendingLogin {
            request_id: RequestId::new(row.request_id),
            handle: parsed("handle", &row.handle)?,
            connection: ConnectionId::from_uuid(row.connection_id),
            tenant: TenantId::from_uuid(row.tenant_id),
            relay_state: token("relay_state", &row.relay_state)?,
            browser: token("browser", &row.browser)?,
            purpose: parsed("purpose", &row.purpose)?,
            target: Target::new(row.target),
            begun_at: instant("begun_at", row.begun_at)?,
            expires_at: instant("expires_at", row.expires_at)?,
            restart: row.restart.map(IdpUrl::new),
            saml: SamlState::new(row.saml),
        },
    })
}
