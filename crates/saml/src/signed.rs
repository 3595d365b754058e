//! From the signatures of a message, and from what stands encrypted in it, to the octets that values are read from.

use landfall_xmldsig::{
    Certificate, DecryptedXml, Decrypter, DecryptionKeys, Document, Element, EncryptionPolicy,
    KeyFingerprint, Limits, SignedXml, Verifier,
};

use crate::login::SignedDocument;
use crate::model::{Assertion, UnsignedEnvelope};
use crate::read::{self, Content, ReadError};
use crate::{IdentityProvider, Reject};

/// What the signatures of a message cover.
pub(crate) enum Signed {
    Response(SignedXml),
    /// With what it was decrypted to, if it was encrypted: its signature stands there.
    Assertion {
        assertion: SignedXml,
        decrypted: Option<DecryptedXml>,
    },
    Both {
        response: SignedXml,
        assertion: SignedXml,
        decrypted: Option<DecryptedXml>,
    },
    /// The ciphertext in a signed Response, whose assertion carries no signature of its own.
    Encrypted {
        response: SignedXml,
        assertion: DecryptedXml,
    },
}

/// Verifies an element that is signed.
pub(crate) fn verify(
    verifier: Verifier<'_>,
    element: Element<'_>,
    name: &'static str,
) -> Result<SignedXml, Reject> {
    verifier.verify(element).map_err(|source| Reject::Signature { element: name, source })
}

/// Verifies whichever signatures there are: one at least [attack C6], and both where both stand [attack A24].
pub(crate) fn plain(
    verifier: Verifier<'_>,
    response: Option<Element<'_>>,
    assertion: Option<Element<'_>>,
) -> Result<Signed, Reject> {
    let response = response.map(|element| verify(verifier, element, "Response")).transpose()?;
    let assertion = assertion.map(|element| verify(verifier, element, "Assertion")).transpose()?;
    match (response, assertion) {
        (Some(response), Some(assertion)) => Ok(Signed::Both { response, assertion, decrypted: None }),
        (Some(response), None) => Ok(Signed::Response(response)),
        (None, Some(assertion)) => Ok(Signed::Assertion { assertion, decrypted: None }),
        (None, None) => Err(Reject::Unsigned),
    }
}

/// The same of an assertion that was encrypted: encryption says nothing about who wrote it [saml-core 6.2], [attack C6].
pub(crate) fn decrypted(
    verifier: Verifier<'_>,
    response: Option<SignedXml>,
    decrypted: DecryptedXml,
) -> Result<Signed, Reject> {
    let document = Document::parse(decrypted.octets(), &Limits::message()).map_err(ReadError::from)?;
    let (element, signed) = read::alone(&document)?;
    let assertion = signed.then(|| verify(verifier, element, "Assertion")).transpose()?;
    match (response, assertion) {
        (Some(response), Some(assertion)) => {
            Ok(Signed::Both { response, assertion, decrypted: Some(decrypted) })
        }
        (Some(response), None) => Ok(Signed::Encrypted { response, assertion: decrypted }),
        (None, Some(assertion)) => Ok(Signed::Assertion { assertion, decrypted: Some(decrypted) }),
        (None, None) => Err(Reject::Unsigned),
    }
}

/// Our keys for what identity providers encrypt, and the algorithms that we take.
#[derive(Debug)]
pub(crate) struct Decryption {
    pub(crate) keys: DecryptionKeys,
    pub(crate) policy: EncryptionPolicy,
}

impl Decryption {
    /// For one message: what it may cost is counted.
    pub(crate) fn decrypter(&self) -> Decrypter<'_> {
        Decrypter::new(&self.keys, self.policy)
    }
}

/// Decrypts the assertion; where the Response is signed, the one that was signed [attack A22].
pub(crate) fn open(
    decrypter: &mut Decrypter<'_>,
    received: Element<'_>,
    response: Option<&SignedXml>,
) -> Result<DecryptedXml, Reject> {
    let Some(response) = response else { return decrypt(decrypter, received, "EncryptedAssertion") };
    let document = Document::parse(response.octets(), &Limits::message()).map_err(ReadError::from)?;
    match read::layout(&document)?.content {
        Content::Encrypted(signed) => decrypt(decrypter, signed, "EncryptedAssertion"),
        Content::Assertion { .. } => Err(ReadError::Assertions { found: 0 }.into()),
    }
}

fn decrypt(
    decrypter: &mut Decrypter<'_>,
    element: Element<'_>,
    name: &'static str,
) -> Result<DecryptedXml, Reject> {
    let decrypted = decrypter.decrypt(element, &Limits::message());
    decrypted.map_err(|source| Reject::Decryption { element: name, source })
}

