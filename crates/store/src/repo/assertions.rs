use landfall_accounts::{AssertionUse, ConnectionId, TenantId};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use super::restores;
use crate::{
    convert::{millis, millis_up},
    entity::{
        restores as lines,
        used_assertions::{Column, Entity},
    },
    fault::Fault,
};

/// Whether an assertion was free to be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Won,
    Replayed,
    /// It may have been used in a time that is lost.
    BeforeRestore,
}

/// Uses up an assertion: of all who try, one wins [saml-profiles 4.1.4.5], [attack E1].
pub(super) async fn claim(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    connection: ConnectionId,
    used: &AssertionUse,
) -> Result<Claim, Fault> {
    let restored_since = Query::select()
        .expr(Expr::value(1))
        .from(lines::Entity)
        .and_where(lines::Column::At.gt(millis(used.issued_since)))
        .to_owned();
    let row = Query::select()
        .expr(Expr::value(tenant.as_uuid()))
        .expr(Expr::value(connection.as_uuid()))
        .expr(Expr::value(used.assertion.as_str()))
        .expr(Expr::value(millis_up(used.keep_until)))
        .and_where(Expr::exists(restored_since).not())
        .to_owned();
    // One statement says no for either reason, which is seldom: then it is asked which.
    let mut insert = Query::insert();
    insert
        .into_table(Entity)
        .columns([Column::TenantId, Column::ConnectionId, Column::AssertionId, Column::KeepUntil])
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .select_from(row)
        .map_err(|source| Fault::Database(sea_orm::DbErr::Custom(source.to_string())))?;
    if conn.execute(&insert).await?.rows_affected() > 0 {
        return Ok(Claim::Won);
    }
    let lost = restores::may_have_lost(conn, used).await?;
    Ok(if lost { Claim::BeforeRestore } else { Claim::Replayed })
}
