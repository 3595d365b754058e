use std::fmt;

use landfall_scim::Attribute;

use super::DeclaredExtension;

/// What another declaration changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionChange {
    /// The URN: what people have under the old one is not served any more.
    Urn {
        /// The URN before.
        before: String,
        /// The URN now.
        after: String,
    },
    /// The name for people.
    Name {
        /// The name before.
        before: String,
        /// The name now.
        after: String,
    },
    /// An attribute is declared that was not.
    Added {
        /// The attribute.
        name: String,
        /// What it is.
        what: String,
    },
    /// An attribute is not declared any more: what people have of it stays, and is not served.
    Removed {
        /// The attribute.
        name: String,
    },
    /// An attribute is of another type: what people have of the old one is not served any more.
    Type {
        /// The attribute.
        name: String,
        /// What it was.
        before: String,
        /// What it is.
        after: String,
    },
    /// Something else of an attribute.
    Changed {
        /// The attribute.
        name: String,
        /// What it was.
        before: String,
        /// What it is.
        after: String,
    },
    /// The sentence about an attribute.
    Described {
        /// The attribute.
        name: String,
    },
}

impl fmt::Display for ExtensionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Urn { before, after } => write!(
                f,
                "~ urn: {before} -> {after}; what people have under the old one is kept and not served"
            ),
            Self::Name { before, after } => write!(f, "~ name: {before} -> {after}"),
            Self::Added { name, what } => write!(f, "+ {name}: {what}"),
            Self::Removed { name } => write!(f, "- {name}: what people have of it is kept and not served"),
            Self::Type { name, before, after } => write!(
                f,
                "~ {name}: {before} -> {after}; what people have of the old type is not served, and goes with the next push"
            ),
            Self::Changed { name, before, after } => write!(f, "~ {name}: {before} -> {after}"),
            Self::Described { name } => write!(f, "~ {name}: another description"),
        }
    }
}

impl DeclaredExtension {
    /// What this one changes of another, or what it declares where there was none; in the order of the text, removals last.
    #[must_use]
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<ExtensionChange> {
        let mut changes = Vec::new();
        if let Some(before) = before {
            let (old, new) = (&before.schema, &self.schema);
            if old.urn() != new.urn() {
                let (before, after) = (old.urn().to_owned(), new.urn().to_owned());
                changes.push(ExtensionChange::Urn { before, after });
            }
            if old.name() != new.name() {
                let (before, after) = (old.name().to_owned(), new.name().to_owned());
                changes.push(ExtensionChange::Name { before, after });
            }
        }
        let known = before.map_or(&[][..], Self::attributes);
        for attribute in self.attributes() {
            let old = known.iter().find(|old| old.name() == attribute.name()).zip(before);
            changes.extend(match old {
                None => Some(ExtensionChange::Added {
                    name: attribute.name().to_owned(),
                    what: self.what(attribute),
                }),
                Some((old, before)) => changed((before, old), (self, attribute)),
            });
        }
        let is_gone =
            |old: &&Attribute| !self.attributes().iter().any(|attribute| attribute.name() == old.name());
        let gone = known.iter().filter(is_gone);
        changes.extend(gone.map(|old| ExtensionChange::Removed { name: old.name().to_owned() }));
        changes
    }

    /// An attribute in a few words.
    fn what(&self, attribute: &Attribute) -> String {
        let several = if attribute.is_multi_valued() { ", several values" } else { "" };
        let case = if attribute.is_case_exact() { ", case exact" } else { "" };
        let fills = self.filled_by(attribute.name()).map(|field| format!(", fills {field}"));
        format!("{}{several}{case}{}", attribute.kind().name(), fills.unwrap_or_default())
    }
}

type Of<'a> = (&'a DeclaredExtension, &'a Attribute);

fn changed((before, old): Of<'_>, (after, new): Of<'_>) -> Option<ExtensionChange> {
    let name = new.name().to_owned();
    let both = (before.what(old), after.what(new));
    let is_kept = |old: &Attribute, new: &Attribute| {
        (old.kind(), old.is_multi_valued()) == (new.kind(), new.is_multi_valued())
            || (old.kind() == new.kind() && new.is_multi_valued())
    };
    match both {
        (before, after) if before != after && !is_kept(old, new) => {
            Some(ExtensionChange::Type { name, before, after })
        }
        (before, after) if before != after => Some(ExtensionChange::Changed { name, before, after }),
        _ if old.description() != new.description() => Some(ExtensionChange::Described { name }),
        _ => None,
    }
}
