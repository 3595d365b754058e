use anyhow::Result;
use clap::Subcommand;
use landfall_accounts::{ConnectionName, CredentialRef, ScimCredential, ScimDialect};
use landfall_store::Store;

use super::{Wanted, day, only, until};
use crate::config::Config;
use crate::environment::now;
use crate::table;

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Makes one for the directory of a connection, and prints it, once: the first line is the token alone.
    Create {
        connection: ConnectionName,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Lists what directories may show, by its prefix: dialect, end, last use.
    List {
        /// Of this connection alone.
        #[arg(long, value_name = "NAME")]
        connection: Option<ConnectionName>,
    },
    /// Revokes one at once: a token, or a secret of a client with the tokens that were got for it.
    Revoke {
        /// Its first twelve characters or its id, as `scim token list` prints them.
        #[arg(value_name = "PREFIX|ID")]
        credential: CredentialRef,
    },
}

pub(super) async fn run(config: &Config, store: &Store, command: Token) -> Result<()> {
    match command {
        Token::Create { connection, wanted } => {
            let now = now();
            let (secret, new) = wanted.make(now)?;
            let credential = store.create_scim_token(&connection, new, now).await?;
            println!("{}", secret.expose());
            for (name, value) in told(config, &connection, &credential) {
                println!("  {name:<26} {value}");
            }
        }
        Token::List { connection } => list(store, connection.as_ref()).await?,
        Token::Revoke { credential } => {
            let revoked = store.revoke_scim_credential(&credential, now()).await?;
            println!("{} is revoked, and nothing that shows it is answered any more", revoked.prefix);
        }
    }
    Ok(())
}

/// What becomes of the token at the directory.
fn told(
    config: &Config,
    connection: &ConnectionName,
    credential: &ScimCredential,
) -> Vec<(&'static str, String)> {
    let address = super::address(config, credential.dialect);
    let once = "the line above, which is shown this once";
    let mut lines = vec![
        ("id", credential.id.to_string()),
        ("connection", connection.to_string()),
        ("dialect", credential.dialect.to_string()),
        ("expires", day(credential.expires_at)),
    ];
    lines.extend(match credential.dialect {
        ScimDialect::Entra => {
            vec![("Entra's Tenant URL", address), ("Entra's Secret Token", once.to_owned())]
        }
        ScimDialect::Okta => vec![
            ("Okta's base URL", address),
            ("Okta's unique identifier", "userName".to_owned()),
            ("Okta's HTTP Header", once.to_owned()),
        ],
        ScimDialect::Strict => vec![("base URL", address), ("bearer token", once.to_owned())],
    });
    lines
}

async fn list(store: &Store, connection: Option<&ConnectionName>) -> Result<()> {
    let (only, now) = (only(store, connection).await?, now());
    let connections = store.connections().await?;
    let credentials = store.scim_credentials(only.map(|connection| connection.id)).await?;
    let rows: Vec<_> = credentials
        .iter()
        .map(|credential| {
            let connection = connections.iter().find(|one| one.id == credential.connection);
            [
                credential.prefix.to_string(),
                credential.kind.to_string(),
                connection.map(|one| one.name.to_string()).unwrap_or_default(),
                credential.dialect.to_string(),
                until(credential, now),
                credential.last_used.map_or_else(|| "never".to_owned(), table::moment),
                credential.label.as_ref().map(|label| label.as_str().to_owned()).unwrap_or_default(),
                credential.id.to_string(),
            ]
        })
        .collect();
    table::print(["PREFIX", "KIND", "CONNECTION", "DIALECT", "EXPIRES", "LAST USED", "NAME", "ID"], &rows);
    Ok(())
}
