use std::str::FromStr;

use time::OffsetDateTime;

use crate::{Directory, ExternalId, GroupId, Rest, TextError, UserId};

/// The name of a group: 1 to 256 characters without control characters, unique in its directory without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupName(String);

impl GroupName {
    /// The name, exactly as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: two names are the same if this is equal.
    #[must_use]
    pub fn folded(&self) -> String {
        crate::names::folded(&self.0)
    }
}

impl FromStr for GroupName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let chars = text.chars().count();
        if chars == 0 || chars > 256 || text.chars().any(char::is_control) {
            return Err(TextError { what: "the name of a group", least: 1, most: 256, got: chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A group as a directory wants it to be, its members aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPush {
    /// Its name.
    pub name: GroupName,
    /// What the directory calls it.
    pub external_id: Option<ExternalId>,
    /// Everything else that the directory said.
    pub rest: Rest,
}

/// A group of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Names it for good.
    pub id: GroupId,
    /// Whose it is.
    pub directory: Directory,
    /// What the directory says of it.
    pub pushed: GroupPush,
    /// Changes with each change, of its members too.
    pub version: u64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it or its members were changed last.
    pub changed_at: OffsetDateTime,
}

impl Group {
    /// How many groups a directory may have.
    pub const MOST: u64 = 100_000;
}

/// One step in a change of members; steps are taken in their order.
///
/// Whoever is a member already is added without effect, and whoever is none is removed without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever carries it out must handle every step")]
pub enum MemberChange {
    /// These become members.
    Add(Vec<UserId>),
    /// These are members no more.
    Remove(Vec<UserId>),
    /// These are the members, and nobody else.
    Replace(Vec<UserId>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_compare_without_case() {
        assert!("ä".repeat(256).parse::<GroupName>().is_ok());
        for bad in ["", "a\nb", &"x".repeat(257)] {
            assert!(bad.parse::<GroupName>().is_err());
        }
        assert_eq!("OPS".parse::<GroupName>().unwrap().folded(), "ops");
    }
}
