//! What a mapping and the values that it works on may measure at most.

/// Bytes of the text of a mapping.
pub(crate) const TEXT: usize = 65_536;
/// Sources of one rule, transforms of one list, conditions of one source, claims of one `join`.
pub(crate) const LIST: usize = 32;
/// Rows of one table.
pub(crate) const TABLE: usize = 2_000;
/// Test cases of one mapping.
pub(crate) const CASES: usize = 200;
/// Bytes of a name or a text in a mapping.
pub(crate) const WORD: usize = 1_024;

/// Bytes of one pattern.
pub(crate) const PATTERN: usize = 512;
/// Patterns of one mapping.
pub(crate) const PATTERNS: usize = 32;
/// Bytes of a pattern when it is compiled.
pub(crate) const COMPILED: usize = 262_144;
/// Bytes of the memory in which a pattern remembers what it has seen.
pub(crate) const REMEMBERED: usize = 262_144;
/// How deep a pattern may be nested.
pub(crate) const NESTED: u32 = 32;

/// Bytes of one value that a rule takes up.
pub(crate) const VALUE: usize = 65_536;
/// Values that a rule works on.
pub(crate) const VALUES: usize = 10_000;
/// Bytes of all of them together.
pub(crate) const BYTES: usize = 1_048_576;
/// Bytes of one value that a pattern is tried on.
pub(crate) const MATCHED: usize = 1_024;
/// Bytes of all values that a pattern is tried on, in one step.
pub(crate) const MATCHED_TOGETHER: usize = 131_072;
/// Bytes of one value of a profile.
pub(crate) const FIELD: usize = 1_024;
/// Groups of one person.
pub(crate) const GROUPS: usize = 2_000;
