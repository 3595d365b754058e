//! Encrypted elements: one element in the ciphertext, its key wrapped for RSA keys [xmlenc-core1], [saml-core 6.1].

mod algorithm;
mod content;
mod context;
mod decrypt;
mod encrypt;
mod error;
mod key;
mod shape;

pub use algorithm::{ContentAlgorithm, EncryptionPolicy, KeyTransport};
pub use decrypt::{DecryptedXml, Decrypter};
pub use encrypt::encrypt;
pub use error::{DecryptError, DecryptionKeyError, EncryptError};
pub use key::{DecryptionKey, DecryptionKeys};
pub use shape::XMLENC_NAMESPACE;
