use std::borrow::Cow;

use super::limits;

/// Why a text is no mapping.
///
/// It says where: a line of the file, or a rule such as `fields.email.sources[1]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// The text is longer than a mapping may be.
    #[error("the text has {bytes} bytes, a mapping has at most {}", limits::TEXT)]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The text is no TOML, or holds a key that no mapping has.
    #[error("line {line}: {says}")]
    Text {
        /// The line, counted from 1.
        line: usize,
        /// What the reader says.
        says: String,
    },
    /// The language is of another version.
    #[error("`version` is {got}, expected 1: this version of Landfall reads no other language of mappings")]
    Version {
        /// What was given.
        got: u32,
    },
    /// A rule cannot be.
    #[error("`{rule}`: {why}")]
    Rule {
        /// Where it stands, such as `fields.email.sources[1]`.
        rule: String,
        /// What is wrong with it.
        why: Fault,
    },
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Something that a rule needs is not there.
    #[error("expected {expected}")]
    Needs {
        /// What must be there.
        expected: Cow<'static, str>,
    },
    /// There is no transform of this name.
    #[error(
        "there is no transform `{got}`: write lower, upper or mail-prefix, or a table with extract, replace, default, split, join or map"
    )]
    Transform {
        /// What was given.
        got: String,
    },
    /// A list or a table is longer than it may be.
    #[error("there are {count}, at most {most} are allowed")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A text is longer than it may be.
    #[error("it has {bytes} bytes, at most {most} are allowed")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// The pattern is none.
    #[error("this is no pattern that is read here: {says}")]
    Pattern {
        /// What the engine says.
        says: String,
    },
    /// The pattern is too big when it is compiled.
    #[error(
        "the pattern is larger than {most} bytes when it is compiled: repeat less, or write [A-Za-z0-9_] for \\w"
    )]
    PatternTooBig {
        /// How large it may be.
        most: usize,
    },
    /// A replacement names a group that its pattern has not.
    #[error(
        "the pattern has no group `{name}`: write ${{1}} for the first, with the braces where a letter or digit follows"
    )]
    NoGroup {
        /// The name.
        name: String,
    },
    /// A text that people would see holds a character that they do not see.
    #[error("it holds the character U+{:04X}, which people do not see", u32::from(*character))]
    Invisible {
        /// The first such character.
        character: char,
    },
}

impl Fault {
    pub(super) fn needs(expected: impl Into<Cow<'static, str>>) -> Self {
        Self::Needs { expected: expected.into() }
    }

    pub(super) fn at(self, rule: impl Into<String>) -> MappingError {
        MappingError::Rule { rule: rule.into(), why: self }
    }
}
