//! The public key of a certificate: its kind, its strength, and what it can verify.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA256_FIXED, ECDSA_P521_SHA384_FIXED,
    ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};
use x509_parser::public_key::RSAPublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;

use super::CertificateError;
use crate::algorithm::SignatureAlgorithm;

/// Smallest RSA modulus, in bits.
const RSA_BITS: usize = 2048;
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";
const CURVE_25519: &str = "1.3.101.112";

pub(super) type Keys = Vec<(SignatureAlgorithm, ParsedPublicKey)>;

/// An algorithm with its arithmetic, which takes ECDSA as raw r and s of exact length [xmldsig 6.4.3], [attack C18].
type Pair = (SignatureAlgorithm, &'static dyn VerificationAlgorithm);

/// What an RSA key verifies; the first is what it signs with.
const RSA: &[Pair] = &[
    (SignatureAlgorithm::RsaSha256, &RSA_PKCS1_2048_8192_SHA256),
    (SignatureAlgorithm::RsaSha384, &RSA_PKCS1_2048_8192_SHA384),
    (SignatureAlgorithm::RsaSha512, &RSA_PKCS1_2048_8192_SHA512),
    (SignatureAlgorithm::RsaPssSha256, &RSA_PSS_2048_8192_SHA256),
    (SignatureAlgorithm::RsaPssSha384, &RSA_PSS_2048_8192_SHA384),
    (SignatureAlgorithm::RsaPssSha512, &RSA_PSS_2048_8192_SHA512),
    (SignatureAlgorithm::RsaSha1, &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
];

/// What a short RSA key can be used with; the library has nothing else for it.
const SHORT_RSA: &[Pair] = &[
    (SignatureAlgorithm::RsaSha256, &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
    (SignatureAlgorithm::RsaSha512, &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
    (SignatureAlgorithm::RsaSha1, &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
];

/// What a key that is for RSA-PSS alone verifies, each with its hash and the octets of its salt.
const RSA_PSS: [(Pair, &str, u32); 3] = [
    ((SignatureAlgorithm::RsaPssSha256, &RSA_PSS_2048_8192_SHA256), SHA256, 32),
    ((SignatureAlgorithm::RsaPssSha384, &RSA_PSS_2048_8192_SHA384), SHA384, 48),
    ((SignatureAlgorithm::RsaPssSha512, &RSA_PSS_2048_8192_SHA512), SHA512, 64),
];

const ON_P256: &[Pair] = &[(SignatureAlgorithm::EcdsaSha256, &ECDSA_P256_SHA256_FIXED)];
const ON_P384: &[Pair] = &[(SignatureAlgorithm::EcdsaSha384, &ECDSA_P384_SHA384_FIXED)];
const ON_P521: &[Pair] = &[
    (SignatureAlgorithm::EcdsaSha512, &ECDSA_P521_SHA512_FIXED),
    (SignatureAlgorithm::EcdsaSha384, &ECDSA_P521_SHA384_FIXED),
    (SignatureAlgorithm::EcdsaSha256, &ECDSA_P521_SHA256_FIXED),
];
const EDWARDS: &[Pair] = &[(SignatureAlgorithm::Ed25519, &ED25519)];

/// The key in every form that an algorithm wants, and why a strict policy makes no use of it.
pub(super) fn read(info: &SubjectPublicKeyInfo<'_>) -> Result<(Keys, Option<KeyWeakness>), CertificateError> {
    let kind = info.algorithm.algorithm.to_id_string();
    let parameters = info.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
    let bytes = info.subject_public_key.data.as_ref();
    let parsed = |pairs: &[Pair]| pairs.iter().map(|pair| parse(pair, bytes)).collect::<Result<Keys, _>>();
    let good = |pairs: &[Pair]| Ok((parsed(pairs)?, None));
    match (kind.as_str(), curve.as_deref()) {
        (RSA_ENCRYPTION, _) => match rsa_bits(bytes)? {
            bits if bits < RSA_BITS => {
                // A key that is too short even for the library has no arithmetic at all.
                let keys = SHORT_RSA.iter().filter_map(|pair| parse(pair, bytes).ok()).collect();
                Ok((keys, Some(KeyWeakness::Short { bits, least: RSA_BITS })))
            }
            _ => good(RSA),
        },
        (RSASSA_PSS, _) => {
            let parameters = parameters.map(RsaSsaPssParams::try_from).transpose();
            let parameters = parameters.map_err(|_| CertificateError)?;
            let admitted = RSA_PSS.iter().filter(|(_, hash, salt)| {
                parameters.as_ref().is_none_or(|parameters| admits(parameters, hash, *salt))
            });
            let pairs: Vec<Pair> = admitted.map(|(pair, ..)| *pair).collect();
            match rsa_bits(bytes)? {
                bits if bits < RSA_BITS => {
                    Ok((Keys::new(), Some(KeyWeakness::Short { bits, least: RSA_BITS })))
                }
                _ if pairs.is_empty() => Ok((Keys::new(), Some(KeyWeakness::PssParameters))),
                _ => good(&pairs),
            }
        }
        (EC_PUBLIC_KEY, Some(P256)) => good(ON_P256),
        (EC_PUBLIC_KEY, Some(P384)) => good(ON_P384),
        (EC_PUBLIC_KEY, Some(P521)) => good(ON_P521),
        (CURVE_25519, _) => good(EDWARDS),
        _ => Ok((Keys::new(), Some(KeyWeakness::Kind { found: curve.unwrap_or(kind) }))),
    }
}

fn parse(
    &(algorithm, arithmetic): &Pair,
    bytes: &[u8],
) -> Result<(SignatureAlgorithm, ParsedPublicKey), CertificateError> {
    let key = ParsedPublicKey::new(arithmetic, bytes).map_err(|_| CertificateError)?;
    Ok((algorithm, key))
}

fn rsa_bits(bytes: &[u8]) -> Result<usize, CertificateError> {
    let (_, key) = RSAPublicKey::from_der(bytes).map_err(|_| CertificateError)?;
    Ok(key.key_size())
}

/// Whether a key that is bound to these parameters may sign with this hash, MGF1 of the same hash,
/// and a salt of this length: the bound on the salt is the least [rfc4055 3.3].
fn admits(parameters: &RsaSsaPssParams<'_>, hash: &str, salt: u32) -> bool {
    let mask = parameters.mask_gen_algorithm();
    parameters.hash_algorithm_oid().to_id_string() == hash
        && mask.is_ok_and(|mask| mask.mgf.to_id_string() == MGF1 && mask.hash.to_id_string() == hash)
        && parameters.salt_length() <= salt
        && parameters.trailer_field() == 1
}

/// Why nothing is verified with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyWeakness {
    /// The RSA key is too short.
    #[error(
        "its RSA key has {bits} bits, at least {least} are needed: ask for a certificate with a longer key"
    )]
    Short {
        /// Bits of the modulus.
        bits: usize,
        /// Bits that are needed.
        least: usize,
    },
    /// A key of a kind that no algorithm here uses.
    #[error("its key is of kind {found}: RSA, P-256, P-384, P-521 and Ed25519 are taken")]
    Kind {
        /// Object identifier of the key type or curve.
        found: String,
    },
    /// A key for RSA-PSS that is bound to other parameters than those of an algorithm here.
    #[error(
        "its RSA-PSS key is bound to parameters that are not taken: SHA-256, SHA-384 or SHA-512 for hash and mask alike, with a salt of the same length"
    )]
    PssParameters,
}
