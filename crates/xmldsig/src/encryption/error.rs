//! Why something was not decrypted, or not encrypted.

use crate::{ParseError, ShapeError};

/// Why an encrypted element is not read.
///
/// All but [`Self::Failed`] are decided on the message alone, before any key is used: they tell a sender nothing that he does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The encrypted element has another form than the one that is read.
    #[error("the encrypted element has a form that is not accepted")]
    Shape {
        /// What differs.
        #[from]
        source: ShapeError,
    },
    /// What is encrypted is not an element: content, or octets of another kind.
    #[error("an element must be encrypted, but the Type is {}", found.as_deref().unwrap_or("absent"))]
    Type {
        /// The Type attribute; nothing if it is absent.
        found: Option<String>,
    },
    /// An algorithm that is not in the list, or that the policy closes.
    #[error("{place} {uri:?} is not accepted: choose AES-GCM and RSA-OAEP at the identity provider")]
    Algorithm {
        /// The element that names it.
        place: &'static str,
        /// Its identifier, as sent.
        uri: String,
    },
    /// RSA-OAEP with one digest for its label and another for its mask.
    #[error(
        "RSA-OAEP with DigestMethod {digest:?} and mask {mask:?} is not accepted: both must use one digest, \
         as with rsa-oaep-mgf1p and SHA-1"
    )]
    Mix {
        /// The identifier of the digest.
        digest: String,
        /// The identifier of the mask generation function.
        mask: String,
    },
    /// A reference to something else than the data and keys of this element: nothing is fetched.
    #[error("<{element}> refers to {uri:?}: expected \"#\" and the Id of what stands beside it")]
    Reference {
        /// The element that refers.
        element: &'static str,
        /// Where to.
        uri: String,
    },
    /// No key comes with the data.
    #[error("no EncryptedKey comes with the data, neither in its KeyInfo nor beside it")]
    NoKey,
    /// More pairs of an EncryptedKey and an own key than are tried in one message.
    #[error(
        "{found} pairs of EncryptedKey and own key in one message, {most} are tried: encrypt fewer elements, or for fewer recipients"
    )]
    TooManyKeys {
        /// How many there are.
        found: usize,
        /// How many are tried.
        most: usize,
    },
    /// It could not be decrypted; what went wrong is not told, since whoever sent it could learn the content from that [attack C19, C20].
    #[error("the element could not be decrypted: was it encrypted with the current certificate?")]
    Failed,
}

impl DecryptError {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } => "encryption.shape",
            Self::Type { .. } => "encryption.type",
            Self::Algorithm { .. } => "encryption.algorithm",
            Self::Mix { .. } => "encryption.mix",
            Self::Reference { .. } => "encryption.reference",
            Self::NoKey => "encryption.no_key",
            Self::TooManyKeys { .. } => "encryption.too_many_keys",
            Self::Failed => "encryption.failed",
        }
    }
}

/// Why own keys cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptionKeyError {
    /// The private key is unreadable, of another kind, or too short.
    #[error("the private key is not an unencrypted RSA key of 2048 to 8192 bits in PKCS#8 or PKCS#1")]
    Key,
    /// No key: that would mean that nothing can be decrypted.
    #[error("no key for decryption: at least one is needed")]
    None,
    /// Too many keys.
    #[error("more than {most} keys for decryption: remove those that are no longer used")]
    TooMany {
        /// Most that are taken.
        most: usize,
    },
}

/// Why something could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The XML is not one element that is complete by itself.
    #[error("the XML to encrypt cannot be read")]
    Document(#[source] ParseError),
    /// Something stands beside the element.
    #[error("the XML to encrypt must be one element, and nothing beside it")]
    Element,
    /// Nobody to encrypt for.
    #[error("no recipient to encrypt for: at least one certificate is needed")]
    NoRecipient,
    /// A certificate without an RSA key of sufficient length.
    #[error("the certificate {subject:?} has no RSA key of 2048 to 8192 bits")]
    Recipient {
        /// Its subject.
        subject: String,
    },
    /// The arithmetic failed.
    #[error("the cryptographic library could not encrypt")]
    Arithmetic,
}
