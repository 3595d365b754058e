use anyhow::Result;
use landfall_store::Store;

use crate::environment::now;
use crate::table;
use clap::Subcommand;
use landfall_accounts::TenantName;

#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Makes a tenant.
    Create {
        /// Lower-case letters, digits and hyphens.
        name: TenantName,
    },
    /// Disables all its connections and ends all its sessions, at once; `connection state NAME active` opens each again.
    Disable { name: TenantName },
    /// Lists all tenants.
    List,
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
        Tenant::List => {
            let tenants = store.tenants().await?;
            let rows: Vec<_> =
                tenants.iter().map(|tenant| [tenant.name.to_string(), day(tenant.created_at)]).collect();
            table::print(["TENANT", "SINCE"], &rows);
        }
    }
    Ok(())
}

fn day(at: time::OffsetDateTime) -> String {
    at.date().to_string()
}
