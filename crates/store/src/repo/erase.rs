//! What is left of an account whose person must be forgotten: its id, its states and times, and tombstones that are keyed.

use landfall_accounts::{
    EventKind, LoginName, Origin, TenantName, User, UserId, UserState, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait, QueryFilter, Statement,
    sea_query::{Expr, Query},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{directory_users, events, grants, identities, provisioning_log, sessions, tenants, users};
use crate::{
    AdminError, Store,
    convert::millis,
    entity::{
        events as log, grants as granted, identity_links as links, invitations, pending_logins,
        pending_logouts, sessions as rows, test_logins, traces,
        users::{Column, Entity},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// The user name of whoever was erased.
pub(super) const NOBODY: &str = "erased";

/// What was erased with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// Sessions, those that had ended too.
    pub sessions: u64,
    /// What applications were granted, and their tokens.
    pub grants: u64,
    /// Identities, which left tombstones.
    pub identities: u64,
    /// Messages that were kept of the person's logins.
    pub traces: u64,
    /// Logins and logouts that were under way at the tenant, whoever's they were.
    pub under_way: u64,
}

/// Whether what was deleted is gone from the file too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scrubbed {
    /// It is.
    Gone,
    /// Somebody was reading: it is still in the log beside the file.
    Busy,
    /// It is PostgreSQL's to do.
    Server,
}

impl Store {
    /// Forgets a person: deletes the account if it lives, ends its sessions, and takes out of the database whatever
    /// tells of the person: all of it or nothing.
    ///
    /// The account stays as an id without a name, so that events tell of it without telling whose it was.
    /// Its identities leave tombstones, or its name does if it has none, so that no login revives it.
    /// Whoever is signing in or out at the tenant at this moment begins anew, since it cannot be told who that is.
    /// It may be called again.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::NoUser`] if the tenant has no such account;
    /// [`AdminError::Store`] without the key of tombstones.
    ///
    /// # Security
    /// Octets of it remain in the file until [`Store::scrub`], in backups until they are gone,
    /// and in messages that were kept of refused logins until their 72 hours are over.
    pub async fn erase_user(
        &self,
        tenant: &TenantName,
        id: &UserId,
        now: OffsetDateTime,
    ) -> Result<Erased, AdminError> {
        let stones = self.tombstones()?;
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        let before = users::of_tenant(&txn, tenant.id, id).await?.ok_or(AdminError::NoUser { user: *id })?;
        let proposals = forget_proposals(&txn, &before).await?;
        forget_invitations(&txn, &before).await?;
        let identities = users::retire(&txn, self, &before, now).await?;
        let erased = Erased {
            grants: forget_grants(&txn, &before).await?,
            sessions: forget_sessions(&txn, &before).await?,
            identities,
            traces: forget_traces(&txn, &before).await?,
            under_way: forget_under_way(&txn, tenant.id.as_uuid()).await?,
        };
        if before.user_name.as_str() != NOBODY {
            directory_users::erase(&txn, stones, &before).await?;
            provisioning_log::erase(&txn, &before).await?;
            let name = match identities::has_tombstone(&txn, &before).await? {
                true => NOBODY.to_owned(),
                false => stones.name(tenant.id, &before.user_name.folded()),
            };
            blank(&txn, &before, name, now).await?;
        }
        let detail = json!({
            "by": "operator",
            "from": before.state.name(),
            "sessions": erased.sessions,
            "grants": erased.grants,
            "identities": erased.identities,
            "traces": erased.traces,
            "proposals": proposals,
        });
        let mut event = events::about(EventKind::AccountErased, tenant.id, now, &detail);
        event.user = Some(before.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(erased)
    }

    /// All accounts of this name, without case, those that were deleted too.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn users_ever_named(
        &self,
        tenant: &TenantName,
        user_name: &LoginName,
    ) -> Result<Vec<User>, AdminError> {
        let tenant = tenants::required(self.reader(), tenant).await?;
        Ok(users::ever_named(self.reader(), tenant.id, user_name).await?)
    }

    /// Takes out of an SQLite file what was deleted before: it is written anew, and the log beside it is emptied.
    ///
    /// It needs as much room again as the database has, and others that write wait until it is done, or give up.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer; the file is as it was.
    pub async fn scrub(&self) -> Result<Scrubbed, PortError> {
        Ok(scrub(self).await?)
    }
}

async fn blank(
    conn: &impl ConnectionTrait,
    user: &User,
    folded: String,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let mut blank = Entity::update_many()
        .col_expr(Column::UserName, Expr::value(NOBODY))
        .col_expr(Column::UserNameFolded, Expr::value(folded))
        .col_expr(Column::State, Expr::value(UserState::Deprovisioned.name()))
        .col_expr(Column::StateBy, Expr::value(Origin::Operator.name()))
        .col_expr(Column::Roles, Expr::value("[]"))
        .col_expr(Column::Groups, Expr::value("[]"))
        .col_expr(Column::UpdatedAt, Expr::value(millis(now)));
    for column in [Column::FirstName, Column::LastName, Column::Email, Column::DisplayName] {
        blank = blank.col_expr(column, Expr::value(None::<String>));
    }
    blank
        .filter(Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(Column::Id.eq(user.id.as_uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

/// Identities that waited to be merged with the account, and those of the account that waited for others.
async fn forget_proposals(conn: &impl ConnectionTrait, user: &User) -> Result<u64, Fault> {
    let (tenant, id) = (user.tenant.as_uuid(), user.id.as_uuid());
    let own = Query::select()
        .column(links::Column::Subject)
        .from(links::Entity)
        .and_where(links::Column::TenantId.eq(tenant))
        .and_where(links::Column::UserId.eq(id))
        .to_owned();
    let with_it = Expr::col("user_id").eq(id).or(Expr::col("subject").in_subquery(own));
    let delete = Query::delete()
        .from_table("merge_proposals")
        .and_where(Expr::col("tenant_id").eq(tenant).and(with_it))
        .to_owned();
    Ok(conn.execute(&delete).await?.rows_affected())
}

/// When the person was invited says something of the person.
async fn forget_invitations(conn: &impl ConnectionTrait, user: &User) -> Result<(), Fault> {
    let own = invitations::Column::TenantId
        .eq(user.tenant.as_uuid())
        .and(invitations::Column::UserId.eq(user.id.as_uuid()));
    invitations::Entity::delete_many().filter(own).exec(conn).await?;
    Ok(())
}

/// When and where the person was signed on to what; tokens go with it.
async fn forget_grants(conn: &impl ConnectionTrait, user: &User) -> Result<u64, Fault> {
    let own = grants::of_user(user.tenant, user.id);
    Ok(granted::Entity::delete_many().filter(own).exec(conn).await?.rows_affected)
}

/// Name, session index and browser are in each of them.
async fn forget_sessions(conn: &impl ConnectionTrait, user: &User) -> Result<u64, Fault> {
    let own = sessions::of(user.tenant, user.id);
    Ok(rows::Entity::delete_many().filter(own).exec(conn).await?.rows_affected)
}

/// Of the requests that events name together with the account.
async fn forget_traces(conn: &impl ConnectionTrait, user: &User) -> Result<u64, Fault> {
    let (tenant, id) = (user.tenant.as_uuid(), user.id.as_uuid());
    let own = Query::select()
        .column(log::Column::Trace)
        .from(log::Entity)
        .and_where(log::Column::TenantId.eq(tenant))
        .and_where(log::Column::UserId.eq(id))
        .and_where(log::Column::Trace.is_not_null())
        .to_owned();
    let kept = traces::Column::TenantId.eq(tenant).and(traces::Column::Trace.in_subquery(own));
    Ok(traces::Entity::delete_many().filter(kept).exec(conn).await?.rows_affected)
}

/// A waiting login may hold a name, in the address at which it goes on, and does not say whose it is.
async fn forget_under_way(conn: &impl ConnectionTrait, tenant: Uuid) -> Result<u64, Fault> {
    let logins =
        pending_logins::Entity::delete_many().filter(pending_logins::Column::TenantId.eq(tenant)).exec(conn);
    let logins = logins.await?.rows_affected;
    let logouts = pending_logouts::Entity::delete_many()
        .filter(pending_logouts::Column::TenantId.eq(tenant))
        .exec(conn);
    let logouts = logouts.await?.rows_affected;
    let tests =
        test_logins::Entity::delete_many().filter(test_logins::Column::TenantId.eq(tenant)).exec(conn);
    Ok(logins + logouts + tests.await?.rows_affected)
}

async fn scrub(store: &Store) -> Result<Scrubbed, Fault> {
    let file = store.writer();
    if file.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(Scrubbed::Server);
    }
    file.execute_unprepared("VACUUM").await?;
    let checkpoint = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
    let row = file.query_one_raw(checkpoint).await?.ok_or(Fault::Missing { what: "checkpoint" })?;
    let busy: i32 = row.try_get_by_index(0)?;
    Ok(if busy == 0 { Scrubbed::Gone } else { Scrubbed::Busy })
}
