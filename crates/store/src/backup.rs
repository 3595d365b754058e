//! A copy of the database, and the way back from it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use landfall_accounts::ports::PortError;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, Statement};
use time::OffsetDateTime;

use crate::{OpenError, Place, Store, fault::Fault};

impl Store {
    /// Copies the database, as it is at one moment, into a new file with mode 0600, while others go on reading and writing.
    ///
    /// Messages that are kept for a while stay out of it: a copy is kept for longer than they may be.
    ///
    /// # Errors
    /// [`BackupError::Exists`] if the file is there already; [`BackupError::Server`] for PostgreSQL, which has its own way.
    ///
    /// # Security
    /// The copy holds personal data; signing keys in it are sealed with the master key, which belongs somewhere else.
    pub async fn backup(&self, file: &Path) -> Result<(), BackupError> {
        if self.writer().get_database_backend() != DatabaseBackend::Sqlite {
            return Err(BackupError::Server);
        }
        make(file)?;
        // SQLite writes into an existing file if it is empty.
        let copy = Statement::from_sql_and_values(
            DatabaseBackend::Sqlite,
            "VACUUM INTO ?",
            [file.display().to_string().into()],
        );
        let copied = match copied(self.writer(), copy, file).await {
            Ok(()) => File::open(file)
                .and_then(|file| file.sync_all())
                .map_err(|source| BackupError::File { path: file.to_owned(), source }),
            Err(error) => Err(BackupError::Store(Fault::from(error).into())),
        };
        if copied.is_err() {
            let _ = fs::remove_file(file);
        }
        copied
    }

    /// Makes the database `to` from a backup, brings its schema up to date and marks it, see [`Store::mark_restored`]:
    /// all of it, or nothing.
    ///
    /// # Errors
    /// [`BackupError::Exists`] if there is a database already; [`BackupError::Open`] if the file is no backup of ours.
    pub async fn restore(file: &Path, to: &Path, now: OffsetDateTime) -> Result<(), BackupError> {
        for path in [to.to_owned(), beside(to, "-wal")] {
            if path.exists() {
                return Err(BackupError::Exists { path });
            }
        }
        let fresh = beside(to, ".restoring");
        let restored = restored(file, &fresh, now).await.and_then(|()| {
            let failed = |source| BackupError::File { path: to.to_owned(), source };
            fs::rename(&fresh, to).map_err(failed)?;
            let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(failed)
        });
        for left in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&fresh, left));
        }
        restored
    }
}

/// Makes the copy, and takes out of it what may not live as long as a copy does.
async fn copied(database: &DatabaseConnection, copy: Statement, file: &Path) -> Result<(), DbErr> {
    database.execute_raw(copy).await?;
    let attach = Statement::from_sql_and_values(
        DatabaseBackend::Sqlite,
        "ATTACH ? AS copy",
        [file.display().to_string().into()],
    );
    database.execute_raw(attach).await?;
    let taken_out =
        database.execute_unprepared("PRAGMA copy.secure_delete = ON; DELETE FROM copy.traces").await;
    database.execute_unprepared("DETACH copy").await?;
    taken_out.map(drop)
}

async fn restored(file: &Path, fresh: &Path, now: OffsetDateTime) -> Result<(), BackupError> {
    let opened = |source| BackupError::Open { path: file.to_owned(), source: Box::new(source) };
    let failed = |source| BackupError::File { path: file.to_owned(), source };
    let mut from = File::open(file).map_err(failed)?;
    let _ = fs::remove_file(fresh);
    let mut to = make(fresh)?;
    io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(failed)?;
    let place = Place::Sqlite(fresh.to_owned());
    match Store::open(&place).await {
        Ok(store) => store.close().await,
        Err(OpenError::Older { .. }) => drop(Store::migrate(&place).await.map_err(opened)?),
        Err(error) => return Err(opened(error)),
    }
    let store = Store::open(&place).await.map_err(opened)?;
    let marked = if whole(&store).await.unwrap_or(false) {
        store.mark_restored(now).await.map_err(BackupError::from)
    } else {
        Err(BackupError::Damaged { path: file.to_owned() })
    };
    store.close().await;
    marked
}

/// Whether SQLite finds nothing wrong in it; with some damage it cannot even look.
async fn whole(store: &Store) -> Result<bool, DbErr> {
    let check = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA integrity_check");
    let rows = store.writer().query_all_raw(check).await?;
    let said: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(said == ["ok"])
}

/// A new file, for its owner alone.
fn make(path: &Path) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists { path: path.to_owned() },
        _ => BackupError::File { path: path.to_owned(), source },
    })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Why a copy was not made, or not taken back; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file would be overwritten.
    #[error("{path} exists already: stop the server, move it away, or name another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot copy {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file cannot be opened as a database of ours.
    #[error("{path} is no backup that this version can take back")]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with the copy of it.
        #[source]
        source: Box<OpenError>,
    },
    /// SQLite finds it damaged.
    #[error("{path} is damaged: take an older backup")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// PostgreSQL has its own way.
    #[error("a PostgreSQL database is copied by `pg_dump --format=custom`, and restored by `pg_restore`")]
    Server,
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl BackupError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "backup.exists",
            Self::File { .. } => "backup.file",
            Self::Open { .. } => "backup.foreign",
            Self::Damaged { .. } => "backup.damaged",
            Self::Server => "backup.server",
            Self::Store(error) => error.code(),
        }
    }
}
