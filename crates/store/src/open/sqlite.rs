//! An SQLite file.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read},
    path::Path,
    time::Duration,
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use super::{Connections, OpenError, QUEUE};

/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How long until the next try to connect.
const RETRY: Duration = Duration::from_millis(20);
const READERS: u32 = 4;
/// Takes the lock of the file as the transaction begins, so that no later statement fails for want of it.
pub(crate) const IMMEDIATE: TransactionOptions = TransactionOptions {
    isolation_level: None,
    access_mode: None,
    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
};
/// The first bytes of every SQLite file [fileformat2 1.3.1].
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Connects to the file, one connection for writing and a few for reading.
pub(super) async fn connect(path: &Path) -> Result<Connections, OpenError> {
    prepare(path)?;
    let path =
        &std::path::absolute(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    let failed = |source| OpenError::database(path.display(), source);
    let write = patiently(path, Access::Write).await.map_err(failed)?;
    let read = patiently(path, Access::Read).await.map_err(failed)?;
    Ok(Connections { write, read })
}

/// Connects, and tries again for as long as a statement would wait.
///
/// SQLite does not wait by itself for the change to WAL, which several who open a fresh file make at once.
async fn patiently(path: &Path, access: Access) -> Result<DatabaseConnection, DbErr> {
    let mut waited = Duration::ZERO;
    loop {
        match Database::connect(options(path, access)).await {
            Err(error) if is_busy(&error) && waited < BUSY => {
                tokio::time::sleep(RETRY).await;
                waited += RETRY;
            }
            other => return other,
        }
    }
}

/// SQLITE_BUSY, with which SQLite answers whoever meets another's lock.
fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else { return false };
    matches!(cause, RuntimeErr::SqlxError(cause) if cause.as_database_error().is_some_and(|error| error.code().as_deref() == Some("5")))
}

/// Looks at the file before SQLite does, for errors that say more, and makes it if it is not there.
fn prepare(path: &Path) -> Result<(), OpenError> {
    let file_error = |source| OpenError::File { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(OpenError::NotAFile { path: path.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return create(path),
        Err(error) => return Err(file_error(error)),
    }
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(file_error)?;
    let mut head = Vec::new();
    file.take(MAGIC.len() as u64).read_to_end(&mut head).map_err(file_error)?;
    if !head.is_empty() && head != MAGIC {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    Ok(())
}

/// # Security
/// SQLite gives its side files the mode of the database, so this one mode protects all of them.
fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(OpenError::NoFolder { path: path.to_owned() })
        }
        Err(source) => Err(OpenError::File { path: path.to_owned(), source }),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn options(path: &Path, access: Access) -> ConnectOptions {
    // The address only chooses the driver: a path in it would have to be escaped.
    let mut options = ConnectOptions::new("sqlite:landfall.db");
    let path = path.to_owned();
    options
        .max_connections(if access == Access::Write { 1 } else { READERS })
        .acquire_timeout(QUEUE)
        // There is no server that could have gone away.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .filename(&path)
                .busy_timeout(BUSY)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            match access {
                Access::Write => sqlite,
                Access::Read => sqlite.pragma("query_only", "ON"),
            }
        });
    options
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use super::*;

    async fn pragma(db: &DatabaseConnection, name: &str) -> i32 {
        let statement = Statement::from_string(db.get_database_backend(), format!("PRAGMA {name}"));
        db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn what_is_committed_survives_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("landfall.db");
        let Connections { write, read } = connect(&path).await.unwrap();
        assert!(folder.path().join("landfall.db-wal").is_file());
        for db in [&write, &read] {
            assert_eq!(pragma(db, "synchronous").await, 2, "FULL");
            assert_eq!(pragma(db, "foreign_keys").await, 1);
        }
        assert_eq!((pragma(&write, "query_only").await, pragma(&read, "query_only").await), (0, 1));
    }
}
