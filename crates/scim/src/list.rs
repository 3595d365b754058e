use serde_json::{Map, Value, json};

use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, kind_of, named};
use crate::filter::Filter;
use crate::json;
use crate::projection::Projection;
use crate::resource::urns;
use crate::resource_type::{AttributePath, ResourceType};
use crate::schema::{Returned, Type};
use crate::value::twice;

/// What a query asks for [rfc7644 3.4.2]: which resources, in which order, how many from where, and what of each.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListRequest {
    /// Which resources; all, if there is none.
    pub filter: Option<Filter>,
    /// In which order; without it, the one in which they were made.
    pub sort: Option<Sort>,
    /// The number of the first, from 1.
    pub start_index: u64,
    /// How many at most, up to [`ListRequest::MAX_COUNT`]; with 0 the total alone is asked for.
    pub count: u64,
    /// What of each.
    pub projection: Projection,
}

/// By what resources are sorted; those without a value come last, and those that are equal in the order of their making [rfc7644 3.4.2.3].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sort {
    /// The attribute; it has one value, or is the primary value of several.
    pub by: AttributePath,
    /// The direction.
    pub order: SortOrder,
}

/// A direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum SortOrder {
    /// The least comes first.
    #[default]
    Ascending,
    /// The greatest comes first.
    Descending,
}

impl ListRequest {
    /// The schema of the body of `.search`.
    pub const SEARCH_SCHEMA: &'static str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    /// How many resources one answer has at most; a client that asks for more gets so many.
    pub const MAX_COUNT: u64 = 200;
    /// How many resources one answer has if the client does not say.
    pub const DEFAULT_COUNT: u64 = 100;

    /// Reads the query of an address, without its question mark.
    ///
    /// Parameters that are not of SCIM are ignored; `startIndex` below 1 is 1, and a negative `count` is 0.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFilter`] for the filter, [`ErrorKind::InvalidPath`] if `sortBy` is not declared or cannot be sorted by,
    /// [`ErrorKind::InvalidValue`] for a number that is none, a parameter that comes twice, or `attributes` beside `excludedAttributes`.
    ///
    /// ```
    /// use landfall_scim::{Dialect, ListRequest, ResourceType};
    ///
    /// let query = "excludedAttributes=members&filter=displayName+eq+%22Ops%22&count=5000";
    /// let request = ListRequest::from_query(query, &ResourceType::group(), Dialect::Entra)?;
    /// assert_eq!((request.start_index, request.count), (1, 200));
    /// assert!(!request.projection.includes("members"));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn from_query(query: &str, of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        let mut parameters = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if let Some(known) = PARAMETERS.iter().find(|known| **known == name)
                && parameters.insert((*known).to_owned(), Value::from(value.into_owned())).is_some()
            {
                return Err(ScimError::new(ErrorKind::InvalidValue, format!("{known} comes twice")));
            }
        }
        Self::read(parameters, of, dialect)
    }

    /// Reads the body of `.search` [rfc7644 3.4.3].
    ///
    /// # Errors
    /// As [`ListRequest::from_query`], and [`ErrorKind::InvalidSyntax`] if the body is no search.
    pub fn from_search(body: &[u8], of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        let body = json::object(body)?;
        if !dialect.is_lenient()
            && !urns(&body)?.iter().any(|urn| urn.eq_ignore_ascii_case(Self::SEARCH_SCHEMA))
        {
            let text = format!("schemas does not name {}", Self::SEARCH_SCHEMA);
            return Err(ScimError::new(ErrorKind::InvalidSyntax, text));
        }
        let mut parameters = Map::new();
        for (name, value) in body {
            if let Some(known) = PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(&name))
                && !value.is_null()
                && parameters.insert((*known).to_owned(), value).is_some()
            {
                return Err(twice(known));
            }
        }
        Self::read(parameters, of, dialect)
    }

    fn read(mut given: Map<String, Value>, of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        let filter = match text(&mut given, "filter")? {
            Some(filter) => Some(Filter::parse(&filter, of, dialect)?),
            None => None,
        };
        let order = match text(&mut given, "sortOrder")?.as_deref() {
            None => SortOrder::Ascending,
            Some(order) if order.eq_ignore_ascii_case("ascending") => SortOrder::Ascending,
            Some(order) if order.eq_ignore_ascii_case("descending") => SortOrder::Descending,
            Some(other) => {
                let text = format!("sortOrder is {}, expected ascending or descending", named(other));
                return Err(ScimError::new(ErrorKind::InvalidValue, text));
            }
        };
        let sort = match text(&mut given, "sortBy")? {
            Some(name) => Some(Sort { by: sorted_by(&name, of, dialect)?, order }),
            None => None,
        };
        let number = |value: Option<i64>, default: u64, least: u64| {
            value.map_or(default, |value| u64::try_from(value).unwrap_or(0).max(least))
        };
        let start_index = number(whole(&mut given, "startIndex")?, 1, 1);
        let count = number(whole(&mut given, "count")?, Self::DEFAULT_COUNT, 0).min(Self::MAX_COUNT);
        let only = names(&mut given, "attributes")?;
        let without = names(&mut given, "excludedAttributes")?;
        let projection = Projection::new(&only, &without, of, dialect)?;
        Ok(Self { filter, sort, start_index, count, projection })
    }
}

