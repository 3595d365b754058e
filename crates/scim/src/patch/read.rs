use serde_json::{Map, Value};

use super::{Action, Missing, Operation, Patch};
use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, kind_of, named};
use crate::json;
use crate::path::{Found, Path};
use crate::resource::urns;
use crate::resource_type::{AttributePath, ResourceType};
use crate::schema::{Attribute, Mutability, Type};
use crate::value::{Reader, role, twice};

impl Patch {
    /// Reads the body of a PATCH [rfc7644 3.5.2].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSyntax`] if the body is no PATCH, [`ErrorKind::InvalidPath`] if a path is none,
    /// [`ErrorKind::NoTarget`] if a path is missing, [`ErrorKind::InvalidValue`] if a value is not of its type,
    /// [`ErrorKind::Mutability`] if an attribute is not the client's to change and the dialect is strict.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Patch, Resource, ResourceType};
    ///
    /// let users = ResourceType::user();
    /// let body = br#"{"userName": "ada@example.com", "active": true}"#;
    /// let mut ada = Resource::read(body, &users, Dialect::Entra)?.resource;
    ///
    /// let body = br#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
    ///     {"op": "Replace", "path": "active", "value": "False"},
    ///     {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"}]}"#;
    /// let changes = Patch::read(body, &users, Dialect::Entra)?.apply(&mut ada, &users)?;
    /// assert_eq!(changes.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["active", "emails"]);
    /// assert_eq!(ada.attribute("active").and_then(|active| active.as_bool()), Some(false));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn read(body: &[u8], of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        let body = json::object(body)?;
        if !dialect.is_lenient() && !urns(&body)?.iter().any(|urn| urn.eq_ignore_ascii_case(Self::SCHEMA)) {
            return Err(syntax(format!("schemas does not name {}", Self::SCHEMA)));
        }
        let operations = match field(body, "operations")? {
            Some(Value::Array(operations)) => operations,
            Some(other) => {
                return Err(syntax(format!("Operations is {}, expected an array", kind_of(&other))));
            }
            None => return Err(syntax("Operations is missing, expected an array".to_owned())),
        };
        if operations.is_empty() && !dialect.is_lenient() {
            return Err(syntax("Operations is empty, expected one at least".to_owned()));
        }
        let mut reading = Reading { of, reader: Reader::new(dialect), operations: Vec::new() };
        for (at, operation) in operations.into_iter().enumerate() {
            reading.operation(operation).map_err(|error| {
                ScimError::new(error.kind(), format!("operation {}: {}", at + 1, error.detail()))
            })?;
        }
        Ok(Self { operations: reading.operations, ignored: reading.reader.ignored })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

struct Reading<'a> {
    of: &'a ResourceType,
    reader: Reader,
    operations: Vec<Operation>,
}

