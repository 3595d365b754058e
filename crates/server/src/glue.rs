//! Puts the crates together.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use landfall_accounts::WorkloadIssuer;
use landfall_http::{App, PublicUrl};
use landfall_saml::ServiceProvider;
use landfall_store::{KeyPurpose, OpenError, Store};
use url::Url;

use crate::backchannel::{self, Sender};
use crate::config::Config;
use crate::environment::System;
use crate::keys::{self, KeyPlace, MasterKey};
use crate::metadata::{Fetcher, IssuerKeys, Refresher, Rules, Way, host_and_port};
use crate::sealing::TraceSealer;

/// Opens the database, which is made if it is empty; what an earlier version made waits for `landfall migrate`.
pub(crate) async fn store(config: &Config) -> Result<Store> {
    make_folder(config)?;
    let place = &config.database;
    match Store::open(place).await {
        Err(OpenError::Empty { .. }) => {
            Store::migrate(place).await?;
            eprintln!("landfall: made the database {place}");
            Ok(Store::open(place).await?)
        }
        opened => Ok(opened?),
    }
}

/// Opens it with the key of its tombstones: only so accounts are deleted.
///
/// Before the first start of a server there is no master key, and nobody who signed in.
pub(crate) async fn keyed_store(config: &Config) -> Result<Store> {
    let store = store(config).await?;
    let signing = store.sp_keys(KeyPurpose::Signing).await?.current;
    if let (KeyPlace::File(path), None) = (&config.master_key, &signing)
        && !path.exists()
    {
        return Ok(store);
    }
    let master = MasterKey::read(&config.master_key)?;
    if let Some(key) = signing {
        // Under a wrong one, nobody would be recognised.
        keys::opens(&master, KeyPurpose::Signing, &key)?;
    }
    Ok(store.with_tombstone_key(master.tombstones()).await?)
}

/// Makes the database, or brings it up to date, and names the changes that took.
pub(crate) async fn migrate(config: &Config) -> Result<Vec<String>> {
    make_folder(config)?;
    Ok(Store::migrate(&config.database).await?)
}

/// Our side of SAML, which decrypts nothing yet.
pub(crate) fn service_provider(config: &Config) -> ServiceProvider {
    ServiceProvider::new(config.entity_id.clone(), config.acs.clone()).with_slo(config.slo.clone())
}

/// How long a fetch of metadata may take that are no larger than usual.
const LONGEST_FETCH: Duration = Duration::from_secs(20);

/// What seals the messages of traced connections, and opens them for an operator.
pub(crate) fn sealer(config: &Config) -> Result<TraceSealer> {
    Ok(TraceSealer::new(MasterKey::read(&config.master_key)?))
}

/// What fetches metadata, for as long as it takes a command or for as long as the server runs.
pub(crate) fn refresher(config: &Config, store: &Store) -> Refresher {
    Refresher::new(store.clone(), fetcher(config), Arc::new(System::default()))
}

/// The keys of those who sign assertions for clients of directories.
pub(crate) fn issuer_keys(config: &Config) -> IssuerKeys {
    IssuerKeys::new(Arc::new(WorkloadIssuer::keys_url), fetcher(config), Arc::new(System::default()))
}

/// What fetches as the operator allows.
pub(crate) fn fetcher(config: &Config) -> Fetcher {
    let longest = config.metadata.most.longer_than(LONGEST_FETCH);
    Fetcher::new(config.metadata.clone(), Way::of_the_system(), longest)
}

/// What tells applications behind that a session ended, which may be at a private address.
pub(crate) fn sender(config: &Config, store: &Store, app: &App<Store>) -> Sender<Store> {
    let fetcher = Fetcher::new(Rules::default(), Way::of_the_system(), backchannel::LONGEST);
    let issuer = config.http.public_url.origin();
    Sender::new(store.clone(), app.clone(), issuer, fetcher, Arc::new(System::default()))
}

/// What fetches from ourselves, who may be at a private address, and from nobody else who is.
pub(crate) fn fetcher_of_ourselves(public_url: &PublicUrl) -> Fetcher {
    let origin = Url::parse(public_url.origin()).ok();
    let place = origin.as_ref().and_then(host_and_port);
    let rules = Rules { allow_private: place.into_iter().collect(), ..Rules::default() };
    Fetcher::new(rules, Way::of_the_system(), LONGEST_FETCH)
}

/// Makes the folder of the installation's files.
pub(crate) fn make_folder(config: &Config) -> Result<()> {
    if config.data_dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&config.data_dir)
        .with_context(|| format!("data_dir: cannot make {}", config.data_dir.display()))
}
