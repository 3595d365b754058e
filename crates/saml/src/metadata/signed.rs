//! Metadata that a key signed which was known before.

use landfall_xmldsig::{
    AlgorithmPolicy, Document, Element, Limits, TrustedKeys, Verifier, VerifyError, XMLDSIG_NAMESPACE,
};
use time::OffsetDateTime;

use super::choose::{is_list, of_metadata};
use super::{IdpMetadata, MetadataError};
use crate::EntityId;

impl IdpMetadata {
    /// Reads metadata whose root one of the pinned keys signed, out of the signed octets alone; at most 16 MiB [attack F1, F2].
    ///
    /// `entity` chooses among several, as in [`Self::read`].
    ///
    /// ```
    /// use landfall_saml::IdpMetadata;
    /// use landfall_xmldsig::{Certificate, SignaturePlace, Signer, SigningKey, TrustedKeys};
    ///
    /// let federation = Certificate::from_pem(include_str!("../../tests/keys/signer.crt.pem"))?;
    /// let key = SigningKey::from_pem(include_str!("../../tests/keys/signer.key.pem"), federation.clone())?;
    /// let list = "<EntitiesDescriptor ID='l1' xmlns='urn:oasis:names:tc:SAML:2.0:metadata'><Extensions/></EntitiesDescriptor>";
    /// let signed = key.sign_element(list, "l1", SignaturePlace::First)?;
    ///
    /// let pinned = TrustedKeys::new([federation])?;
    /// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
    /// let read = |xml: &str| IdpMetadata::read_signed(xml.as_bytes(), None, &pinned, now);
    /// assert_eq!(read(list).unwrap_err().code(), "signature.missing");
    /// assert_eq!(read(&signed).unwrap_err().code(), "metadata.no_idp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MetadataError::Signature`] says which keys are pinned and why none of them vouches for it.
    /// [`MetadataError::SignaturePlace`] where an entity in the list is signed and the list is not: it is to be fetched by itself.
    /// [`MetadataError::TooLargeToVerify`], and whatever [`Self::read`] says of what was signed.
    ///
    /// # Security
    /// The algorithms are those of [`AlgorithmPolicy::strict`].
    /// A pinned certificate is an envelope for its key: its dates are not looked at, and nothing in its chain.
    /// A signature has no end: old metadata verify for as long as their `validUntil` lets them [attack F3],
    /// so whoever fetches should demand one, and be wary of a [`Self::valid_until`] before that of the last time.
    pub fn read_signed(
        bytes: &[u8],
        entity: Option<&EntityId>,
        pinned: &TrustedKeys,
        now: OffsetDateTime,
    ) -> Result<Self, MetadataError> {
        let limits = Limits::metadata();
        if bytes.len() > limits.bytes {
            return Err(MetadataError::TooLargeToVerify { most: limits.bytes });
        }
        let received = Document::parse(bytes, &limits)?;
        let root = of_metadata(&received)?;
        let verified = Verifier::new(pinned, AlgorithmPolicy::strict()).verify(root);
        let signed = verified.map_err(|source| match source {
            VerifyError::NotSigned { .. } if is_list(root) && root.descendants().any(is_signed_entity) => {
                MetadataError::SignaturePlace { pinned: pinned.fingerprints() }
            }
            source => MetadataError::Signature { pinned: pinned.fingerprints(), source: Box::new(source) },
        })?;
        drop(received);
        Self::in_document(&Document::parse(signed.octets(), &limits)?, entity, now)
    }
}

fn is_signed_entity(element: Element<'_>) -> bool {
    element.is(XMLDSIG_NAMESPACE, "Signature")
        && element.parent().is_some_and(|parent| parent.local_name() == "EntityDescriptor")
}
