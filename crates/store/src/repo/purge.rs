use std::collections::BTreeMap;

use landfall_accounts::ports::PortError;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::ExprTrait};
use time::OffsetDateTime;

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
}

impl Store {
    /// Forgets what can have no effect any more; events, accounts and tombstones stay.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn purge(&self, now: OffsetDateTime) -> Result<Purged, PortError> {
        let at = millis(now);
        let txn = self.transaction(Turn::None).await?;
        let pending = pending_logins::Entity::delete_many()
            .filter(pending_logins::Column::ExpiresAt.lte(at))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let logouts = pending_logouts::Entity::delete_many()
            .filter(pending_logouts::Column::ExpiresAt.lte(at))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let tests = test_logins::Entity::delete_many()
            .filter(test_logins::Column::ExpiresAt.lte(at))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let used = used_assertions::Entity::delete_many()
            .filter(used_assertions::Column::KeepUntil.lt(at))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        // A session that ended while it waited stays until its hop is too late, so that the hop can say why.
        let waits_no_more = sessions::Column::HopUntil
            .lte(at)
            .and(sessions::Column::OpenedAt.is_null().or(sessions::Column::EndedAt.is_not_null()));
        let dead = sessions::Entity::delete_many()
            .filter(super::sessions::run_out(now).or(waits_no_more))
            .exec_with_returning(&txn)
            .await
            .map_err(Fault::from)?;
        let codes = site_sessions::Entity::delete_many()
            .filter(super::site_sessions::over(now))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let kept = traces::Entity::delete_many()
            .filter(super::traces::over(now))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let asked_for = invitations::Column::ExpiresAt.lte(millis(now - super::invitations::REMEMBERED));
        let invited =
            invitations::Entity::delete_many().filter(asked_for).exec(&txn).await.map_err(Fault::from)?;
        let access = scim_credentials::Entity::delete_many()
            .filter(super::credentials::dead_access(now))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let provisioning = provisioning_log::Entity::delete_many()
            .filter(super::provisioning_log::over(now))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        finish(txn).await?;
        Ok(Purged {
            pending_logins: pending.rows_affected,
            pending_logouts: logouts.rows_affected,
            test_logins: tests.rows_affected,
            used_assertions: used.rows_affected,
            sessions: by_reason(&dead, at),
            site_codes: codes.rows_affected,
            access_tokens: access.rows_affected,
            provisioning: provisioning.rows_affected,
            traces: kept.rows_affected,
            invitations: invited.rows_affected,
        })
    }
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
