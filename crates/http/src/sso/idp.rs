//! From what is stored of a connection to what `landfall-saml` takes.

use landfall_accounts::{
    self as accounts, CertificateState, Connection, Danger, SsoBinding, SsoEndpoint, TrustedCertificate,
};
use landfall_claims::AttributeSet;
use landfall_saml::{self as saml, Attribute, Binding, Endpoint, IdentityProvider, Location, Policy};
use landfall_xmldsig::{AlgorithmPolicy, C14nMethod, Certificate, TrustedKeys};
use time::OffsetDateTime;

use crate::error::StoredError;

/// The identity provider of a connection, with all keys that are trusted now [attack G6].
///
/// # Errors
/// [`StoredError`] if what is stored of it fits no connection of this version: no key that counts, an address
/// that is no address.
pub fn identity_provider(connection: &Connection) -> Result<IdentityProvider, StoredError> {
    let trusted = connection
        .idp
        .certificates
        .iter()
        .filter(|certificate| certificate.state == CertificateState::Trusted);
    let certificates: Vec<Certificate> = trusted.map(certificate).collect::<Result<_, _>>()?;
    let sso: Vec<Endpoint> = connection.idp.sso.iter().map(endpoint).collect::<Result<_, _>>()?;
    let entity_id = connection.idp.entity_id.as_str().try_into()?;
    Ok(IdentityProvider::new(entity_id, sso, TrustedKeys::new(certificates)?))
}

fn certificate(trusted: &TrustedCertificate) -> Result<Certificate, StoredError> {
    Ok(Certificate::from_der(&trusted.der)?)
}

fn endpoint(endpoint: &SsoEndpoint) -> Result<Endpoint, StoredError> {
    let binding = match endpoint.binding {
        SsoBinding::Redirect => Binding::Redirect,
        SsoBinding::Post => Binding::Post,
    };
    Ok(Endpoint { binding, location: Location::try_from(endpoint.location.as_str())? })
}

/// What the connection demands of a response now, with what it is freed from for a while [attack B9, C9, C10].
#[must_use]
pub fn policy(connection: &Connection, now: OffsetDateTime) -> Policy {
    let unsolicited = match connection.settings.unsolicited {
        accounts::Unsolicited::Refuse => saml::Unsolicited::Refuse,
        accounts::Unsolicited::Restart => saml::Unsolicited::Restart,
        accounts::Unsolicited::Accept => saml::Unsolicited::Accept,
    };
    let dates = match connection.settings.certificate_dates {
        accounts::CertificateDates::Refuse => saml::CertificateDates::Refuse,
        accounts::CertificateDates::Warn => saml::CertificateDates::Warn,
    };
    let (mut policy, mut algorithms) = (Policy::new(unsolicited, dates), AlgorithmPolicy::strict());
    for danger in connection.dangers(now) {
        match danger {
            Danger::Sha1 => algorithms = algorithms.danger_allow_sha1(),
            Danger::ShortRsa => algorithms = algorithms.danger_allow_short_rsa(),
            Danger::EmptyReference => algorithms = algorithms.danger_allow_empty_reference(),
            Danger::OtherC14n => {
                algorithms = C14nMethod::ALL.into_iter().fold(algorithms, AlgorithmPolicy::danger_allow_c14n);
            }
            Danger::MissingAudience => policy = policy.danger_allow_missing_audience(),
        }
    }
    policy.danger_algorithms(algorithms)
}

/// The attributes of an assertion, as the mapping takes them.
pub(super) fn attribute_set(attributes: &[Attribute]) -> AttributeSet {
    attributes.iter().map(|attribute| (attribute.name(), attribute.values())).collect()
}
