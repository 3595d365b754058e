mod changes;
mod declared;

use std::fmt;

use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, kind_of, named};
use crate::json;
use crate::resource_type::{AttributePath, ResourceKind, ResourceType};
use crate::schema::{Attribute, Mutability, Schema};
use crate::value::{self, Reader};

pub use changes::{Change, Changes};

/// What a client may say of a user or a group: attributes that are declared, by their canonical names.
///
/// Attributes of an extension lie in an object under its URN.
/// Values are verbatim; attributes without a value are not there.
///
/// # Security
/// Nothing that is `readOnly` is in it, no `id`, `meta`, `groups` or password: what the server knows comes in when a resource is served [attack H5].
/// It is personal data and its `Debug` shows names alone.
#[derive(Clone, PartialEq)]
pub struct Resource {
    pub(crate) attributes: Map<String, Value>,
}

/// A resource that was read, and what of the body was left out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// What the client says.
    pub resource: Resource,
    /// Names of attributes that are not declared, a few at most; no values.
    pub ignored: Vec<String>,
}

impl Resource {
    /// Reads the body of a POST or PUT [rfc7644 3.3], [rfc7644 3.5.1].
    ///
    /// Attributes that are `readOnly` are ignored, as the standard says.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSyntax`] if the body is not JSON, with the position, or has what is not declared and the dialect is strict;
    /// [`ErrorKind::InvalidValue`] if a value is not of its type or a required one is missing.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Resource, ResourceType};
    ///
    /// let body = br#"{"username": "ada@example.com", "id": "1", "active": "True", "shoeSize": 38}"#;
    /// let received = Resource::read(body, &ResourceType::user(), Dialect::Entra)?;
    /// assert_eq!(received.resource.attribute("userName").and_then(|name| name.as_str()), Some("ada@example.com"));
    /// assert_eq!(received.resource.attribute("active").and_then(|active| active.as_bool()), Some(true));
    /// assert!(received.resource.attribute("id").is_none());
    /// assert_eq!(received.ignored, ["shoeSize"]);
    ///
    /// assert!(Resource::read(body, &ResourceType::user(), Dialect::Strict).is_err());
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn read(body: &[u8], of: &ResourceType, dialect: Dialect) -> Result<Received, ScimError> {
        let object = json::object(body)?;
        schemas(&object, of, dialect)?;
        let mut reader = Reader::new(dialect);
        let mut attributes = Map::new();
        for (name, value) in object {
            if let Some(schema) = of.extension(&name) {
                let Some(value) = extension(&mut reader, schema, value)? else { continue };
                insert(&mut attributes, &schema.urn, value)?;
            } else if let Some(attribute) = of.attribute(&name) {
                if attribute.mutability == Mutability::ReadOnly {
                    continue;
                }
                let Some(value) = reader.value(attribute, value)? else { continue };
                insert(&mut attributes, &attribute.name, value)?;
            } else {
                reader.unknown(&name)?;
            }
        }
        let resource = Self { attributes };
        resource.complete(of, ErrorKind::InvalidValue)?;
        Ok(Received { resource, ignored: reader.ignored })
    }

    /// A resource that was kept, from what [`Resource::json`] gave.
    ///
    /// # Security
    /// It is taken as it is: give it what a store kept, never what came from outside.
    #[must_use]
    pub fn restored(attributes: Map<String, Value>) -> Self {
        Self { attributes }
    }

    /// Its attributes, to be kept.
    #[must_use]
    pub fn json(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// The value of an attribute of its own, by its canonical name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// The attributes of an extension, by its URN in canonical spelling.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Map<String, Value>> {
        self.attributes.get(urn).and_then(Value::as_object)
    }

    /// The value at a path; of a multi-valued attribute all values, whatever the sub-attribute.
    #[must_use]
    pub fn value(&self, path: &AttributePath) -> Option<&Value> {
        let attributes = match path.extension() {
            Some(urn) => self.extension(urn)?,
            None => &self.attributes,
        };
        let value = attributes.get(path.attribute.name())?;
        match path.sub_attribute() {
            Some(sub) if !path.attribute.multi_valued => value.get(sub.name()),
            _ => Some(value),
        }
    }

