use serde_json::{Map, Value};

use super::{Action, Missing, Operation, Patch};
use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError};
use crate::filter::{Filter, Literal, Operator, fold};
use crate::path::Path;
use crate::resource::{Changes, Resource};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Type};
use crate::value::{MAX_VALUES, Reader, invalid, is_primary, one_primary};

impl Patch {
    /// Does it to a resource, all of it or nothing, and says what changed [rfc7644 3.5.2].
    ///
    /// What no path names stays as it is, but for `primary`: a value that becomes the primary one takes that from another.
    /// Of a group, take the members out by [`Patch::into_group`] first.
    ///
    /// # Errors
    /// [`ErrorKind::NoTarget`] if a filter chooses nothing and the dialect is strict, or no value can be made of it;
    /// [`ErrorKind::Mutability`] if a required attribute would go;
    /// [`ErrorKind::InvalidValue`] if an attribute would have too many values.
    pub fn apply(&self, resource: &mut Resource, of: &ResourceType) -> Result<Changes, ScimError> {
        let mut changed = resource.clone();
        for operation in &self.operations {
            operation.apply(&mut changed)?;
        }
        changed.complete(of, ErrorKind::Mutability)?;
        let changes = Changes::between(resource, &changed);
        *resource = changed;
        Ok(changes)
    }
}

impl Operation {
    fn apply(&self, resource: &mut Resource) -> Result<(), ScimError> {
        let Some(urn) = self.path.target.extension() else {
            return self.apply_to(&mut resource.attributes);
        };
        let mut inside = match resource.attributes.remove(urn) {
            Some(Value::Object(inside)) => inside,
            _ => Map::new(),
        };
        self.apply_to(&mut inside)?;
        if !inside.is_empty() {
            resource.attributes.insert(urn.to_owned(), Value::Object(inside));
        }
        Ok(())
    }

    fn apply_to(&self, attributes: &mut Map<String, Value>) -> Result<(), ScimError> {
        let attribute = &self.path.target.attribute;
        let before = attributes.remove(attribute.name());
        let after = if attribute.multi_valued {
            let values = match before {
                Some(Value::Array(values)) => values,
                Some(value) => vec![value],
                None => Vec::new(),
            };
            let values = self.values(values)?;
            (!values.is_empty()).then_some(Value::Array(values))
        } else {
            self.single(before)
        };
        if let Some(after) = after {
            attributes.insert(attribute.name().to_owned(), after);
        }
        Ok(())
    }

