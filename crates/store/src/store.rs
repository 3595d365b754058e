use landfall_accounts::ports::{Health, PortError};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

use crate::{
    OpenError, Place, TombstoneKey,
    fault::Fault,
    open::{self, Connections, Turn},
    repo,
    transaction::{Transaction, Written},
};

pub(crate) use crate::transaction::finish;

/// The database of an installation.
///
/// Clones share the same connections.
///
/// On SQLite, transactions that write queue for one connection and take the lock of the file as they begin,
/// so that none of them fails because another one writes; other processes are waited for.
/// On PostgreSQL, those of one tenant queue for a lock of the database, and what an operator changes waits for all.
/// Reads see the last commit, and never wait.
#[derive(Clone, Debug)]
pub struct Store {
    connections: Connections,
    tombstones: Option<TombstoneKey>,
    written: Written,
}

impl Store {
    /// Opens a database, and changes nothing in it.
    ///
    /// # Errors
    /// [`OpenError`], which names the database and what is wrong with it;
    /// [`OpenError::Empty`] and [`OpenError::Older`] until [`Store::migrate`] has been called.
    pub async fn open(place: &Place) -> Result<Self, OpenError> {
        Ok(Self { connections: open::open(place).await?, tombstones: None, written: Written::default() })
    }

    /// Makes the tables of an empty database, or changes those that an earlier version made: all of it or nothing.
    ///
    /// Gives the names of the changes, none if the schema is this version's already.
    ///
    /// # Errors
    /// [`OpenError`], which names the database and what is wrong with it.
    pub async fn migrate(place: &Place) -> Result<Vec<String>, OpenError> {
        open::migrate(place).await
    }

    /// Judges logins, and deletes accounts, with this key; without one it refuses to.
    ///
    /// Tombstones that an earlier version left as they were are keyed now.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn with_tombstone_key(mut self, key: TombstoneKey) -> Result<Self, PortError> {
        repo::key_tombstones(&self, &key).await?;
        self.tombstones = Some(key);
        Ok(self)
    }

    /// Closes the database, after the transactions that run.
    ///
    /// Without it nothing is lost, but the log beside an SQLite file stays until the next start.
    pub async fn close(self) {
        self.connections.close().await;
    }

    /// Begins a transaction that may write, when it is its turn.
    pub(crate) async fn transaction(&self, turn: Turn) -> Result<Transaction, Fault> {
        let write = &self.connections.write;
        let txn = write.begin_with_options(open::options(write)).await?;
        open::wait(&txn, turn).await?;
        Ok(Transaction::new(txn, self.written.clone()))
    }

    /// How many transactions this process has committed.
    pub(crate) fn commits(&self) -> u64 {
        self.written.count()
    }

    pub(crate) fn tombstones(&self) -> Result<&TombstoneKey, Fault> {
        self.tombstones.as_ref().ok_or(Fault::NoTombstoneKey)
    }

    /// For what is no transaction.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.connections.write
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.connections.read
    }
}

impl Health for Store {
    async fn ready(&self) -> Result<(), PortError> {
        self.connections
            .read
            .execute_unprepared("SELECT 1 FROM tenants LIMIT 1")
            .await
            .map_err(Fault::from)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_has_the_lock_from_its_begin() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("landfall.db");
        let place = Place::Sqlite(path.clone());
        Store::migrate(&place).await.unwrap();
        let store = Store::open(&place).await.unwrap();
        let other = sea_orm::Database::connect(format!("sqlite:{}", path.display())).await.unwrap();
        other.execute_unprepared("PRAGMA busy_timeout = 0").await.unwrap();
        let txn = store.transaction(Turn::None).await.unwrap();
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap_err();
        finish(txn).await.unwrap();
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    }
}
