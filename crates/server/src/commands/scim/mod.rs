//! `landfall scim`: what directories show to push people and groups.

mod client;
mod extension;
mod log;
mod token;

use std::str::FromStr;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use landfall_accounts::{
    Connection, ConnectionName, CredentialLabel, NewCredential, ScimCredential, ScimDialect, TrustedClaim,
};
use landfall_http::DirectorySecret;
use landfall_store::Store;
use time::{Duration, OffsetDateTime};

use crate::config::Config;
use crate::environment::{System, now};
use crate::glue;

#[derive(Subcommand)]
pub(crate) enum Scim {
    /// Tokens that are shown with each request: Entra's Secret Token.
    #[command(subcommand)]
    Token(token::Token),
    /// Clients that get a token every hour, for a secret.
    #[command(subcommand)]
    Client(client::Client),
    /// Attributes of users that a tenant declares beyond the standard.
    #[command(subcommand)]
    Extension(extension::Extension),
    /// Prints what directories asked for and what came of it, the newest last, one a line.
    Log(log::Log),
    /// Makes a client that shows assertions of Entra's own in place of a secret: a workload identity.
    Trust {
        connection: ConnectionName,
        /// The object id of the workload, as the assertion has it in sub.
        #[arg(long, value_name = "SUB")]
        subject: TrustedClaim,
        /// For whom the assertion must be, as it has it in aud.
        #[arg(long, value_name = "AUD")]
        audience: TrustedClaim,
        /// How the directory speaks SCIM; by itself entra.
        #[arg(long, value_name = "entra|okta|strict")]
        dialect: Option<ScimDialect>,
        /// What it is called in lists.
        #[arg(long, value_name = "TEXT")]
        name: Option<CredentialLabel>,
    },
}

/// What a new credential is to be.
#[derive(Args)]
pub(crate) struct Wanted {
    /// How the directory speaks SCIM; by itself entra for Entra's connections, okta for Okta's, strict for others.
    #[arg(long, value_name = "entra|okta|strict")]
    dialect: Option<ScimDialect>,
    /// When it ends: 180d, or never.
    #[arg(long, value_name = "365d|never", default_value = "365d")]
    expires: Expires,
    /// What it is called in lists.
    #[arg(long, value_name = "TEXT")]
    name: Option<CredentialLabel>,
}

impl Wanted {
    /// A secret, and what a store keeps of it.
    fn make(&self, now: OffsetDateTime) -> Result<(DirectorySecret, NewCredential)> {
        let secret = DirectorySecret::new(&System::default())?;
        let new = NewCredential {
            dialect: self.dialect,
            prefix: secret.prefix().clone(),
            hash: secret.hash(),
            label: self.name.clone(),
            expires_at: self.expires.at(now),
        };
        Ok((secret, new))
    }
}

/// When a credential ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expires {
    After(Duration),
    Never,
}

impl Expires {
    fn at(self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::After(lasting) => Some(now + lasting),
            Self::Never => None,
        }
    }
}

impl FromStr for Expires {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let most = ScimCredential::LONGEST.whole_days();
        let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()).map(i64::from);
        match days {
            Some(days) if (1..=most).contains(&days) => Ok(Self::After(Duration::days(days))),
            _ => Err(format!("expected a number of days from 1d to {most}d, or never")),
        }
    }
}

pub(crate) async fn run(config: &Config, command: Scim) -> Result<()> {
    let store = glue::store(config).await?;
    match command {
        Scim::Token(command) => token::run(config, &store, command).await,
        Scim::Client(command) => client::run(config, &store, command).await,
        Scim::Extension(command) => extension::run(&store, command).await,
        Scim::Log(wanted) => super::lines::whole(log::run(&store, &wanted).await),
        Scim::Trust { connection, subject, audience, dialect, name } => {
            let named = (dialect, name);
            let client = store.create_trusting_client(&connection, (subject, audience), named, now()).await?;
            client::trusts(config, &connection, &client);
            Ok(())
        }
    }
}

/// The connection of a list, if one is named.
async fn only(store: &Store, name: Option<&ConnectionName>) -> Result<Option<Connection>> {
    let Some(name) = name else { return Ok(None) };
    let found = store.connections().await?.into_iter().find(|connection| connection.name == *name);
    found
        .with_context(|| format!("there is no connection `{name}`: see `landfall connection list`"))
        .map(Some)
}

/// Where a directory pushes to.
///
/// Entra's flag has it send what the standard says, with real booleans.
fn address(config: &Config, dialect: ScimDialect) -> String {
    let address = config.http.public_url.join("/scim/v2");
    if dialect == ScimDialect::Entra { format!("{address}?aadOptscim062020") } else { address }
}

/// A day, or that there is none.
fn day(at: Option<OffsetDateTime>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.date().to_string())
}

/// Until when it counts, as lists show it.
fn until(credential: &ScimCredential, now: OffsetDateTime) -> String {
    match (credential.revoked_at, credential.expires_at) {
        (Some(revoked), _) => format!("revoked on {}", revoked.date()),
        (None, Some(end)) if end <= now => format!("ended on {}", end.date()),
        (None, end) => day(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_days_or_never() {
        assert_eq!("180d".parse(), Ok(Expires::After(Duration::days(180))));
        assert_eq!("never".parse(), Ok(Expires::Never));
        assert_eq!(format!("{}d", ScimCredential::LIFETIME.whole_days()), "365d");
        for wrong in ["", "0d", "-1d", "3651d", "180", "d", "1y", "Never", "999999999999d"] {
            assert!(wrong.parse::<Expires>().unwrap_err().contains("1d to 3650d"), "{wrong}");
        }
    }
}
