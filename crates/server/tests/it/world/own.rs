//! Landfall's own keys, and what it is called.

use landfall_saml::ServiceProvider;
use landfall_xmldsig::{Certificate, DecryptionKey, DecryptionKeys, EncryptionPolicy, SigningKey};

use super::{ACS, ENTITY_ID};

/// With a decryption key of its own, apart from the signing key.
pub(crate) fn service_provider() -> ServiceProvider {
    let key = include_str!("../../../../saml/tests/keys/signer.key.pem");
    let keys = DecryptionKeys::new([DecryptionKey::from_pem(key).unwrap()]).unwrap();
    ServiceProvider::new(ENTITY_ID.try_into().unwrap(), ACS.try_into().unwrap())
        .with_slo("https://sso.example/saml/slo".try_into().unwrap())
        .with_decryption(keys, EncryptionPolicy::standard())
        .announcing(encryption_certificate())
}

/// What identity providers encrypt for.
pub(crate) fn encryption_certificate() -> Certificate {
    Certificate::from_pem(include_str!("../../../../saml/tests/keys/signer.crt.pem")).unwrap()
}

/// Of the key that signs requests: nothing is to be encrypted for it.
pub(crate) fn signing_certificate() -> Certificate {
    Certificate::from_pem(include_str!("../../../../saml/tests/keys/other.crt.pem")).unwrap()
}

pub(super) fn signing_key() -> SigningKey {
    let key = include_str!("../../../../saml/tests/keys/other.key.pem");
    SigningKey::from_pem(key, signing_certificate()).unwrap()
}
