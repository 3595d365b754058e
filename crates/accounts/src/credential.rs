use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{
    Connection, ConnectionId, ConnectionKind, CredentialId, Directory, ExtensionVersion, NotAnId,
    ScimClientId, TenantId, TokenHash, UnknownName, named,
};

/// What a directory shows to push people and groups, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimCredential {
    /// Names it for good.
    pub id: CredentialId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The one connection whose people and groups it reaches.
    pub connection: ConnectionId,
    /// The client whose secret it is, or that has got it.
    pub client: Option<ScimClientId>,
    /// How whoever shows it speaks SCIM.
    pub dialect: ScimDialect,
    /// What it is good for.
    pub kind: CredentialKind,
    /// How it begins.
    pub prefix: CredentialPrefix,
    /// What its operator calls it.
    pub label: Option<CredentialLabel>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends by itself, exclusive; none: never.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last shown, to the minute.
    pub last_used: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

impl ScimCredential {
    /// How long one lasts where nobody says otherwise.
    pub const LIFETIME: Duration = Duration::days(365);
    /// The longest time that can be asked for; beyond it there is only no end at all.
    pub const LONGEST: Duration = Duration::days(3650);
    /// How often it is written down that one is used.
    pub const USED_EVERY: Duration = Duration::minutes(1);

    /// Whether it counts at this time.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A credential that an operator makes; its secret is shown once and known here by its hash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// How whoever shows it speaks SCIM; none: as the connection's identity provider does.
    pub dialect: Option<ScimDialect>,
    /// How it begins.
    pub prefix: CredentialPrefix,
    /// Of the whole of it.
    pub hash: TokenHash,
    /// What its operator calls it.
    pub label: Option<CredentialLabel>,
    /// When it ends by itself, exclusive; none: never.
    pub expires_at: Option<OffsetDateTime>,
}

/// Whom a request of a directory speaks for: it comes from the credential alone [attack H1].
///
/// # Security
/// Whatever an address or a body names, each question and each change is put with this tenant and this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryAccess {
    /// The credential that was shown.
    pub credential: CredentialId,
    /// Whose people and groups it reaches.
    pub directory: Directory,
    /// How it speaks.
    pub dialect: ScimDialect,
}

/// Whom a request speaks for, and what the tenant declares of attributes of its own: the answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store says all of it")]
pub struct AdmittedDirectory {
    /// Whom it speaks for.
    pub access: DirectoryAccess,
    /// Which declaration counts; none if the tenant declares nothing.
    pub extension: Option<ExtensionVersion>,
}

/// What a credential is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever takes credentials must handle every kind")]
pub enum CredentialKind {
    /// `token`: it is shown with each request.
    Token,
    /// `secret`: a client gets access tokens for it, and nothing else.
    Secret,
    /// `access`: what a client has got, shown with each request for an hour.
    Access,
}

impl CredentialKind {
    const ALL: [Self; 3] = [Self::Token, Self::Secret, Self::Access];

    /// Whether it is shown with each request, and not for a token alone.
    #[must_use]
    pub fn is_bearer(self) -> bool {
        matches!(self, Self::Token | Self::Access)
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Secret => "secret",
            Self::Access => "access",
        }
    }
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CredentialKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("kind of credential", text, &Self::ALL, Self::name)
    }
}

/// How the client of a credential speaks SCIM; it is never guessed from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads requests must handle every dialect")]
pub enum ScimDialect {
    /// `entra`: Microsoft Entra ID.
    Entra,
    /// `okta`: Okta.
    Okta,
    /// `strict`: the standard to the letter.
    Strict,
}

/// The names of identity providers at Okta begin so.
const OKTA: &str = "http://www.okta.com/";

impl ScimDialect {
    const ALL: [Self; 3] = [Self::Entra, Self::Okta, Self::Strict];

    /// What the directory behind a connection most likely speaks: Entra's own, Okta's by the name of its identity provider,
    /// and of any other the standard.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        match &connection.kind {
            ConnectionKind::Entra { .. } => Self::Entra,
            ConnectionKind::Other { .. } if connection.idp.entity_id.as_str().starts_with(OKTA) => Self::Okta,
            ConnectionKind::Other { .. } => Self::Strict,
        }
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for ScimDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ScimDialect {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("dialect of SCIM", text, &Self::ALL, Self::name)
    }
}

