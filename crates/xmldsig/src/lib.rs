//! Which octets did which trusted key sign?
//!
//! This crate reads XML documents strictly ([`Document`]), canonicalizes them ([`canonicalize`]),
//! and verifies the one form of XML signature that SAML needs ([`Verifier`]).
//! It decrypts elements that were encrypted for its keys ([`Decrypter`]), and encrypts for others ([`encrypt`]).
//! It knows no SAML, opens no file and no connection, reads no clock, and has no C code that sees XML.
//!
//! The way to a value is one: bytes, [`Document::parse`], [`Verifier::verify`], [`SignedXml::octets`],
//! [`Document::parse`] again on those octets.
//! The octets are canonical, so the second reading sees exactly what the key signed.
//! A signature that stands beside what it covers, as in a query string, is [`Verifier::verify_octets`]'s.
//!
//! # What is refused
//!
//! - XML: other encodings than UTF-8, DOCTYPE, entities, duplicate IDs, undeclared prefixes, anything over [`Limits`].
//! - Signatures: any shape but one enveloped `Signature` with one `Reference` to its parent's `ID`,
//!   the transforms enveloped-signature and a canonicalization, and no `Object`.
//! - Algorithms: all but [`SignatureAlgorithm`], [`DigestAlgorithm`] and [`C14nMethod`];
//!   SHA-1, short keys and every canonicalization but the exclusive one without comments unless [`AlgorithmPolicy`] is opened.
//! - Keys: all but those in [`TrustedKeys`]; a message's KeyInfo is a hint among them.
//! - Encryption: all but AES-GCM and AES-CBC under RSA-OAEP, and any form but an EncryptedData with its EncryptedKeys inside or beside it.
//!
//! # What decryption does not say
//!
//! Who wrote it: anybody can encrypt for a published certificate, and CBC does not even notice that a ciphertext was altered.
//! Verify the element around, which is best done first, or the decrypted octets.

mod algorithm;
mod base64;
mod c14n;
mod certificate;
mod document;
mod encryption;
mod error;
mod limits;
mod opinion;
mod reformat;
mod shape;
mod sign;
mod verify;

pub use algorithm::{AlgorithmPolicy, DigestAlgorithm, SignatureAlgorithm};
pub use base64::{Base64Error, decode_base64, encode_base64};
pub use c14n::{C14nError, C14nMethod, Canonicalization, PrefixList, canonicalize};
pub use certificate::{
    Certificate, CertificateError, KeyFingerprint, KeyWeakness, TrustedKeys, TrustedKeysError,
};
pub use document::{
    ContentError, Descendants, Document, Element, Elements, ParseError, ParseErrorKind, is_ncname,
};
pub use encryption::{
    ContentAlgorithm, DecryptError, DecryptedXml, Decrypter, DecryptionKey, DecryptionKeyError,
    DecryptionKeys, EncryptError, EncryptionPolicy, KeyTransport, XMLENC_NAMESPACE, encrypt,
};
pub use error::{ShapeError, VerifyError};
pub use limits::Limits;
pub use opinion::{Opinion, Question, SecondOpinion};
pub use reformat::{ChangedPrefix, Reformatting};
pub use shape::XMLDSIG_NAMESPACE;
pub use sign::{SignError, SignaturePlace, Signer, SigningKey};
pub use verify::{SignedOctets, SignedXml, Verifier};
