use anyhow::{Context, Result};
use clap::Subcommand;
use landfall_accounts::{
    ChallengeValue, ConnectionName, Domain as Listed, DomainChallenge, DomainName, TenantName, VerifiedBy,
};
use landfall_http::Environment;
use landfall_store::{AdminError, Store};

use crate::config::Config;
use crate::dns::Dns;
use crate::environment::{System, now};
use crate::{glue, table};

#[derive(Subcommand)]
pub(crate) enum Domain {
    /// Lists a domain for a tenant; you vouch that it is the tenant's.
    Add { tenant: TenantName, domain: DomainName },
    /// Prints the TXT record that a tenant is to publish in DNS to prove that a domain is its own.
    Challenge { tenant: TenantName, domain: DomainName },
    /// Looks for that record, and lists the domain for the tenant that has published it; later, whether it still stands.
    Verify { domain: DomainName },
    /// Binds a domain to the connection by which its people sign in.
    Bind { domain: DomainName, connection: ConnectionName },
    /// Lists all domains, and how it is known whose they are.
    List,
}

pub(crate) async fn run(config: &Config, command: Domain) -> Result<()> {
    let store = &glue::store(config).await?;
    match command {
        Domain::Add { tenant, domain } => {
            let domain = store.add_domain(&tenant, domain, now()).await?;
            println!(
                "listed {} for {tenant}: bind it to a connection with `landfall domain bind`",
                domain.name
            );
        }
        Domain::Challenge { tenant, domain } => challenge(store, &tenant, &domain).await?,
        Domain::Verify { domain } => verify(config, store, &domain).await?,
        Domain::Bind { domain, connection } => {
            store.bind_domain(&domain, &connection, now()).await?;
            println!("people of {domain} sign in by {connection}");
        }
        Domain::List => list(store).await?,
    }
    Ok(())
}

async fn challenge(store: &Store, tenant: &TenantName, domain: &DomainName) -> Result<()> {
    let mut random = [0; 32];
    System::default().fill(&mut random)?;
    let challenge = store.challenge_domain(tenant, domain, ChallengeValue::new(random), now()).await?;
    println!("{tenant} proves that {domain} is its own by this record in DNS:");
    println!("  name   {}", DomainChallenge::record_name(domain));
    println!("  type   TXT");
    println!("  value  {}", challenge.value.as_str());
    println!(
        "then, until {}, run `landfall domain verify {domain}`; the record should stay",
        challenge.expires_at.date()
    );
    Ok(())
}

async fn verify(config: &Config, store: &Store, domain: &DomainName) -> Result<()> {
    if store.domain_challenges(domain).await?.is_empty() {
        return Err(AdminError::NoChallenge { domain: domain.clone() }.into());
    }
    let records = Dns::new(&config.dns)?.txt(&DomainChallenge::record_name(domain)).await;
    let records = records.with_context(|| format!("the domain {domain} was not verified"))?;
    let verified = store.verify_domain(domain, &records, now()).await?;
    let tenants = store.tenants().await?;
    let owner = tenants.iter().find(|tenant| tenant.id == verified.tenant);
    let owner = owner.map(|owner| owner.name.to_string()).unwrap_or_default();
    match verified.connection {
        None => println!(
            "DNS proves that {domain} is {owner}'s: bind it to a connection with `landfall domain bind`"
        ),
        Some(_) => println!("DNS proves that {domain} is {owner}'s"),
    }
    Ok(())
}

async fn list(store: &Store) -> Result<()> {
    let (domains, tenants, connections) =
        (store.domains().await?, store.tenants().await?, store.connections().await?);
    let rows: Vec<_> = domains
        .iter()
        .map(|domain| {
            let tenant = tenants.iter().find(|tenant| tenant.id == domain.tenant);
            let connection = connections.iter().find(|connection| Some(connection.id) == domain.connection);
            [
                domain.name.to_string(),
                tenant.map(|tenant| tenant.name.to_string()).unwrap_or_default(),
                connection.map_or_else(|| "not bound".to_owned(), |connection| connection.name.to_string()),
                verified(domain),
            ]
        })
        .collect();
    table::print(["DOMAIN", "TENANT", "CONNECTION", "VERIFIED"], &rows);
    Ok(())
}

fn verified(domain: &Listed) -> String {
    let day = domain.verified_at.date();
    match domain.verified_by {
        VerifiedBy::Operator => format!("{day} by an operator"),
        VerifiedBy::Dns => format!("{day} by DNS"),
    }
}
