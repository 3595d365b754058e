use landfall_accounts::{
    Connection, ConnectionName, EventKind, MappingChoice, MappingVersion, StoredMapping, TestedMapping,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, events, first};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, parsed},
    entity::{
        connections::Model as ConnectionRow,
        mappings::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Stands where the name of a preset would, if the connection has a mapping of its own.
const OWN: &str = "own";

impl Store {
    /// Gives a connection a mapping of its own, or the next version of it; what was before stays readable.
    ///
    /// `base` is the version that the operator has changed, none if the connection had a preset.
    /// Logins take it from the next one on.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::MappingMoved`] if another version counts by now, or another operator
    /// has gone back to a preset.
    pub async fn apply_mapping(
        &self,
        name: &ConnectionName,
        base: Option<MappingVersion>,
        mapping: &TestedMapping,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let mut connection = connections::required(&txn, name).await?;
        let current = connection.settings.mapping;
        if current.own() != base {
            return Err(AdminError::MappingMoved { connection: name.clone(), base, current });
        }
        let last = of(&connection).order_by_desc(Column::Version).all(&txn).await.map_err(Fault::from)?;
        let version = match last.first() {
            Some(last) => version(last.version)?.next(),
            None => MappingVersion::FIRST,
        };
        let row = Model {
            tenant_id: connection.tenant.as_uuid(),
            connection_id: connection.id.as_uuid(),
            version: number(version)?,
            text: mapping.mapping().text().to_owned(),
            applied_at: millis(now),
        };
        Entity::insert(row.into_active_model()).exec_without_returning(&txn).await.map_err(Fault::from)?;
        connection.settings.mapping = MappingChoice::Own(version);
        connections::save(&txn, &connection).await?;
        let detail = json!({ "action": "mapping.apply", "name": name.as_str(), "version": version.number() });
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Every version of the mapping that the connection has, or had, for itself, the first one first.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn mappings(&self, name: &ConnectionName) -> Result<Vec<StoredMapping>, AdminError> {
        let connection = connections::required(self.reader(), name).await?;
        let rows = of(&connection).order_by_asc(Column::Version).all(self.reader()).await;
        Ok(rows.map_err(Fault::from)?.into_iter().map(stored).collect::<Result<_, _>>()?)
    }
}

/// One version, of this connection and no other [attack H1].
pub(super) async fn find(
    conn: &impl ConnectionTrait,
    connection: &Connection,
    version: MappingVersion,
) -> Result<Option<StoredMapping>, Fault> {
    let query = of(connection).filter(Column::Version.eq(number(version)?));
    first(query, conn).await?.map(stored).transpose()
}

fn of(connection: &Connection) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(connection.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(connection.id.as_uuid()))
}

fn stored(row: Model) -> Result<StoredMapping, Fault> {
    let applied_at = instant("applied_at", row.applied_at)?;
    Ok(StoredMapping { version: version(row.version)?, text: row.text, applied_at })
}

pub(super) fn version(number: i32) -> Result<MappingVersion, Fault> {
    let version = u32::try_from(number).ok().and_then(MappingVersion::new);
    version.ok_or_else(|| broken("mapping_version", "expected a number from 1 on"))
}

pub(super) fn number(version: MappingVersion) -> Result<i32, Fault> {
    i32::try_from(version.number()).map_err(|source| broken("mapping_version", source))
}

/// Another version of Landfall knows no preset of this name, and so never maps by a preset in place of the mapping.
pub(super) fn preset_text(mapping: MappingChoice) -> String {
    match mapping {
        MappingChoice::Preset(preset) => preset.to_string(),
        MappingChoice::Own(_) => OWN.to_owned(),
    }
}

pub(super) fn choice(row: &ConnectionRow) -> Result<MappingChoice, Fault> {
    match (row.preset.as_str(), row.mapping_version) {
        (OWN, Some(version)) => self::version(version).map(MappingChoice::Own),
        (preset, None) => parsed("preset", preset).map(MappingChoice::Preset),
        _ => Err(broken("preset", "expected own with mapping_version, or a preset without")),
    }
}
