//! The ports and the administration of the store, each against a real database: an SQLite file, or PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod accounts;
mod audit;
mod connections;
mod credentials;
mod database;
mod directory;
mod domain_challenges;
mod erase;
mod feed;
mod groups;
mod hop;
mod invitations;
mod isolation;
mod limits;
mod login;
mod logout;
mod mappings;
mod merges;
mod metadata;
mod model;
mod open;
mod provision;
mod provisioning_log;
mod purge;
mod restart;
mod restores;
mod scim_clients;
mod scim_extensions;
mod session_limits;
mod sessions;
mod site_sessions;
mod sites;
mod sp_keys;
mod sqlite;
mod support;
mod tenants;
mod test_logins;
mod traces;
mod upgrade;
