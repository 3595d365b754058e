//! Where the database is, and how it is opened.

mod address;
mod error;
mod postgres;
mod schema;
mod sqlite;

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions,
};

pub use address::{AddressError, Place, PostgresAddress};
pub use error::OpenError;
pub(crate) use postgres::Turn;

/// How long a transaction waits for a connection.
const QUEUE: Duration = Duration::from_secs(10);

/// What a store talks through.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) write: DatabaseConnection,
    pub(crate) read: DatabaseConnection,
}

impl Connections {
    /// A connection that does not close cleanly leaves nothing undone that the next start does not do.
    pub(crate) async fn close(self) {
        let _ = self.read.close().await;
        let _ = self.write.close().await;
    }
}

/// Opens a database whose schema is the one of this version, and changes nothing.
pub(crate) async fn open(place: &Place) -> Result<Connections, OpenError> {
    if let Place::Sqlite(path) = place
        && !path.exists()
    {
        return Err(OpenError::Empty { database: place.to_string() });
    }
    let connections = connect(place).await?;
    match schema::expect(place, &connections.write).await {
        Ok(()) => Ok(connections),
        Err(error) => {
            connections.close().await;
            Err(error)
        }
    }
}

/// Brings the schema up to date, and says which changes that took.
pub(crate) async fn migrate(place: &Place) -> Result<Vec<String>, OpenError> {
    let connections = connect(place).await?;
    let made = schema::migrate(place, &connections.write).await;
    connections.close().await;
    made
}

async fn connect(place: &Place) -> Result<Connections, OpenError> {
    match place {
        Place::Sqlite(path) => sqlite::connect(path).await,
        Place::Postgres(address) => postgres::connect(address).await,
    }
}

/// How a transaction that writes begins.
pub(crate) fn options(write: &DatabaseConnection) -> TransactionOptions {
    match write.get_database_backend() {
        DatabaseBackend::Sqlite => sqlite::IMMEDIATE,
        _ => TransactionOptions::default(),
    }
}

/// Waits until it is the turn of a transaction; on SQLite it has waited when it began.
pub(crate) async fn wait(txn: &DatabaseTransaction, turn: Turn) -> Result<(), DbErr> {
    match txn.get_database_backend() {
        DatabaseBackend::Sqlite => Ok(()),
        _ => postgres::wait(txn, turn).await,
    }
}
