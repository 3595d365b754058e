//! One file an aggregate: its rows, the ports about it, and what an operator may do with it.
//!
//! Functions with a `conn` take part in the transaction of their caller; methods of the store are transactions.

mod app_secrets;
mod application_admin;
mod applications;
mod assertions;
mod audit;
mod commit;
mod connection_admin;
mod connection_state;
mod connections;
mod credentials;
mod criterion;
mod devices;
mod directory;
mod directory_groups;
mod directory_users;
mod domain_challenges;
mod domains;
mod ends;
mod erase;
mod events;
mod grant_admin;
mod grant_tokens;
mod granted_purge;
mod granting;
mod grants;
mod hop;
mod identities;
mod invitations;
mod key_admin;
mod key_use;
mod logins;
mod logout_notices;
mod logouts;
mod mappings;
mod memberships;
mod merges;
mod metadata_refresh;
mod metadata_sources;
mod pending;
#[cfg(test)]
mod plan;
mod provisioning_log;
mod purge;
mod push;
mod restores;
mod scim_access;
mod scim_clients;
mod scim_extensions;
mod session_admin;
mod sessions;
mod site_sessions;
mod sites;
mod sp_keys;
mod tenants;
mod test_logins;
mod traces;
mod users;
mod weakenings;

use sea_orm::{
    ConnectionTrait, EntityTrait, IdenStatic, Iterable, Select,
    sea_query::{Expr, SelectStatement},
};

pub use application_admin::ApplicationError;
pub use audit::{
    AuditError, ChainFault, EventFilter, FeedPosition, Following, Head, RecordedEvent, Verified,
};
pub use erase::{Erased, Scrubbed};
pub use grant_admin::Activation;
pub(crate) use identities::key_tombstones;
pub use invitations::Invited;
pub use merges::Merges;
pub use metadata_refresh::{Fetched, KeyWarning};
pub use provisioning_log::{ProvisioningFilter, RecordedProvisioning};
pub use purge::Purged;
pub use scim_extensions::Declared;
pub use session_admin::SessionsOf;
pub use sites::SiteError;
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

/// Adds every column of a table to what is asked for, with a prefix.
fn whole<E: EntityTrait>(asked: &mut SelectStatement, prefix: &str) {
    for column in E::Column::iter() {
        asked.expr_as(Expr::col((E::default(), column)), format!("{prefix}{}", column.as_str()));
    }
}
