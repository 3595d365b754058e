//! An identity provider's metadata, as an administrator hands it over [saml-metadata].

use std::collections::BTreeMap;

use landfall_xmldsig::{
    Canonicalization, Certificate, CertificateError, Document, Element, KeyFingerprint, KeyWeakness, Limits,
    ParseError, TrustedKeys, TrustedKeysError, XMLDSIG_NAMESPACE, canonicalize, decode_base64,
};
use time::OffsetDateTime;

use crate::instant::write;
use crate::read::{ReadError, optional_instant};
use crate::{
    Binding, Endpoint, EntityId, IdError, IdentityProvider, Location, LocationError, LogoutEndpoint,
};

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// What the metadata of an identity provider say that a connection needs.
///
/// Keys come from its `IDPSSODescriptor` alone, each once; one without `use` counts for signing.
///
/// # Security
/// A signature on the document proves nothing here, since its key would come from the document too:
/// trust comes from the person who hands the file over.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    entity_id: EntityId,
    sso: Vec<Endpoint>,
    slo: Vec<LogoutEndpoint>,
    certificates: Vec<Certificate>,
    warnings: Vec<MetadataWarning>,
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider, out of one `EntityDescriptor` or an `EntitiesDescriptor`;
    /// at most 16 MiB [attack F8].
    ///
    /// `entity` chooses among several; it may be left out where there is one.
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
        let document = Document::parse(bytes, &Limits::metadata())?;
        let chosen = choose(&document, entity)?;
        not_expired(chosen, now)?;
        let id = entity_id(chosen)?;
        let (sso, slo, certificates, warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut metadata = Self { entity_id: id, sso, slo, certificates, warnings };
        for role in roles(chosen) {
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

/// The entity that was asked for, or the only one that is an identity provider; no name stands for two [attack F4].
fn choose<'d>(document: &'d Document<'d>, wanted: Option<&EntityId>) -> Result<Element<'d>, MetadataError> {
    let root = document.root();
    let entities: Vec<Element<'d>> = match (root.namespace(), root.local_name()) {
        (METADATA, "EntityDescriptor") => vec![root],
        (METADATA, "EntitiesDescriptor") => {
            root.descendants().filter(|element| element.is(METADATA, "EntityDescriptor")).collect()
        }
        (_, found) => return Err(MetadataError::Root { found: found.to_owned() }),
    };
    let mut providers: BTreeMap<EntityId, Element<'d>> = BTreeMap::new();
    for entity in entities.into_iter().filter(|entity| roles(*entity).next().is_some()) {
        let id = entity_id(entity)?;
        if providers.get(&id).is_some_and(|first| !same(*first, entity)) {
            return Err(MetadataError::EntityTwice { entity_id: id });
        }
        providers.insert(id, entity);
    }
    let providers: Vec<(EntityId, Element<'d>)> = providers.into_iter().collect();
    let found = || providers.iter().map(|(id, _)| id.clone()).collect();
    match (wanted, providers.as_slice()) {
        (_, []) => Err(MetadataError::NoIdentityProvider),
        (None, [(_, only)]) => Ok(*only),
        (None, _) => Err(MetadataError::Choose { found: found() }),
        (Some(wanted), _) => {
            let chosen = providers.iter().find(|(id, _)| id == wanted).map(|(_, entity)| *entity);
            chosen.ok_or_else(|| MetadataError::NoSuchEntity { wanted: wanted.clone(), found: found() })
        }
    }
}

/// Whether two descriptions say the same to the byte: then it does not matter which one counts.
fn same(first: Element<'_>, second: Element<'_>) -> bool {
    let octets = |element| canonicalize(element, None, &Canonicalization::default());
    matches!((octets(first), octets(second)), (Ok(first), Ok(second)) if first == second)
}

/// Its roles as an identity provider that speaks SAML 2.0.
fn roles(entity: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    let speaks = |role: &Element<'_>| {
        role.attribute("protocolSupportEnumeration")
            .is_some_and(|list| list.split_whitespace().any(|one| one == SAML2))
    };
    entity.elements().filter(move |child| child.is(METADATA, "IDPSSODescriptor") && speaks(child))
}

fn entity_id(entity: Element<'_>) -> Result<EntityId, MetadataError> {
    Ok(EntityId::try_from(entity.attribute("entityID").unwrap_or_default())?)
}

/// Neither the entity nor a list around it is past its `validUntil`; at that time itself it is [saml-metadata 2.3.1, 2.3.2], [attack F3].
fn not_expired(entity: Element<'_>, now: OffsetDateTime) -> Result<(), MetadataError> {
    let mut around = Some(entity);
    while let Some(element) = around {
        if let Some(valid_until) = optional_instant(element, "validUntil")?.filter(|until| *until <= now) {
            return Err(MetadataError::Expired { valid_until, now });
        }
        around = element.parent();
    }
    Ok(())
}

/// What is wrong with metadata and can be lived with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataWarning {
    /// A certificate has expired, or will by the time that it matters.
    #[error("certificate {fingerprint} expired on {}", write(*not_after))]
    CertificateExpired {
        /// The certificate.
        fingerprint: KeyFingerprint,
        /// Its last second.
        not_after: OffsetDateTime,
    },
    /// A certificate is not valid yet.
    #[error("certificate {fingerprint} is valid from {} only", write(*not_before))]
    CertificateNotYetValid {
        /// The certificate.
        fingerprint: KeyFingerprint,
        /// Its first second.
        not_before: OffsetDateTime,
    },
    /// A key that nothing will be verified with.
    #[error("certificate {fingerprint} is of no use: {weakness}")]
    WeakKey {
        /// The certificate.
        fingerprint: KeyFingerprint,
        /// Why.
        weakness: KeyWeakness,
    },
    /// A certificate that cannot be read.
    #[error("a certificate in it is left out: {source}")]
    Certificate {
        /// Why.
        source: CertificateError,
    },
    /// An address that no browser will be sent to.
    #[error("a sign-on address in it is left out: {source}")]
    Endpoint {
        /// Why.
        source: LocationError,
    },
    /// An address for logout that no browser will be sent to.
    #[error("a logout address in it is left out: {source}")]
    LogoutEndpoint {
        /// Why.
        source: LocationError,
    },
    /// No address at all.
    #[error(
        "it has no https sign-on address for HTTP-Redirect or HTTP-POST: only the identity provider can start a login"
    )]
    NoEndpoint,
}

