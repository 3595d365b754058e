//! Signing our own messages: enveloped in XML, or detached for a query string.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use x509_parser::pem::Pem;

use crate::algorithm::{AlgorithmPolicy, DigestAlgorithm, ENVELOPED, EXC_C14N, SignatureAlgorithm};
use crate::base64::encode_base64;
use crate::document::{Document, Element, ParseError};
use crate::shape::XMLDSIG_NAMESPACE;
use crate::{C14nError, Certificate, Limits, PrefixList, canonicalize};

/// Where in the signed element the signature goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignaturePlace {
    /// As its first child, as metadata has it [saml-metadata 2.3.2].
    First,
    /// Behind its first child, which in messages and assertions is the Issuer [saml-core 2.3.3, 3.2.1].
    Second,
}

/// A private key with the certificate that announces its public half.
pub struct SigningKey {
    pair: Pair,
    certificate: Certificate,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

impl SigningKey {
    /// Takes an unencrypted PKCS#8 key, DER, with its certificate.
    ///
    /// RSA signs with SHA-256, P-256 with SHA-256, P-384 with SHA-384.
    ///
    /// # Errors
    /// [`SignError::Key`] if the key is unreadable, [`SignError::Mismatch`] if the certificate is of another key.
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Certificate) -> Result<Self, SignError> {
        let rejected = |_| SignError::Key;
        let pair = match certificate.first_algorithm() {
            Some(SignatureAlgorithm::EcdsaP256Sha256) => Pair::Ecdsa(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(rejected)?,
            ),
            Some(SignatureAlgorithm::EcdsaP384Sha384) => Pair::Ecdsa(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8).map_err(rejected)?,
            ),
            _ => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?),
        };
        let key = Self { pair, certificate };
        if key.is_announced() { Ok(key) } else { Err(SignError::Mismatch) }
    }

    /// Takes an unencrypted PKCS#8 key from a PEM text (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::from_pkcs8`].
    pub fn from_pem(pem: &str, certificate: Certificate) -> Result<Self, SignError> {
        let mut blocks = Pem::iter_from_buffer(pem.as_bytes()).filter_map(Result::ok);
        let block = blocks.find(|block| block.label == "PRIVATE KEY").ok_or(SignError::Key)?;
        Self::from_pkcs8(&block.contents, certificate)
    }

    /// The certificate that verifiers are to trust.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// How this key signs.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.certificate.first_algorithm().unwrap_or(SignatureAlgorithm::RsaSha256)
    }

    /// Signs octets as they are, for the query string of a redirect.
    ///
    /// # Errors
    /// [`SignError::Arithmetic`] if the library cannot sign.
    ///
    /// # Security
    /// The nonce of ECDSA comes from the library's own random source, never from a caller.
    pub fn sign_detached(&self, octets: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, octets, &mut signature);
                signed.map(|()| signature).map_err(|_| SignError::Arithmetic)
            }
            Pair::Ecdsa(pair) => pair
                .sign(&random, octets)
                .map(|value| value.as_ref().to_vec())
                .map_err(|_| SignError::Arithmetic),
        }
    }

    /// Puts an enveloped signature into the element whose `ID` is `id`, and returns the whole document.
    ///
    /// The rest of the text is kept to the byte.
    ///
    /// # Errors
    /// [`SignError::Document`] for XML that cannot be read, [`SignError::NoElement`] if nothing has that ID,
    /// [`SignError::NoPlace`] if the element has no child to put the signature behind.
    pub fn sign_element(&self, xml: &str, id: &str, place: SignaturePlace) -> Result<String, SignError> {
        let limits = Limits::metadata();
        let document = Document::parse(xml.as_bytes(), &limits).map_err(SignError::Document)?;
        let element = document.element_by_id(id).ok_or_else(|| SignError::NoElement { id: id.to_owned() })?;
        let digest = DigestAlgorithm::Sha256.digest(&canonicalize(element, None, &PrefixList::default())?);
        let at = insertion_point(document.source(), element, place).ok_or(SignError::NoPlace)?;
        let (before, after) = document.source().split_at_checked(at).ok_or(SignError::NoPlace)?;

        let signed_info = self.signed_info(id, digest.as_ref());
        let value = self.sign_detached(signed_info.as_bytes())?;
        // The namespace stands on Signature, so that SignedInfo as it is canonicalized alone declares it itself.
        let inner = signed_info.replacen(&format!(" xmlns:ds=\"{XMLDSIG_NAMESPACE}\""), "", 1);
        let (value, certificate) = (encode_base64(&value), encode_base64(self.certificate.der()));
        Ok(format!(
            "{before}<ds:Signature xmlns:ds=\"{XMLDSIG_NAMESPACE}\">{inner}<ds:SignatureValue>{value}</ds:SignatureValue>\
             <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
             </ds:Signature>{after}"
        ))
    }

    /// SignedInfo in its canonical form.
    fn signed_info(&self, id: &str, digest: &[u8]) -> String {
        let (algorithm, digest_uri) = (self.algorithm().uri(), DigestAlgorithm::Sha256.uri());
        format!(
            "<ds:SignedInfo xmlns:ds=\"{XMLDSIG_NAMESPACE}\">\
             <ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{algorithm}\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform>\
             <ds:Transform Algorithm=\"{EXC_C14N}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest_uri}\"></ds:DigestMethod>\
             <ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            encode_base64(digest)
        )
    }

    /// Whether the certificate holds this key's public half.
    fn is_announced(&self) -> bool {
        let probe = b"landfall";
        let signature = self.sign_detached(probe);
        let key = self.certificate.key_for(self.algorithm(), AlgorithmPolicy::strict());
        matches!((signature, key), (Ok(value), Some(key)) if key.verify_sig(probe, &value).is_ok())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

fn insertion_point(source: &str, element: Element<'_>, place: SignaturePlace) -> Option<usize> {
    match place {
        SignaturePlace::Second => element.elements().next().map(|first| first.range().end),
        SignaturePlace::First => {
            let range = element.range();
            // No child stands before the first '>' outside a quoted value: that is the end of the start tag.
            let mut quote = None;
            for (at, byte) in source.get(range.clone())?.bytes().enumerate() {
                match (quote, byte) {
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(open), _) if open == byte => quote = None,
                    (None, b'/') => return None,
                    (None, b'>') => return Some(range.start + at + 1),
                    _ => {}
                }
            }
            None
        }
    }
}

/// Why something could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The private key is unreadable.
    #[error("the private key is not unencrypted PKCS#8 of the kind that its certificate announces")]
    Key,
    /// The certificate announces another key.
    #[error("the certificate does not belong to the private key")]
    Mismatch,
    /// The arithmetic failed.
    #[error("the cryptographic library could not sign")]
    Arithmetic,
    /// The XML to sign cannot be read.
    #[error("the XML to sign cannot be read")]
    Document(#[source] ParseError),
    /// No element carries the ID.
    #[error("no element with the ID {id:?} to sign")]
    NoElement {
        /// The ID that was asked for.
        id: String,
    },
    /// The element has no place for a signature.
    #[error("the element to sign has no child, so the signature has no place")]
    NoPlace,
    /// The element has no canonical form.
    #[error("the element to sign cannot be canonicalized")]
    Canonicalization(#[from] C14nError),
}
