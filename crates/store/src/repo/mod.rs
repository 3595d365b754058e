//! One file an aggregate: its rows, the ports about it, and what an operator may do with it.
//!
//! Functions with a `conn` take part in the transaction of their caller; methods of the store are transactions.

mod assertions;
mod commit;
mod connection_admin;
mod connections;
mod domains;
mod events;
mod hop;
mod identities;
mod logins;
mod pending;
mod purge;
mod restores;
mod sessions;
mod sp_keys;
mod tenants;
mod users;

pub use purge::Purged;
pub use sp_keys::SpKey;
