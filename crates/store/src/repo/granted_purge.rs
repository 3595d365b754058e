//! What of grants, their codes and their devices can have no effect any more.

use landfall_accounts::{DeviceRequest, Lasting};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use time::{Duration, OffsetDateTime};

use super::{
    grants as rows,
    purge::{forget, unheld},
    sessions,
};
use crate::{
    convert::millis,
    entity::{
        app_assertions, device_requests, grant_tokens,
        grants::{Column, Entity},
    },
    fault::Fault,
};

/// How long it is known why a code, a token or a device is refused.
const REMEMBERED: Duration = Duration::DAY;
/// How long it is known that nobody decided about a device: anybody can begin one.
const UNDECIDED: Duration = DeviceRequest::LIFETIME;

/// How many rows were forgotten.
pub(super) struct Forgotten {
    pub(super) grants: u64,
    pub(super) tokens: u64,
    pub(super) devices: u64,
}

/// Before sessions are forgotten that ran out: grants that ended with them are known to have ended.
pub(super) async fn purge(conn: &impl ConnectionTrait, now: OffsetDateTime) -> Result<Forgotten, Fault> {
    end_with_their_sessions(conn, now).await?;
    let at = millis(now);
    let forgotten = Forgotten {
        grants: forget::<Entity>(conn, over(now)).await?,
        tokens: forget::<grant_tokens::Entity>(conn, grant_tokens::Column::ExpiresAt.lte(at)).await?,
        devices: forget::<device_requests::Entity>(conn, done_with(now)).await?,
    };
    forget::<app_assertions::Entity>(conn, app_assertions::Column::Until.lt(at)).await?;
    Ok(forgotten)
}

/// Grants of which nobody asks any more why they do not count.
fn over(now: OffsetDateTime) -> Expr {
    let long_ago = millis(now - REMEMBERED);
    let never_redeemed = Column::RedeemedAt.is_null().and(Column::CreatedAt.lte(long_ago));
    Column::EndedAt.lte(long_ago).or(Column::ExpiresAt.lte(long_ago)).or(never_redeemed)
}

/// Devices that are told nothing any more.
fn done_with(now: OffsetDateTime) -> Expr {
    let ended = |before: Duration| device_requests::Column::ExpiresAt.lte(millis(now - before));
    ended(UNDECIDED).and(device_requests::Column::Decision.is_null().or(ended(REMEMBERED)))
}

/// No event is written, as none is of a session that runs out.
async fn end_with_their_sessions(conn: &impl ConnectionTrait, now: OffsetDateTime) -> Result<(), Fault> {
    let which = rows::made_in(sessions::run_out(now))
        .and(rows::lasting(Lasting::WithSession))
        .and(Column::EndedAt.is_null());
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(millis(now)))
        .filter(unheld::<Entity>(which))
        .exec(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;
    use time::macros::datetime;

    use super::*;
    use crate::repo::plan::plan;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[tokio::test]
    async fn what_is_over_is_found_without_a_look_at_what_is_not() {
        let devices = device_requests::Entity::find().filter(done_with(NOW)).into_query();
        let grants = Entity::find().filter(over(NOW)).into_query();
        for plan in [plan(&devices).await, plan(&grants).await] {
            assert!(plan.iter().any(|step| step.starts_with("SEARCH")), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
