//! The master key in its file or in the environment, and the installation's keys that it seals in the database.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use landfall_accounts::TokenAlgorithm;
use landfall_http::Environment;
use landfall_store::{KeyPurpose, SpKey, TombstoneKey};
use landfall_xmldsig::{Certificate, DecryptionKey, Signer, SigningKey, decode_base64};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use time::{Duration, OffsetDateTime};

/// How long the certificate of a key says that it is valid.
const LIFETIME: Duration = Duration::days(3650);
const KEY_LENGTH: usize = 32;

/// Where the master key is kept.
#[derive(Clone)]
pub(crate) enum KeyPlace {
    /// In this file, which is made if nothing was sealed yet.
    File(PathBuf),
    /// In the environment, as base64: for nodes that share a database.
    Environment(String),
}

impl fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPlace({self})")
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(_) => f.write_str("LANDFALL_MASTER_KEY"),
        }
    }
}

/// Seals what is secret in the database.
pub(crate) struct MasterKey {
    sealing: LessSafeKey,
    tombstones: TombstoneKey,
}

impl MasterKey {
    /// Reads the key.
    pub(crate) fn read(place: &KeyPlace) -> Result<Self> {
        let bytes = match place {
            KeyPlace::File(path) => fs::read(path).with_context(|| format!("cannot read {place}"))?,
            KeyPlace::Environment(text) => decode_base64(text.trim()).context("LANDFALL_MASTER_KEY")?,
        };
        Self::from_bytes(&bytes).with_context(|| place.to_string())
    }

    /// Reads the key, or makes it if nothing was sealed yet, readable for its owner alone.
    pub(crate) fn read_or_make(
        place: &KeyPlace,
        sealed: Sealed,
        environment: &dyn Environment,
    ) -> Result<(Self, Made)> {
        let KeyPlace::File(path) = place else { return Ok((Self::read(place)?, Made::Before)) };
        match (path.exists(), sealed) {
            (true, _) => Ok((Self::read(place)?, Made::Before)),
            (false, Sealed::Something) => bail!("{place} {LOST}"),
            (false, Sealed::Nothing) => {
                let mut bytes = [0; KEY_LENGTH];
                environment.fill(&mut bytes)?;
                write_private(path, &bytes).with_context(|| format!("cannot write {place}"))?;
                Ok((Self::from_bytes(&bytes)?, Made::Now))
            }
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() != KEY_LENGTH {
            bail!(
                "a master key has {KEY_LENGTH} bytes, this one has {}: restore it from a backup",
                bytes.len()
            );
        }
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| anyhow!("the master key is unusable"))?;
        let tombstones = TombstoneKey::new(&tombstone_secret(bytes));
        Ok(Self { sealing: LessSafeKey::new(key), tombstones })
    }

    /// What tombstones are made with, which follows from this key and tells nothing about it.
    pub(crate) fn tombstones(&self) -> TombstoneKey {
        self.tombstones.clone()
    }

    fn seal(&self, purpose: KeyPurpose, secret: &[u8], environment: &dyn Environment) -> Result<Vec<u8>> {
        self.seal_bound(bound(purpose), secret, environment)
            .with_context(|| format!("the {purpose} key cannot be sealed"))
    }

    /// Seals by AES-256-GCM, under a random nonce, which stands before it; it opens where it is bound to the same alone.
    pub(crate) fn seal_bound(
        &self,
        bound: &[u8],
        secret: &[u8],
        environment: &dyn Environment,
    ) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        environment.fill(&mut nonce)?;
        let mut sealed = secret.to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        let tagged = self.sealing.seal_in_place_append_tag(nonce_used, Aad::from(bound), &mut sealed);
        tagged.map_err(|_| anyhow!("the master key seals nothing"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open_sealed(&self, purpose: KeyPurpose, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || {
            anyhow!(
                "the {purpose} key in the database was sealed with another master key: restore the one that belongs to it"
            )
        };
        self.open_bound(bound(purpose), sealed).ok_or_else(wrong)
    }

    /// Opens what [`MasterKey::seal_bound`] sealed; nothing if it was another key, bound to something else, or altered.
    pub(crate) fn open_bound(&self, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut secret = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.sealing.open_in_place(nonce, Aad::from(bound), &mut secret).ok()?.len();
        secret.truncate(length);
        Some(secret)
    }
}

/// # Security
/// It must stay what it is for each master key: under another one no deleted identity is recognised.
fn tombstone_secret(master: &[u8]) -> [u8; KEY_LENGTH] {
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), b"landfall tombstone key 1");
    let mut secret = [0; KEY_LENGTH];
    secret.copy_from_slice(derived.as_ref());
    secret
}