/// How a credential begins, which says what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever takes credentials says which kind it takes")]
pub enum CredentialMark {
    /// `lfs_`: a directory shows it.
    Directory,
    /// `lfa_`: an application shows it.
    Application,
}

impl CredentialMark {
    const ALL: [Self; 2] = [Self::Directory, Self::Application];

    fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "lfs_",
            Self::Application => "lfa_",
        }
    }
}

/// The first twelve characters of a credential: its mark and eight of `a-z2-7`. It is shown in lists, and is no secret.
///
/// A whole credential is that and 43 characters of base64url, 256 random bits, so that scanners of repositories find one
/// by `lf[as]_[a-z2-7]{8}[A-Za-z0-9_-]{43}`.
///
/// ```
/// use landfall_accounts::{CredentialMark, CredentialPrefix};
///
/// let prefix = CredentialPrefix::new(CredentialMark::Directory, [0, 1, 2, 3, 4]);
/// assert_eq!(prefix.as_str(), "lfs_aaaqeaye");
/// let secret = format!("{prefix}{}", "x".repeat(43));
/// assert_eq!(CredentialPrefix::of(CredentialMark::Directory, &secret), Some(prefix));
/// assert_eq!(CredentialPrefix::of(CredentialMark::Application, &secret), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialPrefix(String);

const LENGTH: usize = 12;
const SECRET_LENGTH: usize = 43;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl CredentialPrefix {
    /// Makes one of 40 random bits.
    #[must_use]
    pub fn new(mark: CredentialMark, random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let digit = |place: u32| BASE32.get(usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)).copied();
        Self(mark.as_str().chars().chain((0..8).rev().filter_map(digit).map(char::from)).collect())
    }

    /// The prefix of a credential as somebody shows it; none if it has not the form of one with this mark.
    ///
    /// # Security
    /// What is empty, cut off or of another kind is refused before a store is asked [attack H2].
    #[must_use]
    pub fn of(mark: CredentialMark, shown: &str) -> Option<Self> {
        let (prefix, secret) = shown.split_at_checked(LENGTH)?;
        let of_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if secret.len() != SECRET_LENGTH || !secret.bytes().all(of_base64url) {
            return None;
        }
        prefix.parse().ok().filter(|_| prefix.starts_with(mark.as_str()))
    }

    /// The twelve characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CredentialPrefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let digits = CredentialMark::ALL.iter().find_map(|mark| text.strip_prefix(mark.as_str()));
        let digits = digits.ok_or(NotAPrefix)?;
        if digits.len() == 8 && digits.bytes().all(|byte| BASE32.contains(&byte)) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotAPrefix)
    }
}

/// A text that is no prefix of a credential.
///
/// # Security
/// It does not repeat the text, which may be a whole credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the first twelve characters of a credential, lfs_ or lfa_ and eight more, as lists show them"
)]
pub struct NotAPrefix;

/// One credential, as an operator names it; the whole of one that was found somewhere names it by how it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways to name one")]
pub enum CredentialRef {
    /// By its id.
    Id(CredentialId),
    /// By how it begins.
    Prefix(CredentialPrefix),
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}

impl FromStr for CredentialRef {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let id: Result<CredentialId, NotAnId> = text.parse();
        match (id, CredentialPrefix::of(CredentialMark::Directory, text)) {
            (Ok(id), _) => Ok(Self::Id(id)),
            (_, Some(prefix)) => Ok(Self::Prefix(prefix)),
            _ => text.parse().map(Self::Prefix),
        }
    }
}

/// What an operator calls a credential: one line of 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialLabel(String);

impl CredentialLabel {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CredentialLabel {
    type Err = NotALabel;

    fn from_str(text: &str) -> Result<Self, NotALabel> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
            return Err(NotALabel);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is no name for a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one line of 1 to 100 characters")]
pub struct NotALabel;

#[cfg(test)]
mod tests;
