//! What somebody's state at the source asks for at the target (`entra.md` D5).

use super::directory::{SourceGroup, SourceUser};
use super::job::Known;
use super::mapping::{Kind, Mapping};
use super::scope::in_scope;
use super::settings::{Scope, Settings, fingerprint};
use super::value::Value;

/// What is to be done about one person or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Match if need be, then create or update.
    Provision,
    /// Tell the target that they are inactive.
    Disable {
        /// Whether a later deletion is passed on.
        managed: bool,
        /// Whether everything else of them is updated too.
        whole: bool,
    },
    /// Delete at the target.
    Delete {
        /// Whether nothing of them is kept.
        gone: bool,
    },
    /// Nothing is sent, and nothing of them is kept.
    Forget,
    /// Nothing is sent.
    Nothing(&'static str),
}

impl Intent {
    /// Whether somebody loses access by it: what the guard against accidental deletions counts.
    pub(crate) fn takes_away(self) -> bool {
        matches!(self, Self::Disable { .. } | Self::Delete { .. })
    }
}

/// A source object as the plan sees it.
pub(crate) trait Source {
    /// The value of an attribute; `IsSoftDeleted` too.
    fn attribute(&self, name: &str) -> Value;
    /// Whether the directory says that it is no more to be used.
    fn is_inactive(&self) -> bool;
    /// Whether it is deleted, and restorable.
    fn is_soft_deleted(&self) -> bool;
    fn is_assigned(&self) -> bool;
    /// Everything that may matter, in one text.
    fn state(&self) -> String;
}

impl Source for SourceUser {
    fn attribute(&self, name: &str) -> Value {
        match name {
            "IsSoftDeleted" => Value::Bool(self.is_inactive()),
            name => self.attributes.get(name).cloned().unwrap_or(Value::Null),
        }
    }

    fn is_inactive(&self) -> bool {
        self.soft_deleted || !self.enabled
    }

    fn is_soft_deleted(&self) -> bool {
        self.soft_deleted
    }

    fn is_assigned(&self) -> bool {
        self.assigned
    }

    fn state(&self) -> String {
        format!("{:?} {} {} {}", self.attributes, self.enabled, self.soft_deleted, self.assigned)
    }
}

impl Source for SourceGroup {
    fn attribute(&self, name: &str) -> Value {
        self.attributes.get(name).cloned().unwrap_or(Value::Null)
    }

    fn is_inactive(&self) -> bool {
        false
    }

    fn is_soft_deleted(&self) -> bool {
        false
    }

    fn is_assigned(&self) -> bool {
        self.assigned
    }

    fn state(&self) -> String {
        format!("{:?} {}", self.attributes, self.assigned)
    }
}

/// Whether the service looks at it at all: of those who are not assigned it asks only for whom it has matched.
pub(crate) fn is_imported(settings: &Settings, source: &impl Source) -> bool {
    settings.scope == Scope::All || source.is_assigned()
}

/// Whether it is in scope by assignment and by filters.
pub(crate) fn is_in_scope(settings: &Settings, kind: Kind, source: &impl Source) -> bool {
    let mapping = settings.mapping(kind);
    mapping.enabled
        && is_imported(settings, source)
        && in_scope(&mapping.filters, &|name: &str| source.attribute(name))
}

/// What its state is, as a number that changes with it.
pub(crate) fn seen(source: Option<&impl Source>) -> u64 {
    source.map_or(0, |source| fingerprint(&source.state()))
}

/// The rule, row by row.
pub(crate) fn decide(
    settings: &Settings,
    kind: Kind,
    source: Option<&impl Source>,
    known: Option<&Known>,
) -> Intent {
    let mapping = settings.mapping(kind);
    let matched = known.is_some_and(|known| known.target.is_some());
    let managed = matched && known.is_some_and(|known| known.managed);
    let active = known.is_some_and(|known| known.active);
    let Some(source) = source else {
        // Deleted for good: passed on only while it is still managed.
        return if managed && mapping.actions.delete {
            Intent::Delete { gone: true }
        } else {
            Intent::Forget
        };
    };
    match (is_in_scope(settings, kind, source), source.is_inactive(), matched) {
        (true, false, _) => Intent::Provision,
        (true, true, false) => Intent::Nothing("an inactive person is never created"),
        (true, true, true) if active => take(mapping, true, !source.is_soft_deleted()),
        (true, true, true) if !mapping.has_soft_delete() || source.is_soft_deleted() => {
            Intent::Nothing("it is inactive at the target already")
        }
        // A disabled person who was told to be inactive is kept up to date.
        (true, true, true) => Intent::Provision,
        (false, _, true) if managed && settings.skip_out_of_scope_deletions => {
            Intent::Nothing("it fell out of scope, and such deletions are skipped")
        }
        (false, _, true) if managed => take(mapping, false, false),
        (false, ..) => Intent::Nothing("it is not in scope"),
    }
}