/// What a sealed key is bound to: nothing else that is sealed can take its place.
fn bound(purpose: KeyPurpose) -> &'static [u8] {
    match purpose {
        KeyPurpose::Signing => b"landfall signing key 1",
        KeyPurpose::Decryption => b"landfall decryption key 1",
        KeyPurpose::IdToken(TokenAlgorithm::Rs256) => b"landfall id-token-rs256 key 1",
        KeyPurpose::IdToken(TokenAlgorithm::Es256) => b"landfall id-token-es256 key 1",
    }
}

/// Whether the database holds what only the master key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    Nothing,
    Something,
}

/// What is to be done about a master key that is not where it belongs.
pub(crate) const LOST: &str = "is missing, and keys in the database are sealed with it: restore it from a backup, copy it from another node, or set LANDFALL_MASTER_KEY";

/// Whether something was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Before,
    Now,
}

/// Never over an existing file: two processes that start at once must not part ways.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a key with a certificate of its own, sealed.
pub(crate) fn make(
    purpose: KeyPurpose,
    master: &MasterKey,
    host: &str,
    environment: &dyn Environment,
    now: OffsetDateTime,
) -> Result<SpKey> {
    let pair = match purpose {
        KeyPurpose::Signing | KeyPurpose::Decryption | KeyPurpose::IdToken(TokenAlgorithm::Rs256) => {
            KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072)
        }
        KeyPurpose::IdToken(TokenAlgorithm::Es256) => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
    };
    let pair = pair.with_context(|| format!("cannot make a {purpose} key"))?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("Landfall {purpose}, {host}"));
    params.not_before = now - Duration::days(1);
    params.not_after = now + LIFETIME;
    let certificate = params.self_signed(&pair).context("cannot make a certificate")?;
    let sealed = master.seal(purpose, &pair.serialize_der(), environment)?;
    Ok(SpKey { certificate: certificate.der().to_vec(), sealed, created_at: now })
}

/// A key that signs, unsealed.
pub(crate) fn open_signing_key(master: &MasterKey, purpose: KeyPurpose, key: &SpKey) -> Result<SigningKey> {
    let what = || format!("the {purpose} key in the database");
    let certificate = Certificate::from_der(&key.certificate).with_context(what)?;
    let pkcs8 = master.open_sealed(purpose, &key.sealed)?;
    SigningKey::from_pkcs8(&pkcs8, certificate).with_context(what)
}

/// Fails unless the key opens, whatever it is for: under a wrong master key nothing is sealed.
pub(crate) fn opens(master: &MasterKey, purpose: KeyPurpose, key: &SpKey) -> Result<Certificate> {
    match purpose {
        KeyPurpose::Decryption => Ok(open_decryption_key(master, key)?.1),
        KeyPurpose::Signing | KeyPurpose::IdToken(_) => {
            Ok(open_signing_key(master, purpose, key)?.certificate().clone())
        }
    }
}

