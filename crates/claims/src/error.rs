/// Why an attribute set could not be mapped.
///
/// It names claims and attributes and never carries a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A claim that the application needs did not arrive, or arrived empty.
    #[error(
        "the claim `{claim}` is missing; these attributes arrived: {}: add the claim at the identity provider, or choose another preset",
        list(arrived)
    )]
    Missing {
        /// The claim that was looked for.
        claim: String,
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
}

impl MapError {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "claim.missing",
            Self::Several { .. } => "claim.several",
            Self::Ambiguous { .. } => "claim.ambiguous",
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
