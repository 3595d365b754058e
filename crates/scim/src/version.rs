use std::fmt;

use crate::error::{ErrorKind, ScimError};

/// The version of a resource, a number that grows with each change; written as a weak entity tag [rfc7644 3.14].
///
/// ```
/// use landfall_scim::{Precondition, Version};
///
/// let version = Version(7);
/// assert_eq!(version.to_string(), "W/\"7\"");
/// assert!(Precondition::parse("W/\"6\", W/\"7\"")?.holds(version));
/// # Ok::<(), landfall_scim::ScimError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a version is a number")]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

/// The header If-Match, or If-None-Match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the header has two forms")]
pub enum Precondition {
    /// `*`: any version, so that it exists.
    Any,
    /// One of these; tags that are not ours are left out, since no version has them.
    OneOf(Vec<Version>),
}

impl Precondition {
    /// Parses the value of the header.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSyntax`] if it is neither `*` nor a list of entity tags.
    pub fn parse(header: &str) -> Result<Self, ScimError> {
        if header.trim() == "*" {
            return Ok(Self::Any);
        }
        let mut versions = Vec::new();
        for tag in header.split(',').map(str::trim) {
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            let inside = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let Some(inside) = inside.filter(|inside| !inside.contains('"')) else {
                let text = "the header is no list of entity tags, expected * or such as W/\"7\"";
                return Err(ScimError::new(ErrorKind::InvalidSyntax, text));
            };
            versions
                .extend(inside.parse().ok().map(Version).filter(|version| version.0.to_string() == inside));
        }
        Ok(Self::OneOf(versions))
    }

    /// Whether a resource that exists in this version is meant.
    #[must_use]
    pub fn holds(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }

    /// Refuses a change of a resource that is in another version.
    ///
    /// # Errors
    /// [`ErrorKind::PreconditionFailed`] if it is.
    pub fn require(&self, version: Version) -> Result<(), ScimError> {
        if self.holds(version) {
            return Ok(());
        }
        let text =
            format!("the resource is in version {version}, which If-Match does not name: read it again");
        Err(ScimError::new(ErrorKind::PreconditionFailed, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_meanwhile_is_not_changed() {
        // [rfc7644 3.14]
        let version = Version(7);
        for header in ["*", " * ", "W/\"7\"", "\"7\"", "\"6\", W/\"7\"", "\"x\",\"7\""] {
            assert_eq!(Precondition::parse(header).unwrap().require(version), Ok(()), "{header}");
        }
        for header in ["\"6\"", "\"x\"", "\"07\"", "\"+7\"", "\"\""] {
            let error = Precondition::parse(header).unwrap().require(version).unwrap_err();
            assert_eq!(error.status(), 412, "{header}");
        }
        for header in ["", "7", "\"7", "\"7\",", "**", "\"6\" \"7\""] {
            assert_eq!(Precondition::parse(header).unwrap_err().status(), 400, "{header}");
        }
    }
}