/// The decryption key, unsealed, and the certificate that others encrypt with: of this key and of no other.
pub(crate) fn open_decryption_key(master: &MasterKey, key: &SpKey) -> Result<(DecryptionKey, Certificate)> {
    let what = "the decryption key in the database";
    let certificate = Certificate::from_der(&key.certificate).context(what)?;
    let pkcs8 = master.open_sealed(KeyPurpose::Decryption, &key.sealed)?;
    SigningKey::from_pkcs8(&pkcs8, certificate.clone()).context(what)?;
    Ok((DecryptionKey::from_pkcs8(&pkcs8).context(what)?, certificate))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::environment::System;

    fn master(byte: u8) -> MasterKey {
        MasterKey::from_bytes(&[byte; KEY_LENGTH]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_own_key_alone() {
        let sealed = master(1).seal(KeyPurpose::Signing, b"secret", &System::default()).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(master(1).open_sealed(KeyPurpose::Signing, &sealed).unwrap(), b"secret");
        assert!(master(1).open_sealed(KeyPurpose::Decryption, &sealed).is_err());
        assert!(master(2).open_sealed(KeyPurpose::Signing, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(master(1).open_sealed(KeyPurpose::Signing, &altered).is_err(), "byte {at}");
            assert!(master(1).open_sealed(KeyPurpose::Signing, &sealed[..at]).is_err(), "cut at {at}");
        }
        assert_ne!(sealed, master(1).seal(KeyPurpose::Signing, b"secret", &System::default()).unwrap());
    }

    #[test]
    fn a_signing_key_is_made_and_opened() {
        let now = datetime!(2030-01-02 03:04:05 UTC);
        let made = make(KeyPurpose::Signing, &master(1), "sso.example", &System::default(), now).unwrap();
        let key = open_signing_key(&master(1), KeyPurpose::Signing, &made).unwrap();
        assert_eq!(key.certificate().subject(), "CN=Landfall signing, sso.example");
        assert_eq!(key.certificate().not_before(), datetime!(2030-01-01 03:04:05 UTC));
        let error = open_signing_key(&master(2), KeyPurpose::Signing, &made).unwrap_err();
        assert!(error.to_string().contains("another master key"));
    }

    #[test]
    fn each_key_opens_for_its_own_purpose_alone() {
        let (system, now) = (System::default(), datetime!(2030-01-02 03:04:05 UTC));
        for purpose in KeyPurpose::ALL {
            let made = make(purpose, &master(1), "sso.example", &system, now).unwrap();
            for other in KeyPurpose::ALL {
                let same = other == purpose;
                assert_eq!(opens(&master(1), other, &made).is_ok(), same, "{purpose} as {other}");
            }
        }
    }

    #[test]
    fn a_decryption_key_is_made_and_opened_and_is_no_signing_key() {
        let (system, now) = (System::default(), datetime!(2030-01-02 03:04:05 UTC));
        let made = make(KeyPurpose::Decryption, &master(1), "sso.example", &system, now).unwrap();
        let (_, certificate) = open_decryption_key(&master(1), &made).unwrap();
        assert_eq!(certificate.subject(), "CN=Landfall decryption, sso.example");
        assert!(open_signing_key(&master(1), KeyPurpose::Signing, &made).is_err());
        // Whoever writes the database cannot have others encrypt for himself.
        let other = make(KeyPurpose::Decryption, &master(1), "sso.example", &system, now).unwrap();
        let exchanged = SpKey { certificate: other.certificate, ..made };
        assert!(open_decryption_key(&master(1), &exchanged).is_err());
    }

    #[test]
    fn what_tombstones_are_made_with_follows_from_the_master_key() {
        let hex = |octets: [u8; 32]| octets.map(|octet| format!("{octet:02x}")).concat();
        assert_eq!(
            hex(tombstone_secret(&[1; KEY_LENGTH])),
            "fa2bbffbd66629184b07cde02e3f602166b34fcbf9e1e7868aea886a7e8be575"
        );
        assert_ne!(tombstone_secret(&[1; KEY_LENGTH]), tombstone_secret(&[2; KEY_LENGTH]));
    }

    #[test]
    fn a_master_key_has_its_length() {
        assert!(MasterKey::from_bytes(&[0; 31]).is_err());
        assert!(MasterKey::from_bytes(&[]).is_err());
    }

    #[test]
    fn a_key_of_the_environment_is_base64_and_never_shown() {
        let text = landfall_xmldsig::encode_base64(&[7; KEY_LENGTH]);
        let place = KeyPlace::Environment(format!("{text}\n"));
        assert!(!format!("{place} {place:?}").contains(&text));
        let sealed = master(7).seal(KeyPurpose::Signing, b"secret", &System::default()).unwrap();
        assert_eq!(
            MasterKey::read(&place).unwrap().open_sealed(KeyPurpose::Signing, &sealed).unwrap(),
            b"secret"
        );
        for wrong in ["", "secret", text.trim_start_matches("BwcH")] {
            let error = MasterKey::read(&KeyPlace::Environment(wrong.to_owned())).err().unwrap();
            assert!(format!("{error:#}").contains("LANDFALL_MASTER_KEY"), "{error:#}");
        }
    }
}
