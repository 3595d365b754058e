//! The keys that are trusted.

use crate::{Certificate, KeyFingerprint};

/// The keys that a signature may be made with: at least one, each once.
///
/// # Security
/// This is the only source of keys: what a message carries in its KeyInfo is never one [xmldsig 4.5], [attack C3].
#[derive(Clone, Debug)]
pub struct TrustedKeys {
    certificates: Vec<Certificate>,
}

impl TrustedKeys {
    /// Most keys that one set may hold, since each costs one verification [attack D5].
    pub const MOST: usize = 16;

    /// Makes a set; a certificate that is given twice counts once.
    ///
    /// # Errors
    /// [`TrustedKeysError`] for none [attack C5], and for more than [`Self::MOST`].
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, TrustedKeysError> {
        let mut once: Vec<Certificate> = Vec::new();
        for certificate in certificates {
            if once.contains(&certificate) {
                continue;
            }
            if once.len() == Self::MOST {
                return Err(TrustedKeysError::TooMany { most: Self::MOST });
            }
            once.push(certificate);
        }
        if once.is_empty() { Err(TrustedKeysError::None) } else { Ok(Self { certificates: once }) }
    }

    /// The certificates, in the order given.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Their fingerprints, in the order given.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<KeyFingerprint> {
        self.certificates.iter().map(Certificate::fingerprint).collect()
    }
}

/// Why a set of keys cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedKeysError {
    /// No key: that would mean that nothing can be verified, never that everything is accepted.
    #[error("no usable signing key: at least one certificate is needed")]
    None,
    /// Too many keys.
    #[error("more than {most} signing keys: remove those that are no longer used")]
    TooMany {
        /// Most that are taken.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Certificate {
        Certificate::from_pem(include_str!("../../tests/keys/signer.crt.pem")).unwrap()
    }

    #[test]
    fn c5_trusted_keys_are_some_and_each_once() {
        let certificate = signer();
        assert_eq!(TrustedKeys::new([]).unwrap_err(), TrustedKeysError::None);
        let keys = TrustedKeys::new([certificate.clone(), certificate]).unwrap();
        assert_eq!(keys.certificates().len(), 1);
    }

    #[test]
    fn d5_trusted_keys_are_few() {
        let der = signer().der().to_vec();
        // The certificate's own signature ends its DER: nothing here reads it.
        let other = |last: u8| {
            let mut der = der.clone();
            *der.last_mut().unwrap() = last;
            Certificate::from_der(&der).unwrap()
        };
        let some = |count: u8| TrustedKeys::new((0..count).map(other));
        assert_eq!(some(16).unwrap().certificates().len(), 16);
        assert_eq!(some(17).unwrap_err(), TrustedKeysError::TooMany { most: 16 });
    }
}
