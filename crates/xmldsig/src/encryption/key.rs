//! Our own private keys, and the keys of contents that they unwrap.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use x509_parser::pem::Pem;
use zeroize::Zeroizing;

use super::shape::EncryptedKey;
use super::{ContentAlgorithm, DecryptionKeyError};

/// A private RSA key that others encrypt for, of 2048 to 8192 bits.
pub struct DecryptionKey {
    key: OaepPrivateDecryptingKey,
}

impl DecryptionKey {
    /// Takes an unencrypted PKCS#8 key, DER.
    ///
    /// # Errors
    /// [`DecryptionKeyError::Key`] if the key is unreadable, of another kind, or too short.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, DecryptionKeyError> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| DecryptionKeyError::Key)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| DecryptionKeyError::Key)?;
        Ok(Self { key })
    }

    /// Takes an unencrypted key from a PEM text: PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// ```
    /// use landfall_xmldsig::DecryptionKey;
    ///
    /// assert!(DecryptionKey::from_pem(include_str!("../../tests/keys/signer.key.pem")).is_ok());
    /// assert!(DecryptionKey::from_pem(include_str!("../../tests/keys/p256.key.pem")).is_err());
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_pkcs8`].
    pub fn from_pem(pem: &str) -> Result<Self, DecryptionKeyError> {
        let blocks = Pem::iter_from_buffer(pem.as_bytes()).filter_map(Result::ok);
        for block in blocks {
            let contents = Zeroizing::new(block.contents);
            match block.label.as_str() {
                "PRIVATE KEY" => return Self::from_pkcs8(&contents),
                "RSA PRIVATE KEY" => {
                    let pair = KeyPair::from_der(&contents).map_err(|_| DecryptionKeyError::Key)?;
                    let pkcs8 = pair.as_der().map_err(|_| DecryptionKeyError::Key)?;
                    return Self::from_pkcs8(pkcs8.as_ref());
                }
                _ => {}
            }
        }
        Err(DecryptionKeyError::Key)
    }

    /// The key of the content; a random one if this is not what was wrapped, or not for this key [attack C20].
    ///
    /// The random one is drawn first, in either case: from here on nobody can tell which of the two it is.
    pub(super) fn unwrap(&self, wrapped: &EncryptedKey, algorithm: ContentAlgorithm) -> Option<ContentKey> {
        let mut key = ContentKey::random(algorithm)?;
        let mut buffer = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let (transport, label) = (wrapped.transport.arithmetic(), wrapped.label.as_deref());
        if let Ok(unwrapped) = self.key.decrypt(transport, &wrapped.cipher_value, &mut buffer, label)
            && unwrapped.len() == key.octets.len()
        {
            key.octets.copy_from_slice(unwrapped);
        }
        Some(key)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey").field("bits", &self.key.key_size_bits()).finish_non_exhaustive()
    }
}

/// Our keys that may have been encrypted for: at least one, and the former ones too during a rollover.
#[derive(Debug)]
pub struct DecryptionKeys {
    keys: Vec<DecryptionKey>,
}

impl DecryptionKeys {
    /// Most keys that one set may hold, since each costs one decryption of each EncryptedKey [attack D8].
    pub const MOST: usize = 4;

    /// Makes a set, tried in the order given.
    ///
    /// # Errors
    /// [`DecryptionKeyError::None`] for none, and [`DecryptionKeyError::TooMany`] for more than [`Self::MOST`].
    pub fn new(keys: impl IntoIterator<Item = DecryptionKey>) -> Result<Self, DecryptionKeyError> {
        let keys: Vec<DecryptionKey> = keys.into_iter().take(Self::MOST + 1).collect();
        match keys.len() {
            0 => Err(DecryptionKeyError::None),
            count if count > Self::MOST => Err(DecryptionKeyError::TooMany { most: Self::MOST }),
            _ => Ok(Self { keys }),
        }
    }

    pub(super) fn as_slice(&self) -> &[DecryptionKey] {
        &self.keys
    }
}

/// The key of one content; wiped when it is let go.
pub(super) struct ContentKey {
    octets: Zeroizing<Vec<u8>>,
}

impl ContentKey {
    /// A fresh one, from the library's random source; nothing if that is broken.
    pub(super) fn random(algorithm: ContentAlgorithm) -> Option<Self> {
        let mut octets = Zeroizing::new(vec![0; algorithm.key_length()]);
        SystemRandom::new().fill(&mut octets).ok()?;
        Some(Self { octets })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }
}
