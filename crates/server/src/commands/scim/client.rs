use anyhow::Result;
use clap::Subcommand;
use landfall_accounts::{AccessRequest, ConnectionName, ScimClient, ScimClientId};
use landfall_store::Store;

use super::{Wanted, day, only};
use crate::config::Config;
use crate::environment::now;
use crate::table;

#[derive(Subcommand)]
pub(crate) enum Client {
    /// Makes one for the directory of a connection: the first line is its client id, the second its secret, shown once.
    Create {
        connection: ConnectionName,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Makes another secret of a client, and prints it, once; the one before counts until it is revoked.
    Secret {
        #[arg(value_name = "CLIENT_ID")]
        client: ScimClientId,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Lists them; `scim token list` has their secrets, and `scim token revoke` revokes one.
    List {
        /// Of this connection alone.
        #[arg(long, value_name = "NAME")]
        connection: Option<ConnectionName>,
    },
    /// Revokes a client, its secrets and all tokens that it has got, at once.
    Revoke {
        #[arg(value_name = "CLIENT_ID")]
        client: ScimClientId,
    },
}

pub(super) async fn run(config: &Config, store: &Store, command: Client) -> Result<()> {
    match command {
        Client::Create { connection, wanted } => {
            let now = now();
            let (secret, new) = wanted.make(now)?;
            let (client, credential) = store.create_scim_client(&connection, new, now).await?;
            println!("{}\n{}", client.id, secret.expose());
            let url = &config.http.public_url;
            for (name, value) in [
                ("connection", connection.to_string()),
                ("dialect", client.dialect.to_string()),
                ("secret expires", day(credential.expires_at)),
                ("Tenant URL", super::address(config, client.dialect)),
                ("Token Endpoint", url.join("/scim/oauth/token")),
                ("Client Identifier", "the first line".to_owned()),
                ("Client Secret", "the second line, which is shown this once".to_owned()),
                ("a token lasts", AccessRequest::LIFETIME.to_string()),
            ] {
                println!("  {name:<26} {value}");
            }
        }
        Client::Secret { client, wanted } => {
            let now = now();
            let (secret, new) = wanted.make(now)?;
            let credential = store.add_scim_secret(&client, new, now).await?;
            println!("{}", secret.expose());
            println!("  {:<26} {}", "secret expires", day(credential.expires_at));
            println!(
                "  {:<26} `landfall scim token revoke`, when nobody shows it any more",
                "the one before"
            );
        }
        Client::List { connection } => list(store, connection.as_ref()).await?,
        Client::Revoke { client } => {
            let revoked = store.revoke_scim_client(&client, now()).await?;
            println!("{} is revoked, with its secrets and its tokens", revoked.id);
        }
    }
    Ok(())
}

/// What becomes of a client that shows assertions.
pub(super) fn trusts(config: &Config, connection: &ConnectionName, client: &ScimClient) {
    let Some(trust) = &client.trust else { return };
    println!("{}", client.id);
    for (name, value) in [
        ("connection", connection.to_string()),
        ("dialect", client.dialect.to_string()),
        ("issuer", trust.issuer.to_string()),
        ("subject", trust.subject.to_string()),
        ("audience", trust.audience.to_string()),
        ("its keys", trust.issuer.keys_url()),
        ("Tenant URL", super::address(config, client.dialect)),
        ("Token Endpoint", config.http.public_url.join("/scim/oauth/token")),
    ] {
        println!("  {name:<26} {value}");
    }
}

async fn list(store: &Store, connection: Option<&ConnectionName>) -> Result<()> {
    let only = only(store, connection).await?;
    let connections = store.connections().await?;
    let clients = store.scim_clients(only.map(|connection| connection.id)).await?;
    let rows: Vec<_> = clients
        .iter()
        .map(|client| {
            let connection = connections.iter().find(|one| one.id == client.connection);
            let state = client.revoked_at.map(|at| format!("revoked on {}", at.date()));
            [
                client.id.to_string(),
                connection.map(|one| one.name.to_string()).unwrap_or_default(),
                client.dialect.to_string(),
                state.unwrap_or_else(|| format!("since {}", client.created_at.date())),
                client
                    .trust
                    .as_ref()
                    .map_or("secrets".to_owned(), |trust| format!("assertions about {}", trust.subject)),
                client.label.as_ref().map(|label| label.as_str().to_owned()).unwrap_or_default(),
            ]
        })
        .collect();
    table::print(["CLIENT", "CONNECTION", "DIALECT", "STATE", "BY", "NAME"], &rows);
    Ok(())
}
