//! The installation's own keys: read, made where they are missing, and read again while the server runs.

use anyhow::{Context, Result};
use landfall_http::{Environment, Own};
use landfall_saml::ServiceProvider;
use landfall_store::{KeyPurpose, SpKey, SpKeys, Store, TombstoneKey};
use landfall_xmldsig::{Certificate, DecryptionKeys, EncryptionPolicy};

use crate::config::Config;
use crate::environment::System;
use crate::glue;
use crate::keys::{self, Made, MasterKey, Sealed};

/// The keys as they are in the database, and what opens them.
pub(crate) struct Keyring {
    master: MasterKey,
    signing: SpKeys,
    decryption: SpKeys,
}

impl Keyring {
    /// Reads the keys, of which those are made that are not there.
    pub(crate) async fn open(config: &Config, store: &Store) -> Result<Self> {
        let environment = System::default();
        let signing = store.sp_keys(KeyPurpose::Signing).await?;
        let decryption = store.sp_keys(KeyPurpose::Decryption).await?;
        let none = signing.current.is_none() && decryption.current.is_none();
        let sealed = if none { Sealed::Nothing } else { Sealed::Something };
        let place = &config.master_key;
        let (master, made) = MasterKey::read_or_make(place, sealed, &environment)?;
        if made == Made::Now {
            eprintln!("landfall: made the master key {place}: keep a copy of it apart from the database");
        }
        // The first is opened before the second is made: under a wrong master key nothing is sealed.
        let current = kept_or_made(KeyPurpose::Signing, signing.current, &master, config, store).await?;
        keys::open_signing_key(&master, &current)?;
        kept_or_made(KeyPurpose::Decryption, decryption.current, &master, config, store).await?;
        let signing = store.sp_keys(KeyPurpose::Signing).await?;
        let decryption = store.sp_keys(KeyPurpose::Decryption).await?;
        Ok(Self { master, signing, decryption })
    }

    /// What tombstones are made with.
    pub(crate) fn tombstones(&self) -> TombstoneKey {
        self.master.tombstones()
    }

    /// Reads them again, and says whether they are others than before.
    pub(crate) async fn reload(&mut self, store: &Store) -> Result<bool> {
        let signing = store.sp_keys(KeyPurpose::Signing).await?;
        let decryption = store.sp_keys(KeyPurpose::Decryption).await?;
        let changed = (&signing, &decryption) != (&self.signing, &self.decryption);
        (self.signing, self.decryption) = (signing, decryption);
        Ok(changed)
    }

    /// The states of the keys for one purpose, for the log.
    pub(crate) fn states(&self, purpose: KeyPurpose) -> String {
        let keys = match purpose {
            KeyPurpose::Signing => &self.signing,
            KeyPurpose::Decryption => &self.decryption,
        };
        let named = keys.current.iter().map(|_| "current").chain(keys.next.iter().map(|_| "next"));
        named.chain(keys.retiring.iter().map(|_| "retiring")).collect::<Vec<_>>().join(", ")
    }

    /// Our side of SAML: requests are signed with the current key, and every key for signatures is announced.
    pub(crate) fn own(&self, config: &Config) -> Result<Own> {
        let current = self.signing.current.as_ref().context("there is no signing key")?;
        let key = keys::open_signing_key(&self.master, current)?;
        let others = self.signing.next.iter().chain(&self.signing.retiring);
        let others = others.map(|other| Certificate::from_der(&other.certificate));
        let others = others.collect::<Result<_, _>>().context("a signing certificate in the database")?;
        Ok(Own::new(decrypting(config, &self.master, &self.decryption)?, key).announcing(others))
    }
}

/// Our side of SAML, which decrypts with each key there is; others are told to encrypt for the current one.
pub(crate) fn decrypting(config: &Config, master: &MasterKey, kept: &SpKeys) -> Result<ServiceProvider> {
    let current = kept.current.as_ref().context("there is no decryption key")?;
    let (current, certificate) = keys::open_decryption_key(master, current)?;
    let mut opened = vec![current];
    for other in kept.next.iter().chain(&kept.retiring) {
        opened.push(keys::open_decryption_key(master, other)?.0);
    }
    let keys = DecryptionKeys::new(opened)?;
    Ok(glue::service_provider(config)
        .with_decryption(keys, EncryptionPolicy::standard())
        .announcing(certificate))
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
    let key = store.keep_sp_key(purpose, made(purpose, master, config)?).await?;
    let certificate = Certificate::from_der(&key.certificate)?;
    eprintln!("landfall: made the {purpose} key with the certificate {}", certificate.fingerprint());
    Ok(key)
}

/// A new key of this installation.
pub(crate) fn made(purpose: KeyPurpose, master: &MasterKey, config: &Config) -> Result<SpKey> {
    let environment = System::default();
    let host = config.http.public_url.origin().trim_start_matches("https://").trim_start_matches("http://");
    keys::make(purpose, master, host, &environment, environment.now())
}
