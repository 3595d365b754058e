//! `landfall app`: the applications to which people are signed on.

mod create;
mod set;

use std::path::Path;

use anyhow::{Context, Result};
use clap::Subcommand;
use landfall_accounts::ports::ApplicationDirectory;
use landfall_accounts::{
    AppAuthentication, AppCredential, AppName, Application, NewAppCredential, RedirectUri, Terms,
};
use landfall_http::{AppSecret, app_keys};
use landfall_store::{AdminError, ApplicationError, Store};
use time::Duration;

use super::lines::Names;
use crate::cli::lasting;
use crate::config::Config;
use crate::environment::{System, now};
use crate::glue;
use crate::table::{self, moment};

#[derive(Subcommand)]
pub(crate) enum App {
    /// Makes one; where it authenticates by a secret, the first line is that alone, shown this once.
    Create(Box<create::Create>),
    /// Lists them all.
    List,
    /// Shows everything about one.
    Show { name: AppName },
    /// Changes settings: title, auth, keys, tenant, redirect, post-logout, backchannel, offline, alg, download, start, terms.
    Set {
        name: AppName,
        /// key=value; redirect and post-logout may come several times and take the place of all that there are;
        /// an empty value takes away; keys and terms name a file.
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<set::Setting>,
    },
    /// Makes another secret, which counts at once, and prints it, once: the first line is the secret alone.
    Rotate {
        name: AppName,
        /// How long the secrets before count on: 24h if nothing is said, or 0m if one was seen by somebody else.
        #[arg(long, value_name = "24h", value_parser = keeping)]
        keep_old: Option<Duration>,
    },
    /// Forgets one for good: whatever people granted it ends at once, and it is told so.
    Delete { name: AppName },
}

/// How long old secrets count on.
fn keeping(text: &str) -> Result<Duration, String> {
    let (keep, most) = (lasting(text)?, AppCredential::LONGEST);
    if keep <= most { Ok(keep) } else { Err(format!("expected at most {} days", most.whole_days())) }
}

pub(crate) async fn run(config: &Config, command: App) -> Result<()> {
    let store = glue::store(config).await?;
    match command {
        App::Create(wanted) => create::run(config, &store, *wanted).await,
        App::List => list(&store).await,
        App::Show { name } => show(config, &store, &name).await,
        App::Set { name, settings } => set::run(&store, &name, settings).await,
        App::Rotate { name, keep_old } => {
            rotate(&store, &name, keep_old.unwrap_or(AppCredential::OVERLAP)).await
        }
        App::Delete { name } => {
            let app = store.delete_application(&name, now()).await?;
            println!("{} is gone, and with it whatever people had granted it", app.name);
            Ok(())
        }
    }
}

async fn list(store: &Store) -> Result<()> {
    let names = Names::read(store).await?;
    let rows: Vec<_> = store
        .applications()
        .await?
        .iter()
        .map(|app| {
            [
                app.name.to_string(),
                app.kind.to_string(),
                app.authentication.name().to_owned(),
                app.tenant.map_or_else(|| "all".to_owned(), |tenant| names.tenant(tenant)),
                app.offline.to_string(),
                app.title.as_str().to_owned(),
            ]
        })
        .collect();
    table::print(["NAME", "KIND", "AUTHENTICATION", "TENANT", "OFFLINE", "TITLE"], &rows);
    Ok(())
}

async fn show(config: &Config, store: &Store, name: &AppName) -> Result<()> {
    let app = store.application_named(name).await?;
    let app = app.ok_or_else(|| AdminError::from(ApplicationError::Unknown { name: name.clone() }))?;
    told(config, store, &app).await?;
    let now = now();
    for secret in store.app_secrets(&app.id, now).await? {
        line("secret", &format!("{}, {}", secret.prefix, until(&secret)));
    }
    line("live grants", &store.grants_of_application(&app.id, now).await?.to_string());
    Ok(())
}

async fn rotate(store: &Store, name: &AppName, keep_old: Duration) -> Result<()> {
    let (secret, now) = (AppSecret::new(&System::default())?, now());
    let until = now + keep_old;
    store.rotate_app_secret(name, &kept(&secret), until, now).await?;
    println!("{}", secret.expose());
    line("those before", &format!("count until {}", moment(until)));
    Ok(())
}

/// What an operator gives to whoever sets the application up, and what was said of it.
async fn told(config: &Config, store: &Store, app: &Application) -> Result<()> {
    let names = Names::read(store).await?;
    let issuer = config.http.public_url.origin();
    let none = || "none".to_owned();
    line("client_id", app.name.as_str());
    line("issuer", issuer);
    line("discovery", &config.http.public_url.join("/.well-known/openid-configuration"));
    line("title", app.title.as_str());
    line("kind", app.kind.name());
    line("authentication", app.authentication.name());
    line("tenant", &app.tenant.map_or_else(|| "all".to_owned(), |tenant| names.tenant(tenant)));
    for (what, uris) in [("redirect", &app.redirect_uris), ("post-logout", &app.post_logout_uris)] {
        uris.iter().map(RedirectUri::as_str).for_each(|uri| line(what, uri));
    }
    line("backchannel", &app.backchannel_logout.as_ref().map_or_else(none, ToString::to_string));
    line("offline", app.offline.name());
    line("alg", app.signed_with.name());
    for (what, url) in [("download", &app.activation.download), ("start", &app.activation.start)] {
        url.iter().for_each(|url| line(what, url.as_str()));
    }
    if let Some(terms) = &app.activation.terms {
        line("terms", &format!("{} characters", terms.as_str().chars().count()));
    }
    Ok(())
}

fn line(name: &str, value: &str) {
    println!("  {name:<16} {}", crate::visible::visible(value));
}

fn until(secret: &AppCredential) -> String {
    secret
        .expires_at
        .map_or_else(|| "until another one is made".to_owned(), |at| format!("until {}", moment(at)))
}

fn kept(secret: &AppSecret) -> NewAppCredential {
    NewAppCredential { prefix: secret.prefix().clone(), hash: secret.hash() }
}

fn terms(file: &Path) -> Result<Terms> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse().with_context(|| file.display().to_string())
}

fn keys(file: &Path) -> Result<AppAuthentication> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(AppAuthentication::PrivateKeyJwt {
        keys: app_keys(&text).with_context(|| file.display().to_string())?,
    })
}
