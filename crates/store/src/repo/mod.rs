//! One file an aggregate: its rows, the ports about it, and what an operator may do with it.
//!
//! Functions with a `conn` take part in the transaction of their caller; methods of the store are transactions.

mod assertions;
mod commit;
mod connection_admin;
mod connection_state;
mod connections;
mod credentials;
mod criterion;
mod directory;
mod directory_groups;
mod directory_users;
mod domains;
mod events;
mod hop;
mod identities;
mod key_admin;
mod logins;
mod logouts;
mod metadata_refresh;
mod metadata_sources;
mod pending;
mod purge;
mod push;
mod restores;
mod sessions;
mod sp_keys;
mod tenants;
mod test_logins;
mod traces;
mod users;

use sea_orm::{ConnectionTrait, EntityTrait, Select};

pub use metadata_refresh::{Fetched, KeyWarning};
pub use purge::Purged;
pub use sp_keys::{KeyPurpose, SpKey, SpKeyError, SpKeys};

use crate::fault::Fault;

/// The first row of a query that finds few, at best by a unique key.
///
/// Without a LIMIT: it would be bound, and SQLite prepares a statement anew for each value that is bound to a LIMIT.
async fn first<E: EntityTrait>(
    query: Select<E>,
    conn: &impl ConnectionTrait,
) -> Result<Option<E::Model>, Fault> {
    Ok(query.all(conn).await?.into_iter().next())
}
