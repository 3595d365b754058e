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
    /// Its signing certificates, in whatever state.
    pub certificates: Vec<TrustedCertificate>,
    /// Until when metadata that were fetched may be relied on; the bound is exclusive. None for a file, which an operator pinned.
    pub valid_until: Option<OffsetDateTime>,
}

impl IdpTrust {
    /// Where messages to it go.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        Endpoints { sso: self.sso.clone(), slo: self.slo.clone() }
    }

    /// Whether the metadata are past their end: then nobody signs in by them, however well they once were [saml-metadata 2.3.2], [attack F3].
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        self.valid_until.is_some_and(|until| until <= now)
    }

    /// The certificates in this state.
    pub fn in_state(&self, state: CertificateState) -> impl Iterator<Item = &TrustedCertificate> {
        self.certificates.iter().filter(move |certificate| certificate.state == state)
    }
}

/// Where messages to an identity provider go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Requests of logins.
    pub sso: Vec<SsoEndpoint>,
    /// Logout messages.
    pub slo: Vec<SloEndpoint>,
}

impl Endpoints {
    /// All addresses that a browser may be sent to.
    pub fn locations(&self) -> impl Iterator<Item = &IdpUrl> {
        let slo =
            self.slo.iter().flat_map(|slo| std::iter::once(&slo.location).chain(&slo.response_location));
        self.sso.iter().map(|sso| &sso.location).chain(slo)
    }
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

/// The name that we have towards one identity provider alone: as an [`IdpEntityId`], without control characters or white space around it.
///
/// ```
/// use landfall_accounts::SpEntityId;
///
/// assert!("urn:landfall:contoso".parse::<SpEntityId>().is_ok());
/// assert!(" urn:landfall:contoso".parse::<SpEntityId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpEntityId(String);

impl SpEntityId {
    /// The name, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpEntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SpEntityId {
    type Err = NotAnEntityId;

    fn from_str(text: &str) -> Result<Self, NotAnEntityId> {
        let chars = text.chars().count();
        let printable =
            !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}'));
        if chars == 0 || chars > 1024 || !printable || text.trim() != text {
            return Err(NotAnEntityId { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is too short or too long for an entity ID, or holds what none may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an entity ID has 1 to 1024 characters, none of them a control character or a space at an end; this one has {chars}"
)]
pub struct NotAnEntityId {
    /// How many characters were given.
    pub chars: usize,
}

/// A place at the identity provider to which a login is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoEndpoint {
    /// How the request travels.
    pub binding: IdpBinding,
    /// Where to.
    pub location: IdpUrl,
}

/// A place at the identity provider to which logout messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SloEndpoint {
    /// How they travel.
    pub binding: IdpBinding,
    /// Where requests go to.
    pub location: IdpUrl,
    /// Where answers go to, if that is another place.
    pub response_location: Option<IdpUrl>,
}

/// How a message travels to the identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever sends a message must handle every binding")]
pub enum IdpBinding {
    /// In the query string.
    Redirect,
    /// In a form.
    Post,
}

impl IdpBinding {
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

impl fmt::Display for IdpBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IdpBinding {
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

    /// Scheme, host and port as they are written, in lower case.
    ///
    /// # Security
    /// Two addresses that agree in it lead to the same host.
    /// The reverse does not hold: `https://a` and `https://a:443` differ, so that at worst a person is asked once too often.
    #[must_use]
    pub fn origin(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        format!("{scheme}://{host}").to_ascii_lowercase()
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
    /// When it was first imported or fetched.
    pub first_seen: OffsetDateTime,
    /// When a login that its key signed was last committed, to the hour.
    pub last_used: Option<OffsetDateTime>,
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
    /// Fetched metadata list it, and an operator has not approved it: its key may not sign yet.
    Pending,
    /// Its key may sign.
    Trusted,
    /// It has left the metadata: its key may not sign any more.
    Gone,
    /// An operator revoked or refused it: its key may never sign, whatever metadata say later.
    Revoked,
}

impl CertificateState {
    const ALL: [Self; 4] = [Self::Pending, Self::Trusted, Self::Gone, Self::Revoked];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Trusted => "trusted",
            Self::Gone => "gone",
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
    fn an_origin_ends_where_the_path_begins() {
        for (url, origin) in [
            ("https://idp.example/saml2", "https://idp.example"),
            ("https://IDP.example", "https://idp.example"),
            ("https://idp.example?a=https://other.example/", "https://idp.example"),
            ("https://idp.example:444/", "https://idp.example:444"),
            ("https://idp.example.evil.example/", "https://idp.example.evil.example"),
            ("https://idp.example@evil.example/", "https://idp.example@evil.example"),
            ("https://idp.example\\@evil.example/", "https://idp.example\\@evil.example"),
        ] {
            assert_eq!(IdpUrl::new(url).origin(), origin, "{url}");
        }
    }

    #[test]
    fn names_round_trip() {
        for binding in IdpBinding::ALL {
            assert_eq!(binding.to_string().parse(), Ok(binding));
        }
        for state in CertificateState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert_eq!("artifact".parse::<IdpBinding>().unwrap_err().valid, ["redirect", "post"]);
    }
}
