//! What identity tokens are signed with.

use landfall_accounts::TokenAlgorithm;
use landfall_http::{TokenKey, TokenKeys};
use landfall_xmldsig::{Certificate, SigningKey};

use super::{encryption_certificate, signing_certificate, signing_key};

pub(super) fn first() -> TokenKeys {
    with(signing_key(), &[])
}

/// Another key of RSA signs, and the first one is published still.
pub(super) fn second() -> TokenKeys {
    with(other_key(), &[signing_certificate()])
}

/// The same, and the first one is not published any more.
pub(super) fn second_alone() -> TokenKeys {
    with(other_key(), &[])
}

fn other_key() -> SigningKey {
    let key = include_str!("../../../../saml/tests/keys/signer.key.pem");
    SigningKey::from_pem(key, encryption_certificate()).unwrap()
}

fn with(rsa: SigningKey, others: &[Certificate]) -> TokenKeys {
    let p256 = SigningKey::from_pem(
        include_str!("../../../../xmldsig/tests/keys/p256.key.pem"),
        Certificate::from_pem(include_str!("../../../../xmldsig/tests/keys/p256.crt.pem")).unwrap(),
    );
    let rs256 = TokenKey::new(TokenAlgorithm::Rs256, rsa, others).unwrap();
    let es256 = TokenKey::new(TokenAlgorithm::Es256, p256.unwrap(), &[]).unwrap();
    TokenKeys::new(rs256, es256).unwrap()
}
