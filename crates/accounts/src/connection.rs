use std::{fmt, str::FromStr};

use landfall_claims::entra;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    ClaimName, ConnectionId, ConnectionName, ConnectionSettings, IdpEntityId, IdpTrust, NameError,
    SpEntityId, TenantId, TraceWindow, UnknownName, Weakening, ids::parse_guid, named,
};

/// A tenant's link to one identity provider: whom it trusts, and what that trust may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Names it for good.
    pub id: ConnectionId,
    /// Whose people it signs in.
    pub tenant: TenantId,
    /// Names it for people and in `/sso/{connection}`.
    pub name: ConnectionName,
    /// Whether anybody may sign in by it.
    pub state: ConnectionState,
    /// How it says who somebody is; fixed at import.
    pub kind: ConnectionKind,
    /// The identity provider.
    pub idp: IdpTrust,
    /// Our name towards it, if it has one for itself: then it has addresses of its own too, and shares its issuer with others.
    pub own_entity_id: Option<SpEntityId>,
    /// The policy of the connection.
    pub settings: ConnectionSettings,
    /// The demands on responses that it is freed from, run out or not.
    pub weakenings: Vec<Weakening>,
    /// Whether its messages are kept for a while, run out or not.
    pub traced: Option<TraceWindow>,
    /// When it was imported.
    pub created_at: OffsetDateTime,
}

/// Whether anybody may sign in by a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever admits people must handle every state")]
pub enum ConnectionState {
    /// It was imported to be looked at: nobody signs in, not even to test it.
    Draft,
    /// Nobody signs in; an operator's test login shows what would become of a person.
    Testing,
    /// Logins begin and finish.
    Active,
    /// No login begins or finishes, and its sessions have ended.
    Disabled,
}

impl ConnectionState {
    const ALL: [Self; 4] = [Self::Draft, Self::Testing, Self::Active, Self::Disabled];

    /// Whether people sign in and out by it, and their sessions count.
    #[must_use]
    pub fn admits_people(self) -> bool {
        self == Self::Active
    }

    /// Whether an operator's test login may begin and finish.
    #[must_use]
    pub fn admits_tests(self) -> bool {
        matches!(self, Self::Testing | Self::Active)
    }

    /// Whether its directory may push people and groups: before anybody signs in too, since accounts come first.
    #[must_use]
    pub fn admits_pushes(self) -> bool {
        self != Self::Disabled
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Testing => "testing",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ConnectionState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("connection state", text, &Self::ALL, Self::name)
    }
}

/// How a connection says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the identity rule must handle every kind")]
pub enum ConnectionKind {
    /// Microsoft Entra ID: the object id in this directory, and nothing else.
    Entra {
        /// The directory.
        tid: EntraTenantId,
    },
    /// Any other identity provider: what an operator chose.
    Other {
        /// What the key of an identity is made of.
        subject: SubjectSource,
        /// The claim that carries the login name.
        login_name: ClaimName,
    },
}

impl ConnectionKind {
    /// The kind of a connection to the identity provider of this name, as it is at import.
    ///
    /// One that is not Entra's starts with the persistent NameID and the claim that
    /// [`entra::NAME`] names, which the preset `entra-default` requires as well.
    ///
    /// ```
    /// use landfall_accounts::ConnectionKind;
    ///
    /// let issuer = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/".parse()?;
    /// assert!(matches!(ConnectionKind::of(&issuer), ConnectionKind::Entra { .. }));
    /// # Ok::<(), landfall_accounts::NotAnEntityId>(())
    /// ```
    #[must_use]
    pub fn of(entity_id: &IdpEntityId) -> Self {
        match EntraTenantId::from_entity_id(entity_id.as_str()) {
            Some(tid) => Self::Entra { tid },
            None => Self::Other {
                subject: SubjectSource::PersistentNameId,
                login_name: ClaimName::from_static(entra::NAME),
            },
        }
    }
}

/// The GUID of an Entra directory, shown in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntraTenantId(Uuid);

impl EntraTenantId {
    /// Recognises the entity ID of an Entra directory, in the global cloud, the US Government's or China's.
    ///
    /// It is `https://sts.windows.net/{GUID}/` or `https://sts.chinacloudapi.cn/{GUID}/` exactly,
    /// with the slash at the end; the digits of the GUID may be in either case.
    #[must_use]
    pub fn from_entity_id(entity_id: &str) -> Option<Self> {
        let rest = entity_id
            .strip_prefix("https://sts.windows.net/")
            .or_else(|| entity_id.strip_prefix("https://sts.chinacloudapi.cn/"))?;
        rest.strip_suffix('/')?.parse().ok()
    }
}

