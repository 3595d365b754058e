//! The algorithms that exist here; every other name is refused [xmldsig 6].

use std::fmt;

use aws_lc_rs::digest;

use crate::C14nMethod;

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
    /// A bit for each canonicalization.
    c14n: u8,
}

impl AlgorithmPolicy {
    /// SHA-256 and better, RSA of 2048 bits and more, exclusive canonicalization without comments, references by ID.
    #[must_use]
    pub const fn strict() -> Self {
        Self { sha1: false, short_rsa: false, empty_reference: false, c14n: C14nMethod::Exclusive.bit() }
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

    /// Accepts one more canonicalization, of SignedInfo and of what is signed.
    ///
    /// With [`C14nMethod::Inclusive10`] a Reference whose last transform is no canonicalization is accepted too,
    /// since that is the one it then asks for [xmldsig 4.4.3.2].
    ///
    /// # Security
    /// Under an inclusive one the octets depend on what stands around the element: they hold declarations and attributes
    /// that its author never wrote, and a proxy or a second signer that changes those breaks the signature.
    /// What is handed out is what was signed all the same.
    #[must_use]
    pub const fn danger_allow_c14n(self, method: C14nMethod) -> Self {
        Self { c14n: self.c14n | method.bit(), ..self }
    }

    pub(crate) const fn accepts_short_rsa(self) -> bool {
        self.short_rsa
    }

    pub(crate) const fn accepts_empty_reference(self) -> bool {
        self.empty_reference
    }

    /// The canonicalization of this name, if it is listed [attack B9, C15].
    pub(crate) fn c14n(self, uri: &str) -> Option<C14nMethod> {
        C14nMethod::ALL
            .into_iter()
            .find(|method| method.uri() == uri)
            .filter(|method| self.accepts_c14n(*method))
    }

    pub(crate) const fn accepts_c14n(self, method: C14nMethod) -> bool {
        self.c14n & method.bit() != 0
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

/// How a signature value is made [rfc6931 2.3]; with which key is the certificate's to say.
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
    /// RSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 octets [rfc6931 2.3.10].
    RsaPssSha256,
    /// RSA-PSS with SHA-384, MGF1 with SHA-384, and a salt of 48 octets.
    RsaPssSha384,
    /// RSA-PSS with SHA-512, MGF1 with SHA-512, and a salt of 64 octets.
    RsaPssSha512,
    /// ECDSA with SHA-256, on P-256 and P-521.
    EcdsaSha256,
    /// ECDSA with SHA-384, on P-384 and P-521.
    EcdsaSha384,
    /// ECDSA with SHA-512, on P-521.
    EcdsaSha512,
    /// Ed25519 [rfc9231 2.3.12].
    Ed25519,
}

impl SignatureAlgorithm {
    const ALL: [Self; 11] = [
        Self::RsaSha1,
        Self::RsaSha256,
        Self::RsaSha384,
        Self::RsaSha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::Ed25519,
    ];

    /// Its identifier in a `SignatureMethod`.
    ///
    /// RSA-PSS has two: this is the one without parameters; the one with them is read as well, where they say the same.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::RsaPssSha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::RsaPssSha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::RsaPssSha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
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

    /// Octets of its value.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
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
