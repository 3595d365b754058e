use landfall_accounts::{Connection, ConnectionName, ConnectionState, EndReason, EventKind, TenantName};
use sea_orm::ConnectionTrait;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    connections,
    ends::{self, Whose},
    events, tenants,
};
use crate::{AdminError, Store, fault::Fault, open::Turn, store::finish};

impl Store {
    /// Moves a connection to a state; in each but active its sessions end, as a stolen key demands [attack G8].
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn set_connection_state(
        &self,
        name: &ConnectionName,
        state: ConnectionState,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        let connection = change_state(&txn, connection, state, now).await?;
        finish(txn).await?;
        Ok(connection)
    }

    /// Disables each connection of a tenant and ends the sessions of all, at once; the answer has those that were not disabled.
    ///
    /// Each is made active again on its own, when it is known to be safe.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn disable_tenant(
        &self,
        tenant: &TenantName,
        now: OffsetDateTime,
    ) -> Result<Vec<Connection>, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        let open = |connection: &Connection| {
            connection.tenant == tenant.id && connection.state != ConnectionState::Disabled
        };
        let mut disabled = Vec::new();
        for connection in connections::all(&txn).await?.into_iter().filter(open) {
            disabled.push(change_state(&txn, connection, ConnectionState::Disabled, now).await?);
        }
        finish(txn).await?;
        Ok(disabled)
    }
}

async fn change_state(
    conn: &impl ConnectionTrait,
    connection: Connection,
    state: ConnectionState,
    now: OffsetDateTime,
) -> Result<Connection, Fault> {
    let connection = Connection { state, ..connection };
    connections::save(conn, &connection).await?;
    let name = connection.name.as_str();
    let detail =
        json!({ "by": "operator", "action": "connection.state", "name": name, "state": state.name() });
    let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
    event.connection = Some(connection.id);
    events::write(conn, &event).await?;
    if !state.admits_people() {
        ends::end_all(conn, Whose::connection(&connection), EndReason::ConnectionDisabled, now).await?;
    }
    Ok(connection)
}
