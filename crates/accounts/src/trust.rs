use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::named::{self, UnknownName};

/// What is trusted of one identity provider, as its metadata said when an operator imported it.
///
/// Plain data: whoever verifies a message turns it into keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpTrust {
    /// Its name, the only Issuer that counts on the connection.
    pub entity_id: IdpEntityId,
    /// Where a login can be sent to, in the order of preference of the metadata.
    pub sso: Vec<SsoEndpoint>,
    /// Where logout messages go; empty if it takes none.
    pub slo: Vec<SloEndpoint>,
    /// Its signing certificates, trusted and revoked.
    pub certificates: Vec<TrustedCertificate>,
}

/// The name of an identity provider: 1 to 1024 characters, compared byte for byte [saml-core 8.3.6].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdpEntityId(String);

impl IdpEntityId {
    /// The name, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdpEntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IdpEntityId {
    type Err = NotAnEntityId;

    fn from_str(text: &str) -> Result<Self, NotAnEntityId> {
        let chars = text.chars().count();
        if chars == 0 || chars > 1024 {
            return Err(NotAnEntityId { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is too short or too long for an entity ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entity ID has 1 to 1024 characters, this one has {chars}")]
pub struct NotAnEntityId {
    /// How many characters were given.
    pub chars: usize,
}

/// A place at the identity provider to which a login is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoEndpoint {
    /// How the request travels.
    pub binding: SsoBinding,
    /// Where to.
    pub location: IdpUrl,
}

/// A place at the identity provider to which logout messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SloEndpoint {
    /// How they travel.
    pub binding: SsoBinding,
    /// Where requests go to.
    pub location: IdpUrl,
    /// Where answers go to, if that is another place.
    pub response_location: Option<IdpUrl>,
}

/// How a message travels to the identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever sends a message must handle every binding")]
pub enum SsoBinding {
    /// In the query string.
    Redirect,
    /// In a form.
    Post,
}

impl SsoBinding {
    const ALL: [Self; 2] = [Self::Redirect, Self::Post];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
        }
    }
}

impl fmt::Display for SsoBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SsoBinding {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("binding", text, &Self::ALL, Self::name)
    }
}

/// An address at the identity provider, kept exactly; it came from imported metadata or was built from such a one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpUrl(String);

impl IdpUrl {
    /// Takes an address that was checked when it was imported.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A signing certificate of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCertificate {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// SHA-256 of [`der`](Self::der).
    pub fingerprint: CertificateFingerprint,
    /// The begin of its own validity.
    pub not_before: OffsetDateTime,
    /// The end of its own validity.
    pub not_after: OffsetDateTime,
    /// Whether it counts.
    pub state: CertificateState,
    /// When it was first imported.
    pub first_seen: OffsetDateTime,
}

/// SHA-256 of a DER certificate, shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CertificateFingerprint([u8; 32]);

impl CertificateFingerprint {
    /// Takes a digest that was computed elsewhere.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CertificateFingerprint {
    type Err = NotAFingerprint;

    /// Takes digits in either case, and colons between them, as other programs print them.
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|letter| *letter != ':')
            .map(|letter| letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(NotAFingerprint)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        let digest = bytes.try_into().map_err(|_| NotAFingerprint)?;
        if rest.is_empty() { Ok(Self(digest)) } else { Err(NotAFingerprint) }
    }
}

/// A text that is no SHA-256 fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a SHA-256 fingerprint: 64 hexadecimal digits, as `landfall connection show` prints them")]
pub struct NotAFingerprint;

impl fmt::Display for CertificateFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether a certificate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever builds keys must handle every state")]
pub enum CertificateState {
    /// Its key may sign.
    Trusted,
    /// Its key may not sign any more.
    Revoked,
}

impl CertificateState {
    const ALL: [Self; 2] = [Self::Trusted, Self::Revoked];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for CertificateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CertificateState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("certificate state", text, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [saml-core 8.3.6]
    #[test]
    fn entity_ids_are_any_text_of_the_right_length() {
        for good in ["x", "https://sts.windows.net/TID/", "urn:a b", &"ä".repeat(1024)] {
            assert_eq!(good.parse::<IdpEntityId>().unwrap().as_str(), good);
        }
        assert_eq!("".parse::<IdpEntityId>(), Err(NotAnEntityId { chars: 0 }));
        assert_eq!("ä".repeat(1025).parse::<IdpEntityId>(), Err(NotAnEntityId { chars: 1025 }));
    }

    #[test]
    fn fingerprints_print_as_hex() {
        let mut digest = [0; 32];
        digest[31] = 0xaf;
        let text = CertificateFingerprint::from_bytes(digest).to_string();
        assert_eq!(text, format!("{}af", "00".repeat(31)));
        assert_eq!(text.parse(), Ok(CertificateFingerprint::from_bytes(digest)));
        let colons = format!("{}AF", "00:".repeat(31));
        assert_eq!(colons.parse(), Ok(CertificateFingerprint::from_bytes(digest)));
        for wrong in ["", "af", &format!("{text}0"), &format!("{text}00"), &text.replace('f', "g")] {
            assert_eq!(wrong.parse::<CertificateFingerprint>(), Err(NotAFingerprint), "{wrong}");
        }
    }

    #[test]
    fn names_round_trip() {
        for binding in SsoBinding::ALL {
            assert_eq!(binding.to_string().parse(), Ok(binding));
        }
        for state in CertificateState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert_eq!("artifact".parse::<SsoBinding>().unwrap_err().valid, ["redirect", "post"]);
    }
}