impl Reading<'_> {
    fn dialect(&self) -> Dialect {
        self.reader.dialect
    }

    fn operation(&mut self, operation: Value) -> Result<(), ScimError> {
        let Value::Object(operation) = operation else {
            return Err(syntax(format!("it is {}, expected an object", kind_of(&operation))));
        };
        let (mut op, mut path, mut value) = (None, None, None);
        for (name, found) in operation {
            let place = match name.to_ascii_lowercase().as_str() {
                "op" => &mut op,
                "path" => &mut path,
                "value" => &mut value,
                _ => continue,
            };
            if place.replace(found).is_some() {
                return Err(twice(&name));
            }
        }
        let op = self.op(op)?;
        match path {
            Some(Value::String(path)) if !(path.is_empty() && self.dialect().is_lenient()) => {
                self.at(op, &path, value)
            }
            None | Some(Value::Null | Value::String(_)) => self.without_path(op, value),
            Some(other) => Err(syntax(format!("path is {}, expected a string", kind_of(&other)))),
        }
    }

    fn op(&self, op: Option<Value>) -> Result<Op, ScimError> {
        let Some(Value::String(name)) = op else {
            return Err(syntax("op is missing, expected add, replace or remove".to_owned()));
        };
        let lower = if self.dialect().is_lenient() { name.to_ascii_lowercase() } else { name };
        match lower.as_str() {
            "add" => Ok(Op::Add),
            "replace" => Ok(Op::Replace),
            "remove" => Ok(Op::Remove),
            _ => Err(syntax(format!("op is {}, expected add, replace or remove", named(&lower)))),
        }
    }

    /// One operation for each attribute of the value.
    fn without_path(&mut self, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        if op == Op::Remove {
            let text = "remove needs a path, and there is none";
            return Err(ScimError::new(ErrorKind::NoTarget, text));
        }
        let value = match value {
            Some(Value::Object(value)) => value,
            other => {
                let kind = other.as_ref().map_or("missing", kind_of);
                let text = format!("there is no path and value is {kind}, expected an object of attributes");
                return Err(ScimError::new(ErrorKind::InvalidValue, text));
            }
        };
        let before = self.operations.len();
        for (name, value) in value {
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            let inside = match value {
                Value::Object(ref inside) => self.of.extension(&name).map(|_| inside.clone()),
                _ => None,
            };
            if let Some(inside) = inside {
                for (inner, value) in inside {
                    // Clients repeat the URN inside of what it names; it says nothing.
                    if inner.eq_ignore_ascii_case("schemas") {
                        continue;
                    }
                    self.key(op, &format!("{name}:{inner}"), value)?;
                }
            } else if self.dialect().is_lenient() || self.of.attribute(&name).is_some() {
                self.key(op, &name, value)?;
            } else {
                self.reader.unknown(&name)?;
            }
        }
        let mut paths: Vec<String> =
            self.operations.iter().skip(before).map(|operation| operation.path.to_string()).collect();
        paths.sort_unstable();
        match paths.array_windows().find(|[one, other]| one == other) {
            Some([path, _]) => Err(twice(path)),
            None => Ok(()),
        }
    }

    /// An attribute of a value without a path: what cannot be a path is no attribute that is declared.
    fn key(&mut self, op: Op, name: &str, value: Value) -> Result<(), ScimError> {
        match Path::find(name, self.of, self.dialect()) {
            Ok(Found::Path(path)) => self.push(op, *path, Some(value)),
            Ok(Found::Unknown(_)) | Err(_) => self.reader.unknown(name),
        }
    }

    fn at(&mut self, op: Op, text: &str, value: Option<Value>) -> Result<(), ScimError> {
        if let Some(schema) = self.of.extension(text) {
            let names: Vec<String> =
                schema.attributes().iter().map(|attribute| attribute.name().to_owned()).collect();
            return match (op, value) {
                (Op::Remove, None | Some(Value::Null)) | (Op::Replace, Some(Value::Null)) => {
                    names.iter().try_for_each(|name| self.at(Op::Remove, &format!("{text}:{name}"), None))
                }
                (Op::Add | Op::Replace, Some(value)) => {
                    self.without_path(op, Some(Value::Object(Map::from_iter([(text.to_owned(), value)]))))
                }
                _ => Err(syntax("an extension is removed without a value, and set with one".to_owned())),
            };
        }
        match Path::find(text, self.of, self.dialect())? {
            Found::Path(path) => self.push(op, *path, value),
            Found::Unknown(name) if self.dialect().is_lenient() => {
                self.reader.ignore(&name);
                Ok(())
            }
            Found::Unknown(name) => Err(ScimError::new(
                ErrorKind::InvalidPath,
                format!("{} is not declared here: /Schemas lists what is", named(&name)),
            )),
        }
    }

    fn push(&mut self, op: Op, path: Path, value: Option<Value>) -> Result<(), ScimError> {
        if self.operations.len() >= Self::MAX {
            let text = format!("there are more than {} operations", Self::MAX);
            return Err(ScimError::new(ErrorKind::TooMany, text));
        }
        if !self.writable(&path.target)? {
            return Ok(());
        }
        let action = match op {
            Op::Remove => self.removed(&path, value)?,
            Op::Add | Op::Replace => self.set(op, &path, value)?,
        };
        let missing = if self.dialect().is_lenient() { Missing::Create } else { Missing::Refuse };
        self.operations.extend(action.map(|action| Operation { path, action, missing }));
        Ok(())
    }

    const MAX: usize = Patch::MAX_OPERATIONS;

    /// Whether the client may change it [attack H5], [rfc7644 3.5.2].
    fn writable(&mut self, target: &AttributePath) -> Result<bool, ScimError> {
        let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        if !read_only(&target.attribute) && !target.sub_attribute.as_ref().is_some_and(read_only) {
            return Ok(true);
        }
        if self.dialect().is_lenient() {
            self.reader.ignore(&target.to_string());
            return Ok(false);
        }
        Err(ScimError::new(ErrorKind::Mutability, format!("{target} is readOnly")))
    }

    /// What add and replace do; nothing, if nothing is added.
    fn set(&mut self, op: Op, path: &Path, value: Option<Value>) -> Result<Option<Action>, ScimError> {
        if value.is_none() && !self.dialect().is_lenient() {
            return Err(ScimError::new(ErrorKind::InvalidValue, "value is missing"));
        }
        let value = self.typed(path, value.unwrap_or(Value::Null))?;
        let whole = path.filter.is_none() && path.target.sub_attribute.is_none();
        Ok(match (op, value) {
            (Op::Add, Some(value)) => Some(Action::Add(value)),
            (Op::Add, None) if whole && path.target.attribute.multi_valued => None,
            (_, Some(value)) => Some(Action::Replace(value)),
            // No value clears.
            (_, None) => Some(Action::Remove),
        })
    }

    /// The value, of the type of what the path names.
    fn typed(&mut self, path: &Path, value: Value) -> Result<Option<Value>, ScimError> {
        let attribute = &path.target.attribute;
        if let Some(sub) = &path.target.sub_attribute {
            let value = match value {
                Value::Array(mut values) if self.dialect().takes_text() && values.len() == 1 => {
                    values.pop().unwrap_or_default()
                }
                value => value,
            };
            let inside = match &value {
                Value::String(text) if attribute.name == "roles" && sub.name == "value" => {
                    self.dialect().takes_text().then(|| role(text)).flatten()
                }
                _ => None,
            };
            let value = inside.and_then(|mut inside| inside.remove("value")).unwrap_or(value);
            return self.reader.value(sub, value);
        }
        if path.filter.is_some() {
            let value = match value {
                Value::Array(mut values) if values.len() == 1 => values.pop().unwrap_or_default(),
                value => value,
            };
            return self.reader.single(attribute, value);
        }
        self.reader.value(attribute, listed(attribute, value))
    }

    /// What remove does [rfc7644 3.5.2.2]. A value beside it names what goes, and never everything.
    fn removed(&mut self, path: &Path, value: Option<Value>) -> Result<Option<Action>, ScimError> {
        let attribute = &path.target.attribute;
        match value {
            None | Some(Value::Null) => Ok(Some(Action::Remove)),
            Some(_) if !self.dialect().is_lenient() => {
                Err(syntax("remove has a value: choose what goes by a filter in the path".to_owned()))
            }
            Some(value)
                if attribute.multi_valued && path.filter.is_none() && path.target.sub_attribute.is_none() =>
            {
                let values = match listed(attribute, value) {
                    Value::Array(values) => {
                        values.into_iter().map(|value| object(attribute, value)).collect()
                    }
                    other => other,
                };
                match self.reader.value(attribute, values)? {
                    Some(Value::Array(values)) => Ok(Some(Action::RemoveValues(values))),
                    _ => Ok(None),
                }
            }
            Some(_) => Ok(Some(Action::Remove)),
        }
    }
}

/// One value of a multi-valued attribute stands for an array of it.
fn listed(attribute: &Attribute, value: Value) -> Value {
    match value {
        Value::Null | Value::Array(_) => value,
        Value::String(text) if text.is_empty() => Value::String(text),
        value if attribute.multi_valued => Value::Array(vec![value]),
        value => value,
    }
}

/// A text stands for the value of a complex attribute.
fn object(attribute: &Attribute, value: Value) -> Value {
    match value {
        Value::String(text) if attribute.kind == Type::Complex => {
            Value::Object(Map::from_iter([("value".to_owned(), Value::String(text))]))
        }
        value => value,
    }
}

/// A member of the body, in any case.
fn field(body: Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let mut found = body.into_iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next();
    match found.next() {
        Some((key, _)) => Err(twice(&key)),
        None => Ok(first.map(|(_, value)| value)),
    }
}

fn syntax(detail: String) -> ScimError {
    ScimError::new(ErrorKind::InvalidSyntax, detail)
}