    /// Puts another in its place, as PUT does, and says what changed [rfc7644 3.5.1].
    ///
    /// A user whose `active` is left out keeps it: clients that leave it out do not mean that the user must go.
    /// What is not declared stays.
    pub fn replace(&mut self, mut other: Self, of: &ResourceType) -> Changes {
        if of.kind() == ResourceKind::User
            && !other.attributes.contains_key("active")
            && let Some(active) = self.attributes.get("active")
        {
            other.attributes.insert("active".to_owned(), active.clone());
        }
        self.keep_undeclared(of, &mut other);
        let changes = Changes::between(self, &other);
        *self = other;
        changes
    }

    /// What is required is there [rfc7643 2.2].
    pub(crate) fn complete(&self, of: &ResourceType, kind: ErrorKind) -> Result<(), ScimError> {
        let missing = |attribute: &&Attribute| {
            attribute.required
                && self.attributes.get(attribute.name()).is_none_or(|value| value.as_str() == Some(""))
        };
        match of.schema().attributes().iter().find(missing) {
            Some(attribute) => {
                Err(ScimError::new(kind, format!("{} is required and would have no value", attribute.name)))
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resource")?;
        f.debug_set().entries(self.attributes.keys()).finish()
    }
}

/// The attributes of an extension, or `None` if there are none.
fn extension(reader: &mut Reader, schema: &Schema, value: Value) -> Result<Option<Value>, ScimError> {
    let object = match value {
        Value::Null => return Ok(None),
        Value::Object(object) => object,
        other => {
            let text = format!("{} is {}, expected an object", schema.urn, kind_of(&other));
            return Err(ScimError::new(ErrorKind::InvalidValue, text));
        }
    };
    let mut attributes = Map::new();
    for (name, value) in object {
        let Some(attribute) = schema.attribute(&name) else {
            reader.unknown(&format!("{}:{name}", schema.urn))?;
            continue;
        };
        let Some(value) = reader.value(attribute, value)? else { continue };
        insert(&mut attributes, &attribute.name, value)?;
    }
    Ok((!attributes.is_empty()).then_some(Value::Object(attributes)))
}

/// Two spellings of one name would leave it to chance which counts [attack H6].
fn insert(attributes: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), ScimError> {
    match attributes.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(value::twice(name)),
    }
}

/// The URNs that a body names; the strict dialect wants its own among them, and no other that is not known [rfc7643 3].
fn schemas(object: &Map<String, Value>, of: &ResourceType, dialect: Dialect) -> Result<(), ScimError> {
    if dialect.is_lenient() {
        return Ok(());
    }
    let urns = urns(object)?;
    let own = of.schema().urn();
    if !urns.iter().any(|urn| urn.eq_ignore_ascii_case(own)) {
        return Err(ScimError::new(ErrorKind::InvalidSyntax, format!("schemas does not name {own}")));
    }
    match urns.iter().find(|urn| !urn.eq_ignore_ascii_case(own) && of.extension(urn).is_none()) {
        Some(urn) => Err(ScimError::new(
            ErrorKind::InvalidSyntax,
            format!("the schema {} is not known here: /Schemas lists what is", named(urn)),
        )),
        None => Ok(()),
    }
}

/// The array `schemas` of a body.
pub(crate) fn urns(object: &Map<String, Value>) -> Result<Vec<&str>, ScimError> {
    let found = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas"));
    let urns = found.and_then(|(_, value)| value.as_array()?.iter().map(Value::as_str).collect());
    urns.ok_or_else(|| {
        ScimError::new(ErrorKind::InvalidSyntax, "schemas is missing, expected an array of URNs")
    })
}

#[cfg(test)]
mod tests;
