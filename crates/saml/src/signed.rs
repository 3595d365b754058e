//! From the signatures of a message, and from what stands encrypted in it, to the octets that values are read from.

use landfall_xmldsig::{
    Certificate, DecryptError, DecryptedXml, Decrypter, DecryptionKeys, Document, Element, EncryptionPolicy,
    KeyFingerprint, Limits, SignedXml, Verifier,
};

use crate::model::{Assertion, UnsignedEnvelope};
use crate::read::{self, Content, ReadError};
use crate::{IdentityProvider, Reject};

/// What the signatures of a message cover.
pub(crate) enum Signed {
    Response(SignedXml),
    Assertion(SignedXml),
    Both {
        response: SignedXml,
        assertion: SignedXml,
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
        (Some(response), Some(assertion)) => Ok(Signed::Both { response, assertion }),
        (Some(response), None) => Ok(Signed::Response(response)),
        (None, Some(assertion)) => Ok(Signed::Assertion(assertion)),
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
        (Some(response), Some(assertion)) => Ok(Signed::Both { response, assertion }),
        (Some(response), None) => Ok(Signed::Encrypted { response, assertion: decrypted }),
        (None, Some(assertion)) => Ok(Signed::Assertion(assertion)),
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
    /// Decrypts the assertion; where the Response is signed, the one that was signed [attack A22].
    pub(crate) fn open(
        &self,
        received: Element<'_>,
        response: Option<&SignedXml>,
    ) -> Result<DecryptedXml, Reject> {
        let Some(response) = response else { return Ok(self.decrypt(received)?) };
        let document = Document::parse(response.octets(), &Limits::message()).map_err(ReadError::from)?;
        match read::layout(&document)?.content {
            Content::Encrypted(signed) => Ok(self.decrypt(signed)?),
            Content::Assertion { .. } => Err(ReadError::Assertions { found: 0 }.into()),
        }
    }

    fn decrypt(&self, element: Element<'_>) -> Result<DecryptedXml, DecryptError> {
        Decrypter::new(&self.keys, self.policy).decrypt(element, &Limits::message())
    }
}

impl Signed {
    /// The key that vouches for the assertion: its own signature's where it has one.
    pub(crate) fn signer(&self) -> KeyFingerprint {
        match self {
            Self::Assertion(signed) | Self::Both { assertion: signed, .. } => signed.signer(),
            Self::Response(signed) | Self::Encrypted { response: signed, .. } => signed.signer(),
        }
    }

    /// The octets that the envelope is read from.
    pub(crate) fn response(&self) -> Option<&SignedXml> {
        match self {
            Self::Response(response) | Self::Both { response, .. } | Self::Encrypted { response, .. } => {
                Some(response)
            }
            Self::Assertion(_) => None,
        }
    }

    /// Reads both from signed octets; an envelope that nobody signed stays the one that came.
    pub(crate) fn read(
        &self,
        unsigned: UnsignedEnvelope,
    ) -> Result<(Assertion, UnsignedEnvelope), ReadError> {
        let envelope = self.response().map(read::signed_envelope).transpose()?.unwrap_or(unsigned);
        let octets = match self {
            Self::Assertion(signed) | Self::Response(signed) | Self::Both { assertion: signed, .. } => {
                signed.octets()
            }
            Self::Encrypted { assertion, .. } => assertion.octets(),
        };
        Ok((read::assertion(octets)?, envelope))
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
}

impl From<Signed> for Vec<SignedXml> {
    /// The outermost element first.
    fn from(signed: Signed) -> Self {
        match signed {
            Signed::Response(one) | Signed::Assertion(one) | Signed::Encrypted { response: one, .. } => {
                vec![one]
            }
            Signed::Both { response, assertion } => vec![response, assertion],
        }
    }
}
