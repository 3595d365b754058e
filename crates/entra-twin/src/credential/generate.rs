//! New signing certificates.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::{X509Builder, X509NameBuilder};
use time::OffsetDateTime;

use super::Credential;
use crate::SignError;

impl Credential {
    /// A new key with a certificate as Entra makes them: self-signed, RSA-2048 and SHA-256, valid from and to a moment.
    ///
    /// Entra's are valid for three years at most; here any period will do.
    ///
    /// ```
    /// use landfall_entra_twin::Credential;
    /// use time::macros::datetime;
    ///
    /// let end = datetime!(2033-01-02 03:04:05 UTC);
    /// let credential = Credential::generate(datetime!(2030-01-02 03:04:05 UTC), end)?;
    /// assert!(credential.is_valid_at(end) && !credential.is_valid_at(end + time::Duration::SECOND));
    /// # Ok::<(), landfall_entra_twin::SignError>(())
    /// ```
    ///
    /// # Errors
    /// [`SignError::Key`] if OpenSSL makes no key.
    pub fn generate(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Result<Self, SignError> {
        made(not_before.unix_timestamp(), not_after.unix_timestamp()).map_err(SignError::from_openssl)
    }
}

fn made(not_before: i64, not_after: i64) -> Result<Credential, ErrorStack> {
    let key = PKey::from_rsa(Rsa::generate(2048)?)?;
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("CN", "Microsoft Azure Federated SSO Certificate")?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::ONE, false)?;
    let mut x509 = X509Builder::new()?;
    // X.509 counts from 0.
    x509.set_version(2)?;
    x509.set_serial_number(&*serial.to_asn1_integer()?)?;
    x509.set_subject_name(&name)?;
    x509.set_issuer_name(&name)?;
    x509.set_not_before(&*Asn1Time::from_unix(not_before)?)?;
    x509.set_not_after(&*Asn1Time::from_unix(not_after)?)?;
    x509.set_pubkey(&key)?;
    x509.sign(&key, MessageDigest::sha256())?;
    Ok(Credential { certificate: x509.build().to_der()?, private_key: key.private_key_to_pkcs8()? })
}