impl MetadataWarning {
    fn about(certificate: &Certificate, now: OffsetDateTime) -> Vec<Self> {
        let fingerprint = certificate.fingerprint();
        let mut warnings = Vec::new();
        if certificate.not_after() < now {
            warnings.push(Self::CertificateExpired { fingerprint, not_after: certificate.not_after() });
        }
        if now < certificate.not_before() {
            warnings.push(Self::CertificateNotYetValid { fingerprint, not_before: certificate.not_before() });
        }
        if let Some(weakness) = certificate.weakness() {
            warnings.push(Self::WeakKey { fingerprint, weakness: weakness.clone() });
        }
        warnings
    }
}

/// Why metadata cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is not XML that is accepted.
    #[error("the metadata is not readable XML")]
    Xml(#[from] ParseError),
    /// It is something else.
    #[error("expected <EntityDescriptor> or <EntitiesDescriptor> of SAML 2.0 metadata, found <{found}>")]
    Root {
        /// The root element.
        found: String,
    },
    /// A time in it is unreadable.
    #[error("a time in the metadata is unreadable")]
    Time(#[from] ReadError),
    /// An entity without a name that can be used.
    #[error("an identity provider in it has no usable entityID")]
    EntityId(#[from] IdError),
    /// Nobody in it signs people in.
    #[error(
        "no IDPSSODescriptor for SAML 2.0 in it: ask for the metadata of the identity provider, not of an application"
    )]
    NoIdentityProvider,
    /// Two entities of one name that differ.
    #[error("entity {entity_id} is described twice and differently: nobody can say which one counts")]
    EntityTwice {
        /// The name.
        entity_id: EntityId,
    },
    /// Several to choose from.
    #[error("it describes several identity providers, choose one: {}", list(found))]
    Choose {
        /// Their names.
        found: Vec<EntityId>,
    },
    /// The one that was asked for is not in it.
    #[error("{wanted} is not in it, but: {}", list(found))]
    NoSuchEntity {
        /// The name asked for.
        wanted: EntityId,
        /// The names that are there.
        found: Vec<EntityId>,
    },
    /// Past its end.
    #[error("it was valid until {}, now is {}: fetch it again", write(*valid_until), write(*now))]
    Expired {
        /// `validUntil`.
        valid_until: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// No certificate that can be read.
    #[error("{entity_id} has no readable signing certificate: nothing that it sends could be verified")]
    NoKey {
        /// The identity provider.
        entity_id: EntityId,
    },
}

impl MetadataError {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::Root { .. } => "metadata.root",
            Self::Time(_) => "metadata.time",
            Self::EntityId(_) => "metadata.entity_id",
            Self::NoIdentityProvider => "metadata.no_idp",
            Self::EntityTwice { .. } => "metadata.twice",
            Self::Choose { .. } => "metadata.choose",
            Self::NoSuchEntity { .. } => "metadata.no_such_entity",
            Self::Expired { .. } => "metadata.expired",
            Self::NoKey { .. } => "metadata.no_key",
        }
    }
}

fn list(found: &[EntityId]) -> String {
    found.iter().map(EntityId::as_str).collect::<Vec<_>>().join(", ")
}