/// Takes access away: without a soft delete at the target by deleting at once.
fn take(mapping: &Mapping, managed: bool, whole: bool) -> Intent {
    match (mapping.has_soft_delete(), mapping.actions.update, mapping.actions.delete) {
        (true, true, _) => Intent::Disable { managed, whole },
        (false, _, true) => Intent::Delete { gone: false },
        _ => Intent::Nothing("the target object actions do not allow it"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;

    /// Enabled, soft-deleted, assigned.
    fn person((enabled, soft_deleted, assigned): (bool, bool, bool)) -> SourceUser {
        SourceUser {
            object_id: Uuid::nil(),
            attributes: BTreeMap::new(),
            manager: None,
            enabled,
            soft_deleted,
            assigned,
        }
    }

    /// Matched, managed, active.
    fn known((matched, managed, active): (bool, bool, bool)) -> Known {
        Known { target: matched.then(|| "1".to_owned()), managed, active, ..Known::default() }
    }

    const HERE: (bool, bool, bool) = (true, false, true);
    const DISABLED: (bool, bool, bool) = (false, false, true);
    const IN_BIN: (bool, bool, bool) = (true, true, true);
    const UNASSIGNED: (bool, bool, bool) = (true, false, false);
    const ACTIVE: (bool, bool, bool) = (true, true, true);
    const INACTIVE: (bool, bool, bool) = (true, true, false);
    const LET_GO: (bool, bool, bool) = (true, false, false);
    const UNMATCHED: (bool, bool, bool) = (false, false, false);
    const NO_SOFT_DELETE: &str = "[[users.attribute]]\ntarget = 'userName'\nsource = 'mail'\nmatch = 1";

    /// `P` provision, `D` disable (`d` no more managed, `w` the whole), `X` delete, `F` forget, `-` nothing.
    #[track_caller]
    fn row(text: &str, source: Option<(bool, bool, bool)>, before: (bool, bool, bool), expected: &str) {
        let settings: Settings = text.parse().unwrap();
        let decided = decide(&settings, Kind::User, source.map(person).as_ref(), Some(&known(before)));
        let short = match decided {
            Intent::Provision => "P",
            Intent::Disable { managed: true, whole: true } => "Dw",
            Intent::Disable { managed: true, whole: false } => "D",
            Intent::Disable { managed: false, .. } => "d",
            Intent::Delete { gone: true } => "X gone",
            Intent::Delete { gone: false } => "X",
            Intent::Forget => "F",
            Intent::Nothing(_) => "-",
        };
        assert_eq!(short, expected, "{source:?} {before:?}");
    }

    #[test]
    fn each_state_asks_for_its_own() {
        for (source, before, expected) in [
            (Some(HERE), UNMATCHED, "P"),
            (Some(HERE), ACTIVE, "P"),
            (Some(HERE), INACTIVE, "P"),
            (Some(HERE), LET_GO, "P"),
            (Some(DISABLED), UNMATCHED, "-"),
            (Some(DISABLED), ACTIVE, "Dw"),
            (Some(DISABLED), INACTIVE, "P"),
            (Some(IN_BIN), UNMATCHED, "-"),
            (Some(IN_BIN), ACTIVE, "D"),
            (Some(IN_BIN), INACTIVE, "-"),
            (Some(UNASSIGNED), UNMATCHED, "-"),
            (Some(UNASSIGNED), ACTIVE, "d"),
            (Some(UNASSIGNED), INACTIVE, "d"),
            (Some(UNASSIGNED), LET_GO, "-"),
            (None, UNMATCHED, "F"),
            (None, ACTIVE, "X gone"),
            (None, INACTIVE, "X gone"),
            (None, LET_GO, "F"),
        ] {
            row("", source, before, expected);
        }
    }

    #[test]
    fn settings_change_the_rows() {
        row("skip_out_of_scope_deletions = true", Some(UNASSIGNED), ACTIVE, "-");
        row("skip_out_of_scope_deletions = true", Some(IN_BIN), ACTIVE, "D");
        row("scope = 'all'", Some(UNASSIGNED), ACTIVE, "P");
        row("[users]\nenabled = false", Some(HERE), UNMATCHED, "-");
        row(NO_SOFT_DELETE, Some(DISABLED), ACTIVE, "X");
        row(NO_SOFT_DELETE, Some(UNASSIGNED), ACTIVE, "X");
        row("[users.actions]\ndelete = false", None, ACTIVE, "F");
        row("[users.actions]\nupdate = false", Some(DISABLED), ACTIVE, "-");
        row(&format!("{NO_SOFT_DELETE}\n[users.actions]\ndelete = false"), Some(DISABLED), ACTIVE, "-");
        let filter = "[[users.filter]]\nclause = [{ attribute = 'mail', operator = 'IS NOT NULL' }]";
        row(filter, Some(HERE), ACTIVE, "d");
    }
}
