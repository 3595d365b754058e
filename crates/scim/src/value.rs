//! Reads values by the table: canonical names, right types, nothing that a client may not write.

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, kind_of, named};
use crate::json;
use crate::schema::{Attribute, Mutability, Type};

/// How many bytes a text may have.
pub const MAX_TEXT: usize = 4096;

/// How many bytes a value in base64 may have.
pub const MAX_BINARY: usize = 16 * 1024;

/// How many values an attribute may have; `members` has a bound of its own.
pub const MAX_VALUES: usize = 100;

/// How many members one request may name.
pub const MAX_MEMBERS: usize = 10_000;

/// Reads the values of one request.
pub(crate) struct Reader {
    pub(crate) dialect: Dialect,
    /// What was left out, by name.
    pub(crate) ignored: Vec<String>,
}

impl Reader {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, ignored: Vec::new() }
    }

    /// The value of an attribute, or `None` if it means that there is none [rfc7643 2.5].
    pub(crate) fn value(&mut self, attribute: &Attribute, value: Value) -> Result<Option<Value>, ScimError> {
        if !attribute.multi_valued {
            return self.single(attribute, value);
        }
        let values = match value {
            Value::Null => return Ok(None),
            Value::Array(values) => values,
            Value::String(text) if text.is_empty() && self.dialect.is_lenient() => return Ok(None),
            other if self.dialect.is_lenient() => vec![other],
            other => return Err(unlike(attribute, "an array", &other)),
        };
        let max = if attribute.name == "members" { MAX_MEMBERS } else { MAX_VALUES };
        if values.len() > max {
            return Err(invalid(attribute, &format!("has {} values, at most {max} are taken", values.len())));
        }
        let mut read = Vec::with_capacity(values.len());
        for value in values {
            read.extend(self.single(attribute, value)?);
        }
        one_primary(attribute, &read)?;
        Ok((!read.is_empty()).then_some(Value::Array(read)))
    }

    /// One value of an attribute, or of one sub-attribute.
    pub(crate) fn single(&mut self, attribute: &Attribute, value: Value) -> Result<Option<Value>, ScimError> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() && self.dialect.is_lenient() => Ok(None),
            value if attribute.kind == Type::Complex => self.complex(attribute, value),
            value => self.simple(attribute, value).map(Some),
        }
    }

    fn simple(&self, attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
        match (attribute.kind, value) {
            (Type::Boolean, Value::String(text)) if self.dialect.takes_text() => match boolean(&text) {
                Some(value) => Ok(Value::Bool(value)),
                None => Err(invalid(attribute, "is a string, expected true or false")),
            },
            (Type::Boolean, value @ Value::Bool(_)) => Ok(value),
            (Type::Integer, Value::Number(number)) if number.is_i64() => Ok(Value::Number(number)),
            (Type::Decimal, value @ Value::Number(_)) => Ok(value),
            (Type::DateTime, Value::String(text)) => match OffsetDateTime::parse(&text, &Rfc3339) {
                Ok(_) => Ok(Value::String(text)),
                Err(_) => Err(invalid(attribute, "is no moment as RFC 3339 writes it")),
            },
            (Type::Binary, Value::String(text)) => binary(attribute, text),
            (Type::String | Type::Reference, Value::String(text)) => plain(attribute, text),
            (kind, other) => Err(unlike(attribute, kind.name(), &other)),
        }
    }

    fn complex(&mut self, attribute: &Attribute, value: Value) -> Result<Option<Value>, ScimError> {
        let object = match value {
            Value::Object(object) => object,
            Value::String(text)
                if self.dialect.takes_text() && attribute.sub_attribute("value").is_some() =>
            {
                Map::from_iter([("value".to_owned(), Value::String(text))])
            }
            Value::Array(values)
                if self.dialect.takes_text() && !attribute.multi_valued && values.len() <= 1 =>
            {
                return values.into_iter().next().map_or(Ok(None), |only| self.single(attribute, only));
            }
            other => return Err(unlike(attribute, "an object", &other)),
        };
        let object = self.unwrapped(attribute, object);
        let mut read = Map::new();
        for (name, value) in object {
            let Some(sub) = attribute.sub_attribute(&name) else {
                self.unknown(&format!("{}.{name}", attribute.name))?;
                continue;
            };
            if sub.mutability == Mutability::ReadOnly {
                continue;
            }
            let Some(value) = self.value(sub, value)? else { continue };
            if read.insert(sub.name.to_string(), value).is_some() {
                return Err(twice(&format!("{}.{}", attribute.name, sub.name)));
            }
        }
        Ok((!read.is_empty()).then_some(Value::Object(read)))
    }

    /// A role that Entra sends as JSON inside the string of its value.
    fn unwrapped(&self, attribute: &Attribute, object: Map<String, Value>) -> Map<String, Value> {
        let inside = match object.get("value") {
            Some(Value::String(text)) if self.dialect.takes_text() && attribute.name == "roles" => role(text),
            _ => None,
        };
        match inside {
            Some(mut inside) => {
                inside.extend(object.into_iter().filter(|(name, _)| name != "value"));
                inside
            }
            None => object,
        }
    }

    /// An attribute that is not declared: refused, or left out and told [attack H5].
    pub(crate) fn unknown(&mut self, name: &str) -> Result<(), ScimError> {
        if self.dialect.is_lenient() {
            self.ignore(name);
            return Ok(());
        }
        Err(ScimError::new(
            ErrorKind::InvalidSyntax,
            format!("{} is not declared here: /Schemas lists what is", named(name)),
        ))
    }

    /// Leaves something out, and remembers a few names of it.
    pub(crate) fn ignore(&mut self, name: &str) {
        let name: String = name.chars().filter(|char| !char.is_control()).take(80).collect();
        if self.ignored.len() < 50 && !self.ignored.contains(&name) {
            self.ignored.push(name);
        }
    }
}

