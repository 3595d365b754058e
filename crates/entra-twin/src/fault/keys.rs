//! Keys that no service provider may trust.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Builder};

use super::ForgeError;
use crate::{Credential, Seed, Twin};

/// A key, and the certificate that goes with it, both DER.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) private_key: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}

impl From<&Credential> for Pair {
    fn from(credential: &Credential) -> Self {
        Self {
            private_key: credential.private_key().to_vec(),
            certificate: credential.certificate().to_vec(),
        }
    }
}

/// The key of an application of another tenant.
///
/// # Errors
/// [`ForgeError::Data`] if the embedded file is broken.
pub(crate) fn stranger(twin: &Twin) -> Result<Pair, ForgeError> {
    let fabrikam = Seed::Fabrikam.app()?;
    let own = twin.signing().certificate();
    let other = if fabrikam.signing.certificate() == own { Seed::Contoso.app()? } else { fabrikam };
    Ok(Pair::from(&other.signing))
}

/// A new key in a certificate with the names, the serial number and the dates of the application's.
///
/// # Errors
/// [`ForgeError::Crypto`] if OpenSSL does not make it.
pub(crate) fn cloned(twin: &Twin) -> Result<Pair, ForgeError> {
    static KEY: OnceLock<PKey<Private>> = OnceLock::new();
    let key = match KEY.get() {
        Some(key) => key.clone(),
        None => {
            let made = PKey::from_rsa(Rsa::generate(2048)?)?;
            KEY.get_or_init(|| made).clone()
        }
    };
    let certificate = clone_of(&X509::from_der(twin.signing().certificate())?, &key)?;
    Ok(Pair { private_key: key.private_key_to_pkcs8()?, certificate: certificate.to_der()? })
}

fn clone_of(original: &X509, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(original.serial_number())?;
    builder.set_subject_name(original.subject_name())?;
    builder.set_issuer_name(original.issuer_name())?;
    builder.set_not_before(original.not_before())?;
    builder.set_not_after(original.not_after())?;
    builder.set_pubkey(key)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// The public key of a certificate, as PEM: what a confused verifier takes for the secret of an HMAC.
///
/// # Errors
/// [`ForgeError::Crypto`] if OpenSSL does not read it.
pub(crate) fn public_pem(certificate: &[u8]) -> Result<Vec<u8>, ForgeError> {
    Ok(X509::from_der(certificate)?.public_key()?.public_key_to_pem()?)
}

/// The public key of a certificate as `RSAKeyValue`.
///
/// # Errors
/// [`ForgeError::Crypto`] if OpenSSL does not read it.
pub(crate) fn key_value(certificate: &[u8]) -> Result<String, ForgeError> {
    let key = X509::from_der(certificate)?.public_key()?.rsa()?;
    let (modulus, exponent) = (STANDARD.encode(key.n().to_vec()), STANDARD.encode(key.e().to_vec()));
    Ok(format!("<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>"))
}
