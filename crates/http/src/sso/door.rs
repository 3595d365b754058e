//! The addresses that connections share, and those that one has for itself.

use landfall_accounts::{Connection, ConnectionName, ConnectionState};

use crate::error::LoginError;
use crate::{App, Ports};

/// Which of our addresses a message came to.
pub(super) enum Door {
    /// The one that connections share.
    Shared,
    /// That of the connection of this name.
    Own(String),
}

/// Whether a connection is the one behind a door of its own, or else one of those that share theirs [attack E12].
pub(super) fn is_behind(own: Option<&Connection>, connection: &Connection) -> bool {
    own.map_or(connection.own_entity_id.is_none(), |own| own.id == connection.id)
}

impl<P: Ports> App<P> {
    /// The one connection whose messages come here; none where others do too.
    pub(super) async fn behind(&self, door: &Door) -> Result<Option<Connection>, LoginError> {
        match door {
            Door::Shared => Ok(None),
            Door::Own(name) => self.connection_with_own_name(name).await.map(Some),
        }
    }

    /// The connection of this name that is not disabled, if it has a name of ours for itself, and with it addresses of its own.
    ///
    /// A draft has them as well: its identity provider must learn of us before anybody can sign in.
    pub(super) async fn connection_with_own_name(&self, name: &str) -> Result<Connection, LoginError> {
        let name: ConnectionName = name.parse().map_err(|_| LoginError::ConnectionUnknown)?;
        let found = self
            .ports()
            .connection_named(&name)
            .await?
            .filter(|found| found.own_entity_id.is_some() && found.state != ConnectionState::Disabled);
        found.ok_or(LoginError::ConnectionUnknown)
    }
}