/// Reads the assertion in octets that a key signed, or that were decrypted out of such.
///
/// An EncryptedID and EncryptedAttributes are decrypted first and put in their own place: the whole is a document again,
/// in which everything holds that holds for an assertion in plain [saml-core 2.2.4, 2.7.3.2].
fn assertion(octets: &[u8], decrypter: Option<&mut Decrypter<'_>>) -> Result<Assertion, Reject> {
    let document = Document::parse(octets, &Limits::message()).map_err(ReadError::from)?;
    let element = read::assertion_in(&document)?;
    let encrypted = read::encrypted_in(element);
    let Some(decrypter) = decrypter.filter(|_| !encrypted.is_empty()) else {
        return Ok(read::assertion(element)?);
    };
    let plain = with_parts_decrypted(&document, encrypted, decrypter)?;
    let document = Document::parse(&plain, &Limits::message()).map_err(ReadError::from)?;
    Ok(read::assertion(read::assertion_in(&document)?)?)
}

/// A document that was signed, with what stands encrypted in it put in its place in plain; the parts come in document order.
pub(crate) fn with_parts_decrypted(
    document: &Document<'_>,
    encrypted: Vec<(&'static str, Element<'_>)>,
    decrypter: &mut Decrypter<'_>,
) -> Result<Vec<u8>, Reject> {
    let (source, mut plain, mut done) = (document.source().as_bytes(), Vec::new(), 0);
    for (name, element) in encrypted {
        let range = element.range();
        plain.extend_from_slice(source.get(done..range.start).unwrap_or_default());
        plain.extend_from_slice(decrypt(decrypter, element, name)?.octets());
        done = range.end;
    }
    plain.extend_from_slice(source.get(done..).unwrap_or_default());
    Ok(plain)
}

impl Signed {
    /// The key that vouches for the assertion: its own signature's where it has one.
    pub(crate) fn signer(&self) -> KeyFingerprint {
        match self {
            Self::Assertion { assertion: signed, .. } | Self::Both { assertion: signed, .. } => {
                signed.signer()
            }
            Self::Response(signed) | Self::Encrypted { response: signed, .. } => signed.signer(),
        }
    }

    /// The octets that the envelope is read from.
    pub(crate) fn response(&self) -> Option<&SignedXml> {
        match self {
            Self::Response(response) | Self::Both { response, .. } | Self::Encrypted { response, .. } => {
                Some(response)
            }
            Self::Assertion { .. } => None,
        }
    }

    /// Reads both from signed octets; an envelope that nobody signed stays the one that came.
    pub(crate) fn read(
        &self,
        unsigned: UnsignedEnvelope,
        decrypter: Option<&mut Decrypter<'_>>,
    ) -> Result<(Assertion, UnsignedEnvelope), Reject> {
        let envelope = self.response().map(read::signed_envelope).transpose()?.unwrap_or(unsigned);
        let octets = match self {
            Self::Response(signed)
            | Self::Assertion { assertion: signed, .. }
            | Self::Both { assertion: signed, .. } => signed.octets(),
            Self::Encrypted { assertion, .. } => assertion.octets(),
        };
        Ok((assertion(octets, decrypter)?, envelope))
    }

    /// The certificates whose keys signed.
    pub(crate) fn signers<'i>(&self, idp: &'i IdentityProvider) -> Vec<&'i Certificate> {
        let outer = self.response().map(SignedXml::signer);
        let signed: Vec<_> = outer.into_iter().chain([self.signer()]).collect();
        idp.keys()
            .certificates()
            .iter()
            .filter(|certificate| signed.contains(&certificate.fingerprint()))
            .collect()
    }

    /// The documents that the signatures stand in: the message, and the assertion by itself where it was encrypted.
    pub(crate) fn documents(self, message: &[u8]) -> Vec<SignedDocument> {
        let document = |octets: &[u8], signed| SignedDocument { octets: octets.to_vec(), signed };
        match self {
            Self::Response(response) | Self::Encrypted { response, .. } => {
                vec![document(message, vec![response])]
            }
            Self::Assertion { assertion, decrypted } => {
                let around = decrypted.as_ref().map_or(message, DecryptedXml::octets);
                vec![document(around, vec![assertion])]
            }
            Self::Both { response, assertion, decrypted: None } => {
                vec![document(message, vec![response, assertion])]
            }
            Self::Both { response, assertion, decrypted: Some(decrypted) } => {
                vec![document(message, vec![response]), document(decrypted.octets(), vec![assertion])]
            }
        }
    }
}
