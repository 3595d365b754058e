use landfall_accounts::ports::PortError;
use sea_orm::DbErr;

/// What can go wrong inside the store; callers see a [`PortError`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the database refuses")]
    Database(#[from] DbErr),
    #[error("the column `{column}` of a row cannot be read")]
    Column {
        column: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a {what} that another row names is missing")]
    Missing { what: &'static str },
    #[error(
        "the store was opened without the key of its tombstones, by which a deleted identity is recognised"
    )]
    NoTombstoneKey,
    #[error("{limit} logins of one connection wait already")]
    Full { limit: u64 },
}

impl From<Fault> for PortError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full { limit } => Self::Full { limit },
            other => Self::unavailable(other),
        }
    }
}
