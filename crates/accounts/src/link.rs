use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{ConnectionId, TenantId, UnknownName, UserId, named};

/// Says that an identity of a connection is an account: (tenant, connection, subject) is the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityLink {
    /// The tenant of all three.
    pub tenant: TenantId,
    /// The connection that vouches for the subject.
    pub connection: ConnectionId,
    /// Who it is at the identity provider.
    pub subject: Subject,
    /// Who it is here.
    pub user: UserId,
    /// Since when.
    pub linked_at: OffsetDateTime,
    /// How it came about.
    pub how: LinkedBy,
}

/// Who somebody is at an identity provider: opaque text of 1 to 1024 bytes, compared byte for byte.
///
/// # Security
/// It is never trimmed, folded or normalized, and it means nothing outside its connection.
/// It is personal data and does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Subject(String);

impl Subject {
    /// The text, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject([redacted])")
    }
}

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        if text.is_empty() || text.len() > 1024 {
            return Err(NotASubject { bytes: text.len() });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is too short or too long for a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subject has 1 to 1024 bytes, this one has {bytes}")]
pub struct NotASubject {
    /// How many bytes were given.
    pub bytes: usize,
}

/// How a link came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkedBy {
    /// The account was made by the login.
    JustInTime,
    /// The account was there and had no link.
    FirstLink,
    /// The directory of the connection pushed the person with the key.
    Directory,
    /// An operator accepted a proposal.
    Merge,
}

impl LinkedBy {
    const ALL: [Self; 4] = [Self::JustInTime, Self::FirstLink, Self::Directory, Self::Merge];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JustInTime => "just-in-time",
            Self::FirstLink => "first-link",
            Self::Directory => "directory",
            Self::Merge => "merge",
        }
    }
}

impl fmt::Display for LinkedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LinkedBy {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("kind of link", text, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_opaque_and_bounded() {
        for good in ["a", " a ", "A", "\u{e9}", "e\u{301}", &"x".repeat(1024)] {
            assert_eq!(good.parse::<Subject>().unwrap().as_str(), good);
        }
        assert_ne!("a".parse::<Subject>(), "A".parse::<Subject>());
        assert_ne!("\u{e9}".parse::<Subject>(), "e\u{301}".parse::<Subject>());
        assert_eq!("".parse::<Subject>(), Err(NotASubject { bytes: 0 }));
        assert_eq!("ä".repeat(513).parse::<Subject>(), Err(NotASubject { bytes: 1026 }));
    }

    #[test]
    fn a_subject_does_not_print() {
        assert_eq!(format!("{:?}", "ada".parse::<Subject>().unwrap()), "Subject([redacted])");
    }

    #[test]
    fn names_round_trip() {
        for how in LinkedBy::ALL {
            assert_eq!(how.to_string().parse(), Ok(how));
        }
    }
}
