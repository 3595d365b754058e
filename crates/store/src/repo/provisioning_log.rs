//! What directories asked for, and what came of it: for thirty days, and no longer than the person is known.

use std::collections::{HashMap, HashSet};

use landfall_accounts::{
    ConnectionId, CredentialId, CredentialPrefix, Directory, GroupId, ProvisioningEntry, ProvisioningTarget,
    TenantId, User, UserId,
    ports::{PortError, ProvisioningLog},
};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Following, directory_users::CHUNK, erase};
use crate::{
    Store,
    convert::{broken, instant, millis, parsed},
    entity::{
        provisioning_log::{Column, Entity, Model},
        scim_credentials, users,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How many entries are in memory at once when the log is followed.
const PAGE: u64 = 1000;

/// What the log says in place of attributes.
const NOTHING: &str = "";

/// An entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedProvisioning {
    /// Counts up over all tenants.
    pub id: i64,
    /// How the credential begins; absent if it was gone when the entry was written.
    pub prefix: Option<CredentialPrefix>,
    /// What was asked for.
    pub entry: ProvisioningEntry,
}

/// Which entries are wanted; all of them by default.
#[derive(Clone, Debug, Default)]
pub struct ProvisioningFilter {
    /// Of this connection alone.
    pub connection: Option<ConnectionId>,
    /// About this account alone.
    pub user: Option<UserId>,
    /// Those that were refused alone.
    pub failed: bool,
    /// From this time on.
    pub since: Option<OffsetDateTime>,
}

/// The first status that refuses.
const REFUSED: i64 = 400;

impl ProvisioningFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.connection.map(|id| Column::ConnectionId.eq(id.as_uuid())))
            .add_option(self.user.map(|id| Column::UserId.eq(id.as_uuid())))
            .add_option(self.failed.then(|| Column::Status.gte(REFUSED)))
            .add_option(self.since.map(|since| Column::At.gte(millis(since))))
    }
}

impl ProvisioningLog for Store {
    async fn log_provisioning(
        &self,
        tenant: TenantId,
        entries: &[ProvisioningEntry],
    ) -> Result<(), PortError> {
        // In the turn of the tenant: an erasure comes before or after.
        let txn = self.transaction(Turn::Tenant(tenant)).await?;
        write(&txn, tenant, entries).await?;
        Ok(finish(txn).await?)
    }
}

impl Store {
    /// The last entries that the filter takes, the newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn provisioning(
        &self,
        filter: &ProvisioningFilter,
        limit: u64,
    ) -> Result<Vec<RecordedProvisioning>, PortError> {
        let asked = Entity::find().filter(filter.condition()).order_by_desc(Column::Id).limit(limit);
        let rows = asked.all(self.reader()).await.map_err(Fault::from)?;
        Ok(rows.into_iter().map(recorded).collect::<Result<_, _>>()?)
    }

    /// The entries that the filter takes and that were written since the last call, in their order; a thousand at most.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn follow_provisioning(
        &self,
        filter: &ProvisioningFilter,
        following: &mut Following,
        now: OffsetDateTime,
    ) -> Result<Vec<RecordedProvisioning>, PortError> {
        let asked = Entity::find()
            .filter(following.condition(Column::Id.into_expr(), now))
            .filter(filter.condition())
            .order_by_asc(Column::Id)
            .limit(PAGE);
        let rows = asked.all(self.reader()).await.map_err(Fault::from)?;
        for row in &rows {
            following.saw(row.id, now);
        }
        Ok(rows.into_iter().map(recorded).collect::<Result<_, _>>()?)
    }
}

