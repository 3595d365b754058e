//! Puts the crates together.

use std::fs;

use anyhow::{Context, Result};
use landfall_http::Environment;
use landfall_saml::ServiceProvider;
use landfall_store::{OpenError, Store};
use landfall_xmldsig::{Signer, SigningKey};

use crate::config::Config;
use crate::environment::System;
use crate::keys::{self, Made, MasterKey, Sealed};

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

/// Our side of SAML.
pub(crate) fn service_provider(config: &Config) -> ServiceProvider {
    ServiceProvider::new(config.entity_id.clone(), config.acs.clone())
}

/// The signing key of the installation, which is made if there is none.
pub(crate) async fn signing_key(config: &Config, store: &Store) -> Result<SigningKey> {
    let environment = System::default();
    let kept = store.sp_key().await?;
    let sealed = if kept.is_some() { Sealed::Something } else { Sealed::Nothing };
    let place = &config.master_key;
    let (master, made) = MasterKey::read_or_make(place, sealed, &environment)?;
    if made == Made::Now {
        eprintln!("landfall: made the master key {place}: keep a copy of it apart from the database");
    }
    if let Some(key) = kept {
        return keys::open_signing_key(&master, &key);
    }
    let host = config.http.public_url.origin().trim_start_matches("https://").trim_start_matches("http://");
    let key = keys::make_signing_key(&master, host, &environment, environment.now())?;
    let key = keys::open_signing_key(&master, &store.keep_sp_key(key).await?)?;
    eprintln!("landfall: made the signing key with the certificate {}", key.certificate().fingerprint());
    Ok(key)
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
