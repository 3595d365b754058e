/// Why a claim, or what a rule makes of it, cannot be taken.
///
/// It names claims and attributes and never carries a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// A claim that the application needs did not arrive, or arrived empty.
    #[error(
        "the claim {} is missing; these attributes arrived: {}: add the claim at the identity provider, or choose another preset or mapping",
        alternatives(wanted),
        list(arrived)
    )]
    Missing {
        /// The claims that were looked for, any of which would do.
        wanted: Vec<String>,
        /// The names of all attributes that did arrive, in their order.
        arrived: Vec<String>,
    },

    /// A claim that has one value came with several.
    #[error(
        "the claim `{claim}` has {count} values, expected one: correct its source at the identity provider"
    )]
    Several {
        /// The claim that was looked for.
        claim: String,
        /// How many values that are not empty it had.
        count: usize,
    },

    /// Two attributes mean the same claim and do not say the same.
    #[error(
        "the attributes `{first}` and `{second}` both mean the claim `{claim}` and differ: remove one of them at the identity provider"
    )]
    Ambiguous {
        /// The claim that was looked for.
        claim: String,
        /// The name of the attribute that came first.
        first: String,
        /// The name of the attribute that disagrees with it.
        second: String,
    },

    /// A value is longer than it may be at this place.
    #[error("a value has {bytes} bytes, at most {most} are taken here: shorten it at the identity provider")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },

    /// There are more values, or more bytes of them together, than are worked on at this place.
    #[error(
        "{count} {of} came, at most {most} are worked on here: send fewer of them from the identity provider"
    )]
    TooMany {
        /// How many there are.
        count: usize,
        /// What is counted: `values` or `bytes`.
        of: &'static str,
        /// How many there may be.
        most: usize,
    },

    /// A value that people see holds a character that they do not see.
    #[error(
        "the value holds the character U+{:04X}, which people do not see or which turns what they see: correct it at the identity provider, or take it away by `replace`",
        u32::from(*character)
    )]
    Invisible {
        /// The first such character.
        character: char,
    },
}

impl ClaimError {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "claim.missing",
            Self::Several { .. } => "claim.several",
            Self::Ambiguous { .. } => "claim.ambiguous",
            Self::TooLong { .. } => "claim.too_long",
            Self::TooMany { .. } => "claim.too_many",
            Self::Invisible { .. } => "claim.invisible",
        }
    }
}

/// Why an attribute set could not be mapped, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}`: {why}")]
#[non_exhaustive]
pub struct MapError {
    /// Where the rule stands in the text of the mapping, such as `fields.email.sources[1]`.
    pub rule: String,
    /// What is wrong.
    pub why: ClaimError,
}

impl MapError {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.why.code()
    }
}

fn alternatives(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
