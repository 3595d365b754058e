//! The algorithms that exist here; every other name is refused [xmldsig 6].

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    VerificationAlgorithm,
};

/// Exclusive canonicalization without comments, the one canonicalization.
pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that leaves the signature itself out.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// What a verifier accepts beyond its fixed list; strict unless something is opened by name.
///
/// ```
/// use landfall_xmldsig::AlgorithmPolicy;
///
/// let policy = AlgorithmPolicy::strict().danger_allow_sha1();
/// assert_ne!(policy, AlgorithmPolicy::strict());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmPolicy {
    sha1: bool,
    short_rsa: bool,
    empty_reference: bool,
}

impl AlgorithmPolicy {
    /// SHA-256 and better, RSA of 2048 bits and more, references by ID.
    #[must_use]
    pub const fn strict() -> Self {
        Self { sha1: false, short_rsa: false, empty_reference: false }
    }

    /// Accepts SHA-1, in digests and in RSA signatures.
    ///
    /// # Security
    /// SHA-1 collisions are practical: whoever can have one message signed may own two.
    #[must_use]
    pub const fn danger_allow_sha1(self) -> Self {
        Self { sha1: true, ..self }
    }

    /// Accepts RSA keys from 1024 bits on.
    ///
    /// # Security
    /// Such a key can be factored by whoever wants it enough.
    #[must_use]
    pub const fn danger_allow_short_rsa(self) -> Self {
        Self { short_rsa: true, ..self }
    }

    /// Accepts a Reference with an empty URI on the root element, where it means the same as the root's ID.
    ///
    /// # Security
    /// The profile demands an ID [saml-core 5.4.2]; on any other element an empty URI is refused all the same.
    #[must_use]
    pub const fn danger_allow_empty_reference(self) -> Self {
        Self { empty_reference: true, ..self }
    }

    pub(crate) const fn accepts_short_rsa(self) -> bool {
        self.short_rsa
    }

    pub(crate) const fn accepts_empty_reference(self) -> bool {
        self.empty_reference
    }

    /// The algorithm of this name, if the list has it and the policy does not close it [attack C9, C11].
    pub(crate) fn signature(self, uri: &str) -> Option<SignatureAlgorithm> {
        let algorithm = SignatureAlgorithm::ALL.into_iter().find(|algorithm| algorithm.uri() == uri);
        algorithm.filter(|algorithm| self.sha1 || *algorithm != SignatureAlgorithm::RsaSha1)
    }

    pub(crate) fn digest(self, uri: &str) -> Option<DigestAlgorithm> {
        let algorithm = DigestAlgorithm::ALL.into_iter().find(|algorithm| algorithm.uri() == uri);
        algorithm.filter(|algorithm| self.sha1 || *algorithm != DigestAlgorithm::Sha1)
    }
}

/// How a signature value is made [rfc6931 2.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-1: refused unless [`AlgorithmPolicy::danger_allow_sha1`] says otherwise.
    RsaSha1,
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    RsaSha384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaSha512,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    const ALL: [Self; 6] = [
        Self::RsaSha1,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
    ];

    /// Its identifier in a `SignatureMethod`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaP256Sha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaP384Sha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        }
    }

    /// The arithmetic: takes ECDSA as raw r and s of exact length [xmldsig 6.4.3], [attack C18].
    pub(crate) fn arithmetic(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::RsaSha1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Self::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::RsaSha384 => &RSA_PKCS1_2048_8192_SHA384,
            Self::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
            Self::EcdsaP256Sha256 => &ECDSA_P256_SHA256_FIXED,
            Self::EcdsaP384Sha384 => &ECDSA_P384_SHA384_FIXED,
        }
    }

    /// The arithmetic of a short RSA key; the library has none with SHA-384.
    pub(crate) fn short_arithmetic(self) -> Option<&'static dyn VerificationAlgorithm> {
        match self {
            Self::RsaSha1 => Some(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
            Self::RsaSha256 => Some(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
            Self::RsaSha512 => Some(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
            _ => None,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// How the digest of a reference is made [xmldsig 6.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: refused unless [`AlgorithmPolicy::danger_allow_sha1`] says otherwise.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its identifier in a `DigestMethod`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    pub(crate) fn digest(self, octets: &[u8]) -> digest::Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, octets)
    }
}
