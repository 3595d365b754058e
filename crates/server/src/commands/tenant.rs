use std::str::FromStr;

use anyhow::Result;
use landfall_store::Store;

use crate::environment::now;
use crate::table;
use clap::Subcommand;
use landfall_accounts::{NotALimit, TenantName, UserLimit};

#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Makes a tenant.
    Create {
        /// Lower-case letters, digits and hyphens.
        name: TenantName,
    },
    /// Disables all its connections and ends all its sessions, at once; `connection state NAME active` opens each again.
    Disable { name: TenantName },
    /// Sets how many accounts it may have that are not deleted; those that it has stay, however many there are.
    Limit {
        name: TenantName,
        #[arg(value_name = "N|none")]
        limit: Limit,
    },
    /// Lists all tenants.
    List,
}

/// A limit, or the word none.
#[derive(Clone, Copy)]
pub(crate) struct Limit(Option<UserLimit>);

impl FromStr for Limit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(Some).map(Self) }
    }
}

pub(crate) async fn run(store: &Store, command: Tenant) -> Result<()> {
    match command {
        Tenant::Create { name } => {
            let tenant = store.create_tenant(name, now()).await?;
            println!("made the tenant {}", tenant.name);
        }
        Tenant::Disable { name } => {
            let disabled = store.disable_tenant(&name, now()).await?;
            for connection in &disabled {
                println!("{} is disabled, and its sessions have ended", connection.name);
            }
            if disabled.is_empty() {
                println!("each connection of {name} was disabled already");
            }
        }
        Tenant::Limit { name, limit: Limit(limit) } => {
            let accounts = store.limit_tenant(&name, limit, now()).await?.users;
            let limit = limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
            println!("{name}: the limit is {limit}, and accounts there are {accounts}");
        }
        Tenant::List => {
            let tenants = store.tenants().await?;
            let limit = |tenant: &landfall_accounts::Tenant| {
                tenant.user_limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string())
            };
            let rows: Vec<_> = tenants
                .iter()
                .map(|tenant| {
                    [tenant.name.to_string(), day(tenant.created_at), tenant.users.to_string(), limit(tenant)]
                })
                .collect();
            table::print(["TENANT", "SINCE", "ACCOUNTS", "LIMIT"], &rows);
        }
    }
    Ok(())
}

fn day(at: time::OffsetDateTime) -> String {
    at.date().to_string()
}
