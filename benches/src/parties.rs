//! The two parties, the request between them, and the time.

use std::error::Error;

use landfall_saml::{
    Binding, CertificateDates, Endpoint, IdentityProvider, PendingRequest, Policy, ServiceProvider,
    Unsolicited,
};
use landfall_xmldsig::{Certificate, DecryptionKey, DecryptionKeys, SigningKey, TrustedKeys};
use time::OffsetDateTime;
use time::macros::datetime;

/// Why a message or a party could not be made.
pub type Failure = Box<dyn Error + Send + Sync>;

/// When the message arrives.
pub const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:06 UTC);

/// Name of the identity provider.
pub const IDP: &str = "https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/";

pub(crate) const SP: &str = "https://sp.example.com/saml/metadata";
pub(crate) const ACS: &str = "https://sp.example.com/saml/acs";
pub(crate) const SSO: &str = "https://login.example.com/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/saml2";
pub(crate) const REQUEST: &str = "_0123456789abcdef0123456789abcdef01234567";

/// The certificate that is trusted: RSA, 2048 bits.
///
/// # Errors
/// When the file of the test key is not one.
pub fn certificate() -> Result<Certificate, Failure> {
    Ok(Certificate::from_pem(include_str!("../../crates/xmldsig/tests/keys/signer.crt.pem"))?)
}

/// The key that signs the messages, and our own requests.
///
/// # Errors
/// When the file of the test key is not one.
pub fn signing_key() -> Result<SigningKey, Failure> {
    let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
    Ok(SigningKey::from_pem(pem, certificate()?)?)
}

/// The same key, to decrypt with.
///
/// # Errors
/// When the file of the test key is not one.
pub fn decryption_keys() -> Result<DecryptionKeys, Failure> {
    let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
    Ok(DecryptionKeys::new([DecryptionKey::from_pem(pem)?])?)
}

/// Us.
///
/// # Errors
/// When our names are none.
pub fn service_provider() -> Result<ServiceProvider, Failure> {
    Ok(ServiceProvider::new(SP.try_into()?, ACS.try_into()?))
}

/// The identity provider, which signs with the one key.
///
/// # Errors
/// As [`certificate`].
pub fn identity_provider() -> Result<IdentityProvider, Failure> {
    let sso = Endpoint { binding: Binding::Redirect, location: SSO.try_into()? };
    Ok(IdentityProvider::new(IDP.try_into()?, vec![sso], TrustedKeys::new([certificate()?])?))
}

/// The request that the messages answer.
///
/// # Errors
/// When the form of its state has changed.
pub fn pending() -> Result<PendingRequest, Failure> {
    Ok(PendingRequest::from_state(&format!("1\n{REQUEST}\n{IDP}"))?)
}

/// As strict as it can be.
#[must_use]
pub fn policy() -> Policy {
    Policy::new(Unsolicited::Refuse, CertificateDates::Refuse)
}
