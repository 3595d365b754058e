//! What of grants, their codes and their devices can have no effect any more.

use landfall_accounts::Lasting;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use time::{Duration, OffsetDateTime};

use super::{grants as rows, sessions};
use crate::{
    convert::millis,
    entity::{
        app_assertions, device_requests, grant_tokens,
        grants::{Column, Entity},
        sessions as session_rows,
    },
    fault::Fault,
};

/// How long it is known why a code, a token or a device is refused.
const REMEMBERED: Duration = Duration::DAY;

/// How many rows were forgotten.
pub(super) struct Forgotten {
    pub(super) grants: u64,
    pub(super) tokens: u64,
    pub(super) devices: u64,
}

/// Before sessions are forgotten that ran out: grants that ended with them are known to have ended.
pub(super) async fn purge(conn: &impl ConnectionTrait, now: OffsetDateTime) -> Result<Forgotten, Fault> {
    end_with_their_sessions(conn, now).await?;
    let (at, long_ago) = (millis(now), millis(now - REMEMBERED));
    let never_redeemed = Column::RedeemedAt.is_null().and(Column::CreatedAt.lte(long_ago));
    let over = Column::EndedAt.lte(long_ago).or(Column::ExpiresAt.lte(long_ago)).or(never_redeemed);
    let grants = Entity::delete_many().filter(over).exec(conn).await?.rows_affected;
    let tokens = grant_tokens::Entity::delete_many()
        .filter(grant_tokens::Column::ExpiresAt.lte(at))
        .exec(conn)
        .await?
        .rows_affected;
    let devices = device_requests::Entity::delete_many()
        .filter(device_requests::Column::ExpiresAt.lte(long_ago))
        .exec(conn)
        .await?
        .rows_affected;
    let used = app_assertions::Column::Until.lt(at);
    app_assertions::Entity::delete_many().filter(used).exec(conn).await?;
    Ok(Forgotten { grants, tokens, devices })
}

/// No event is written, as none is of a session that runs out.
async fn end_with_their_sessions(conn: &impl ConnectionTrait, now: OffsetDateTime) -> Result<(), Fault> {
    let run_out = session_rows::Entity::find()
        .select_only()
        .columns([session_rows::Column::TenantId, session_rows::Column::Id])
        .filter(sessions::run_out(now))
        .into_query();
    let whose = Expr::tuple([Column::TenantId.into_expr(), Column::SessionId.into_expr()]);
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(millis(now)))
        .filter(rows::lasting(Lasting::WithSession))
        .filter(Column::EndedAt.is_null())
        .filter(whose.in_subquery(run_out))
        .exec(conn)
        .await?;
    Ok(())
}
