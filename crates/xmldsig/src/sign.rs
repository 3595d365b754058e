//! Signing our own messages: enveloped in XML, or detached for a query string.

use std::error::Error;
use std::fmt;

use crate::algorithm::{DigestAlgorithm, ENVELOPED, SignatureAlgorithm};
use crate::base64::encode_base64;
use crate::document::{Document, Element, ParseError};
use crate::shape::XMLDSIG_NAMESPACE;
use crate::{C14nError, C14nMethod, Canonicalization, Certificate, Limits, canonicalize};

mod key;

pub use key::SigningKey;

/// Where in the signed element the signature goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignaturePlace {
    /// As its first child, as metadata has it [saml-metadata 2.3.2].
    First,
    /// Behind its first child, which in messages and assertions is the Issuer [saml-core 2.3.3, 3.2.1].
    Second,
}

/// Whoever signs with the private half of a certificate's key: a [`SigningKey`], or a key that never leaves an HSM or a KMS.
///
/// The calls wait for the answer.
/// Where the key is behind a network, sign where waiting blocks nobody, on a thread of the runtime's blocking pool,
/// and let the implementation give up after a while.
///
/// ```
/// use landfall_xmldsig::{Certificate, SignError, SignatureAlgorithm, SignaturePlace, Signer, SigningKey};
///
/// /// Stands for a client of a KMS.
/// #[derive(Debug)]
/// struct Kms {
///     certificate: Certificate,
///     inside: SigningKey,
/// }
///
/// impl Signer for Kms {
///     fn certificate(&self) -> &Certificate {
///         &self.certificate
///     }
///
///     fn algorithm(&self) -> SignatureAlgorithm {
///         SignatureAlgorithm::EcdsaSha256
///     }
///
///     fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SignError> {
///         // Of a KMS that answers ECDSA in DER, r and s must be taken out here.
///         self.inside.sign(octets)
///     }
/// }
///
/// let certificate = Certificate::from_pem(include_str!("../tests/keys/p256.crt.pem"))?;
/// let inside = SigningKey::from_pem(include_str!("../tests/keys/p256.key.pem"), certificate.clone())?;
/// let kms = Kms { certificate, inside };
/// let message = kms.sign_element("<message ID='m1'><to>B.Simon</to></message>", "m1", SignaturePlace::First)?;
/// assert!(message.contains(SignatureAlgorithm::EcdsaSha256.uri()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Signer: fmt::Debug + Send + Sync {
    /// The certificate that verifiers are to trust; it goes into the KeyInfo of what is signed.
    fn certificate(&self) -> &Certificate;

    /// How this key signs: one of the certificate's [`algorithms`](Certificate::algorithms).
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs octets as they are, for the query string of a redirect.
    ///
    /// The value is as [`Self::algorithm`] has it: of ECDSA r and s, each with the length of the curve's order and
    /// without any encoding around them [xmldsig 6.4.3].
    ///
    /// # Errors
    /// [`SignError::Arithmetic`] if the library cannot sign, [`SignError::Keeper`] if whoever holds the key does not.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SignError>;

    /// Puts an enveloped signature into the element whose `ID` is `id`, and returns the whole document.
    ///
    /// The rest of the text is kept to the byte.
    ///
    /// # Errors
    /// [`SignError::Document`] for XML that cannot be read, [`SignError::NoElement`] if nothing has that ID,
    /// [`SignError::NoPlace`] if the element has no child to put the signature behind.
    fn sign_element(&self, xml: &str, id: &str, place: SignaturePlace) -> Result<String, SignError> {
        let limits = Limits::metadata();
        let document = Document::parse(xml.as_bytes(), &limits).map_err(SignError::Document)?;
        let element = document.element_by_id(id).ok_or_else(|| SignError::NoElement { id: id.to_owned() })?;
        let digest =
            DigestAlgorithm::Sha256.digest(&canonicalize(element, None, &Canonicalization::default())?);
        let at = insertion_point(document.source(), element, place).ok_or(SignError::NoPlace)?;
        let (before, after) = document.source().split_at_checked(at).ok_or(SignError::NoPlace)?;

        let signed_info = signed_info(self.algorithm(), id, digest.as_ref());
        let value = self.sign(signed_info.as_bytes())?;
        // The namespace stands on Signature, so that SignedInfo as it is canonicalized alone declares it itself.
        let inner = signed_info.replacen(&format!(" xmlns:ds=\"{XMLDSIG_NAMESPACE}\""), "", 1);
        let (value, certificate) = (encode_base64(&value), encode_base64(self.certificate().der()));
        Ok(format!(
            "{before}<ds:Signature xmlns:ds=\"{XMLDSIG_NAMESPACE}\">{inner}<ds:SignatureValue>{value}</ds:SignatureValue>\
             <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
             </ds:Signature>{after}"
        ))
    }
}

/// SignedInfo in its canonical form.
fn signed_info(algorithm: SignatureAlgorithm, id: &str, digest: &[u8]) -> String {
    let (algorithm, digest_uri) = (algorithm.uri(), DigestAlgorithm::Sha256.uri());
    let c14n = C14nMethod::Exclusive.uri();
    format!(
        "<ds:SignedInfo xmlns:ds=\"{XMLDSIG_NAMESPACE}\">\
         <ds:CanonicalizationMethod Algorithm=\"{c14n}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{algorithm}\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"></ds:Transform>\
         <ds:Transform Algorithm=\"{c14n}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_uri}\"></ds:DigestMethod>\
         <ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        encode_base64(digest)
    )
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
    #[error(
        "the private key cannot be read: expected one of the kind that its certificate announces, unencrypted, as PKCS#8, PKCS#1 or SEC1"
    )]
    Key,
    /// The certificate announces another key.
    #[error("the certificate does not belong to the private key")]
    Mismatch,
    /// The arithmetic failed.
    #[error("the cryptographic library could not sign")]
    Arithmetic,
    /// Whoever holds the key, an HSM or a KMS, did not sign.
    #[error("the keeper of the private key did not sign")]
    Keeper(#[source] Box<dyn Error + Send + Sync>),
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
