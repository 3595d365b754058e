//! The settings of the portal's provisioning page, as a file has them.

use serde::Deserialize;

use super::mapping::{Actions, AttributeMapping, Kind, Mapping};
use super::scope::Filter;

/// What `provisioning.toml` says; an empty file, or none, is the default job.
///
/// ```
/// use landfall_entra_twin::provisioning::Settings;
/// let settings: Settings = r#"
/// deletion_threshold = 5
/// [[users.filter]]
/// clause = [{ attribute = "department", operator = "EQUALS", value = "Sales" }]
/// "#.parse()?;
/// assert_eq!((settings.deletion_threshold, settings.users.attributes.len()), (Some(5), 13));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Settings {
    /// "Scope".
    pub scope: Scope,
    /// "Prevent accidental deletion": a cycle that would disable or delete more than so many withholds them all.
    pub deletion_threshold: Option<usize>,
    /// `SkipOutOfScopeDeletions`: who falls out of scope stays as they are at the target.
    pub skip_out_of_scope_deletions: bool,
    /// What becomes of a target attribute whose source has no value any more.
    pub null_values: NullValues,
    /// How many requests are under way at once, 1 to 64.
    pub concurrency: usize,
    /// The mapping of people.
    pub users: Mapping,
    /// The mapping of groups.
    pub groups: Mapping,
}

/// "Scope" of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scope {
    /// Who is assigned to the application.
    #[default]
    Assigned,
    /// Everybody.
    All,
}

/// What an update sends for a source attribute without a value (`entra.md` D2, D3 form 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NullValues {
    /// Nothing: the target keeps what it has, as with Entra.
    #[default]
    Skip,
    /// The empty text, as the validator's Null_Update.
    Empty,
    /// `null`, as the validator's Null_Update.
    Null,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    scope: Scope,
    deletion_threshold: Option<usize>,
    skip_out_of_scope_deletions: bool,
    null_values: NullValues,
    concurrency: usize,
    users: WrittenMapping,
    groups: WrittenMapping,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            scope: Scope::Assigned,
            deletion_threshold: None,
            skip_out_of_scope_deletions: false,
            null_values: NullValues::Skip,
            concurrency: 8,
            users: WrittenMapping::default(),
            groups: WrittenMapping::default(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenMapping {
    enabled: Option<bool>,
    actions: Actions,
    #[serde(rename = "attribute")]
    attributes: Option<Vec<AttributeMapping>>,
    #[serde(rename = "filter")]
    filters: Vec<Filter>,
}

/// Most requests that may be under way at once.
const MOST_AT_ONCE: usize = 64;

impl TryFrom<Written> for Settings {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        if !(1..=MOST_AT_ONCE).contains(&written.concurrency) {
            return Err(format!("concurrency is 1 to {MOST_AT_ONCE}, not {}", written.concurrency));
        }
        let settings = Self {
            scope: written.scope,
            deletion_threshold: written.deletion_threshold,
            skip_out_of_scope_deletions: written.skip_out_of_scope_deletions,
            null_values: written.null_values,
            concurrency: written.concurrency,
            users: written.users.mapping(Kind::User)?,
            groups: written.groups.mapping(Kind::Group)?,
        };
        Ok(settings)
    }
}

impl WrittenMapping {
    fn mapping(self, kind: Kind) -> Result<Mapping, String> {
        let attributes = match self.attributes {
            Some(attributes) => attributes,
            None => defaults(kind)?,
        };
        let enabled = self.enabled.unwrap_or(true);
        let mapping = Mapping { enabled, actions: self.actions, attributes, filters: self.filters };
        mapping.fault(kind).map_or(Ok(mapping), Err)
    }
}

/// The mapping of an application without a connector of its own; the object id is the external id.
fn defaults(kind: Kind) -> Result<Vec<AttributeMapping>, String> {
    #[derive(Deserialize)]
    struct Lines {
        attribute: Vec<AttributeMapping>,
    }
    let text = match kind {
        Kind::User => include_str!("../../data/users.mapping.toml"),
        Kind::Group => include_str!("../../data/groups.mapping.toml"),
    };
    toml::from_str(text).map(|lines: Lines| lines.attribute).map_err(|error| error.to_string())
}

impl std::str::FromStr for Settings {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Settings {
    /// A number that changes with what is mapped and who is in scope, so that a change begins an initial cycle.
    pub(crate) fn fingerprint(&self) -> u64 {
        let Self { scope, users, groups, .. } = self;
        fingerprint(&format!("{scope:?} {users:?} {groups:?}"))
    }

    /// The mapping of people, or that of groups.
    pub(crate) fn mapping(&self, kind: Kind) -> &Mapping {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

/// FNV-1a, which is the same on each machine and in each version.
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Settings>().unwrap_err().message().to_owned()
    }

    #[test]
    fn an_empty_file_is_the_default_job() {
        let settings: Settings = "".parse().unwrap();
        assert_eq!((settings.scope, settings.concurrency), (Scope::Assigned, 8));
        assert!(settings.users.has_soft_delete() && !settings.groups.has_soft_delete());
        assert_eq!(settings.users.attributes[0].target.as_str(), "userName");
        assert_eq!(settings.users.attributes[0].matching, Some(1));
        assert!(settings.users.actions.delete && settings.groups.enabled);
    }

    #[test]
    fn the_example_of_the_readme_can_be_used() {
        let readme = include_str!("../../README.md");
        let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let settings: Settings = example.parse().unwrap();
        assert_eq!((settings.deletion_threshold, settings.users.filters.len()), (Some(500), 1));
        assert_eq!(settings.users.attributes.len(), 3);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        for (text, part) in [
            ("concurrency = 0", "concurrency is 1 to 64, not 0"),
            ("concurrency = 65", "concurrency is 1 to 64, not 65"),
            ("[[users.attribute]]\ntarget = 'x'", "needs an attribute with match = 1"),
            (
                "[[users.attribute]]\ntarget = 'x'\nmatch = 1\nsource = 'shoeSize'",
                "Users have no attribute \"shoeSize\"",
            ),
            (
                "[[users.attribute]]\ntarget = 'x'\nmatch = 1\nexpression = 'Not([shoeSize])'",
                "Users have no attribute \"shoeSize\"",
            ),
            (
                "[[groups.filter]]\nclause = [{ attribute = 'mail', operator = 'IS NULL' }]",
                "Groups have no attribute \"mail\"",
            ),
            ("shoes = 1", "unknown field `shoes`"),
        ] {
            assert!(error(text).contains(part), "{}", error(text));
        }
    }

    #[test]
    fn another_mapping_or_scope_has_another_fingerprint() {
        let of = |text: &str| text.parse::<Settings>().unwrap().fingerprint();
        assert_eq!(of(""), of("concurrency = 2\ndeletion_threshold = 9"));
        for text in [
            "scope = 'all'",
            "[users.actions]\ndelete = false",
            "[[users.filter]]\nclause = [{ attribute = 'mail', operator = 'IS NULL' }]",
            "[groups]\nenabled = false",
        ] {
            assert_ne!(of(""), of(text), "{text}");
        }
    }
}
