use std::borrow::Cow;

use super::{Attribute, Schema, Type};
use crate::error::named;

/// The attributes that a tenant declares beyond the standard, under a URN of its own.
///
/// They are simple, `readWrite` and served by default.
/// The URN begins with `urn:` and has at most 200 bytes; there are at most 50 attributes.
///
/// ```
/// use landfall_scim::{Extension, ExtensionAttribute, ResourceType, Type};
///
/// let extension = Extension::new(
///     "urn:example:params:scim:schemas:extension:contoso:2.0:User",
///     "Contoso",
///     vec![ExtensionAttribute::new("badge", Type::String), ExtensionAttribute::new("floor", Type::Integer)],
/// )?;
/// let users = ResourceType::user().with_extension(extension)?;
/// assert_eq!(users.extensions().len(), 2);
/// # Ok::<(), landfall_scim::ExtensionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension(pub(crate) Schema);

/// One attribute of an [`Extension`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionAttribute {
    name: String,
    kind: Type,
    multi_valued: bool,
    case_exact: bool,
    description: String,
}

impl ExtensionAttribute {
    /// An attribute with one value, whose case does not matter when it is compared.
    pub fn new(name: impl Into<String>, kind: Type) -> Self {
        Self { name: name.into(), kind, multi_valued: false, case_exact: false, description: String::new() }
    }

    /// With several values.
    #[must_use]
    pub fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Compared with regard to case.
    #[must_use]
    pub fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// With a sentence for people.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

impl Extension {
    /// How many attributes a tenant may declare in one extension.
    pub const MAX_ATTRIBUTES: usize = 50;

    /// How many bytes a URN may have.
    pub const MAX_URN: usize = 200;

    /// Declares an extension.
    ///
    /// # Errors
    /// [`ExtensionError`] says which name or type cannot be.
    pub fn new(urn: &str, name: &str, attributes: Vec<ExtensionAttribute>) -> Result<Self, ExtensionError> {
        if !is_urn(urn) {
            return Err(ExtensionError::Urn { got: named(urn) });
        }
        if attributes.is_empty() || attributes.len() > Self::MAX_ATTRIBUTES {
            return Err(ExtensionError::Count { got: attributes.len() });
        }
        let mut declared: Vec<Attribute> = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            if !is_attribute_name(&attribute.name) {
                return Err(ExtensionError::Name { got: named(&attribute.name) });
            }
            if super::find(&declared, &attribute.name).is_some() {
                return Err(ExtensionError::Twice { name: attribute.name });
            }
            if matches!(attribute.kind, Type::Complex | Type::Binary) {
                return Err(ExtensionError::Type { name: attribute.name, got: attribute.kind.name() });
            }
            declared.push(Attribute {
                name: Cow::Owned(attribute.name),
                description: Cow::Owned(attribute.description),
                multi_valued: attribute.multi_valued,
                case_exact: attribute.case_exact,
                ..Attribute::of(attribute.kind, "", "")
            });
        }
        Ok(Self(Schema {
            urn: Cow::Owned(urn.to_owned()),
            name: Cow::Owned(name.to_owned()),
            description: Cow::Borrowed("What the tenant declared."),
            attributes: Cow::Owned(declared),
        }))
    }

    /// What it declares.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.0
    }
}

/// Why an extension cannot be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The URN is none.
    #[error(
        "{got} is no URN for an extension: write urn:, a namespace and a name, of letters, digits and -._:"
    )]
    Urn {
        /// What was given, shortened.
        got: String,
    },
    /// There is a schema of that URN already, or one URN begins another.
    #[error("the URN {urn} cannot be told from that of another schema: choose one of your own namespace")]
    Taken {
        /// The URN.
        urn: String,
    },
    /// There are no attributes, or too many.
    #[error("an extension has 1 to {} attributes, not {got}", Extension::MAX_ATTRIBUTES)]
    Count {
        /// How many were given.
        got: usize,
    },
    /// A name is none.
    #[error("{got} is no name of an attribute: a letter, then letters, digits, - and _, at most 64")]
    Name {
        /// What was given, shortened.
        got: String,
    },
    /// A name stands twice; case does not tell names apart.
    #[error("the attribute {name} is declared twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// The type cannot be declared by a tenant.
    #[error(
        "the attribute {name} cannot be {got}: choose string, boolean, integer, decimal, dateTime or reference"
    )]
    Type {
        /// The name.
        name: String,
        /// The type.
        got: &'static str,
    },
}

