use std::fmt;

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::projection::Projection;
use crate::resource::Resource;
use crate::resource_type::{ResourceKind, ResourceType};
use crate::schema::Schema;
use crate::version::Version;

/// A resource with what the server knows of it, to be served.
///
/// ```
/// use landfall_scim::{Dialect, Document, Projection, Resource, ResourceType, Version};
/// use time::macros::datetime;
///
/// let users = ResourceType::user();
/// let ada = Resource::read(br#"{"userName": "ada@example.com"}"#, &users, Dialect::Entra)?.resource;
/// let document = Document {
///     id: "u1",
///     version: Version(1),
///     created: datetime!(2026-11-30 12:00 UTC),
///     last_modified: datetime!(2026-11-30 12:00 UTC),
///     resource: &ada,
///     related: Some(&[]),
/// };
/// let json = document.to_json(&users, "https://sp.example.com/scim/v2", &Projection::default());
/// assert_eq!(json["meta"]["location"], "https://sp.example.com/scim/v2/Users/u1");
/// assert_eq!(json["meta"]["version"], "W/\"1\"");
/// # Ok::<(), landfall_scim::ScimError>(())
/// ```
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "whoever serves a resource must say all of it")]
pub struct Document<'a> {
    /// The identifier.
    pub id: &'a str,
    /// The version.
    pub version: Version,
    /// When it was made.
    pub created: OffsetDateTime,
    /// When it was last changed.
    pub last_modified: OffsetDateTime,
    /// What the client said.
    pub resource: &'a Resource,
    /// The members of a group, or the groups of a user; `None` if they were not loaded.
    pub related: Option<&'a [Related]>,
}

/// A member of a group, or a group of a user.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever serves it must say all of it")]
pub struct Related {
    /// Its id.
    pub id: String,
    /// Its name, to be shown.
    pub display: Option<String>,
}

impl Document<'_> {
    /// The whole of it, as it is served and as filters see it.
    #[must_use]
    pub fn whole(&self, of: &ResourceType, base: &str) -> Map<String, Value> {
        let mut whole = self.resource.json().clone();
        let has_some = |schema: &&Schema| {
            let inside = whole.get(schema.urn()).and_then(Value::as_object);
            inside.is_some_and(|inside| inside.keys().any(|name| schema.attribute(name).is_some()))
        };
        let present = of.extensions().iter().filter(has_some).map(Schema::urn);
        let schemas: Vec<&str> = std::iter::once(of.schema().urn()).chain(present).collect();
        let schemas = json!(schemas);
        whole.insert("schemas".to_owned(), schemas);
        whole.insert("id".to_owned(), json!(self.id));
        whole.insert(
            "meta".to_owned(),
            json!({
                "resourceType": of.name(),
                "created": moment(self.created),
                "lastModified": moment(self.last_modified),
                "location": location(base, of, self.id),
                "version": self.version.to_string(),
            }),
        );
        let (name, what, endpoint) = match of.kind() {
            ResourceKind::User => ("groups", "direct", "Groups"),
            ResourceKind::Group => ("members", "User", "Users"),
        };
        if let Some(related) = self.related {
            let related: Vec<Value> = related
                .iter()
                .map(|related| {
                    let mut value = Map::new();
                    value.insert("value".to_owned(), json!(related.id));
                    value.insert("$ref".to_owned(), json!(format!("{base}/{endpoint}/{}", related.id)));
                    value.insert("type".to_owned(), json!(what));
                    value.extend(related.display.as_ref().map(|name| ("display".to_owned(), json!(name))));
                    Value::Object(value)
                })
                .collect();
            whole.insert(name.to_owned(), Value::Array(related));
        }
        whole
    }

    /// What of it is served; `base` is the address above `/Users`, without a slash at its end.
    #[must_use]
    pub fn to_json(&self, of: &ResourceType, base: &str, projection: &Projection) -> Value {
        Value::Object(projection.apply(self.whole(of, base), of))
    }
}

/// The address of a resource.
#[must_use]
pub fn location(base: &str, of: &ResourceType, id: &str) -> String {
    format!("{base}{}/{id}", of.endpoint())
}

fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_default()
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Related").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
