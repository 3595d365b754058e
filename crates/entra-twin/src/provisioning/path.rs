//! Target attributes: where a value goes in a resource of SCIM.

use std::fmt;
use std::str::FromStr;

use serde_json::Value as Found;

use super::json::Json;

/// A target attribute as the portal lists it, such as `userName`, `name.givenName`,
/// `emails[type eq "work"].value` or `urn:…:2.0:User:department`.
///
/// ```
/// use landfall_entra_twin::provisioning::TargetPath;
/// let path: TargetPath = "emails[type eq \"work\"].value".parse()?;
/// let ada = serde_json::json!({"emails": [{"type": "work", "value": "ada@contoso.example"}]});
/// assert_eq!(path.read(&ada), Some(&serde_json::json!("ada@contoso.example")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetPath {
    text: String,
    /// The URN of an extension.
    schema: Option<String>,
    attribute: String,
    /// Which element of a multi-valued attribute, and by which member of it.
    filter: Option<(String, String)>,
    sub: Option<String>,
}

impl TargetPath {
    /// As it stands in the mapping.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first name in it, without the schema.
    pub(crate) fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The URN of the extension that it is of.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// What of the attribute it names, if not the whole.
    pub(crate) fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Whether it names one element among several.
    pub(crate) fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// Whether the target keeps true or false there.
    pub(crate) fn is_boolean(&self) -> bool {
        self.sub.as_deref().unwrap_or(&self.attribute) == "active" || self.sub.as_deref() == Some("primary")
    }

    /// What a resource has there; `None` where it has nothing, or null.
    #[must_use]
    pub fn read<'a>(&self, resource: &'a Found) -> Option<&'a Found> {
        let base = match &self.schema {
            Some(schema) => resource.get(schema)?,
            None => resource,
        };
        let mut found = base.get(&self.attribute)?;
        if let Some((key, value)) = &self.filter {
            found = found.as_array()?.iter().find(|item| {
                item.get(key).is_some_and(|got| match got {
                    Found::String(got) => got.eq_ignore_ascii_case(value),
                    Found::Bool(got) => got.to_string().eq_ignore_ascii_case(value),
                    _ => false,
                })
            })?;
        }
        if let Some(sub) = &self.sub {
            found = found.get(sub)?;
        }
        Some(found).filter(|found| !found.is_null())
    }

    /// Puts a value into the body of a create.
    pub(crate) fn write(&self, body: &mut Vec<(String, Json)>, value: Json) {
        match &self.schema {
            Some(schema) => {
                update(body, schema, |base| within(base, &self.attribute, |place| self.placed(place, value)))
            }
            None => update(body, &self.attribute, |place| self.placed(place, value)),
        }
    }

    /// What stands at the attribute afterwards.
    fn placed(&self, place: Json, value: Json) -> Json {
        let sub = self.sub.as_deref();
        let Some((key, wanted)) = &self.filter else {
            return match sub {
                None => value,
                Some(sub) => within(place, sub, |_| value),
            };
        };
        let sub = sub.unwrap_or("value");
        let mark = if key == "primary" { Json::Bool(true) } else { Json::text(wanted) };
        let mut items = if let Json::List(items) = place { items } else { Vec::new() };
        let is_it = |item: &Json| match item {
            Json::Object(members) => members.iter().any(|(name, got)| name == key && *got == mark),
            _ => false,
        };
        match items.iter_mut().find(|item| is_it(item)) {
            Some(item) => *item = within(std::mem::replace(item, Json::Null), sub, |_| value),
            None => {
                let mut item = Vec::new();
                // The mail address at work is the primary one, as in Entra's own sample.
                if self.attribute == "emails" && key == "type" && items.is_empty() {
                    item.push(("primary".to_owned(), Json::Bool(true)));
                }
                item.push((key.clone(), mark));
                item.push((sub.to_owned(), value));
                items.push(Json::Object(item));
            }
        }
        Json::List(items)
    }
}

/// Changes the member of this name, null where there was none; it keeps its place.
fn update(members: &mut Vec<(String, Json)>, name: &str, change: impl FnOnce(Json) -> Json) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, value)) => *value = change(std::mem::replace(value, Json::Null)),
        None => members.push((name.to_owned(), change(Json::Null))),
    }
}

/// An object with that member changed; what is no object is taken for an empty one.
fn within(json: Json, name: &str, change: impl FnOnce(Json) -> Json) -> Json {
    let mut members = if let Json::Object(members) = json { members } else { Vec::new() };
    update(&mut members, name, change);
    Json::Object(members)
}

