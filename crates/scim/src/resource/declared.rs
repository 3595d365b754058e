use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Resource;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Schema, Type};

impl Resource {
    /// A resource that was kept, seen by what is declared now: extensions change, and what was kept does not.
    ///
    /// Names are spelled as they are declared, one value of an attribute with several becomes a list of it,
    /// and values of another type than the declared one are left out.
    /// What is not declared stays as it is; [`Document`](crate::Document) does not serve it.
    ///
    /// ```
    /// use landfall_scim::{Extension, ExtensionAttribute, Resource, ResourceType, Type};
    /// use serde_json::json;
    ///
    /// let urn = "urn:contoso:hr:1.0:User";
    /// let floor = vec![ExtensionAttribute::new("floor", Type::Integer)];
    /// let users = ResourceType::user().with_extension(Extension::new(urn, "Contoso", floor)?)?;
    /// let kept = json!({ "userName": "ada@example.com", urn: { "FLOOR": 3, "desk": "a" } });
    /// let kept = Resource::restored(kept.as_object().cloned().unwrap_or_default());
    /// assert_eq!(kept.fitted(&users).json()[urn], json!({ "floor": 3, "desk": "a" }));
    /// # Ok::<(), landfall_scim::ExtensionError>(())
    /// ```
    #[must_use]
    pub fn fitted(self, of: &ResourceType) -> Self {
        let mut attributes = Map::new();
        for (name, value) in self.attributes {
            match (of.extension(&name), value) {
                (Some(schema), Value::Object(inside)) => {
                    let place = attributes.entry(schema.urn()).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(place) = place {
                        inside.into_iter().for_each(|(name, value)| fit(schema, name, value, place));
                    }
                }
                (_, value) => {
                    attributes.insert(name, value);
                }
            }
        }
        attributes.retain(|_, value| value.as_object().is_none_or(|inside| !inside.is_empty()));
        Self { attributes }
    }

    /// What of this resource is not declared, put into another one: a client that cannot name it does not mean that it must go.
    pub(super) fn keep_undeclared(&self, of: &ResourceType, other: &mut Self) {
        for (name, value) in &self.attributes {
            match (of.extension(name), value) {
                (Some(schema), Value::Object(inside)) => {
                    let undeclared = inside.iter().filter(|(name, _)| schema.attribute(name).is_none());
                    let undeclared: Map<_, _> =
                        undeclared.map(|(name, value)| (name.clone(), value.clone())).collect();
                    if undeclared.is_empty() {
                        continue;
                    }
                    let place = other.attributes.entry(schema.urn()).or_insert_with(|| Map::new().into());
                    if let Value::Object(place) = place {
                        place.extend(undeclared);
                    }
                }
                (None, Value::Object(_)) if of.attribute(name).is_none() => {
                    other.attributes.insert(name.clone(), value.clone());
                }
                _ => {}
            }
        }
    }
}

/// Puts a value where it belongs, if it is one still; of two spellings of a name the first counts.
fn fit(schema: &Schema, name: String, value: Value, place: &mut Map<String, Value>) {
    let (name, value) = match schema.attribute(&name) {
        Some(attribute) => (attribute.name().to_owned(), fitting(attribute, value)),
        None => (name, Some(value)),
    };
    if let Some(value) = value {
        place.entry(name).or_insert(value);
    }
}

fn fitting(attribute: &Attribute, value: Value) -> Option<Value> {
    let is_of_type = |value: &Value| match attribute.kind() {
        Type::Boolean => value.is_boolean(),
        Type::Integer => value.is_i64(),
        Type::Decimal => value.is_number(),
        Type::DateTime => value.as_str().is_some_and(|text| OffsetDateTime::parse(text, &Rfc3339).is_ok()),
        Type::String | Type::Reference | Type::Binary => value.is_string(),
        Type::Complex => value.is_object(),
    };
    match value {
        Value::Array(values) if attribute.is_multi_valued() => {
            let values: Vec<Value> = values.into_iter().filter(is_of_type).collect();
            (!values.is_empty()).then_some(Value::Array(values))
        }
        value if !is_of_type(&value) => None,
        value if attribute.is_multi_valued() => Some(Value::Array(vec![value])),
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Dialect, Extension, ExtensionAttribute};

    const URN: &str = "urn:contoso:hr:1.0:User";

    fn users(attributes: Vec<ExtensionAttribute>) -> ResourceType {
        ResourceType::user().with_extension(Extension::new(URN, "Contoso", attributes).unwrap()).unwrap()
    }

    fn kept(value: Value) -> Resource {
        Resource::restored(value.as_object().unwrap().clone())
    }

    #[test]
    fn a_value_of_another_type_than_the_declared_one_counts_no_more() {
        let moment = "2030-01-02T03:04:05Z";
        for (kind, good, bad) in [
            (Type::String, json!("7"), json!(7)),
            (Type::Boolean, json!(true), json!("true")),
            (Type::Integer, json!(7), json!(7.5)),
            (Type::Decimal, json!(7.5), json!("7.5")),
            (Type::DateTime, json!(moment), json!("yesterday")),
            (Type::Reference, json!("https://contoso.example/"), json!(["https://contoso.example/"])),
        ] {
            let one = users(vec![ExtensionAttribute::new("it", kind)]);
            let several = users(vec![ExtensionAttribute::new("it", kind).multi_valued()]);
            let seen = |of: &ResourceType, value: &Value| {
                let resource = kept(json!({ "userName": "a", URN: { "it": value } })).fitted(of);
                resource.extension(URN).and_then(|inside| inside.get("it")).cloned()
            };
            assert_eq!(seen(&one, &good), Some(good.clone()), "{kind:?}");
            assert_eq!(seen(&one, &bad), None, "{kind:?}");
            assert_eq!(seen(&one, &json!([good])), None, "{kind:?}");
            assert_eq!(seen(&several, &good), Some(json!([good])), "{kind:?}");
            assert_eq!(seen(&several, &json!([good, null])), Some(json!([good])), "{kind:?}");
        }
    }

    #[test]
    fn names_are_spelled_as_they_are_declared() {
        let users = users(vec![ExtensionAttribute::new("badge", Type::String)]);
        let seen = kept(json!({ URN.to_uppercase(): { "BADGE": "7" } })).fitted(&users);
        assert_eq!(seen.json(), json!({ URN: { "badge": "7" } }).as_object().unwrap());
    }

    /// [rfc7644 3.5.1]
    #[test]
    fn put_keeps_what_the_client_cannot_name() {
        let users = users(vec![ExtensionAttribute::new("badge", Type::String)]);
        let before = json!({
            "userName": "a", "title": "x", "urn:other:a": { "x": 1 }, URN: { "badge": "7", "desk": "b" },
        });
        let put = |body: &[u8]| {
            let mut resource = kept(before.clone());
            let other = Resource::read(body, &users, Dialect::Entra).unwrap().resource;
            let changes = resource.replace(other, &users);
            let changed: Vec<_> = changes.iter().map(|(name, _)| name.to_owned()).collect();
            (Value::Object(resource.json().clone()), changed)
        };
        let (after, changed) = put(br#"{"userName": "a"}"#);
        assert_eq!(after, json!({ "userName": "a", "urn:other:a": { "x": 1 }, URN: { "desk": "b" } }));
        assert_eq!(changed, ["title".to_owned(), format!("{URN}:badge")]);
    }
}