/// `True`, `false` and the like: whoever is to go, goes, however it is written [attack H8].
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The role in a text such as `{"id":"…","value":"Admin","displayName":"Administrator"}`.
pub(crate) fn role(text: &str) -> Option<Map<String, Value>> {
    let mut object = json::object(text.trim_start().starts_with('{').then_some(text)?.as_bytes()).ok()?;
    let value = object.remove("value").filter(Value::is_string)?;
    let display = object.remove("displayName").or_else(|| object.remove("display"));
    let mut role = Map::from_iter([("value".to_owned(), value)]);
    role.extend(display.filter(Value::is_string).map(|display| ("display".to_owned(), display)));
    Some(role)
}

/// One value at most is the primary one [rfc7643 2.4].
pub(crate) fn one_primary(attribute: &Attribute, values: &[Value]) -> Result<(), ScimError> {
    if values.iter().filter(|value| is_primary(value)).count() > 1 {
        return Err(invalid(attribute, "has several values that are primary, expected one at most"));
    }
    Ok(())
}

pub(crate) fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

fn binary(attribute: &Attribute, text: String) -> Result<Value, ScimError> {
    let good = |char: u8| char.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(&char);
    if text.len() > MAX_BINARY || !text.bytes().all(good) {
        return Err(invalid(attribute, &format!("is not base64 of at most {MAX_BINARY} bytes")));
    }
    Ok(Value::String(text))
}

/// Text verbatim; nothing in it that a database or a page could not carry [attack H11].
fn plain(attribute: &Attribute, text: String) -> Result<Value, ScimError> {
    if text.len() > MAX_TEXT {
        return Err(invalid(attribute, &format!("has {} bytes, at most {MAX_TEXT} are taken", text.len())));
    }
    if text.chars().any(|char| char.is_control() && !"\t\r\n".contains(char)) {
        return Err(invalid(attribute, "has a control character in it"));
    }
    Ok(Value::String(text))
}

pub(crate) fn invalid(attribute: &Attribute, what: &str) -> ScimError {
    ScimError::new(ErrorKind::InvalidValue, format!("{} {what}", attribute.name))
}

pub(crate) fn unlike(attribute: &Attribute, expected: &str, got: &Value) -> ScimError {
    let range = if expected == "integer" && got.is_number() { " out of range" } else { "" };
    invalid(attribute, &format!("is {}{range}, expected {expected}", kind_of(got)))
}

pub(crate) fn twice(name: &str) -> ScimError {
    ScimError::new(ErrorKind::InvalidSyntax, format!("{name} stands twice, in different spellings"))
}
