//! Attributes that tenants declare beyond the standard: one text each, opaque here.

use landfall_accounts::{
    Event, EventKind, ExtensionText, ExtensionVersion, StoredExtension, TenantId, TenantName,
};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, RelationDef,
    sea_query::{Condition, Expr, OnConflict},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first, tenants};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, parsed},
    entity::{
        scim_credentials,
        scim_extensions::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// What a tenant declared before, and what it declares now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever tells of a change tells both sides")]
pub struct Declared {
    /// Before; none if it declared nothing.
    pub before: Option<StoredExtension>,
    /// Now; the same as before if the text is the same.
    pub now: StoredExtension,
}

impl Store {
    /// Declares attributes of a tenant's own in the place of what it declared before; requests take it from the next one on.
    ///
    /// The caller has read the text: it is opaque here. The same text again changes nothing and leaves no event.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn declare_extension(
        &self,
        tenant: &TenantName,
        text: ExtensionText,
        now: OffsetDateTime,
    ) -> Result<Declared, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?.id;
        let row = row(&txn, tenant).await?;
        let before = row.clone().map(stored).transpose()?.flatten();
        if let Some(before) = before.as_ref().filter(|before| before.text == text) {
            return Ok(Declared { before: Some(before.clone()), now: before.clone() });
        }
        let version = next(row.as_ref())?;
        write(&txn, tenant, version, Some(text.as_str()), now).await?;
        events::write(&txn, &changed(tenant, "scim.extension.declare", version, now)).await?;
        finish(txn).await?;
        Ok(Declared { before, now: StoredExtension { version, text, changed_at: now } })
    }

    /// Declares nothing any more for a tenant, and says what it declared; what people have of it stays and is not served.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoExtension`].
    pub async fn remove_extension(
        &self,
        tenant: &TenantName,
        now: OffsetDateTime,
    ) -> Result<StoredExtension, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let id = tenants::required(&txn, tenant).await?.id;
        let row = row(&txn, id).await?;
        let Some(before) = row.clone().map(stored).transpose()?.flatten() else {
            return Err(AdminError::NoExtension { tenant: tenant.clone() });
        };
        let version = next(row.as_ref())?;
        write(&txn, id, version, None, now).await?;
        events::write(&txn, &changed(id, "scim.extension.remove", version, now)).await?;
        finish(txn).await?;
        Ok(before)
    }

    /// What a tenant declares.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoExtension`].
    pub async fn extension(&self, tenant: &TenantName) -> Result<StoredExtension, AdminError> {
        let id = tenants::required(self.reader(), tenant).await?.id;
        let found = find(self.reader(), id).await?;
        found.ok_or_else(|| AdminError::NoExtension { tenant: tenant.clone() })
    }
}

/// What a tenant declares, if anything.
pub(super) async fn find(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
) -> Result<Option<StoredExtension>, Fault> {
    Ok(row(conn, tenant).await?.map(stored).transpose()?.flatten())
}

/// From a credential to what its tenant declares, if anything.
pub(super) fn of_credential() -> RelationDef {
    let relation: RelationDef = scim_credentials::Entity::belongs_to(Entity)
        .from(scim_credentials::Column::TenantId)
        .to(Column::TenantId)
        .into();
    relation.on_condition(|_, extensions| {
        Condition::all().add(Expr::col((extensions, Column::Text)).is_not_null())
    })
}

pub(super) fn version(number: i32) -> Result<ExtensionVersion, Fault> {
    let version = u32::try_from(number).ok().and_then(ExtensionVersion::new);
    version.ok_or_else(|| broken("version", "expected a number from 1 on"))
}

async fn row(conn: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Model>, Fault> {
    first(Entity::find_by_id(tenant.as_uuid()), conn).await
}

fn stored(row: Model) -> Result<Option<StoredExtension>, Fault> {
    let Some(text) = row.text else { return Ok(None) };
    Ok(Some(StoredExtension {
        version: version(row.version)?,
        text: parsed("text", &text)?,
        changed_at: instant("changed_at", row.changed_at)?,
    }))
}

/// The number of the next change, a removal too: a server that keeps what it has read never takes it for another.
fn next(row: Option<&Model>) -> Result<ExtensionVersion, Fault> {
    let Some(row) = row else { return Ok(ExtensionVersion::FIRST) };
    version(row.version)?.next().ok_or_else(|| broken("version", "no number is left"))
}

async fn write(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    version: ExtensionVersion,
    text: Option<&str>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let row = Model {
        tenant_id: tenant.as_uuid(),
        version: i32::try_from(version.number()).map_err(|source| broken("version", source))?,
        text: text.map(str::to_owned),
        changed_at: millis(now),
    };
    let over = OnConflict::column(Column::TenantId)
        .update_columns([Column::Version, Column::Text, Column::ChangedAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(over).exec_without_returning(conn).await?;
    Ok(())
}

fn changed(tenant: TenantId, action: &str, version: ExtensionVersion, now: OffsetDateTime) -> Event {
    let detail = json!({ "by": "operator", "action": action, "version": version.number() });
    events::about(EventKind::ConfigurationChanged, tenant, now, &detail)
}
