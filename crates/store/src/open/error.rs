use std::{fmt, io, path::PathBuf};

use sea_orm::DbErr;

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
    /// Nothing of ours is in it yet.
    #[error("{database} is empty: `landfall migrate` makes its tables")]
    Empty {
        /// The database.
        database: String,
    },
    /// An earlier version has made the schema.
    #[error(
        "{database} was made by an earlier version and lacks the changes {}: make a backup, then run `landfall migrate`; nothing was changed",
        missing.join(", ")
    )]
    Older {
        /// The database.
        database: String,
        /// The changes of the schema that it has not seen.
        missing: Vec<String>,
    },
    /// A later version has made the schema.
    #[error(
        "{database} was written by a newer version, which made the changes {}: run that version, or restore a backup; nothing was changed",
        unknown.join(", ")
    )]
    Newer {
        /// The database.
        database: String,
        /// The changes of its schema that this version does not know.
        unknown: Vec<String>,
    },
    /// PostgreSQL keeps text in another encoding.
    #[error("{database} keeps text as {encoding}: make it anew with ENCODING 'UTF8'")]
    Encoding {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// Nobody answers, or not to us.
    #[error("{database} cannot be reached: check that it runs, its address, user and password")]
    Unreachable {
        /// The database.
        database: String,
        /// What came instead.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database refuses.
    #[error("{database} cannot be used")]
    Database {
        /// The database.
        database: String,
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
            Self::Empty { .. } => "database.empty",
            Self::Older { .. } => "database.older",
            Self::Newer { .. } => "database.newer",
            Self::Encoding { .. } => "database.encoding",
            Self::Unreachable { .. } => "database.unreachable",
            Self::Database { .. } => "database",
        }
    }

    pub(super) fn database(database: impl fmt::Display, source: DbErr) -> Self {
        Self::Database { database: database.to_string(), source: Box::new(source) }
    }
}
