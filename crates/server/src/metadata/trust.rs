//! From metadata to what is trusted.

use landfall_accounts::{
    CertificateFingerprint, CertificateState, IdpBinding, IdpTrust, IdpUrl, NotAnEntityId, SloEndpoint,
    SsoEndpoint, TrustedCertificate,
};
use landfall_saml::{Binding, IdpMetadata};
use landfall_xmldsig::{Certificate, CertificateError, TrustedKeys, TrustedKeysError};
use time::OffsetDateTime;

/// The key that an operator pinned, of a certificate in DER or PEM.
pub(crate) fn pinned(bytes: &[u8]) -> Result<TrustedKeys, PinError> {
    let certificate = match std::str::from_utf8(bytes) {
        Ok(pem) if pem.trim_start().starts_with("-----BEGIN") => Certificate::from_pem(pem)?,
        _ => Certificate::from_der(bytes)?,
    };
    Ok(TrustedKeys::new([certificate])?)
}

/// Why a key cannot be pinned.
#[derive(Debug, thiserror::Error)]
#[error("the certificate that must have signed the metadata is of no use: give it in PEM or DER")]
pub(crate) enum PinError {
    Certificate(#[from] CertificateError),
    Keys(#[from] TrustedKeysError),
}

/// What is trusted from now on of metadata that an operator hands over; what a fetch may change of it is decided by `decide_refresh`.
pub(crate) fn trust(metadata: &IdpMetadata, now: OffsetDateTime) -> Result<IdpTrust, NotAnEntityId> {
    let certificates = metadata.certificates().iter().map(|certificate| TrustedCertificate {
        der: certificate.der().to_vec(),
        fingerprint: CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        state: CertificateState::Trusted,
        first_seen: now,
        last_used: None,
    });
    let sso = metadata.sso().iter().filter_map(|endpoint| {
        let location = IdpUrl::new(endpoint.location.as_str());
        Some(SsoEndpoint { binding: binding(endpoint.binding)?, location })
    });
    let slo = metadata.slo().iter().filter_map(|endpoint| {
        let response = endpoint.response_location.as_ref();
        Some(SloEndpoint {
            binding: binding(endpoint.binding)?,
            location: IdpUrl::new(endpoint.location.as_str()),
            response_location: response.map(|location| IdpUrl::new(location.as_str())),
        })
    });
    let entity_id = metadata.entity_id().as_str().parse()?;
    let (sso, slo, certificates) = (sso.collect(), slo.collect(), certificates.collect());
    Ok(IdpTrust { entity_id, sso, slo, certificates, valid_until: metadata.valid_until() })
}

fn binding(binding: Binding) -> Option<IdpBinding> {
    match binding {
        Binding::Redirect => Some(IdpBinding::Redirect),
        Binding::Post => Some(IdpBinding::Post),
        _ => None,
    }
}
