//! The installation's own keys: read, made where they are missing, and read again while the server runs.

use anyhow::{Context, Result};
use landfall_accounts::TokenAlgorithm;
use landfall_http::{Environment, Own, TokenKey, TokenKeys};
use landfall_saml::ServiceProvider;
use landfall_store::{KeyPurpose, SpKey, SpKeys, Store, TombstoneKey};
use landfall_xmldsig::{Certificate, DecryptionKeys, EncryptionPolicy, SigningKey};

use crate::config::Config;
use crate::environment::System;
use crate::glue;
use crate::keys::{self, Made, MasterKey, Sealed};

/// The keys as they are in the database, and what opens them.
pub(crate) struct Keyring {
    master: MasterKey,
    kept: Kept,
}

#[derive(PartialEq)]
struct Kept {
    signing: SpKeys,
    decryption: SpKeys,
    rs256: SpKeys,
    es256: SpKeys,
}

impl Kept {
    async fn read(store: &Store) -> Result<Self> {
        Ok(Self {
            signing: store.sp_keys(KeyPurpose::Signing).await?,
            decryption: store.sp_keys(KeyPurpose::Decryption).await?,
            rs256: store.sp_keys(KeyPurpose::IdToken(TokenAlgorithm::Rs256)).await?,
            es256: store.sp_keys(KeyPurpose::IdToken(TokenAlgorithm::Es256)).await?,
        })
    }

    fn of(&self, purpose: KeyPurpose) -> &SpKeys {
        match purpose {
            KeyPurpose::Signing => &self.signing,
            KeyPurpose::Decryption => &self.decryption,
            KeyPurpose::IdToken(TokenAlgorithm::Rs256) => &self.rs256,
            KeyPurpose::IdToken(TokenAlgorithm::Es256) => &self.es256,
        }
    }
}

impl Keyring {
    /// Reads the keys, of which those are made that are not there.
    pub(crate) async fn open(config: &Config, store: &Store) -> Result<Self> {
        let environment = System::default();
        let kept = Kept::read(store).await?;
        let none = KeyPurpose::ALL.iter().all(|purpose| kept.of(*purpose).current.is_none());
        let sealed = if none { Sealed::Nothing } else { Sealed::Something };
        let place = &config.master_key;
        let (master, made) = MasterKey::read_or_make(place, sealed, &environment)?;
        if made == Made::Now {
            eprintln!("landfall: made the master key {place}: keep a copy of it apart from the database");
        }
        // Each is opened before the next is made: under a wrong master key nothing is sealed.
        for purpose in KeyPurpose::ALL {
            let kept = kept.of(purpose).current.clone();
            let current = kept_or_made(purpose, kept, &master, config, store).await?;
            keys::opens(&master, purpose, &current)?;
        }
        Ok(Self { master, kept: Kept::read(store).await? })
    }

    /// What tombstones are made with.
    pub(crate) fn tombstones(&self) -> TombstoneKey {
        self.master.tombstones()
    }

    /// Reads them again, and says whether they are others than before.
    pub(crate) async fn reload(&mut self, store: &Store) -> Result<bool> {
        let kept = Kept::read(store).await?;
        let changed = kept != self.kept;
        self.kept = kept;
        Ok(changed)
    }

    /// The states of the keys for one purpose, for the log.
    pub(crate) fn states(&self, purpose: KeyPurpose) -> String {
        let keys = self.kept.of(purpose);
        let named = keys.current.iter().map(|_| "current").chain(keys.next.iter().map(|_| "next"));
        named.chain(keys.retiring.iter().map(|_| "retiring")).collect::<Vec<_>>().join(", ")
    }

    /// Our side: it signs with the current keys, and announces every key that signatures may be of.
    pub(crate) fn own(&self, config: &Config) -> Result<Own> {
        let (key, others) = self.signing(KeyPurpose::Signing)?;
        let sp = decrypting(config, &self.master, &self.kept.decryption)?;
        let tokens = TokenKeys::new(self.token(TokenAlgorithm::Rs256)?, self.token(TokenAlgorithm::Es256)?)?;
        Ok(Own::new(sp, key, tokens).announcing(others))
    }

    fn token(&self, algorithm: TokenAlgorithm) -> Result<TokenKey> {
        let (key, others) = self.signing(KeyPurpose::IdToken(algorithm))?;
        Ok(TokenKey::new(algorithm, key, &others)?)
    }

    /// The key that signs, and the certificates of those that come next, or came before.
    fn signing(&self, purpose: KeyPurpose) -> Result<(SigningKey, Vec<Certificate>)> {
        let kept = self.kept.of(purpose);
        let current = kept.current.as_ref().with_context(|| format!("there is no {purpose} key"))?;
        let key = keys::open_signing_key(&self.master, purpose, current)?;
        let others = kept.next.iter().chain(&kept.retiring);
        let others = others.map(|other| Certificate::from_der(&other.certificate)).collect::<Result<_, _>>();
        Ok((key, others.with_context(|| format!("a certificate of a {purpose} key in the database"))?))
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
