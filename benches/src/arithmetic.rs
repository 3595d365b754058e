//! The limit of every verifier: the arithmetic alone.

use std::fmt;
use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use landfall_xmldsig::{
    Canonicalization, Document, Limits, SignedXml, XMLDSIG_NAMESPACE, canonicalize, decode_base64,
};

use crate::parties::Failure;

/// What no verifier can do without: one RSA verification with a key that is parsed, one digest of the same octets.
pub struct Arithmetic {
    key: ParsedPublicKey,
    signed_info: Vec<u8>,
    value: Vec<u8>,
    octets: Vec<u8>,
}

impl Arithmetic {
    /// That of a message with one signature, made by the test key, and of what was signed in it.
    ///
    /// # Errors
    /// When the message has no signature, or the key is none.
    pub fn of(message: &str, signed: &SignedXml) -> Result<Self, Failure> {
        let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let pair = RsaKeyPair::from_pkcs8(&decode_base64(&body)?)?;
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())?;
        let document = Document::parse(message.as_bytes(), &Limits::message())?;
        let part = |name| {
            let mut elements = document.root().descendants();
            elements.find(|element| element.is(XMLDSIG_NAMESPACE, name)).ok_or("it has no signature")
        };
        Ok(Self {
            key,
            signed_info: canonicalize(part("SignedInfo")?, None, &Canonicalization::default())?,
            value: decode_base64(part("SignatureValue")?.text()?)?,
            octets: signed.octets().to_vec(),
        })
    }

    /// Does it.
    ///
    /// # Errors
    /// When the signature value is not that of the key.
    pub fn run(&self) -> Result<(), Failure> {
        self.key.verify_sig(black_box(&self.signed_info), black_box(&self.value))?;
        black_box(digest(&SHA256, black_box(&self.octets)));
        Ok(())
    }
}

impl fmt::Debug for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arithmetic").field("bytes", &self.octets.len()).finish_non_exhaustive()
    }
}
