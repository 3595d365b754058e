use std::{fmt, num::NonZeroU32, str::FromStr};

use time::OffsetDateTime;

use crate::{
    ConnectionId, ConnectionKind, LoginName, NotASubject, Subject, TenantId, TraceId, UnknownName, User,
    UserState, named,
};

/// The directory of a customer: what a credential that pushes people is bound to.
///
/// # Security
/// Each question and each change names it, so that no credential reaches the people of another connection [attack H1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Directory {
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// The connection whose identity provider signs in the same people.
    pub connection: ConnectionId,
}

/// Who asks for a change: a directory, in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRequest {
    /// The directory.
    pub directory: Directory,
    /// The request to us.
    pub trace: TraceId,
}

/// A person as a directory wants the account to be: whole, so that what is empty is cleared.
///
/// # Security
/// It is personal data: `Debug` shows the activity alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Push {
    /// The identity key of the person, where the directory knows it: see [`pushed_subject`].
    pub subject: Option<Subject>,
    /// The name by which the person signs in.
    pub user_name: LoginName,
    /// What the directory calls the person.
    pub external_id: Option<ExternalId>,
    /// Whether the person may sign in, as far as the directory is concerned.
    pub activity: Activity,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The e-mail address; never a key.
    pub email: Option<String>,
    /// The name that is shown to people.
    pub display_name: Option<String>,
    /// Everything else that the directory said and wants to read again.
    pub rest: Rest,
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("activity", &self.activity).finish_non_exhaustive()
    }
}

/// An account that is of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The account as it stands; it lives.
    pub user: User,
    /// The connection of the directory.
    pub connection: ConnectionId,
    /// What the directory calls the person.
    pub external_id: Option<ExternalId>,
    /// What the directory said last; the account may be suspended all the same, by an operator.
    pub activity: Activity,
    /// The state that the account had when the directory suspended it, and gets back.
    pub suspended_from: Option<UserState>,
    /// Everything else that the directory said.
    pub rest: Rest,
    /// Changes with each change of what the directory sees, whoever makes it.
    pub version: u64,
    /// When the directory pushed it first.
    pub pushed_at: OffsetDateTime,
    /// When what the directory sees was changed last.
    pub changed_at: OffsetDateTime,
}

/// What a directory calls a person or a group: 1 to 1024 bytes, compared byte for byte [rfc7643 3.1].
///
/// # Security
/// It means nothing outside its directory, and adopts no account [attack H7].
/// It may be an e-mail address: it does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

impl ExternalId {
    /// The text, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId([redacted])")
    }
}

impl FromStr for ExternalId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        bounded("an external id", text, 1..=1024).map(Self)
    }
}

/// What else a directory says of a person or a group: JSON text of at most 64 KiB, opaque here.
///
/// # Security
/// It is personal data and does not print; nothing is decided by it [attack H5].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Rest(String);

impl Rest {
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The JSON text; empty if there is nothing else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest([redacted])")
    }
}

impl FromStr for Rest {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        bounded("what a resource has besides", text, 0..=Self::MAX_BYTES).map(Self)
    }
}

/// Whether a directory lets a person sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Activity {
    /// It does.
    Active,
    /// It does not.
    Inactive,
}

impl Activity {
    const ALL: [Self; 2] = [Self::Active, Self::Inactive];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Activity {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("activity", text, &Self::ALL, Self::name)
    }
}

/// A part of a list whose order is stable: by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageOf {
    /// How many are left out before the first.
    pub offset: u64,
    /// How many there are at most.
    pub limit: NonZeroU32,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A text that is too short or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {least} to {most} long and without control characters, this one is {got} long")]
pub struct TextError {
    /// What it should be.
    pub what: &'static str,
    /// The least.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// How long it is.
    pub got: usize,
}

