//! `landfall key`: the installation's own keys, and how one takes the place of another.

use anyhow::{Context, Result};
use landfall_accounts::CertificateFingerprint;
use landfall_store::{KeyPurpose, SpKey, SpKeys, Store};
use landfall_xmldsig::Certificate;

use crate::cli::Key;
use crate::config::Config;
use crate::environment::now;
use crate::keys::{self, MasterKey};
use crate::{glue, keyring, table};

pub(crate) async fn run(config: &Config, command: Key) -> Result<()> {
    let store = glue::store(config).await?;
    match command {
        Key::List => list(&store).await,
        Key::Stage { purpose } => stage(config, &store, purpose.of()).await,
        Key::Activate { purpose } => {
            let purpose = purpose.of();
            let keys = store.activate_sp_key(purpose, now()).await?;
            let current = fingerprint(&keys.current.context("the key that was staged is gone")?)?;
            println!("{purpose}: {current} is current; the one before counts until it is retired");
            Ok(())
        }
        Key::Retire { purpose, fingerprint } => retire(&store, purpose.of(), fingerprint).await,
    }
}

async fn list(store: &Store) -> Result<()> {
    let mut rows = Vec::new();
    for purpose in KeyPurpose::ALL {
        let keys = store.sp_keys(purpose).await?;
        for (state, key) in in_order(&keys) {
            let certificate = Certificate::from_der(&key.certificate)?;
            rows.push([
                purpose.to_string(),
                state.to_owned(),
                certificate.fingerprint().to_string(),
                certificate.not_after().date().to_string(),
            ]);
        }
    }
    table::print(["PURPOSE", "STATE", "CERTIFICATE", "UNTIL"], &rows);
    Ok(())
}

fn in_order(keys: &SpKeys) -> impl Iterator<Item = (&'static str, &SpKey)> {
    let current = keys.current.iter().map(|key| ("current", key));
    let next = keys.next.iter().map(|key| ("next", key));
    current.chain(next).chain(keys.retiring.iter().map(|key| ("retiring", key)))
}

async fn stage(config: &Config, store: &Store, purpose: KeyPurpose) -> Result<()> {
    let master = MasterKey::read(&config.master_key)?;
    // Under a wrong master key nothing is sealed.
    if let Some(key) = store.sp_keys(purpose).await?.current {
        keys::opens(&master, purpose, &key)?;
    }
    let made = keyring::made(purpose, &master, config)?;
    let staged = fingerprint(&made)?;
    store.stage_sp_key(purpose, made).await?;
    let announced = match purpose {
        KeyPurpose::Signing | KeyPurpose::Decryption => {
            format!("`landfall certificate {purpose} --next` prints it")
        }
        KeyPurpose::IdToken(_) => "applications find it at /oidc/jwks, activate it once they have".to_owned(),
    };
    println!("{purpose}: {staged} is next; {announced}");
    Ok(())
}

async fn retire(store: &Store, purpose: KeyPurpose, retired: CertificateFingerprint) -> Result<()> {
    let keys = store.sp_keys(purpose).await?;
    let mut certificate = Vec::new();
    for (_, key) in in_order(&keys) {
        if fingerprint(key)? == retired {
            certificate.clone_from(&key.certificate);
        }
    }
    store.retire_sp_key(purpose, &certificate, now()).await?;
    println!("{purpose}: {retired} is gone for good");
    Ok(())
}

fn fingerprint(key: &SpKey) -> Result<CertificateFingerprint> {
    let certificate = Certificate::from_der(&key.certificate).context("a certificate in the database")?;
    Ok(CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()))
}
