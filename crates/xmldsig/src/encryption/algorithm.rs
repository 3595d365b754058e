//! The algorithms of encryption that exist here; every other name is refused [xmlenc-core1 5.2, 5.5].

use aws_lc_rs::aead::{self, AES_128_GCM, AES_192_GCM, AES_256_GCM};
use aws_lc_rs::cipher::{self, AES_128, AES_192, AES_256};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
};

/// RSA-OAEP with MGF1 on SHA-1 [xmlenc-core1 5.5.2].
pub(super) const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA-OAEP with a mask generation function of its own [xmlenc-core1 5.5.2].
pub(super) const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";

/// Which of the algorithms a recipient takes.
///
/// ```
/// use landfall_xmldsig::EncryptionPolicy;
///
/// assert_ne!(EncryptionPolicy::standard(), EncryptionPolicy::authenticated_only());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionPolicy {
    cbc: bool,
}

impl EncryptionPolicy {
    /// AES in GCM and in CBC: what identity providers send today.
    ///
    /// # Security
    /// CBC hides the content and protects it from nobody: only a signature says who wrote it.
    /// Whoever can send a ciphertext again and again, altered, and tell one refusal from another, reads the content;
    /// [`Decrypter::decrypt`](crate::Decrypter::decrypt) says what stands against that.
    #[must_use]
    pub const fn standard() -> Self {
        Self { cbc: true }
    }

    /// AES in GCM alone, for senders that are known to use it.
    #[must_use]
    pub const fn authenticated_only() -> Self {
        Self { cbc: false }
    }

    /// What is taken for the content, the one to choose first.
    pub fn contents(self) -> impl Iterator<Item = ContentAlgorithm> {
        let all = ContentAlgorithm::ALL.into_iter();
        all.filter(move |algorithm| self.cbc || algorithm.is_authenticated())
    }

    /// The algorithm of this name, if the list has it and the policy does not close it [attack C11, C19].
    pub(super) fn content(self, uri: &str) -> Option<ContentAlgorithm> {
        self.contents().find(|algorithm| algorithm.uri() == uri)
    }
}

/// How the element itself is encrypted [xmlenc-core1 5.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentAlgorithm {
    /// AES-128 in Galois/counter mode.
    Aes128Gcm,
    /// AES-192 in Galois/counter mode.
    Aes192Gcm,
    /// AES-256 in Galois/counter mode.
    Aes256Gcm,
    /// AES-128 in cipher block chaining mode: not authenticated.
    Aes128Cbc,
    /// AES-192 in cipher block chaining mode: not authenticated.
    Aes192Cbc,
    /// AES-256 in cipher block chaining mode: not authenticated.
    Aes256Cbc,
}

/// The arithmetic of a mode.
pub(super) enum Mode {
    Gcm(&'static aead::Algorithm),
    Cbc(&'static cipher::Algorithm),
}

impl ContentAlgorithm {
    const ALL: [Self; 6] = [
        Self::Aes256Gcm,
        Self::Aes192Gcm,
        Self::Aes128Gcm,
        Self::Aes256Cbc,
        Self::Aes192Cbc,
        Self::Aes128Cbc,
    ];

    /// Its identifier in the `EncryptionMethod` of an `EncryptedData`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes192Gcm => "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes192Cbc => "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        }
    }

    /// Whether an altered ciphertext is told from a genuine one.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// Bytes of its key.
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
            Self::Aes192Gcm | Self::Aes192Cbc => 24,
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
        }
    }

    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Aes128Gcm => Mode::Gcm(&AES_128_GCM),
            Self::Aes192Gcm => Mode::Gcm(&AES_192_GCM),
            Self::Aes256Gcm => Mode::Gcm(&AES_256_GCM),
            Self::Aes128Cbc => Mode::Cbc(&AES_128),
            Self::Aes192Cbc => Mode::Cbc(&AES_192),
            Self::Aes256Cbc => Mode::Cbc(&AES_256),
        }
    }
}

/// How the key of the content is wrapped for a recipient: RSA-OAEP, with one digest for label and mask [xmlenc-core1 5.5.2].
///
/// RSA PKCS#1 v1.5 is not among them [attack C20].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTransport {
    /// With SHA-1, which OAEP does not need to be free of collisions; what nearly everybody sends.
    RsaOaepSha1,
    /// With SHA-256.
    RsaOaepSha256,
    /// With SHA-384.
    RsaOaepSha384,
    /// With SHA-512.
    RsaOaepSha512,
}

impl KeyTransport {
    const ALL: [Self; 4] = [Self::RsaOaepSha1, Self::RsaOaepSha256, Self::RsaOaepSha384, Self::RsaOaepSha512];

    /// The transport whose label is made with this digest.
    pub(super) fn of_digest(uri: &str) -> Option<Self> {
        // XML Encryption gives SHA-384 a name of its own, beside that of RFC 6931.
        let uri = if uri == "http://www.w3.org/2001/04/xmlenc#sha384" { SHA384 } else { uri };
        Self::ALL.into_iter().find(|transport| transport.digest_uri() == uri)
    }

    /// The transport whose mask is made with this function.
    pub(super) fn of_mask(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.mask_uri() == uri)
    }

    /// Its identifier in the `EncryptionMethod` of an `EncryptedKey`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaOaepSha1 => OAEP_MGF1P,
            Self::RsaOaepSha256 | Self::RsaOaepSha384 | Self::RsaOaepSha512 => OAEP,
        }
    }

    /// The identifier of its digest, in the `DigestMethod` there.
    #[must_use]
    pub const fn digest_uri(self) -> &'static str {
        match self {
            Self::RsaOaepSha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::RsaOaepSha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::RsaOaepSha384 => SHA384,
            Self::RsaOaepSha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    pub(super) const fn mask_uri(self) -> &'static str {
        match self {
            Self::RsaOaepSha1 => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
            Self::RsaOaepSha256 => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            Self::RsaOaepSha384 => "http://www.w3.org/2009/xmlenc11#mgf1sha384",
            Self::RsaOaepSha512 => "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        }
    }

    pub(super) fn arithmetic(self) -> &'static OaepAlgorithm {
        match self {
            Self::RsaOaepSha1 => &OAEP_SHA1_MGF1SHA1,
            Self::RsaOaepSha256 => &OAEP_SHA256_MGF1SHA256,
            Self::RsaOaepSha384 => &OAEP_SHA384_MGF1SHA384,
            Self::RsaOaepSha512 => &OAEP_SHA512_MGF1SHA512,
        }
    }
}

const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
