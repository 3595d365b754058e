//! Puts the crates together.

use std::fs;

use anyhow::{Context, Result};
use landfall_http::Environment;
use landfall_saml::ServiceProvider;
use landfall_store::Store;
use landfall_xmldsig::{Signer, SigningKey};

use crate::config::Config;
use crate::environment::System;
use crate::keys::{self, Made, MasterKey};

/// Opens the database, which is made if it is not there.
pub(crate) async fn store(config: &Config) -> Result<Store> {
    make_folder(config)?;
    let path = config.database();
    let fresh = !path.exists();
    let store = Store::open(&path).await?;
    if fresh {
        eprintln!("landfall: made the database {}", path.display());
    }
    Ok(store)
}

/// Our side of SAML.
pub(crate) fn service_provider(config: &Config) -> ServiceProvider {
    ServiceProvider::new(config.entity_id.clone(), config.acs.clone())
}

/// The signing key of the installation, which is made if there is none.
pub(crate) async fn signing_key(config: &Config, store: &Store) -> Result<SigningKey> {
    let environment = System::default();
    let path = config.master_key();
    let kept = store.sp_key().await?;
    if kept.is_some() && !path.exists() {
        anyhow::bail!(
            "{} is missing, and the signing key in the database is sealed with it: restore it from a backup",
            path.display()
        );
    }
    let (master, made) = MasterKey::open(&path, &environment)?;
    if made == Made::Now {
        eprintln!(
            "landfall: made the master key {}: keep a copy of it apart from the database",
            path.display()
        );
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

fn make_folder(config: &Config) -> Result<()> {
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
