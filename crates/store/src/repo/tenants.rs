use landfall_accounts::{EventKind, Room, Tenant, TenantId, TenantName, UserLimit, ports::PortError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, new_id, parsed},
    entity::tenants::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Makes a tenant.
    ///
    /// # Errors
    /// [`AdminError::TenantExists`] if the name is taken.
    pub async fn create_tenant(&self, name: TenantName, now: OffsetDateTime) -> Result<Tenant, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        if named(&txn, &name).await?.is_some() {
            return Err(AdminError::TenantExists { name });
        }
        let (id, name_of_it) = (new_id(now), name.as_str().to_owned());
        let row = Model { id, name: name_of_it, created_at: millis(now), user_limit: None, living_users: 0 };
        let made = tenant(&row)?;
        insert(&txn, row).await?;
        let detail = json!({ "by": "operator", "action": "tenant.create", "name": name.as_str() });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, made.id, now, &detail)).await?;
        finish(txn).await?;
        Ok(made)
    }

    /// Sets how many living accounts a tenant may have; those that it has already stay, however many there are.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn limit_tenant(
        &self,
        name: &TenantName,
        limit: Option<UserLimit>,
        now: OffsetDateTime,
    ) -> Result<Tenant, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let found = required(&txn, name).await?;
        Entity::update_many()
            .col_expr(Column::UserLimit, Expr::value(limit.map(|limit| i64::from(limit.as_u32()))))
            .filter(Column::Id.eq(found.id.as_uuid()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let limit_said = limit.map(UserLimit::as_u32);
        let detail = json!({ "action": "tenant.limit", "limit": limit_said });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, found.id, now, &detail)).await?;
        finish(txn).await?;
        Ok(Tenant { user_limit: limit, ..found })
    }

    /// All tenants, by name.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, PortError> {
        Ok(all(self.reader()).await?)
    }

    /// The tenant of this name.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn tenant_named(&self, name: &TenantName) -> Result<Tenant, AdminError> {
        required(self.reader(), name).await
    }
}

pub(super) async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Tenant>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    rows.iter().map(tenant).collect()
}

/// The tenant of this name, or the error that lists the names there are.
pub(super) async fn required(conn: &impl ConnectionTrait, name: &TenantName) -> Result<Tenant, AdminError> {
    if let Some(found) = named(conn, name).await? {
        return Ok(found);
    }
    let there_are = all(conn).await?.into_iter().map(|tenant| tenant.name).collect();
    Err(AdminError::NoTenant { name: name.clone(), there_are })
}

pub(super) async fn load(conn: &impl ConnectionTrait, id: TenantId) -> Result<Tenant, Fault> {
    let row =
        first(Entity::find_by_id(id.as_uuid()), conn).await?.ok_or(Fault::Missing { what: "tenant" })?;
    tenant(&row)
}

/// Whether a tenant may have one more account.
///
/// The caller has the turn of the tenant, so that nobody makes one meanwhile.
pub(super) async fn room(conn: &impl ConnectionTrait, id: TenantId) -> Result<Room, Fault> {
    let tenant = load(conn, id).await?;
    Ok(match tenant.user_limit {
        Some(limit) if tenant.users >= u64::from(limit.as_u32()) => Room::Full(limit),
        _ => Room::Free,
    })
}

async fn named(conn: &impl ConnectionTrait, name: &TenantName) -> Result<Option<Tenant>, Fault> {
    let row = first(Entity::find().filter(Column::Name.eq(name.as_str())), conn).await?;
    row.as_ref().map(tenant).transpose()
}

async fn insert(conn: &impl ConnectionTrait, row: Model) -> Result<(), Fault> {
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

fn tenant(row: &Model) -> Result<Tenant, Fault> {
    Ok(Tenant {
        id: TenantId::from_uuid(row.id),
        name: parsed("name", &row.name)?,
        user_limit: row.user_limit.map(limit).transpose()?,
        users: u64::try_from(row.living_users).map_err(|source| broken("living_users", source))?,
        created_at: instant("created_at", row.created_at)?,
    })
}

fn limit(column: i64) -> Result<UserLimit, Fault> {
    u32::try_from(column).map(UserLimit::new).map_err(|source| broken("user_limit", source))
}
