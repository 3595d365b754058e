//! Secrets that a browser holds and the store knows by their hash alone.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{CredentialMark, CredentialPrefix, TokenHash};

use crate::environment::{Environment, NoRandomness, random};

/// 256 random bits, as text that a cookie can carry.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(environment: &dyn Environment) -> Result<Self, NoRandomness> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random::<32>(environment)?)))
    }

    /// What goes to the browser.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What goes to the store.
    pub(crate) fn hash(&self) -> TokenHash {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// What a machine shows as its credential: a prefix that lists show, and 256 random bits.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) prefix: CredentialPrefix,
    whole: String,
}

impl Credential {
    pub(crate) fn new(environment: &dyn Environment, mark: CredentialMark) -> Result<Self, NoRandomness> {
        let prefix = CredentialPrefix::new(mark, random(environment)?);
        let whole = format!("{prefix}{}", Secret::new(environment)?.expose());
        Ok(Self { prefix, whole })
    }

    /// What goes to whoever asked for it, once.
    pub(crate) fn expose(&self) -> &str {
        &self.whole
    }

    /// What goes to the store.
    pub(crate) fn hash(&self) -> TokenHash {
        hash(&self.whole)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// The SHA-256 of a text, as text that an address can carry.
pub(crate) fn hash_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(text).as_bytes())
}

/// SHA-256 of what a browser sent as a secret.
pub(crate) fn hash(text: &str) -> TokenHash {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    TokenHash::from_bytes(bytes)
}
