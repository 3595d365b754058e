//! Who is known, linked, signed in, logged?
//!
//! [`Store`] implements the ports of `landfall-accounts` on an SQLite file or PostgreSQL,
//! and has the methods by which an operator changes tenants, domains, connections and accounts.
//! Each method is one transaction: all of it happens, or nothing.
//!
//! ```
//! use landfall_store::{Place, Store};
//! use time::macros::datetime;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let place = Place::Sqlite(folder.path().join("landfall.db"));
//! Store::migrate(&place).await?;
//! let store = Store::open(&place).await?;
//! let tenant = store.create_tenant("contoso".parse()?, datetime!(2030-01-02 03:04:05 UTC)).await?;
//! assert_eq!(store.tenants().await?, [tenant]);
//! store.close().await;
//! # Ok(())
//! # }
//! ```

mod backup;
mod chain;
mod convert;
mod entity;
mod error;
mod fault;
mod migration;
mod open;
mod repo;
mod store;
mod tombstone;
mod transaction;

pub use backup::BackupError;
pub use error::AdminError;
pub use open::{AddressError, OpenError, Place, PostgresAddress};
pub use repo::{
    AuditError, ChainFault, Declared, Erased, EventFilter, FeedPosition, Fetched, Following, Head, Invited,
    KeyPurpose, KeyWarning, Merges, ProvisioningFilter, Purged, RecordedEvent, RecordedProvisioning,
    Scrubbed, SessionsOf, SiteError, SpKey, SpKeyError, SpKeys, Verified,
};
pub use store::Store;
pub use tombstone::TombstoneKey;