const PARAMETERS: [&str; 7] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes"];

fn text(given: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match given.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(unlike(name, "a string", &other)),
    }
}

/// A whole number, as a number or as text, bounded where it is used [attack H10]; one that is too great is the greatest.
fn whole(given: &mut Map<String, Value>, name: &str) -> Result<Option<i64>, ScimError> {
    let value = given.remove(name);
    let (negative, digits) = match &value {
        None => return Ok(None),
        Some(Value::Number(number)) if !number.is_f64() => {
            return Ok(Some(number.as_i64().unwrap_or(i64::MAX)));
        }
        Some(Value::String(text)) => match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.as_str()),
        },
        Some(other) => return Err(unlike(name, "a whole number", other)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ScimError::new(ErrorKind::InvalidValue, format!("{name} is no whole number")));
    }
    let number = digits.parse().unwrap_or(i64::MAX);
    Ok(Some(if negative { -number } else { number }))
}

/// Names between commas, or in an array.
fn names(given: &mut Map<String, Value>, name: &str) -> Result<Vec<String>, ScimError> {
    let split = |text: &str| {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    match given.remove(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(split(&text)),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().map(split).ok_or_else(|| unlike(name, "strings", value)))
            .collect::<Result<Vec<_>, _>>()
            .map(|names| names.concat()),
        Some(other) => Err(unlike(name, "an array of names", &other)),
    }
}

fn unlike(name: &str, expected: &str, got: &Value) -> ScimError {
    ScimError::new(ErrorKind::InvalidValue, format!("{name} is {}, expected {expected}", kind_of(got)))
}

/// What can be sorted by: a complex attribute by its `value` [rfc7644 3.4.2.3].
fn sorted_by(name: &str, of: &ResourceType, dialect: Dialect) -> Result<AttributePath, ScimError> {
    let refused =
        |what: &str| ScimError::new(ErrorKind::InvalidPath, format!("sortBy: {} {what}", named(name)));
    let mut path = of.resolve(name, dialect).ok_or_else(|| refused("is not declared here"))?;
    if path.leaf().kind() == Type::Complex {
        path.sub_attribute = path.attribute.sub_attribute("value").cloned();
    }
    let leaf = path.leaf();
    if matches!(leaf.kind(), Type::Complex | Type::Binary) || leaf.returned() == Returned::Never {
        return Err(refused("cannot be sorted by"));
    }
    if path.is_members() || path.is("schemas", None) {
        return Err(refused("cannot be sorted by"));
    }
    Ok(path)
}

/// The answer to a query [rfc7644 3.4.2].
///
/// ```
/// use landfall_scim::ListResponse;
///
/// let nobody = ListResponse { total_results: 0, start_index: 1, resources: vec![] };
/// assert_eq!(nobody.to_json()["totalResults"], 0);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the message has these fields")]
pub struct ListResponse {
    /// How many resources there are in all.
    pub total_results: u64,
    /// The number of the first, as it was asked for.
    pub start_index: u64,
    /// The resources as they are served.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// The schema of the message.
    pub const SCHEMA: &'static str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

    /// The body; `Resources` is there even if it is empty.
    #[must_use]
    pub fn to_json(self) -> Value {
        json!({
            "schemas": [Self::SCHEMA],
            "totalResults": self.total_results,
            "startIndex": self.start_index,
            "itemsPerPage": self.resources.len(),
            "Resources": self.resources,
        })
    }
}

#[cfg(test)]
mod tests;
