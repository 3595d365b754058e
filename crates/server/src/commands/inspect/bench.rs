//! What a message is judged by: a connection, or metadata and our names.

use anyhow::{Context, Result};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_http::{connection_policy, connection_provider, connection_sp};
use landfall_saml::{
    CertificateDates, IdentityProvider, IdpMetadata, Policy, Reject, RequestId, ServiceProvider, Unsolicited,
};
use landfall_store::{KeyPurpose, Store};
use time::OffsetDateTime;

use super::Inspect;
use crate::config::Config;
use crate::keys::MasterKey;
use crate::{glue, keyring};

/// What a message is judged by.
pub(super) struct Bench {
    pub(super) sp: ServiceProvider,
    pub(super) idp: IdentityProvider,
    pub(super) policy: Policy,
}

/// Without it nothing is judged.
pub(super) const NONE: &str = "not judged: name a --connection, or --metadata with --audience and --acs";

pub(super) async fn bench(
    config: &Option<Config>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Option<Bench>> {
    if let (Some(config), Some(name)) = (config, &args.connection) {
        let store = Store::open(&config.database)
            .await
            .context("the settings of the installation, which --config names, lead to no database")?;
        let connection = store.connection_named(name).await?;
        let connection = connection
            .with_context(|| format!("there is no connection `{name}`: see `landfall connection list`"))?;
        let idp = connection_provider(&connection).context("what is stored of the connection")?;
        let shared = decrypting(config, &store).await?;
        let sp = connection_sp(&shared, &config.http.public_url, &connection);
        let sp = sp.context("what is stored of the connection")?.into_owned();
        let policy = accepting(connection_policy(&connection, at));
        return Ok(Some(Bench { sp, idp, policy }));
    }
    let (Some(file), Some(audience), Some(acs)) = (&args.metadata, &args.audience, &args.acs) else {
        return Ok(None);
    };
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let idp = IdpMetadata::read(&bytes, None, at)
        .with_context(|| file.display().to_string())?
        .identity_provider()?;
    let audience = audience.as_str().try_into().context("--audience")?;
    let sp = ServiceProvider::new(audience, acs.as_str().try_into().context("--acs")?);
    Ok(Some(Bench { sp, idp, policy: Policy::new(Unsolicited::Accept, CertificateDates::Refuse) }))
}

/// Our side as it is when the server runs; where its keys cannot be opened, without what is encrypted.
async fn decrypting(config: &Config, store: &Store) -> Result<ServiceProvider> {
    let keys = store.sp_keys(KeyPurpose::Decryption).await?;
    if keys.current.is_none() {
        return Ok(glue::service_provider(config));
    }
    let opened = MasterKey::read(&config.master_key);
    Ok(opened.and_then(|master| keyring::decrypting(config, &master, &keys)).unwrap_or_else(|error| {
        eprintln!("warning: what is encrypted is not read: {error:#}");
        glue::service_provider(config)
    }))
}

/// A connection that restarts unsolicited logins judges them all the same: here they may pass.
fn accepting(policy: Policy) -> Policy {
    policy.with_unsolicited(Unsolicited::Accept)
}

/// The request that is named as the one that waits.
pub(super) fn request(args: &Inspect) -> Result<Option<RequestId>> {
    args.request.as_deref().map(RequestId::try_from).transpose().context("--request")
}

/// The last line about a message that was judged.
pub(crate) fn verdict(refused: Option<&Reject>) -> String {
    match refused {
        None => "accepted".to_owned(),
        Some(reject) => format!("refused, {}: {}", reject.code(), reject.remedy()),
    }
}