/// The identity key that a directory pushes with a person, out of the attribute that carries it.
///
/// On an Entra connection it is the object id, in lower case, as a login says it; `None` if nothing came.
///
/// # Errors
/// [`PushedSubjectError`] if what came cannot be a key.
///
/// # Security
/// A person who is pushed with a key is linked to it: the next login with that key opens the account.
///
/// ```
/// use landfall_accounts::{ConnectionKind, IdpEntityId, pushed_subject};
///
/// let idp: IdpEntityId = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/".parse()?;
/// let kind = ConnectionKind::of(&idp);
/// assert!(pushed_subject(&kind, Some("99999999-8888-4777-8666-ABCDEFABCDEF")).is_ok());
/// assert_eq!(pushed_subject(&kind, Some("ada")).unwrap_err().code(), "push.object_id");
/// # Ok::<(), landfall_accounts::NotAnEntityId>(())
/// ```
pub fn pushed_subject(
    kind: &ConnectionKind,
    value: Option<&str>,
) -> Result<Option<Subject>, PushedSubjectError> {
    let Some(value) = value else {
        return Ok(None);
    };
    let subject = match kind {
        ConnectionKind::Entra { .. } => {
            let object_id = crate::ids::parse_guid(value).ok_or(PushedSubjectError::ObjectId)?;
            object_id.hyphenated().to_string().parse()
        }
        ConnectionKind::Other { .. } => value.parse(),
    };
    subject.map(Some).map_err(PushedSubjectError::Subject)
}

/// Why a pushed value is no identity key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushedSubjectError {
    /// It is no GUID.
    #[error("the attribute for the object id holds no GUID: map objectId to it in the provisioning")]
    ObjectId,
    /// It is too long or empty.
    #[error("what should be the key of the identity cannot be one")]
    Subject(#[source] NotASubject),
}

impl PushedSubjectError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ObjectId => "push.object_id",
            Self::Subject(_) => "push.subject",
        }
    }
}

/// A text of so many bytes, without a NUL, which no database keeps.
pub(crate) fn bounded(
    what: &'static str,
    text: &str,
    bytes: std::ops::RangeInclusive<usize>,
) -> Result<String, TextError> {
    if bytes.contains(&text.len()) && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    Err(TextError { what, least: *bytes.start(), most: *bytes.end(), got: text.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_object_id_is_read_as_a_login_reads_it() {
        let kind = testing::entra_connection().kind;
        let pushed = pushed_subject(&kind, Some(testing::TID_UPPER)).unwrap().unwrap();
        assert_eq!(pushed.as_str(), testing::TID);
        for wrong in ["ada", "", "11111111222243338444abcdefabcdef"] {
            assert_eq!(pushed_subject(&kind, Some(wrong)).unwrap_err().code(), "push.object_id", "{wrong}");
        }
        assert_eq!(pushed_subject(&kind, None), Ok(None));
    }

    #[test]
    fn elsewhere_a_key_is_opaque() {
        let kind = testing::other_connection().kind;
        assert_eq!(pushed_subject(&kind, Some(" 0042 ")).unwrap().unwrap().as_str(), " 0042 ");
        assert_eq!(pushed_subject(&kind, Some("")).unwrap_err().code(), "push.subject");
    }

    #[test]
    fn texts_are_bounded() {
        assert!("ä".repeat(512).parse::<ExternalId>().is_ok());
        for bad in ["", "a\0b", &"x".repeat(1025)] {
            assert!(bad.parse::<ExternalId>().is_err());
        }
        assert!("".parse::<Rest>().is_ok() && "x".repeat(Rest::MAX_BYTES).parse::<Rest>().is_ok());
        assert!("x".repeat(Rest::MAX_BYTES + 1).parse::<Rest>().is_err());
    }

    #[test]
    fn h12_personal_data_does_not_print() {
        let push = Push {
            subject: Some("ada".parse().unwrap()),
            user_name: "ada@contoso.example".parse().unwrap(),
            external_id: Some("ada".parse().unwrap()),
            activity: Activity::Active,
            first_name: Some("Ada".to_owned()),
            last_name: None,
            email: None,
            display_name: None,
            rest: r#"{"title":"ada"}"#.parse().unwrap(),
        };
        let text = format!("{push:?} {:?} {:?}", push.external_id, push.rest);
        assert!(!text.to_lowercase().contains("ada"), "{text}");
    }
}
