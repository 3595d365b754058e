//! Private keys that are in this process.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use x509_parser::pem::Pem;

use super::{SignError, Signer};
use crate::Certificate;
use crate::algorithm::{AlgorithmPolicy, SignatureAlgorithm};

/// A private key with the certificate that announces its public half.
pub struct SigningKey {
    pair: Pair,
    algorithm: SignatureAlgorithm,
    certificate: Certificate,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// How a private key is wrapped.
#[derive(Clone, Copy)]
enum Form {
    Pkcs8,
    /// RSAPrivateKey [rfc8017 A.1.2].
    Pkcs1,
    /// ECPrivateKey [rfc5915 3].
    Sec1,
}

impl SigningKey {
    /// Takes an unencrypted PKCS#8 key, DER, with its certificate.
    ///
    /// RSA signs with SHA-256, P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512.
    /// If the certificate's key is for RSA-PSS alone, that is how it signs, with the first hash that it is not bound
    /// away from; the private key must come as a plain RSA key all the same.
    ///
    /// # Errors
    /// [`SignError::Key`] if the key is unreadable, [`SignError::Mismatch`] if the certificate is of another key.
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Certificate) -> Result<Self, SignError> {
        Self::read(Form::Pkcs8, pkcs8, certificate)
    }

    /// Takes an unencrypted key from a PEM text: PKCS#8 (`BEGIN PRIVATE KEY`), PKCS#1 (`BEGIN RSA PRIVATE KEY`)
    /// or SEC1 (`BEGIN EC PRIVATE KEY`), the first that is there.
    ///
    /// # Errors
    /// As [`Self::from_pkcs8`].
    pub fn from_pem(pem: &str, certificate: Certificate) -> Result<Self, SignError> {
        let mut blocks = Pem::iter_from_buffer(pem.as_bytes()).filter_map(Result::ok);
        let (form, der) = blocks.find_map(in_form).ok_or(SignError::Key)?;
        Self::read(form, &der, certificate)
    }

    fn read(form: Form, der: &[u8], certificate: Certificate) -> Result<Self, SignError> {
        // A certificate with a weak key announces nothing that may sign.
        let algorithm = certificate.first_algorithm().ok_or(SignError::Key)?;
        let pair = match algorithm {
            SignatureAlgorithm::EcdsaSha256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, form, der),
            SignatureAlgorithm::EcdsaSha384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, form, der),
            SignatureAlgorithm::EcdsaSha512 => ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING, form, der),
            SignatureAlgorithm::Ed25519 => ed25519(form, der),
            SignatureAlgorithm::RsaPssSha256 => rsa(&RSA_PSS_SHA256, form, der),
            SignatureAlgorithm::RsaPssSha384 => rsa(&RSA_PSS_SHA384, form, der),
            SignatureAlgorithm::RsaPssSha512 => rsa(&RSA_PSS_SHA512, form, der),
            _ => rsa(&RSA_PKCS1_SHA256, form, der),
        }?;
        let key = Self { pair, algorithm, certificate };
        if key.is_announced() { Ok(key) } else { Err(SignError::Mismatch) }
    }

    /// Whether the certificate holds this key's public half.
    fn is_announced(&self) -> bool {
        let probe = b"landfall";
        let signature = self.sign(probe);
        let key = self.certificate.key_for(self.algorithm, AlgorithmPolicy::strict());
        matches!((signature, key), (Ok(value), Some(key)) if key.verify_sig(probe, &value).is_ok())
    }
}

fn in_form(block: Pem) -> Option<(Form, Vec<u8>)> {
    let form = match block.label.as_str() {
        "PRIVATE KEY" => Form::Pkcs8,
        "RSA PRIVATE KEY" => Form::Pkcs1,
        "EC PRIVATE KEY" => Form::Sec1,
        _ => return None,
    };
    Some((form, block.contents))
}

fn rsa(encoding: &'static dyn RsaEncoding, form: Form, der: &[u8]) -> Result<Pair, SignError> {
    let pair = match form {
        Form::Pkcs8 => RsaKeyPair::from_pkcs8(der),
        Form::Pkcs1 => RsaKeyPair::from_der(der),
        Form::Sec1 => return Err(SignError::Key),
    };
    pair.map(|pair| Pair::Rsa(pair, encoding)).map_err(|_| SignError::Key)
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, form: Form, der: &[u8]) -> Result<Pair, SignError> {
    let pair = match form {
        Form::Pkcs8 => EcdsaKeyPair::from_pkcs8(algorithm, der),
        Form::Sec1 => EcdsaKeyPair::from_private_key_der(algorithm, der),
        Form::Pkcs1 => return Err(SignError::Key),
    };
    pair.map(Pair::Ecdsa).map_err(|_| SignError::Key)
}

fn ed25519(form: Form, der: &[u8]) -> Result<Pair, SignError> {
    match form {
        Form::Pkcs8 => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519).map_err(|_| SignError::Key),
        Form::Pkcs1 | Form::Sec1 => Err(SignError::Key),
    }
}

/// # Security
/// The nonce of ECDSA and the salt of RSA-PSS come from the library's own random source, never from a caller.
impl Signer for SigningKey {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let value = match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, octets, &mut value).map(|()| value)
            }
            Pair::Ecdsa(pair) => pair.sign(&random, octets).map(|value| value.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.try_sign(octets).map(|value| value.as_ref().to_vec()),
        };
        value.map_err(|_| SignError::Arithmetic)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
