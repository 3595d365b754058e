//! What is wrong with metadata: what refuses them, and what can be lived with.

use landfall_xmldsig::{
    Certificate, CertificateError, KeyFingerprint, KeyWeakness, ParseError, ParseErrorKind, VerifyError,
};
use time::OffsetDateTime;

use super::duration::DurationError;
use crate::instant::write;
use crate::read::ReadError;
use crate::{EntityId, IdError, LocationError};

/// Most names of entities in one sentence.
const TOLD: usize = 20;

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
    /// A `cacheDuration` that cannot be read.
    #[error("its cacheDuration counts as none: {source}")]
    CacheDuration {
        /// Why.
        source: DurationError,
    },
    /// No address at all.
    #[error(
        "it has no https sign-on address for HTTP-Redirect or HTTP-POST: only the identity provider can start a login"
    )]
    NoEndpoint,
}

impl MetadataWarning {
    pub(super) fn about(certificate: &Certificate, now: OffsetDateTime) -> Vec<Self> {
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
    /// A part of an aggregate is not XML that is accepted.
    #[error("the metadata are not readable XML, between byte {from} and byte {to}")]
    Part {
        /// Where the part begins.
        from: usize,
        /// Where it ends.
        to: usize,
        /// What is wrong in it.
        source: ParseErrorKind,
    },
    /// An aggregate beyond one of its bounds.
    #[error("more than {most} {what}: get the metadata of the one identity provider by themselves")]
    TooLarge {
        /// The bound, in words.
        what: &'static str,
        /// Its value.
        most: usize,
    },
    /// A signature is asked for, and the document is larger than one that is verified.
    #[error(
        "a signature covers the whole document, and is verified in {most} bytes at most: get the signed metadata of the one identity provider by themselves"
    )]
    TooLargeToVerify {
        /// Bytes of a document that is verified.
        most: usize,
    },
    /// No pinned key vouches for it.
    #[error("expected metadata that one of the pinned keys signed, which are {}", keys(pinned))]
    Signature {
        /// The keys that were tried.
        pinned: Vec<KeyFingerprint>,
        /// Why none of them counts.
        source: Box<VerifyError>,
    },
    /// An entity in the list is signed, the list itself is not.
    #[error(
        "expected a list that one of the pinned keys signed, found a signature on an entity in it: get the entity by itself; pinned are {}",
        keys(pinned)
    )]
    SignaturePlace {
        /// The keys that would have been tried.
        pinned: Vec<KeyFingerprint>,
    },
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
    #[error("it describes {met} identity providers, choose one: {}", list(found, *met))]
    Choose {
        /// How many there are.
        met: usize,
        /// Names that are there, each once, the first thousand.
        found: Vec<EntityId>,
    },
    /// The one that was asked for is not in it.
    #[error("{wanted} is not in it, but {met} others: {}", list(found, *met))]
    NoSuchEntity {
        /// The name asked for.
        wanted: EntityId,
        /// How many others there are.
        met: usize,
        /// Names that are there, each once, the first thousand.
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
            Self::Part { source, .. } => source.code(),
            Self::TooLarge { .. } => "metadata.too_large",
            Self::TooLargeToVerify { .. } => "metadata.too_large_to_verify",
            Self::Signature { source, .. } => source.code(),
            Self::SignaturePlace { .. } => "metadata.signature_place",
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

/// The names that are told, and that there are more of them if so.
fn list(found: &[EntityId], met: usize) -> String {
    let told = found.iter().map(EntityId::as_str).take(TOLD).collect::<Vec<_>>().join(", ");
    if TOLD.min(found.len()) < met { format!("{told} and more") } else { told }
}

fn keys(pinned: &[KeyFingerprint]) -> String {
    pinned.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
