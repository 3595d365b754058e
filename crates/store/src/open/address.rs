use std::{fmt, path::PathBuf, str::FromStr};

use sqlx::postgres::PgConnectOptions;

/// Where the database of an installation is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Place {
    /// In this SQLite file, which is made with mode 0600 if it is not there.
    Sqlite(PathBuf),
    /// In PostgreSQL, for which several nodes may share it.
    Postgres(Box<PostgresAddress>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => write!(f, "{address}"),
        }
    }
}

/// A database in PostgreSQL, and who asks.
///
/// ```
/// use landfall_store::PostgresAddress;
///
/// let address: PostgresAddress = "postgres://landfall:secret@db.example/landfall?sslmode=verify-full".parse()?;
/// assert_eq!(address.to_string(), "the database landfall of landfall@db.example:5432");
/// # Ok::<(), landfall_store::AddressError>(())
/// ```
///
/// # Security
/// Neither its `Debug` nor its `Display` shows the password.
/// Without `sslmode` the connection is encrypted if the server can; `verify-full` also demands that it is the right server.
#[derive(Clone)]
pub struct PostgresAddress(PgConnectOptions);

impl PostgresAddress {
    pub(super) fn options(&self) -> PgConnectOptions {
        self.0.clone()
    }
}

impl FromStr for PostgresAddress {
    type Err = AddressError;

    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`, in which only the scheme must stand;
    /// the rest comes from the `PG*` variables of the environment and the password file, as libpq reads them.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(AddressError(None));
        }
        // The reason may repeat a part of the address, but not the password: that part can be anything.
        url.parse().map(Self).map_err(|error| AddressError(Some(Box::new(error))))
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(options) = self;
        let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
        write!(f, "the database {} of {user}@{host}:{port}", options.get_database().unwrap_or(user))
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

/// Text that is no address of a PostgreSQL database.
#[derive(Debug, thiserror::Error)]
#[error("a database is named as postgres://USER:PASSWORD@HOST:PORT/DATABASE, and this is no such address")]
pub struct AddressError(#[source] Option<Box<dyn std::error::Error + Send + Sync>>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let address: PostgresAddress = "postgres://lf:hunter2@db.example:5433/landfall".parse().unwrap();
        assert_eq!(address.to_string(), "the database landfall of lf@db.example:5433");
        let place = Place::Postgres(Box::new(address));
        for text in [format!("{place:?}"), place.to_string()] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn another_address_is_refused() {
        for text in ["", "landfall.db", "mysql://db.example/landfall", "postgres://db.example:port/x"] {
            let error = text.parse::<PostgresAddress>().unwrap_err();
            assert!(error.to_string().contains("postgres://USER"), "{text}");
        }
    }
}
