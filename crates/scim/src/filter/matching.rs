use std::cmp::Ordering;

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Filter, Literal, Operator};
use crate::resource_type::AttributePath;
use crate::schema::{Attribute, Type};

impl Filter {
    /// Whether a resource makes it hold, as it is served, or a value makes the filter of a value path hold.
    ///
    /// This says what a query must find: the reference for whoever makes SQL of a filter.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Filter, ResourceType};
    /// use serde_json::json;
    ///
    /// let filter = Filter::parse(r#"userName sw "ADA" and active eq true"#, &ResourceType::user(), Dialect::Strict)?;
    /// let user = json!({ "userName": "ada@example.com", "active": true });
    /// assert!(user.as_object().is_some_and(|user| filter.matches(user)));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, attributes: &Map<String, Value>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.matches(attributes)),
            Self::Or(any) => any.iter().any(|filter| filter.matches(attributes)),
            Self::Not(inner) => !inner.matches(attributes),
            Self::Present(path) => values(path, attributes).into_iter().any(is_there),
            Self::Compare { path, operator, literal } => {
                let equals = |operator| {
                    values(path, attributes)
                        .into_iter()
                        .any(|value| compare(path.leaf(), value, operator, literal))
                };
                if *operator == Operator::NotEqual { !equals(Operator::Equal) } else { equals(*operator) }
            }
            Self::Has { path, filter } => values(path, attributes)
                .into_iter()
                .filter_map(Value::as_object)
                .any(|value| filter.matches(value)),
        }
    }
}

/// A text as it is compared where case does not matter.
///
/// ```
/// assert_eq!(landfall_scim::fold("ADA@Example.com"), "ada@example.com");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Every value at a path.
fn values<'a>(path: &AttributePath, attributes: &'a Map<String, Value>) -> Vec<&'a Value> {
    let attributes = match path.extension() {
        Some(urn) => attributes.get(urn).and_then(Value::as_object),
        None => Some(attributes),
    };
    let value = attributes.and_then(|attributes| attributes.get(path.attribute().name()));
    let values: Vec<&Value> = match value {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    match path.sub_attribute() {
        Some(sub) => values.into_iter().filter_map(|value| value.get(sub.name())).collect(),
        None => values,
    }
}

/// Neither nothing nor empty [rfc7644 3.4.2.2].
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(attribute: &Attribute, value: &Value, operator: Operator, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::String(text), Literal::DateTime(moment)) if attribute.kind == Type::DateTime => {
            let parsed = OffsetDateTime::parse(text, &Rfc3339);
            parsed.is_ok_and(|parsed| holds(operator, Some(parsed.cmp(moment))))
        }
        (Value::String(text), Literal::Text(literal)) if attribute.case_exact => {
            texts(operator, text, literal)
        }
        (Value::String(text), Literal::Text(literal)) => texts(operator, &fold(text), &fold(literal)),
        (Value::Bool(value), Literal::Boolean(literal)) => holds(operator, Some(value.cmp(literal))),
        (Value::Number(value), Literal::Integer(literal)) => {
            holds(operator, value.as_i64().map(|value| value.cmp(literal)))
        }
        (Value::Number(value), Literal::Decimal(literal)) => {
            holds(operator, value.as_f64().and_then(|value| value.partial_cmp(literal)))
        }
        _ => false,
    }
}

fn texts(operator: Operator, text: &str, literal: &str) -> bool {
    match operator {
        Operator::Contains => text.contains(literal),
        Operator::StartsWith => text.starts_with(literal),
        Operator::EndsWith => text.ends_with(literal),
        _ => holds(operator, Some(text.cmp(literal))),
    }
}

fn holds(operator: Operator, ordering: Option<Ordering>) -> bool {
    ordering.is_some_and(|ordering| match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    })
}
