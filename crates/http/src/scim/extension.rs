//! Attributes that a tenant declares beyond the standard: the text, and what becomes of it.

mod cache;
mod changes;
mod error;

use std::fmt;
use std::str::FromStr;

use landfall_scim::{Attribute, Extension, ExtensionAttribute, Resource, ResourceType, Schema, Type};
use serde::Deserialize;

pub(crate) use cache::Extensions;
pub use changes::ExtensionChange;
pub use error::ExtensionTextError;

/// What a tenant declares: attributes of users under a URN of its own, and which of them fill the account.
///
/// Its text is TOML: `urn`, `name`, and for each attribute `[[attribute]]` with `name` and `type`
/// and, where they are wanted, `multi_valued`, `case_exact`, `description` and `fills`.
///
/// # Security
/// What `fills` can name are four texts that people read; an attribute never makes a role, a standing, a user name or a key [attack H5].
///
/// ```
/// use landfall_http::DeclaredExtension;
///
/// let text = r#"
/// urn = "urn:contoso:hr:1.0:User"
/// name = "Contoso"
///
/// [[attribute]]
/// name = "badge"
/// type = "string"
/// "#;
/// let declared: DeclaredExtension = text.parse()?;
/// assert_eq!(declared.urn(), "urn:contoso:hr:1.0:User");
/// # Ok::<(), landfall_http::ExtensionTextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredExtension {
    users: ResourceType,
    schema: Schema,
    fills: Vec<(Filled, String)>,
}

/// A field of an account that an attribute can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    FirstName,
    LastName,
    Email,
    DisplayName,
}

impl Filled {
    const ALL: [Self; 4] = [Self::FirstName, Self::LastName, Self::Email, Self::DisplayName];

    fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::DisplayName => "display_name",
        }
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The types that a tenant can declare.
const TYPES: [Type; 6] =
    [Type::String, Type::Boolean, Type::Integer, Type::Decimal, Type::DateTime, Type::Reference];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    urn: String,
    name: String,
    #[serde(default, rename = "attribute")]
    attributes: Vec<WrittenAttribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAttribute {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    multi_valued: bool,
    #[serde(default)]
    case_exact: bool,
    #[serde(default)]
    description: String,
    fills: Option<String>,
}

impl FromStr for DeclaredExtension {
    type Err = ExtensionTextError;

    fn from_str(text: &str) -> Result<Self, ExtensionTextError> {
        let written: Written =
            toml::from_str(text).map_err(|error| ExtensionTextError::toml(text, &error))?;
        if written.name.trim().is_empty() {
            return Err(ExtensionTextError::NoName);
        }
        let mut attributes = Vec::with_capacity(written.attributes.len());
        let mut fills: Vec<(Filled, String)> = Vec::new();
        for attribute in written.attributes {
            let kind = kind(&attribute)?;
            if let Some(filled) = filled(&attribute, kind)? {
                if let Some((_, other)) = fills.iter().find(|(field, _)| *field == filled) {
                    return Err(ExtensionTextError::FilledTwice {
                        field: filled.name(),
                        one: other.clone(),
                        other: attribute.name,
                    });
                }
                fills.push((filled, attribute.name.clone()));
            }
            attributes.push(declared(attribute, kind));
        }
        let extension = Extension::new(&written.urn, &written.name, attributes)?;
        let schema = extension.schema().clone();
        Ok(Self { users: ResourceType::user().with_extension(extension)?, schema, fills })
    }
}

fn declared(attribute: WrittenAttribute, kind: Type) -> ExtensionAttribute {
    let mut declared = ExtensionAttribute::new(attribute.name, kind).described(attribute.description);
    if attribute.multi_valued {
        declared = declared.multi_valued();
    }
    if attribute.case_exact {
        declared = declared.case_exact();
    }
    declared
}

fn kind(attribute: &WrittenAttribute) -> Result<Type, ExtensionTextError> {
    let name = || attribute.name.clone();
    let Some(written) = &attribute.kind else { return Err(ExtensionTextError::NoType { name: name() }) };
    let kind = TYPES.into_iter().find(|kind| kind.name() == written);
    let kind = kind.ok_or_else(|| ExtensionTextError::Type { name: name(), got: written.clone() })?;
    if attribute.case_exact && !matches!(kind, Type::String | Type::Reference) {
        return Err(ExtensionTextError::CaseExact { name: name(), kind: kind.name() });
    }
    Ok(kind)
}

/// What the attribute fills, if anything: only one text can be the text of a field.
fn filled(attribute: &WrittenAttribute, kind: Type) -> Result<Option<Filled>, ExtensionTextError> {
    let Some(written) = &attribute.fills else { return Ok(None) };
    let filled = Filled::ALL.into_iter().find(|field| field.name() == written);
    let name = || attribute.name.clone();
    let filled = filled.ok_or_else(|| ExtensionTextError::Fills { name: name(), got: written.clone() })?;
    if kind != Type::String || attribute.multi_valued {
        return Err(ExtensionTextError::FillsNoText { name: name(), field: filled.name() });
    }
    Ok(Some(filled))
}

impl DeclaredExtension {
    /// The URN.
    #[must_use]
    pub fn urn(&self) -> &str {
        self.schema.urn()
    }

    /// Users of the tenant.
    pub(super) fn users(&self) -> &ResourceType {
        &self.users
    }

    fn attributes(&self) -> &[Attribute] {
        self.schema.attributes()
    }

    /// Whether an attribute fills this field.
    pub(super) fn fills(&self, field: Filled) -> bool {
        self.fills.iter().any(|(filled, _)| *filled == field)
    }

    fn filled_by(&self, attribute: &str) -> Option<Filled> {
        self.fills.iter().find(|(_, name)| name == attribute).map(|(filled, _)| *filled)
    }

    /// The value of the attribute that fills this field, if there is one and it has a value.
    pub(super) fn value<'a>(&self, field: Filled, resource: &'a Resource) -> Option<&'a str> {
        let (_, name) = self.fills.iter().find(|(filled, _)| *filled == field)?;
        resource.extension(self.urn())?.get(name)?.as_str().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests;
