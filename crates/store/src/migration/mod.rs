//! The schema, step by step; a step that was released is never edited.

use sea_orm_migration::prelude::*;

mod m20261125_000001_first;
mod m20261125_000002_weakenings;
mod m20261125_000003_restores;
mod m20261125_000004_key_purposes;
mod m20261130_000005_logout;
mod m20261130_000006_living_metadata;
mod m20261130_000007_names_and_keys;
mod m20261130_000008_test_logins;
mod m20261130_000009_traces;
mod m20261130_000010_mappings;
mod m20261130_000011_audit;
mod m20261130_000012_sessions;
mod m20261130_000013_lifecycle;
mod m20261130_000014_directory;
mod m20261130_000015_skew;
mod m20261130_000016_credentials;
mod m20261130_000017_provisioning_log;
mod m20261130_000018_scim_extensions;
mod m20261201_000019_applications;
mod m20261201_000020_sites;
mod m20261201_000021_members_of_users;
mod m20261201_000022_living_grants;
mod m20261201_000023_notices_of_applications;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_first::Migration),
            Box::new(m20261125_000002_weakenings::Migration),
            Box::new(m20261125_000003_restores::Migration),
            Box::new(m20261125_000004_key_purposes::Migration),
            Box::new(m20261130_000005_logout::Migration),
            Box::new(m20261130_000006_living_metadata::Migration),
            Box::new(m20261130_000007_names_and_keys::Migration),
            Box::new(m20261130_000008_test_logins::Migration),
            Box::new(m20261130_000009_traces::Migration),
            Box::new(m20261130_000010_mappings::Migration),
            Box::new(m20261130_000011_audit::Migration),
            Box::new(m20261130_000012_sessions::Migration),
            Box::new(m20261130_000013_lifecycle::Migration),
            Box::new(m20261130_000014_directory::Migration),
            Box::new(m20261130_000015_skew::Migration),
            Box::new(m20261130_000016_credentials::Migration),
            Box::new(m20261130_000017_provisioning_log::Migration),
            Box::new(m20261130_000018_scim_extensions::Migration),
            Box::new(m20261201_000019_applications::Migration),
            Box::new(m20261201_000020_sites::Migration),
            Box::new(m20261201_000021_members_of_users::Migration),
            Box::new(m20261201_000022_living_grants::Migration),
            Box::new(m20261201_000023_notices_of_applications::Migration),
        ]
    }
}
