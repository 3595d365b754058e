use std::{
    collections::HashSet,
    fs::{self, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

use crate::migration::Migrator;

/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How long until the next try to connect.
const RETRY: Duration = Duration::from_millis(20);
/// How long a transaction waits for its turn in this process.
const QUEUE: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Takes the lock of the file as the transaction begins, so that no later statement fails for want of it.
pub(crate) const IMMEDIATE: TransactionOptions = TransactionOptions {
    isolation_level: None,
    access_mode: None,
    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
};
/// The first bytes of every SQLite file [fileformat2 1.3.1].
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Opens the file, one connection for writing and a few for reading.
pub(crate) async fn open(path: &Path) -> Result<(DatabaseConnection, DatabaseConnection), OpenError> {
    prepare(path)?;
    let path =
        &std::path::absolute(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    let failed = |source: DbErr| OpenError::Database { path: path.to_owned(), source: Box::new(source) };
    let write = connect(path, Access::Write).await.map_err(failed)?;
    migrate(path, &write).await?;
    let read = connect(path, Access::Read).await.map_err(failed)?;
    Ok((write, read))
}

/// Connects, and tries again for as long as a statement would wait.
///
/// SQLite does not wait by itself for the change to WAL, which several who open a fresh file make at once.
async fn connect(path: &Path, access: Access) -> Result<DatabaseConnection, DbErr> {
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

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder of the file is not there.
    #[error(
        "the database {path} cannot be made because its folder does not exist: make the folder, or name another"
    )]
    NoFolder {
        /// The database.
        path: PathBuf,
    },
    /// The path names something that is no file.
    #[error("the database {path} is no file: name a file")]
    NotAFile {
        /// The database.
        path: PathBuf,
    },
    /// The file can not be made, read or written.
    #[error(
        "the database {path} cannot be opened for reading and writing: check its owner, its mode and its disk"
    )]
    File {
        /// The database.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is something else.
    #[error("the file {path} is no SQLite database: name another file; this one was not changed")]
    NotADatabase {
        /// The database.
        path: PathBuf,
    },
    /// A later version has written the file.
    #[error(
        "the database {path} was written by a newer version, which made the changes {}: run that version, or restore a backup; nothing was changed",
        unknown.join(", ")
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The changes of its schema that this version does not know.
        unknown: Vec<String>,
    },
    /// The database refuses.
    #[error("the database {path} cannot be used")]
    Database {
        /// The database.
        path: PathBuf,
        /// What it says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoFolder { .. } => "database.no_folder",
            Self::NotAFile { .. } => "database.not_a_file",
            Self::File { .. } => "database.file",
            Self::NotADatabase { .. } => "database.foreign",
            Self::Newer { .. } => "database.newer",
            Self::Database { .. } => "database",
        }
    }
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

/// Applies what is missing, all of it or nothing, one process at a time.
async fn migrate(path: &Path, db: &DatabaseConnection) -> Result<(), OpenError> {
    let failed = |source: DbErr| OpenError::Database { path: path.to_owned(), source: Box::new(source) };
    let txn = db.begin_with_options(IMMEDIATE).await.map_err(failed)?;
    let known: HashSet<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(&txn).await.map_err(failed)?;
    let unknown: Vec<String> =
        applied.into_iter().map(|step| step.version).filter(|version| !known.contains(version)).collect();
    if !unknown.is_empty() {
        return Err(OpenError::Newer { path: path.to_owned(), unknown });
    }
    Migrator::up(&txn, None).await.map_err(failed)?;
    txn.commit().await.map_err(failed)
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
        let (write, read) = open(&path).await.unwrap();
        assert!(folder.path().join("landfall.db-wal").is_file());
        for db in [&write, &read] {
            assert_eq!(pragma(db, "synchronous").await, 2, "FULL");
            assert_eq!(pragma(db, "foreign_keys").await, 1);
        }
        assert_eq!((pragma(&write, "query_only").await, pragma(&read, "query_only").await), (0, 1));
    }
}
