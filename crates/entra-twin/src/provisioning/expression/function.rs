//! The functions that there are, and how many arguments each takes.

/// A function of Entra's reference for attribute mappings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Append,
    AppRoleAssignmentsComplex,
    AssertiveAppRoleAssignmentsComplex,
    Coalesce,
    Iif,
    IsNullOrEmpty,
    Join,
    Mid,
    NormalizeDiacritics,
    Not,
    Replace,
    SingleAppRoleAssignment,
    StripSpaces,
    Switch,
    ToLower,
    ToUpper,
}

use Function as F;

/// Function, its name, the least number of arguments and the most; and the two in words.
const TABLE: &[(Function, &str, usize, usize, &str)] = &[
    (F::Append, "Append", 2, 2, "2"),
    (F::AppRoleAssignmentsComplex, "AppRoleAssignmentsComplex", 1, 1, "1"),
    (F::AssertiveAppRoleAssignmentsComplex, "AssertiveAppRoleAssignmentsComplex", 1, 1, "1"),
    (F::Coalesce, "Coalesce", 1, usize::MAX, "1 or more"),
    (F::Iif, "IIF", 3, 3, "3"),
    (F::IsNullOrEmpty, "IsNullOrEmpty", 1, 1, "1"),
    (F::Join, "Join", 2, usize::MAX, "2 or more"),
    (F::Mid, "Mid", 3, 3, "3"),
    (F::NormalizeDiacritics, "NormalizeDiacritics", 1, 1, "1"),
    (F::Not, "Not", 1, 1, "1"),
    (F::Replace, "Replace", 5, 7, "5 to 7"),
    (F::SingleAppRoleAssignment, "SingleAppRoleAssignment", 1, 1, "1"),
    (F::StripSpaces, "StripSpaces", 1, 1, "1"),
    (F::Switch, "Switch", 4, usize::MAX, "a source, a default and pairs of key and value as"),
    (F::ToLower, "ToLower", 1, 2, "1 or 2"),
    (F::ToUpper, "ToUpper", 1, 2, "1 or 2"),
];

impl Function {
    /// By its name, whose case does not count.
    pub(super) fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1.eq_ignore_ascii_case(name)).map(|row| row.0)
    }

    /// All names.
    pub(super) fn names() -> String {
        TABLE.iter().map(|row| row.1).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// How many arguments it takes, in words, if this is not how many.
    pub(super) fn refuses(self, arguments: usize) -> Option<&'static str> {
        let (_, _, least, most, words) = TABLE.iter().find(|row| row.0 == self)?;
        let pairs = self != Self::Switch || arguments.is_multiple_of(2);
        (!(*least..=*most).contains(&arguments) || !pairs).then_some(*words)
    }
}
