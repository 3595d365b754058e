//! The ports and the administration of the store, each against a real database: an SQLite file, or PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod accounts;
mod connections;
mod credentials;
mod database;
mod directory;
mod groups;
mod hop;
mod isolation;
mod login;
mod logout;
mod metadata;
mod open;
mod provision;
mod purge;
mod restart;
mod restores;
mod session_limits;
mod sessions;
mod sp_keys;
mod sqlite;
mod support;
mod tenants;
mod test_logins;
mod traces;
mod upgrade;
