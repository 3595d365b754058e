use std::{fmt, str::FromStr};

use landfall_claims::{CaseFailure, Groups, Mapping, Preset, Profile};
use time::OffsetDateTime;

/// What makes a profile of the attributes that arrive at one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever maps must handle both")]
pub enum MappingChoice {
    /// A ready-made mapping.
    Preset(Preset),
    /// This version of the connection's own mapping.
    Own(MappingVersion),
}

impl MappingChoice {
    /// The version of the connection's own mapping, if that is what counts.
    #[must_use]
    pub fn own(self) -> Option<MappingVersion> {
        match self {
            Self::Preset(_) => None,
            Self::Own(version) => Some(version),
        }
    }
}

impl fmt::Display for MappingChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => preset.fmt(f),
            Self::Own(version) => write!(f, "own, version {version}"),
        }
    }
}

/// Counts the texts of one connection's own mapping, from 1; none is ever changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MappingVersion(u32);

impl MappingVersion {
    /// The first one.
    pub const FIRST: Self = Self(1);

    /// Takes a number; there is no version 0.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for MappingVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MappingVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        text.parse().ok().and_then(Self::new).ok_or(NotAVersion)
    }
}

/// A text that is no version of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the number of a version, from 1 on")]
pub struct NotAVersion;

/// A mapping whose own test cases have passed: what a store takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestedMapping(Mapping);

impl TestedMapping {
    /// Runs the test cases that stand in the text.
    ///
    /// ```
    /// use landfall_accounts::TestedMapping;
    /// use landfall_claims::Mapping;
    ///
    /// let text = "version = 1\nfields.username.sources = [\"uid\"]\n\
    ///             tests = [{ name = \"ada\", attributes = { uid = \"ada\" }, expect = { username = \"bob\" } }]";
    /// let failures = TestedMapping::of(text.parse::<Mapping>()?).unwrap_err();
    /// assert_eq!(failures[0].rule, "fields.username");
    /// # Ok::<(), landfall_claims::MappingError>(())
    /// ```
    ///
    /// # Errors
    /// Every case that came to something else than it expects.
    pub fn of(mapping: Mapping) -> Result<Self, Vec<CaseFailure>> {
        let failures = mapping.test();
        if failures.is_empty() { Ok(Self(mapping)) } else { Err(failures) }
    }

    /// The mapping.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.0
    }
}

/// One version of a connection's own mapping.
///
/// # Security
/// Its test cases may be made of real people: `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMapping {
    /// Which one.
    pub version: MappingVersion,
    /// The text, as `landfall-claims` reads it.
    pub text: String,
    /// When it was applied.
    pub applied_at: OffsetDateTime,
}

impl fmt::Debug for StoredMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, at) = (&self.version, &self.applied_at);
        f.debug_struct("StoredMapping")
            .field("version", version)
            .field("applied_at", at)
            .finish_non_exhaustive()
    }
}

/// What applications may let a person do: as the mapping made it at the latest login.
///
/// Roles and groups are sorted, each once.
///
/// # Security
/// Not what an account is to the installation: that is its [`Standing`](crate::Standing), which no mapping changes.
/// Groups that are [`Groups::Incomplete`] are not "no groups": whoever decides by them must refuse [attack G7].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The roles: those that a table of the mapping names.
    pub roles: Vec<String>,
    /// The groups.
    pub groups: Groups,
}

impl Access {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { roles: Vec::new(), groups: Groups::Listed(Vec::new()) }
    }

    /// What was kept; `None` stands for groups that are incomplete, as in [`listed_groups`](Self::listed_groups).
    #[must_use]
    pub fn kept(roles: Vec<String>, groups: Option<Vec<String>>) -> Self {
        Self { roles, groups: groups.map_or(Groups::Incomplete, Groups::Listed) }
    }

    /// The groups; `None` if nobody can list them, which is not "no groups".
    #[must_use]
    pub fn listed_groups(&self) -> Option<&[String]> {
        match &self.groups {
            Groups::Listed(groups) => Some(groups),
            Groups::Incomplete => None,
        }
    }

    /// What the profile of a login says: all of it, and nothing of what was known before.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let groups = match profile.groups() {
            Groups::Listed(groups) => Groups::Listed(sorted(groups)),
            Groups::Incomplete => Groups::Incomplete,
        };
        Self { roles: sorted(profile.roles()), groups }
    }
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use landfall_claims::Mapping;

    use super::*;

    #[test]
    fn versions_count_from_one() {
        assert_eq!("1".parse(), Ok(MappingVersion::FIRST));
        assert_eq!(MappingVersion::FIRST.next().to_string(), "2");
        for text in ["0", "-1", "", "x", "4294967296"] {
            assert_eq!(text.parse::<MappingVersion>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn access_is_the_same_in_whatever_order_it_arrives() {
        let mapping: Mapping = "version = 1\nfields.username.sources = [\"u\"]\ngroups.sources = [\"g\"]\n\
                                roles = { groups = { b = [\"writer\"], a = [\"reader\", \"writer\"] } }"
            .parse()
            .unwrap();
        let access = |groups: &[&str]| {
            let set = [("u", ["ada"].as_slice()), ("g", groups)].into_iter();
            Access::of(&mapping.map(&set.map(|(n, v)| (n, v.iter().copied())).collect()).unwrap())
        };
        let expected = Access {
            roles: vec!["reader".into(), "writer".into()],
            groups: Groups::Listed(vec!["a".into(), "b".into()]),
        };
        assert_eq!((access(&["b", "a", "b"]), access(&["a", "b"])), (expected.clone(), expected));
        assert_eq!(access(&[]), Access::none());
    }
}
