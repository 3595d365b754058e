use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How the client of a token speaks SCIM; it belongs to the token and is never guessed from a request.
///
/// | | `entra` | `okta` | `strict` |
/// | --- | --- | --- | --- |
/// | `op` in capitals | taken | taken | refused |
/// | booleans as `"True"` | taken | refused | refused |
/// | `name.givenName` and URNs as keys of a value without a path | taken | taken | refused |
/// | an attribute of an extension without its URN | taken | refused | refused |
/// | a value filter that matches nothing | creates the value | creates the value | `noTarget` |
/// | `remove` with a value | removes those values | removes those values | refused |
/// | `""` | clears | clears | is a value |
/// | JSON inside a string, a string for a complex value | taken | refused | refused |
/// | attributes that are not declared | ignored, and reported by name | ignored, and reported by name | refused |
/// | `readOnly` attributes in PATCH | ignored, and reported by name | ignored, and reported by name | `mutability` |
/// | no `schemas` in the body, no operations | taken | taken | refused |
///
/// `null` and an empty array clear in all of them [rfc7643 2.5].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Dialect {
    /// Microsoft Entra ID, with and without `aadOptscim062020`.
    Entra,
    /// Okta.
    Okta,
    /// RFC 7643 and 7644 to the letter.
    Strict,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Entra, Self::Okta, Self::Strict];

    /// The stable name, as it is written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Strict => "strict",
        }
    }

    /// Whether it bends the standard at all.
    pub(crate) fn is_lenient(self) -> bool {
        self != Self::Strict
    }

    /// Whether values may come as text that holds another type.
    pub(crate) fn takes_text(self) -> bool {
        self == Self::Entra
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        let found = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        found.ok_or_else(|| UnknownDialect { got: name.to_owned() })
    }
}

/// A name that is no dialect's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no dialect `{got}`: write {}", Dialect::ALL.map(Dialect::name).join(" or "))]
pub struct UnknownDialect {
    /// What was given.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_is_found_by_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        assert!("Entra".parse::<Dialect>().is_err());
    }
}
