use anyhow::Result;
use landfall_store::Store;

use crate::environment::now;
use crate::table;
use clap::Subcommand;
use landfall_accounts::{ConnectionName, DomainName, TenantName};

#[derive(Subcommand)]
pub(crate) enum Domain {
    /// Lists a domain for a tenant; you vouch that it is the tenant's.
    Add { tenant: TenantName, domain: DomainName },
    /// Binds a domain to the connection by which its people sign in.
    Bind { domain: DomainName, connection: ConnectionName },
    /// Lists all domains.
    List,
}

pub(crate) async fn run(store: &Store, command: Domain) -> Result<()> {
    match command {
        Domain::Add { tenant, domain } => {
            let domain = store.add_domain(&tenant, domain, now()).await?;
            println!(
                "listed {} for {tenant}: bind it to a connection with `landfall domain bind`",
                domain.name
            );
        }
        Domain::Bind { domain, connection } => {
            store.bind_domain(&domain, &connection, now()).await?;
            println!("people of {domain} sign in by {connection}");
        }
        Domain::List => {
            let (domains, tenants, connections) =
                (store.domains().await?, store.tenants().await?, store.connections().await?);
            let rows: Vec<_> = domains
                .iter()
                .map(|domain| {
                    let tenant = tenants.iter().find(|tenant| tenant.id == domain.tenant);
                    let connection =
                        connections.iter().find(|connection| Some(connection.id) == domain.connection);
                    [
                        domain.name.to_string(),
                        tenant.map(|tenant| tenant.name.to_string()).unwrap_or_default(),
                        connection
                            .map_or_else(|| "not bound".to_owned(), |connection| connection.name.to_string()),
                    ]
                })
                .collect();
            table::print(["DOMAIN", "TENANT", "CONNECTION"], &rows);
        }
    }
    Ok(())
}
