use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::Resource;

/// What a change of a resource changed, with the values before and after.
///
/// # Security
/// The values are personal data: `Debug` shows names alone.
#[derive(Clone, Default, PartialEq)]
pub struct Changes(BTreeMap<String, Change>);

/// One attribute that changed; the values do not print.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What it was; none if it had no value.
    pub before: Option<Value>,
    /// What it is; none if it has no value any more.
    pub after: Option<Value>,
}

impl Changes {
    /// All that a new resource has.
    ///
    /// ```
    /// use landfall_scim::{Changes, Dialect, Resource, ResourceType};
    ///
    /// let body = br#"{"userName": "ada@example.com"}"#;
    /// let made = Resource::read(body, &ResourceType::user(), Dialect::Entra)?.resource;
    /// let changes = Changes::of_new(&made);
    /// let (name, change) = changes.iter().next().ok_or("nothing changed")?;
    /// assert_eq!((name, &change.before), ("userName", &None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_new(resource: &Resource) -> Self {
        Self::between(&Resource::restored(Map::new()), resource)
    }

    pub(crate) fn between(before: &Resource, after: &Resource) -> Self {
        let mut changed = BTreeMap::new();
        differ(&before.attributes, &after.attributes, "", &mut changed);
        Self(changed)
    }

    /// Whether anything changed: if not, the version stays [rfc7644 3.5.2.1].
    #[must_use]
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Each attribute that changed, by its name; one of an extension has the URN before it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.0.iter().map(|(name, change)| (name.as_str(), change))
    }

    /// Whether this attribute changed.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changes")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change([redacted])")
    }
}

fn differ(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    prefix: &str,
    into: &mut BTreeMap<String, Change>,
) {
    let nothing = Map::new();
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (one, other) = (before.get(name), after.get(name));
        if one == other {
            continue;
        }
        if name.contains(':') {
            let inner = |side: Option<&Value>| side.and_then(Value::as_object).cloned();
            let (one, other) = (inner(one), inner(other));
            differ(
                one.as_ref().unwrap_or(&nothing),
                other.as_ref().unwrap_or(&nothing),
                &format!("{name}:"),
                into,
            );
        } else {
            let change = Change { before: one.cloned(), after: other.cloned() };
            into.insert(format!("{prefix}{name}"), change);
        }
    }
}
