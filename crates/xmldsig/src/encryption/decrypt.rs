//! From an encrypted element and our keys to the element that was encrypted.

use std::fmt;

use super::algorithm::EncryptionPolicy;
use super::{ContentAlgorithm, DecryptError, DecryptionKeys, content, context, shape};
use crate::Limits;
use crate::document::Element;

/// Decrypts what others encrypted for our keys, in one message.
///
/// ```
/// use landfall_xmldsig::{
///     Certificate, ContentAlgorithm, Decrypter, DecryptionKey, DecryptionKeys, Document, EncryptionPolicy, KeyTransport, Limits, encrypt,
/// };
///
/// let certificate = Certificate::from_pem(include_str!("../../tests/keys/signer.crt.pem"))?;
/// let data = encrypt("<to>B.Simon</to>", &[certificate], ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha1)?;
/// let message = format!("<secret>{data}</secret>");
///
/// let keys = DecryptionKeys::new([DecryptionKey::from_pem(include_str!("../../tests/keys/signer.key.pem"))?])?;
/// let document = Document::parse(message.as_bytes(), &Limits::message())?;
/// let mut decrypter = Decrypter::new(&keys, EncryptionPolicy::standard());
/// let decrypted = decrypter.decrypt(document.root(), &Limits::message())?;
/// assert_eq!(decrypted.octets(), b"<to>B.Simon</to>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decrypter<'k> {
    keys: &'k DecryptionKeys,
    policy: EncryptionPolicy,
    /// Pairs of an EncryptedKey and an own key, in all elements so far.
    pairs: usize,
}

impl<'k> Decrypter<'k> {
    /// Most pairs of an EncryptedKey and an own key that one decrypter tries, in all elements that it is given,
    /// since each costs one RSA operation [attack D8].
    pub const MOST_TRIED: usize = 8;

    /// A decrypter with these keys and no other, for one message.
    #[must_use]
    pub fn new(keys: &'k DecryptionKeys, policy: EncryptionPolicy) -> Self {
        Self { keys, policy, pairs: 0 }
    }

    /// Decrypts the element that stands encrypted in `parent`, such as an `EncryptedAssertion`:
    /// an EncryptedData, and EncryptedKeys in its KeyInfo or behind it [saml-core 2.3.4, 6.1].
    ///
    /// What was encrypted must be one element that keeps `limits`.
    /// It is decrypted as it would stand in `parent`: namespaces that are declared there hold for it too.
    ///
    /// # Errors
    /// [`DecryptError`]; all that depends on a key, or on what a key yields, is the one [`DecryptError::Failed`].
    ///
    /// # Security
    /// Decrypting proves nothing about who wrote the element: anybody can encrypt for a published certificate.
    /// Believe only what [`Verifier`](crate::Verifier) says: of the Response around it, which it is best asked about first,
    /// or of the decrypted octets.
    ///
    /// Each failure takes the same way: a key that cannot be unwrapped is replaced by a random one,
    /// a padding that is wrong is cut off like one that is right, and what comes out is parsed in either case.
    /// Where parsing ends still depends on the content, so a caller must not tell refusals apart to whoever sent the message.
    pub fn decrypt(&mut self, parent: Element<'_>, limits: &Limits) -> Result<DecryptedXml, DecryptError> {
        let encrypted = shape::read(parent, self.policy)?;
        let keys = self.keys.as_slice();
        self.pairs += encrypted.keys.len() * keys.len();
        if self.pairs > Self::MOST_TRIED {
            return Err(DecryptError::TooManyKeys { found: self.pairs, most: Self::MOST_TRIED });
        }
        let pairs = encrypted.keys.iter().flat_map(|wrapped| keys.iter().map(move |key| (wrapped, key)));
        let mut tried = pairs.filter_map(|(wrapped, key)| {
            let key = key.unwrap(wrapped, encrypted.algorithm)?;
            let opened = content::open(encrypted.algorithm, &key, &encrypted.cipher_value);
            let octets = context::complete(opened.octets, parent, limits);
            octets.filter(|_| opened.whole)
        });
        let octets = tried.next().ok_or(DecryptError::Failed)?;
        Ok(DecryptedXml { octets, algorithm: encrypted.algorithm })
    }
}

/// An element that was encrypted for one of our keys, by whomever.
///
/// Only [`Decrypter::decrypt`] makes one, and it is no proof of anything: see there.
#[derive(Clone)]
pub struct DecryptedXml {
    octets: Vec<u8>,
    algorithm: ContentAlgorithm,
}

impl DecryptedXml {
    /// One element, complete by itself: [`Document::parse`](crate::Document::parse) reads it under the limits that it was decrypted under.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// How it was encrypted.
    #[must_use]
    pub fn algorithm(&self) -> ContentAlgorithm {
        self.algorithm
    }
}

impl fmt::Debug for DecryptedXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The octets hold personal data.
        f.debug_struct("DecryptedXml")
            .field("algorithm", &self.algorithm)
            .field("bytes", &self.octets.len())
            .finish()
    }
}
