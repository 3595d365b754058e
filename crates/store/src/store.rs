use std::path::Path;

use landfall_accounts::ports::{Health, PortError};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use crate::{OpenError, fault::Fault, open};

/// The database of an installation.
///
/// Clones share the same connections.
///
/// Transactions that write queue for one connection and take the lock of the file as they begin,
/// so that none of them fails because another one writes; other processes are waited for.
/// Reads have connections of their own, see the last commit, and never wait.
#[derive(Clone, Debug)]
pub struct Store {
    write: DatabaseConnection,
    read: DatabaseConnection,
}

impl Store {
    /// Opens the database in this SQLite file, which is made with mode 0600 if it does not exist,
    /// and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`], which names the file and what is wrong with it.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let (write, read) = open::open(path).await?;
        Ok(Self { write, read })
    }

    /// Closes the database, after the transactions that run.
    ///
    /// Without it nothing is lost, but the log beside the file stays until the next start.
    pub async fn close(self) {
        // A connection that does not close cleanly leaves nothing undone that the next start does not do.
        let _ = self.read.close().await;
        let _ = self.write.close().await;
    }

    /// Begins a transaction that may write.
    pub(crate) async fn transaction(&self) -> Result<DatabaseTransaction, Fault> {
        Ok(self.write.begin_with_options(open::IMMEDIATE).await?)
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.read
    }
}

/// Commits; a free function so that the database's own error type stays inside.
pub(crate) async fn finish(txn: DatabaseTransaction) -> Result<(), Fault> {
    Ok(txn.commit().await?)
}

impl Health for Store {
    async fn ready(&self) -> Result<(), PortError> {
        self.read.execute_unprepared("SELECT 1 FROM tenants LIMIT 1").await.map_err(Fault::from)?;
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
        let store = Store::open(&path).await.unwrap();
        let other = sea_orm::Database::connect(format!("sqlite:{}", path.display())).await.unwrap();
        other.execute_unprepared("PRAGMA busy_timeout = 0").await.unwrap();
        let txn = store.transaction().await.unwrap();
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap_err();
        finish(txn).await.unwrap();
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    }
}