impl FromStr for TargetPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let wrong = || PathError { got: text.to_owned() };
        // A URN has a dot and colons of its own: the attribute begins behind the last colon.
        let (schema, rest) = match text.rsplit_once(':') {
            Some((schema, rest)) if schema.starts_with("urn:") => (Some(schema.to_owned()), rest),
            Some(_) => return Err(wrong()),
            None => (None, text),
        };
        let (attribute, filter, sub) = match rest.split_once('[') {
            None => match rest.split_once('.') {
                None => (rest, None, None),
                Some((attribute, sub)) => (attribute, None, Some(sub)),
            },
            Some((attribute, rest)) => {
                let (inside, behind) = rest.split_once(']').ok_or_else(wrong)?;
                let (key, value) = inside.split_once(" eq ").ok_or_else(wrong)?;
                let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                let value = value.filter(|value| !value.contains('"')).ok_or_else(wrong)?;
                let sub = match behind {
                    "" => None,
                    behind => Some(behind.strip_prefix('.').ok_or_else(wrong)?),
                };
                (attribute, Some((key.to_owned(), value.to_owned())), sub)
            }
        };
        let names = [Some(attribute), sub, filter.as_ref().map(|(key, _)| key.as_str())];
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '_' | '-'))
        };
        if !names.into_iter().flatten().all(is_name) {
            return Err(wrong());
        }
        let (attribute, sub) = (attribute.to_owned(), sub.map(str::to_owned));
        Ok(Self { text: text.to_owned(), schema, attribute, filter, sub })
    }
}

impl fmt::Display for TargetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text names no target attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a target attribute such as userName, name.givenName, emails[type eq \"work\"].value or urn:…:User:title, got {got:?}"
)]
pub struct PathError {
    /// What was given.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> TargetPath {
        text.parse().unwrap()
    }

    const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "userName",
            "name.givenName",
            "emails[type eq \"work\"].value",
            "roles[primary eq \"True\"].value",
            DEPARTMENT,
            "urn:x:2.0:User:manager.value",
        ] {
            let mut body = Vec::new();
            path(text).write(&mut body, Json::text("x"));
            let body: Found = serde_json::from_str(&Json::Object(body).to_string()).unwrap();
            assert_eq!(path(text).read(&body), Some(&json!("x")), "{text} in {body}");
            assert_eq!(path(text).read(&json!({})), None, "{text}");
        }
    }

    #[test]
    fn attributes_that_share_an_object_stand_in_it_together() {
        let mut body = Vec::new();
        for (text, value) in [
            ("name.givenName", "Ada"),
            ("emails[type eq \"work\"].value", "a@x"),
            ("emails[type eq \"home\"].value", "a@y"),
            (DEPARTMENT, "R&D"),
            ("name.familyName", "B"),
            ("emails[type eq \"work\"].display", "Ada"),
        ] {
            path(text).write(&mut body, Json::text(value));
        }
        assert_eq!(
            Json::Object(body).to_string(),
            "{\"name\":{\"givenName\":\"Ada\",\"familyName\":\"B\"},\
             \"emails\":[{\"primary\":true,\"type\":\"work\",\"value\":\"a@x\",\"display\":\"Ada\"},{\"type\":\"home\",\"value\":\"a@y\"}],\
             \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\"R&D\"}}"
        );
    }

    #[test]
    fn an_element_is_found_by_a_truth_value_of_either_spelling() {
        let primary = path("roles[primary eq \"True\"].value");
        for (resource, expected) in [
            (json!({"roles": [{"primary": true, "value": "a"}]}), Some("a")),
            (json!({"roles": [{"primary": "true", "value": "b"}]}), Some("b")),
            (json!({"roles": [{"primary": false, "value": "c"}]}), None),
            (json!({"roles": "d"}), None),
            (json!({"roles": [{"primary": true, "value": null}]}), None),
        ] {
            assert_eq!(primary.read(&resource).and_then(Found::as_str), expected, "{resource}");
        }
    }

    #[test]
    fn what_names_no_attribute_is_refused() {
        for text in [
            "",
            "a.",
            ".a",
            "a b",
            "emails[type]",
            "emails[type eq work].value",
            "emails[type eq \"work\"",
            "emails[type eq \"work\"]value",
            "emails[ty pe eq \"x\"].value",
            "http://x:a",
            "urn:x:",
            "emails[type eq \"a\"b\"].value",
        ] {
            assert!(text.parse::<TargetPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn active_and_primary_are_truth_values() {
        for (text, expected) in [
            ("active", true),
            ("emails[type eq \"work\"].primary", true),
            ("userName", false),
            ("roles[primary eq \"True\"].value", false),
            ("x.active", true),
        ] {
            assert_eq!(path(text).is_boolean(), expected, "{text}");
        }
    }
}