impl fmt::Display for EntraTenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for EntraTenantId {
    type Err = NotAGuid;

    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        parse_guid(text).map(Self).ok_or(NotAGuid)
    }
}

/// A text that is no GUID of the form `8-4-4-4-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a GUID: 8-4-4-4-12 hexadecimal digits")]
pub struct NotAGuid;

/// What the key of an identity is made of, on a connection that is not Entra's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the identity rule must handle every source")]
pub enum SubjectSource {
    /// A NameID of the format `persistent`.
    PersistentNameId,
    /// A claim of which the operator knows that it never changes and is never given to another person.
    Claim(ClaimName),
}

impl fmt::Display for SubjectSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PersistentNameId => f.write_str("persistent-name-id"),
            Self::Claim(name) => write!(f, "claim:{name}"),
        }
    }
}

impl FromStr for SubjectSource {
    type Err = SubjectSourceError;

    fn from_str(text: &str) -> Result<Self, SubjectSourceError> {
        if text == "persistent-name-id" {
            return Ok(Self::PersistentNameId);
        }
        let name = text
            .strip_prefix("claim:")
            .ok_or_else(|| SubjectSourceError::Unknown { got: text.to_owned() })?;
        name.parse().map(Self::Claim).map_err(SubjectSourceError::Claim)
    }
}

/// A text that is no source of a subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectSourceError {
    /// Neither of the two forms.
    #[error(
        "`{got}` is no subject: write persistent-name-id, or claim:NAME with the name of an immutable claim"
    )]
    Unknown {
        /// What was given.
        got: String,
    },
    /// What follows `claim:` is no name of a claim.
    #[error("what follows `claim:` is no name of a claim")]
    Claim(#[source] NameError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "11111111-2222-4333-8444-aaaaaaaaaaaa";

    #[test]
    fn entra_issuers_of_each_cloud_are_recognised() {
        for issuer in [
            format!("https://sts.windows.net/{GUID}/"),
            format!("https://sts.windows.net/{}/", GUID.to_uppercase()),
            format!("https://sts.chinacloudapi.cn/{GUID}/"),
        ] {
            assert_eq!(EntraTenantId::from_entity_id(&issuer).unwrap().to_string(), GUID, "{issuer}");
        }
    }

    #[test]
    fn nothing_else_is_an_entra_issuer() {
        let simple = GUID.replace('-', "");
        for issuer in [
            format!("https://sts.windows.net/{GUID}"),
            format!("https://sts.windows.net/{GUID}//"),
            format!("https://sts.windows.net/{GUID}/v2.0"),
            format!("http://sts.windows.net/{GUID}/"),
            format!("https://STS.windows.net/{GUID}/"),
            format!("https://sts.windows.net.evil.example/{GUID}/"),
            format!("https://login.microsoftonline.com/{GUID}/"),
            format!("https://sts.windows.net/{simple}/"),
            format!("https://sts.windows.net/{{{GUID}}}/"),
            format!(" https://sts.windows.net/{GUID}/"),
            "https://sts.windows.net/contoso.example/".to_owned(),
        ] {
            assert_eq!(EntraTenantId::from_entity_id(&issuer), None, "{issuer}");
        }
    }

    #[test]
    fn another_identity_provider_starts_with_the_persistent_name_id() {
        let kind = ConnectionKind::of(&"https://idp.example/metadata".parse().unwrap());
        assert_eq!(
            kind,
            ConnectionKind::Other {
                subject: SubjectSource::PersistentNameId,
                login_name: entra::NAME.parse().unwrap()
            }
        );
    }

    #[test]
    fn subject_sources_round_trip() {
        for text in ["persistent-name-id", "claim:employeeNumber", "claim:urn:oid:0.9.2342.19200300.100.1.1"]
        {
            assert_eq!(text.parse::<SubjectSource>().unwrap().to_string(), text);
        }
        for text in ["", "email", "claim", "claim:", "Claim:x", "persistent"] {
            assert!(text.parse::<SubjectSource>().is_err(), "{text}");
        }
    }

    #[test]
    fn states_round_trip() {
        for state in ConnectionState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
            assert_eq!(state.admits_people(), state == ConnectionState::Active);
            let tested = [ConnectionState::Testing, ConnectionState::Active].contains(&state);
            assert_eq!(state.admits_tests(), tested);
            assert_eq!(state.admits_pushes(), state != ConnectionState::Disabled);
        }
        let error = "enabled".parse::<ConnectionState>().unwrap_err().to_string();
        assert_eq!(error, "`enabled` is no connection state: write draft or testing or active or disabled");
    }
}
