use std::collections::BTreeMap;

use landfall_accounts::ports::PortError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use time::OffsetDateTime;

use super::granted_purge;
use crate::{
    Store,
    convert::millis,
    entity::{
        invitations, pending_logins, pending_logouts, provisioning_log, scim_credentials, sessions,
        site_sessions, test_logins, traces, used_assertions,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How many rows were forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Logins whose answer would come too late.
    pub pending_logins: u64,
    /// Logouts whose answer would come too late.
    pub pending_logouts: u64,
    /// Test logins whose link or result can be seen no more.
    pub test_logins: u64,
    /// Assertions that no rule accepts any more.
    pub used_assertions: u64,
    /// Sessions that are over, by why: the name of an [`EndReason`](landfall_accounts::EndReason), or
    /// `idle`, `expired`, `never-opened` where nobody ended them.
    pub sessions: BTreeMap<String, u64>,
    /// Codes that nobody took to their site in time.
    pub site_codes: u64,
    /// Access tokens of directories that ended, or were revoked.
    pub access_tokens: u64,
    /// What directories asked for, once it was kept long enough.
    pub provisioning: u64,
    /// Messages that were kept long enough.
    pub traces: u64,
    /// Invitations that expired so long ago that nobody asks why.
    pub invitations: u64,
    /// Grants that were never redeemed, or ended so long ago that nobody asks why; with their tokens.
    pub grants: u64,
    /// Tokens of live grants that ended.
    pub grant_tokens: u64,
    /// Devices whose codes ended so long ago that none asks.
    pub devices: u64,
}

impl Store {
    /// Forgets what can have no effect any more; events, accounts and tombstones stay.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn purge(&self, now: OffsetDateTime) -> Result<Purged, PortError> {
        let txn = self.transaction(Turn::None).await?;
        let purged = purge(&txn, now).await?;
        finish(txn).await?;
        Ok(purged)
    }
}

async fn purge(conn: &impl ConnectionTrait, now: OffsetDateTime) -> Result<Purged, Fault> {
    let at = millis(now);
    let late = millis(now - super::invitations::REMEMBERED);
    // A session that ended while it waited stays until its hop is too late, so that the hop can say why.
    let waits_no_more = sessions::Column::HopUntil
        .lte(at)
        .and(sessions::Column::OpenedAt.is_null().or(sessions::Column::EndedAt.is_not_null()));
    let dead = super::sessions::run_out(now).or(waits_no_more);
    // Before sessions: grants that ended with them are known to have ended.
    let granted = granted_purge::purge(conn, now).await?;
    Ok(Purged {
        pending_logins: forget::<pending_logins::Entity>(conn, pending_logins::Column::ExpiresAt.lte(at))
            .await?,
        pending_logouts: forget::<pending_logouts::Entity>(conn, pending_logouts::Column::ExpiresAt.lte(at))
            .await?,
        test_logins: forget::<test_logins::Entity>(conn, test_logins::Column::ExpiresAt.lte(at)).await?,
        used_assertions: forget::<used_assertions::Entity>(conn, used_assertions::Column::KeepUntil.lt(at))
            .await?,
        sessions: by_reason(
            &sessions::Entity::delete_many()
                .filter(unheld::<sessions::Entity>(dead))
                .exec_with_returning(conn)
                .await?,
            at,
        ),
        site_codes: forget::<site_sessions::Entity>(conn, super::site_sessions::over(now)).await?,
        access_tokens: forget::<scim_credentials::Entity>(conn, super::credentials::dead_access(now)).await?,
        provisioning: forget::<provisioning_log::Entity>(conn, super::provisioning_log::over(now)).await?,
        traces: forget::<traces::Entity>(conn, super::traces::over(now)).await?,
        invitations: forget::<invitations::Entity>(conn, invitations::Column::ExpiresAt.lte(late)).await?,
        grants: granted.grants,
        grant_tokens: granted.tokens,
        devices: granted.devices,
    })
}

/// Deletes these rows, but for those of them that somebody holds, and says how many.
pub(super) async fn forget<E: EntityTrait>(conn: &impl ConnectionTrait, which: Expr) -> Result<u64, Fault> {
    Ok(E::delete_many().filter(unheld::<E>(which)).exec(conn).await?.rows_affected)
}

/// Of these rows those that nobody holds; the others are there the next time.
///
/// A purge has no turn: on PostgreSQL others hold rows meanwhile, in an order of their own.
/// Whoever waits for nobody is never waited for in a circle.
pub(super) fn unheld<E: EntityTrait>(which: Expr) -> Expr {
    let key = || E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let free = E::find()
        .select_only()
        .columns(key())
        .filter(which)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    Expr::tuple(key().map(|column| column.into_expr())).in_subquery(free)
}

fn by_reason(dead: &[sessions::Model], at: i64) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in dead {
        let reason = match (&row.end_reason, row.opened_at) {
            (Some(reason), _) => reason,
            (None, None) => "never-opened",
            (None, Some(_)) if row.expires_at <= at => "expired",
            (None, Some(_)) => "idle",
        };
        *counts.entry(reason.to_owned()).or_default() += 1;
    }
    counts
}