impl ExtensionError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Urn { .. } => "extension.urn",
            Self::Taken { .. } => "extension.taken",
            Self::Count { .. } => "extension.count",
            Self::Name { .. } => "extension.name",
            Self::Twice { .. } => "extension.twice",
            Self::Type { .. } => "extension.type",
        }
    }
}

/// Whether the text is `urn:`, a namespace, and a name that a path can carry.
fn is_urn(text: &str) -> bool {
    let good = |char: char| char.is_ascii_alphanumeric() || "-._".contains(char);
    let mut parts = text.split(':');
    text.len() <= Extension::MAX_URN
        && parts.next().is_some_and(|urn| urn.eq_ignore_ascii_case("urn"))
        && text.split(':').count() >= 3
        && parts.all(|part| !part.is_empty() && part.chars().all(good))
}

/// The grammar of ATTRNAME [rfc7643 2.1].
pub(crate) fn is_attribute_name(name: &str) -> bool {
    let mut chars = name.chars();
    name.len() <= 64
        && chars.next().is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceType;

    const URN: &str = "urn:example:contoso:2.0:User";

    fn with(urn: &str, attributes: Vec<ExtensionAttribute>) -> Result<ResourceType, &'static str> {
        let extension = Extension::new(urn, "Contoso", attributes);
        let kind = extension.and_then(|extension| ResourceType::user().with_extension(extension));
        kind.map_err(|error| error.code())
    }

    fn badge() -> Vec<ExtensionAttribute> {
        vec![ExtensionAttribute::new("badge", Type::String)]
    }

    #[test]
    fn a_tenant_declares_attributes_of_its_own() {
        // [rfc7643 2.1]
        assert!(with(URN, badge()).is_ok());
        let named = |name: &str| with(URN, vec![ExtensionAttribute::new(name, Type::String)]);
        for name in ["", "1a", "a.b", "a b", "a[", "$ref"] {
            assert_eq!(named(name).unwrap_err(), "extension.name", "{name}");
        }
        let twice = ExtensionAttribute::new("BADGE", Type::Boolean);
        assert_eq!(with(URN, [badge(), vec![twice]].concat()).unwrap_err(), "extension.twice");
        assert_eq!(with(URN, vec![]).unwrap_err(), "extension.count");
        let many = (0..51).map(|n| ExtensionAttribute::new(format!("a{n}"), Type::String)).collect();
        assert_eq!(with(URN, many).unwrap_err(), "extension.count");
        let complex = vec![ExtensionAttribute::new("x", Type::Complex)];
        assert_eq!(with(URN, complex).unwrap_err(), "extension.type");
    }

    #[test]
    fn h5_no_extension_hides_a_schema_of_the_standard() {
        // [attack H5]
        for urn in ["", "urn:", "urn:a", "urn::b", "http://example.com/x", "urn:a:b c", "urn:a:b["] {
            assert_eq!(with(urn, badge()).unwrap_err(), "extension.urn", "{urn}");
        }
        for urn in [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "URN:IETF:params:scim:schemas:extension:enterprise:2.0:user",
            "urn:ietf:params:scim:schemas:core:2.0:User:name",
            "urn:ietf:params:scim:schemas:core",
        ] {
            assert_eq!(with(urn, badge()).unwrap_err(), "extension.taken", "{urn}");
        }
    }
}
