//! An identity provider's metadata, as an administrator hands it over [saml-metadata].

use landfall_xmldsig::{
    Certificate, CertificateError, Document, Element, Limits, TrustedKeys, TrustedKeysError,
    XMLDSIG_NAMESPACE, decode_base64,
};
use time::{Duration, OffsetDateTime};

mod aggregate;
mod choose;
mod duration;
mod error;
mod signed;
mod validity;

pub use aggregate::AggregateReader;
use choose::{Search, roles};
pub use duration::DurationError;
pub use error::{MetadataError, MetadataWarning};
use validity::Validity;

use crate::{Binding, Endpoint, EntityId, IdentityProvider, Location, LogoutEndpoint};

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// What the metadata of an identity provider say that a connection needs.
///
/// Keys come from its `IDPSSODescriptor` alone, each once; one without `use` counts for signing.
///
/// # Security
/// A signature on the document proves nothing to [`Self::read`] and [`AggregateReader`], since its key would come from the document too:
/// trust comes from the person who hands the file over, or from the way by which it came.
/// Where the key is known before, [`Self::read_signed`] verifies it.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    entity_id: EntityId,
    sso: Vec<Endpoint>,
    slo: Vec<LogoutEndpoint>,
    certificates: Vec<Certificate>,
    validity: Validity,
    warnings: Vec<MetadataWarning>,
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider, out of one `EntityDescriptor` or an `EntitiesDescriptor`;
    /// at most 16 MiB [attack F8], for more there is [`AggregateReader`].
    ///
    /// `entity` chooses among several; it may be left out where there is one.
    /// An entity counts as the root, or in the root under lists alone.
    ///
    /// ```
    /// use landfall_saml::{IdpMetadata, MetadataError};
    ///
    /// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
    /// assert!(matches!(IdpMetadata::read(b"<a/>", None, now), Err(MetadataError::Root { .. })));
    /// ```
    ///
    /// # Errors
    /// [`MetadataError`]: unreadable, no identity provider in it, several to choose from, past its `validUntil`,
    /// or without any key. What can be lived with is a [`MetadataWarning`].
    pub fn read(bytes: &[u8], entity: Option<&EntityId>, now: OffsetDateTime) -> Result<Self, MetadataError> {
        Self::in_document(&Document::parse(bytes, &Limits::metadata())?, entity, now)
    }

    fn in_document(
        document: &Document<'_>,
        entity: Option<&EntityId>,
        now: OffsetDateTime,
    ) -> Result<Self, MetadataError> {
        let mut search = Search::new(entity.cloned(), now);
        search.look_into(document)?;
        search.end()
    }

    /// What one entity says, which has this name.
    fn of(entity: Element<'_>, entity_id: EntityId, now: OffsetDateTime) -> Result<Self, MetadataError> {
        let (validity, warnings) = Validity::of(entity, roles(entity))?;
        validity.holds(now)?;
        let (sso, slo, certificates) = (Vec::new(), Vec::new(), Vec::new());
        let mut metadata = Self { entity_id, sso, slo, certificates, validity, warnings };
        for role in roles(entity) {
            metadata.take_endpoints(role);
            metadata.take_logout_endpoints(role);
            metadata.take_keys(role, now);
        }
        if metadata.certificates.is_empty() {
            return Err(MetadataError::NoKey { entity_id: metadata.entity_id });
        }
        if metadata.sso.is_empty() {
            metadata.warnings.push(MetadataWarning::NoEndpoint);
        }
        Ok(metadata)
    }

    /// Name of the identity provider.
    #[must_use]
    pub fn entity_id(&self) -> &EntityId {
        &self.entity_id
    }

    /// Where it takes requests, by redirect or post.
    #[must_use]
    pub fn sso(&self) -> &[Endpoint] {
        &self.sso
    }

    /// Where it takes logout messages, by redirect or post.
    #[must_use]
    pub fn slo(&self) -> &[LogoutEndpoint] {
        &self.slo
    }

    /// Certificates of its signing keys, each once, in document order.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// When it ends: the earliest `validUntil` of its entity, its role and all lists around it.
    ///
    /// It was read before that; at that time itself it counts no more, whatever is known since.
    #[must_use]
    pub fn valid_until(&self) -> Option<OffsetDateTime> {
        self.validity.until()
    }

    /// How long it may be kept before it is fetched again: the smallest `cacheDuration` of its entity, its role and all lists around it.
    ///
    /// The document chose it, so it may be zero or a hundred years: who fetches needs bounds of his own.
    #[must_use]
    pub fn cache_duration(&self) -> Option<Duration> {
        self.validity.cache()
    }

    /// What is wrong with it and can be lived with.
    #[must_use]
    pub fn warnings(&self) -> &[MetadataWarning] {
        &self.warnings
    }

    /// The identity provider that it describes.
    ///
    /// # Errors
    /// [`TrustedKeysError::TooMany`] for more keys than a verifier takes.
    pub fn identity_provider(&self) -> Result<IdentityProvider, TrustedKeysError> {
        let keys = TrustedKeys::new(self.certificates.iter().cloned())?;
        let idp = IdentityProvider::new(self.entity_id.clone(), self.sso.clone(), keys);
        Ok(idp.with_slo(self.slo.clone()))
    }

    fn take_endpoints(&mut self, role: Element<'_>) {
        for service in role.elements().filter(|child| child.is(METADATA, "SingleSignOnService")) {
            let binding = service.attribute("Binding").and_then(Binding::from_uri);
            let (Some(binding), Some(location)) = (binding, service.attribute("Location")) else { continue };
            match Location::try_from(location) {
                Ok(location) => self.sso.push(Endpoint { binding, location }),
                Err(source) => self.warnings.push(MetadataWarning::Endpoint { source }),
            }
        }
    }

    /// One whose address for requests or for answers cannot be used is left out whole [saml-metadata 2.2.2], [attack F7].
    fn take_logout_endpoints(&mut self, role: Element<'_>) {
        for service in role.elements().filter(|child| child.is(METADATA, "SingleLogoutService")) {
            let binding = service.attribute("Binding").and_then(Binding::from_uri);
            let (Some(binding), Some(location)) = (binding, service.attribute("Location")) else { continue };
            let answers = service.attribute("ResponseLocation").map(Location::try_from).transpose();
            match Location::try_from(location).and_then(|location| Ok((location, answers?))) {
                Ok((location, response_location)) => {
                    self.slo.push(LogoutEndpoint { binding, location, response_location });
                }
                Err(source) => self.warnings.push(MetadataWarning::LogoutEndpoint { source }),
            }
        }
    }

    /// Those that may sign; one without `use` may [attack F5].
    fn take_keys(&mut self, role: Element<'_>, now: OffsetDateTime) {
        let keys = role.elements().filter(|child| child.is(METADATA, "KeyDescriptor"));
        for key in keys.filter(|key| key.attribute("use") != Some("encryption")) {
            for text in key.descendants().filter(|child| is_certificate(*child)) {
                match read_certificate(text) {
                    Ok(certificate) if self.certificates.contains(&certificate) => {}
                    Ok(certificate) => {
                        self.warnings.extend(MetadataWarning::about(&certificate, now));
                        self.certificates.push(certificate);
                    }
                    Err(source) => self.warnings.push(MetadataWarning::Certificate { source }),
                }
            }
        }
    }
}

/// `X509Data/X509Certificate`, of XML Signature or, as some software writes it, of metadata.
fn is_certificate(element: Element<'_>) -> bool {
    let known = |namespace: &str| matches!(namespace, XMLDSIG_NAMESPACE | METADATA);
    let named =
        |element: Element<'_>, local: &str| element.local_name() == local && known(element.namespace());
    named(element, "X509Certificate") && element.parent().is_some_and(|parent| named(parent, "X509Data"))
}

/// Base64 of DER or, as some software writes it, of PEM.
fn read_certificate(element: Element<'_>) -> Result<Certificate, CertificateError> {
    let text = element.text().map_err(|_| CertificateError)?;
    let bytes = decode_base64(text).map_err(|_| CertificateError)?;
    match std::str::from_utf8(&bytes) {
        Ok(pem) if pem.starts_with("-----BEGIN") => Certificate::from_pem(pem),
        _ => Certificate::from_der(&bytes),
    }
}