    /// An attribute with one value.
    fn single(&self, before: Option<Value>) -> Option<Value> {
        let target = &self.path.target;
        match (&target.sub_attribute, &self.action) {
            (None, Action::Add(value) | Action::Replace(value)) => match (before, value) {
                // Sub-attributes that are not named stay [rfc7644 3.5.2.3].
                (Some(Value::Object(mut before)), Value::Object(value)) => {
                    before.extend(value.clone());
                    Some(Value::Object(before))
                }
                _ => Some(value.clone()),
            },
            (None, Action::Remove | Action::RemoveValues(_)) => None,
            (Some(sub), action) => {
                let mut object = match before {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                write(&mut object, sub, action);
                (!object.is_empty()).then_some(Value::Object(object))
            }
        }
    }

    /// An attribute with several values.
    fn values(&self, mut values: Vec<Value>) -> Result<Vec<Value>, ScimError> {
        let attribute = &self.path.target.attribute;
        let mut touched = Vec::new();
        match (&self.path.filter, &self.path.target.sub_attribute, &self.action) {
            (None, None, Action::Add(added)) => {
                for added in added.as_array().map_or(std::slice::from_ref(added), Vec::as_slice) {
                    if !values.contains(added) {
                        touched.push(values.len());
                        values.push(added.clone());
                    }
                }
            }
            (None, None, Action::Replace(Value::Array(new))) => values.clone_from(new),
            (None, None, Action::Replace(new)) => values = vec![new.clone()],
            (None, None, Action::Remove) => values.clear(),
            (None, None, Action::RemoveValues(gone)) => {
                values.retain(|value| !gone.iter().any(|gone| is_meant(attribute, gone, value)));
            }
            _ => touched = self.chosen(&mut values)?,
        }
        settle_primary(attribute, &mut values, &touched)?;
        values.retain(|value| value.as_object().is_none_or(|object| !object.is_empty()));
        let max = if attribute.name == "members" { usize::MAX } else { MAX_VALUES };
        if values.len() > max {
            return Err(invalid(
                attribute,
                &format!("would have {} values, at most {max} are kept", values.len()),
            ));
        }
        Ok(values)
    }

    /// The values that the filter chooses, or all; which they are, afterwards.
    fn chosen(&self, values: &mut Vec<Value>) -> Result<Vec<usize>, ScimError> {
        let filter = self.path.filter.as_ref();
        let chooses = |value: &Value| match (filter, value) {
            (Some(filter), Value::Object(object)) => filter.matches(object),
            (filter, _) => filter.is_none(),
        };
        let mut chosen: Vec<usize> =
            values.iter().enumerate().filter(|(_, value)| chooses(value)).map(|(at, _)| at).collect();
        if chosen.is_empty() {
            match (&self.action, self.missing) {
                (_, Missing::Refuse) => return Err(no_target(&self.path)),
                (Action::Add(_) | Action::Replace(_), Missing::Create) => {
                    let made = match filter {
                        Some(filter) => self.made(filter)?.ok_or_else(|| no_target(&self.path))?,
                        None => Map::new(),
                    };
                    chosen.push(values.len());
                    values.push(Value::Object(made));
                }
                (Action::Remove | Action::RemoveValues(_), Missing::Create) => return Ok(chosen),
            }
        }
        if self.path.target.sub_attribute.is_none()
            && matches!(self.action, Action::Remove | Action::RemoveValues(_))
        {
            let mut at = 0..;
            values.retain(|_| at.next().is_none_or(|at| !chosen.contains(&at)));
            return Ok(Vec::new());
        }
        let kept = match filter.filter(|_| self.missing == Missing::Create) {
            Some(filter) => self.made(filter)?,
            None => None,
        };
        for &at in &chosen {
            let Some(Value::Object(value)) = values.get_mut(at) else { continue };
            match (&self.path.target.sub_attribute, &self.action) {
                (Some(sub), action) => write(value, sub, action),
                (None, Action::Replace(Value::Object(new))) => {
                    *value = kept.clone().unwrap_or_default();
                    value.extend(new.clone());
                }
                (None, Action::Add(Value::Object(new))) => value.extend(new.clone()),
                (None, _) => {}
            }
        }
        Ok(chosen)
    }

    /// The value that a filter describes, read as if it had come in a body: a filter takes any text, and a value does not.
    fn made(&self, filter: &Filter) -> Result<Option<Map<String, Value>>, ScimError> {
        let Some(described) = described(filter) else { return Ok(None) };
        let read =
            Reader::new(Dialect::Strict).single(&self.path.target.attribute, Value::Object(described))?;
        Ok(Some(match read {
            Some(Value::Object(read)) => read,
            _ => Map::new(),
        }))
    }
}

/// Sets or removes a sub-attribute.
fn write(object: &mut Map<String, Value>, sub: &Attribute, action: &Action) {
    match action {
        Action::Add(value) | Action::Replace(value) => {
            object.insert(sub.name().to_owned(), value.clone());
        }
        Action::Remove | Action::RemoveValues(_) => {
            object.remove(sub.name());
        }
    }
}

/// The value that a filter describes by `eq` and `and` alone.
fn described(filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::And(all) => all.iter().map(described).try_fold(Map::new(), |mut whole, part| {
            whole.extend(part?);
            Some(whole)
        }),
        Filter::Compare { path, operator: Operator::Equal, literal } => {
            let value = match literal {
                Literal::Text(text) => Value::from(text.as_str()),
                Literal::Boolean(value) => Value::from(*value),
                Literal::Integer(value) => Value::from(*value),
                Literal::Decimal(value) => Value::from(*value),
                Literal::DateTime(_) => return None,
            };
            Some(Map::from_iter([(path.leaf().name().to_owned(), value)]))
        }
        _ => None,
    }
}

/// Whether a value is the one that a client means: all that it says of it is so.
fn is_meant(attribute: &Attribute, meant: &Value, value: &Value) -> bool {
    let (Value::Object(meant), Value::Object(value)) = (meant, value) else {
        return same(attribute, meant, value);
    };
    let mut said = meant.iter().filter(|(name, _)| !["$ref", "display"].contains(&name.as_str())).peekable();
    said.peek().is_some()
        && said.all(|(name, meant)| {
            let sub = attribute.sub_attribute(name);
            sub.zip(value.get(name)).is_some_and(|(sub, value)| same(sub, meant, value))
        })
}

fn same(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other))
            if attribute.kind == Type::String && !attribute.case_exact =>
        {
            fold(one) == fold(other)
        }
        _ => one == other,
    }
}

/// A value that becomes the primary one takes that from the others [rfc7644 3.5.2].
fn settle_primary(attribute: &Attribute, values: &mut [Value], touched: &[usize]) -> Result<(), ScimError> {
    if touched.iter().any(|&at| values.get(at).is_some_and(is_primary)) {
        for (at, value) in values.iter_mut().enumerate() {
            if !touched.contains(&at)
                && is_primary(value)
                && let Value::Object(value) = value
            {
                value.insert("primary".to_owned(), Value::Bool(false));
            }
        }
    }
    one_primary(attribute, values)
}

fn no_target(path: &Path) -> ScimError {
    let attribute = path.target.attribute();
    ScimError::new(ErrorKind::NoTarget, format!("the path chooses no value of {}", attribute.name()))
}
