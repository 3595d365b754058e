//! The rows, as the database has them; nothing of this leaves the crate.
//!
//! Times are milliseconds since 1970 in UTC, digests are 32 bytes, names of fixed sets are their stable names.
//! Keys begin with the tenant, so that foreign keys cannot join rows of two tenants.
//!
//! # Security
//! The derived `Debug` prints personal data: rows are never logged.

#![expect(unreachable_pub, reason = "the derive makes public types that name the rows")]

pub(crate) mod connection_certificates;
pub(crate) mod connections;
pub(crate) mod directory_groups;
pub(crate) mod directory_members;
pub(crate) mod directory_users;
pub(crate) mod domain_challenges;
pub(crate) mod domains;
pub(crate) mod events;
pub(crate) mod identity_links;
pub(crate) mod invitations;
pub(crate) mod mappings;
pub(crate) mod merge_overflows;
pub(crate) mod merge_proposals;
pub(crate) mod metadata_sources;
pub(crate) mod pending_logins;
pub(crate) mod pending_logouts;
pub(crate) mod provisioning_log;
pub(crate) mod restores;
pub(crate) mod scim_clients;
pub(crate) mod scim_credentials;
pub(crate) mod scim_extensions;
pub(crate) mod sessions;
pub(crate) mod site_sessions;
pub(crate) mod sites;
pub(crate) mod sp_keys;
pub(crate) mod tenants;
pub(crate) mod test_logins;
pub(crate) mod tombstones;
pub(crate) mod traces;
pub(crate) mod used_assertions;
pub(crate) mod users;