async fn write(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    entries: &[ProvisioningEntry],
) -> Result<(), Fault> {
    let prefixes = prefixes(conn, tenant, entries).await?;
    let erased = erased(conn, tenant, entries).await?;
    let rows = entries.iter().map(|entry| {
        let mut row = row(tenant, entry, prefixes.get(&entry.credential.as_uuid()).cloned());
        if row.user_id.is_some_and(|id| erased.contains(&id)) {
            (row.name, row.name_folded, row.changes) = (None, None, NOTHING.to_owned());
        }
        let mut row = row.into_active_model();
        row.id = ActiveValue::NotSet;
        row
    });
    let rows: Vec<_> = rows.collect();
    for part in rows.chunks(CHUNK) {
        Entity::insert_many(part.to_vec()).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// How the credentials begin that were shown.
async fn prefixes(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    entries: &[ProvisioningEntry],
) -> Result<HashMap<Uuid, String>, Fault> {
    let shown: HashSet<Uuid> = entries.iter().map(|entry| entry.credential.as_uuid()).collect();
    let rows: Vec<(Uuid, String)> = scim_credentials::Entity::find()
        .select_only()
        .columns([scim_credentials::Column::Id, scim_credentials::Column::Prefix])
        .filter(scim_credentials::Column::TenantId.eq(tenant.as_uuid()))
        .filter(scim_credentials::Column::Id.is_in(shown))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Which of the accounts have been erased since.
async fn erased(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    entries: &[ProvisioningEntry],
) -> Result<HashSet<Uuid>, Fault> {
    let named: HashSet<Uuid> = entries.iter().filter_map(user).collect();
    let rows: Vec<Uuid> = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .filter(users::Column::TenantId.eq(tenant.as_uuid()))
        .filter(users::Column::Id.is_in(named))
        .filter(users::Column::UserName.eq(erase::NOBODY))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Takes out of the log what tells of a person.
pub(super) async fn erase(conn: &impl ConnectionTrait, user: &User) -> Result<(), Fault> {
    let own = Column::UserId.eq(user.id.as_uuid()).or(Column::NameFolded.eq(user.user_name.folded()));
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(None::<String>))
        .col_expr(Column::NameFolded, Expr::value(None::<String>))
        .col_expr(Column::Changes, Expr::value(NOTHING))
        .filter(Column::TenantId.eq(user.tenant.as_uuid()).and(own))
        .exec(conn)
        .await?;
    Ok(())
}

/// Those that were kept long enough.
pub(super) fn over(now: OffsetDateTime) -> Expr {
    Column::At.lte(millis(now - ProvisioningEntry::KEPT))
}

fn user(entry: &ProvisioningEntry) -> Option<Uuid> {
    match entry.target {
        ProvisioningTarget::User(id) => id.map(|id| id.as_uuid()),
        ProvisioningTarget::Group(_) | ProvisioningTarget::Other => None,
    }
}

const USER: &str = "user";
const GROUP: &str = "group";
const OTHER: &str = "other";

fn row(tenant: TenantId, entry: &ProvisioningEntry, prefix: Option<String>) -> Model {
    let (target, group_id) = match entry.target {
        ProvisioningTarget::User(_) => (USER, None),
        ProvisioningTarget::Group(id) => (GROUP, id.map(|id| id.as_uuid())),
        ProvisioningTarget::Other => (OTHER, None),
    };
    Model {
        id: 0,
        tenant_id: tenant.as_uuid(),
        connection_id: entry.directory.connection.as_uuid(),
        credential_id: entry.credential.as_uuid(),
        prefix,
        at: millis(entry.at),
        trace: entry.trace.as_str().to_owned(),
        action: entry.action.name().to_owned(),
        target: target.to_owned(),
        user_id: user(entry),
        group_id,
        name: entry.name.as_ref().map(|name| name.as_str().to_owned()),
        name_folded: entry.name.as_ref().map(|name| name.folded()),
        changes: entry.changes.as_str().to_owned(),
        status: i64::from(entry.status),
        code: entry.code.clone(),
        took: i64::try_from(entry.took.whole_microseconds()).unwrap_or(i64::MAX),
    }
}

fn recorded(row: Model) -> Result<RecordedProvisioning, Fault> {
    let target = match row.target.as_str() {
        USER => ProvisioningTarget::User(row.user_id.map(UserId::from_uuid)),
        GROUP => ProvisioningTarget::Group(row.group_id.map(GroupId::from_uuid)),
        _ => ProvisioningTarget::Other,
    };
    let entry = ProvisioningEntry {
        at: instant("at", row.at)?,
        directory: Directory {
            tenant: TenantId::from_uuid(row.tenant_id),
            connection: ConnectionId::from_uuid(row.connection_id),
        },
        credential: CredentialId::from_uuid(row.credential_id),
        trace: parsed("trace", &row.trace)?,
        action: parsed("action", &row.action)?,
        target,
        name: row.name.as_deref().map(|name| parsed("name", name)).transpose()?,
        changes: parsed("changes", &row.changes)?,
        status: u16::try_from(row.status).map_err(|source| broken("status", source))?,
        code: row.code,
        took: Duration::microseconds(row.took),
    };
    let prefix = row.prefix.as_deref().map(|prefix| parsed("prefix", prefix)).transpose()?;
    Ok(RecordedProvisioning { id: row.id, prefix, entry })
}
