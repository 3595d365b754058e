use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use landfall_accounts::{
    Activating, AppAuthentication, AppKind, AppName, AppTitle, AppUrl, NewApplication, OfflineAccess,
    RedirectUri, TenantName, TokenAlgorithm,
};
use landfall_http::AppSecret;
use landfall_store::Store;

use super::{kept, keys, line, terms, told};
use crate::config::Config;
use crate::environment::{System, now};

#[derive(Args)]
pub(crate) struct Create {
    /// Its client_id, for good: a-z, 0-9 and hyphens inside.
    name: AppName,
    /// What people are shown.
    #[arg(long)]
    title: AppTitle,
    /// Where codes may be sent, to the letter; it may come several times.
    #[arg(long, value_name = "URI")]
    redirect: Vec<RedirectUri>,
    /// Where it runs, for good: on a server, in a browser, or on people's devices.
    #[arg(long, value_name = "web|browser|native", default_value = "web")]
    kind: AppKind,
    /// Whose people it serves; without it everybody's.
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantName>,
    /// How it proves itself; a web application by a secret if nothing is said, the others by nothing.
    #[arg(long, value_name = "secret|private_key_jwt")]
    auth: Option<String>,
    /// Its public keys for private_key_jwt, a JSON Web Key Set.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Where people may be sent once they are signed out; it may come several times.
    #[arg(long, value_name = "URI")]
    post_logout: Vec<RedirectUri>,
    /// Where it is told that a session ended.
    #[arg(long, value_name = "URI")]
    backchannel: Option<AppUrl>,
    /// Whether it may be granted something that outlasts the session, where it asks for offline_access;
    /// native applications may if nothing is said.
    #[arg(long, value_name = "allowed|never", num_args = 0..=1, default_missing_value = "allowed")]
    offline: Option<OfflineAccess>,
    /// What its identity tokens are signed with.
    #[arg(long, value_name = "RS256|ES256", default_value = "RS256")]
    alg: TokenAlgorithm,
    /// Where it can be had, for the page on which people activate it.
    #[arg(long, value_name = "URL")]
    download: Option<AppUrl>,
    /// What opens it on a device, so that it begins to sign on.
    #[arg(long, value_name = "URI")]
    start: Option<AppUrl>,
    /// What people accept before they go on: a file of plain text.
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
}

pub(super) async fn run(config: &Config, store: &Store, wanted: Create) -> Result<()> {
    let authentication = authentication(&wanted)?;
    let offline = match wanted.kind {
        AppKind::Native => OfflineAccess::Allowed,
        AppKind::Web | AppKind::Browser => OfflineAccess::Never,
    };
    let secret = match authentication {
        AppAuthentication::Secret => Some(AppSecret::new(&System::default())?),
        AppAuthentication::None | AppAuthentication::PrivateKeyJwt { .. } => None,
    };
    let new = NewApplication {
        name: wanted.name,
        title: wanted.title,
        kind: wanted.kind,
        authentication,
        tenant: match &wanted.tenant {
            Some(name) => Some(store.tenant_named(name).await?.id),
            None => None,
        },
        redirect_uris: wanted.redirect,
        post_logout_uris: wanted.post_logout,
        backchannel_logout: wanted.backchannel,
        offline: wanted.offline.unwrap_or(offline),
        signed_with: wanted.alg,
        activation: Activating {
            download: wanted.download,
            start: wanted.start,
            terms: wanted.terms.as_deref().map(terms).transpose()?,
        },
    };
    let credential = secret.as_ref().map(kept);
    let (app, _) = store.create_application(new, credential.as_ref(), now()).await?;
    if let Some(secret) = &secret {
        println!("{}", secret.expose());
        line("client_secret", "the line above, which is shown this once");
    }
    told(config, store, &app).await
}

fn authentication(wanted: &Create) -> Result<AppAuthentication> {
    match (wanted.auth.as_deref(), &wanted.keys) {
        (None, None) if wanted.kind != AppKind::Web => Ok(AppAuthentication::None),
        (None | Some("secret"), None) => Ok(AppAuthentication::Secret),
        (None | Some("private_key_jwt"), Some(file)) => keys(file),
        (Some("private_key_jwt"), None) => bail!("--auth private_key_jwt needs --keys FILE, its public keys"),
        (Some("secret"), Some(_)) => bail!("--keys is for --auth private_key_jwt: leave one of the two out"),
        (Some(other), _) => {
            bail!(
                "--auth {other:?}: expected secret or private_key_jwt; browser and native applications have neither"
            )
        }
    }
}
