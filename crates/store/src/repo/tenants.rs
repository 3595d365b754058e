use landfall_accounts::{EventKind, Tenant, TenantId, TenantName, ports::PortError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first};
use crate::{
    AdminError, Store,
    convert::{instant, millis, new_id, parsed},
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
        let row = Model { id: new_id(now), name: name.as_str().to_owned(), created_at: millis(now) };
        let made = tenant(&row)?;
        insert(&txn, row).await?;
        let detail = json!({ "by": "operator", "action": "tenant.create", "name": name.as_str() });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, made.id, now, &detail)).await?;
        finish(txn).await?;
        Ok(made)
    }

    /// All tenants, by name.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, PortError> {
        Ok(all(self.reader()).await?)
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
        created_at: instant("created_at", row.created_at)?,
    })
}
