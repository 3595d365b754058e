//! The use of a key: whether it counts, when it was used last, and how far its signer's clock is from ours.

use std::collections::HashMap;

use landfall_accounts::{
    CertificateFingerprint, CertificateState, ClockSkew, ConnectionId, TenantId, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany, sea_query::Expr,
};
use time::{Duration, OffsetDateTime};

use super::first;

use crate::{
    Store,
    convert::{instant, millis, parsed},
    entity::connection_certificates::{Column, Entity, Model},
    fault::Fault,
};

/// How often it is written down that a key is used.
const USED_EVERY: Duration = Duration::hours(1);

impl Store {
    /// How far the clock of each connection's identity provider is from ours, where a login has shown it: of its key
    /// that was used last.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn clock_skews(&self) -> Result<HashMap<ConnectionId, ClockSkew>, PortError> {
        let seen =
            Entity::find().filter(Column::ClockLastSeen.is_not_null()).order_by_asc(Column::ClockLastSeen);
        let rows = seen.all(self.reader()).await.map_err(Fault::from)?;
        let mut skews = HashMap::new();
        for row in rows {
            if let Some(skew) = of(&row)? {
                skews.insert(ConnectionId::from_uuid(row.connection_id), skew);
            }
        }
        Ok(skews)
    }
}

/// Whether this key of the connection counts; if so, it is used now, which is written down once an hour,
/// and sooner where the clock of the identity provider turns out to be further ahead.
pub(super) async fn uses(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: ConnectionId,
    signer: &CertificateFingerprint,
    clock_ahead: Option<Duration>,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let key = (tenant.as_uuid(), id.as_uuid(), signer.as_bytes().to_vec());
    let Some(row) = first(Entity::find_by_id(key), conn).await? else {
        return Ok(false);
    };
    if parsed::<CertificateState>("state", &row.state)? != CertificateState::Trusted {
        return Ok(false);
    }
    let known = of(&row)?;
    let skew = clock_ahead.and_then(|ahead| ClockSkew::seen(known, ahead, now));
    if skew.is_some() || row.last_used.is_none_or(|last| last <= millis(now - USED_EVERY)) {
        let used = Entity::update_many()
            .col_expr(Column::LastUsed, Expr::value(millis(now)))
            .filter(Column::TenantId.eq(row.tenant_id))
            .filter(Column::ConnectionId.eq(row.connection_id))
            .filter(Column::Fingerprint.eq(row.fingerprint));
        let used = match skew {
            Some(skew) => written(used, &skew),
            None => used,
        };
        used.exec(conn).await?;
    }
    Ok(true)
}

/// What the logins of a key have shown.
fn of(row: &Model) -> Result<Option<ClockSkew>, Fault> {
    let (Some(last), Some(last_seen)) = (row.clock_last, row.clock_last_seen) else { return Ok(None) };
    let (Some(most), Some(most_seen)) = (row.clock_most, row.clock_most_seen) else { return Ok(None) };
    Ok(Some(ClockSkew {
        last: Duration::milliseconds(last),
        last_seen: instant("clock_last_seen", last_seen)?,
        most: Duration::milliseconds(most),
        most_seen: instant("clock_most_seen", most_seen)?,
    }))
}

/// The same statement, which writes this down too.
fn written(used: UpdateMany<Entity>, skew: &ClockSkew) -> UpdateMany<Entity> {
    let whole = |ahead: Duration| i64::try_from(ahead.whole_milliseconds()).unwrap_or(i64::MAX);
    used.col_expr(Column::ClockLast, Expr::value(whole(skew.last)))
        .col_expr(Column::ClockLastSeen, Expr::value(millis(skew.last_seen)))
        .col_expr(Column::ClockMost, Expr::value(whole(skew.most)))
        .col_expr(Column::ClockMostSeen, Expr::value(millis(skew.most_seen)))
}
