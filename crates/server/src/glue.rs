//! Puts the crates together.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use landfall_http::Environment;
use landfall_saml::ServiceProvider;
use landfall_store::{KeyPurpose, OpenError, SpKey, Store};
use landfall_xmldsig::{Certificate, DecryptionKeys, EncryptionPolicy, SigningKey};

use crate::config::Config;
use crate::environment::System;
use crate::keys::{self, Made, MasterKey, Sealed};
use crate::metadata::{Fetcher, Refresher};

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

/// Makes the database, or brings it up to date, and names the changes that took.
pub(crate) async fn migrate(config: &Config) -> Result<Vec<String>> {
    make_folder(config)?;
    Ok(Store::migrate(&config.database).await?)
}

/// Our side of SAML, which decrypts nothing yet.
pub(crate) fn service_provider(config: &Config) -> ServiceProvider {
    ServiceProvider::new(config.entity_id.clone(), config.acs.clone()).with_slo(config.slo.clone())
}

/// The same with the installation's decryption key.
pub(crate) fn decrypting(config: &Config, master: &MasterKey, key: &SpKey) -> Result<ServiceProvider> {
    let (key, certificate) = keys::open_decryption_key(master, key)?;
    let sp =
        service_provider(config).with_decryption(DecryptionKeys::new([key])?, EncryptionPolicy::standard());
    Ok(sp.announcing(certificate))
}

/// Our side of SAML and the signing key, with the installation's keys, of which those are made that are not there.
pub(crate) async fn keyed(config: &Config, store: &Store) -> Result<(ServiceProvider, SigningKey)> {
    let environment = System::default();
    let signing = store.sp_key(KeyPurpose::Signing).await?;
    let decryption = store.sp_key(KeyPurpose::Decryption).await?;
    let sealed = if signing.is_some() || decryption.is_some() { Sealed::Something } else { Sealed::Nothing };
    let place = &config.master_key;
    let (master, made) = MasterKey::read_or_make(place, sealed, &environment)?;
    if made == Made::Now {
        eprintln!("landfall: made the master key {place}: keep a copy of it apart from the database");
    }
    // The first is opened before the second is made: under a wrong master key nothing is sealed.
    let signing = kept_or_made(KeyPurpose::Signing, signing, &master, config, store).await?;
    let key = keys::open_signing_key(&master, &signing)?;
    let decryption = kept_or_made(KeyPurpose::Decryption, decryption, &master, config, store).await?;
    Ok((decrypting(config, &master, &decryption)?, key))
}

async fn kept_or_made(
    purpose: KeyPurpose,
    kept: Option<SpKey>,
    master: &MasterKey,
    config: &Config,
    store: &Store,
) -> Result<SpKey> {
    if let Some(key) = kept {
        return Ok(key);
    }
    let environment = System::default();
    let host = config.http.public_url.origin().trim_start_matches("https://").trim_start_matches("http://");
    let made = keys::make(purpose, master, host, &environment, environment.now())?;
    let key = store.keep_sp_key(purpose, made).await?;
    let (word, certificate) = (keys::word(purpose), Certificate::from_der(&key.certificate)?);
    eprintln!("landfall: made the {word} key with the certificate {}", certificate.fingerprint());
    Ok(key)
}

/// How long a fetch of metadata may take.
const LONGEST_FETCH: Duration = Duration::from_secs(20);

/// What fetches metadata, for as long as it takes a command or for as long as the server runs.
pub(crate) fn refresher(config: &Config, store: &Store) -> Refresher {
    Refresher::new(
        store.clone(),
        Fetcher::new(config.metadata.clone(), LONGEST_FETCH),
        Arc::new(System::default()),
    )
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
