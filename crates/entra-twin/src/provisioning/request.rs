//! The requests of Entra's client, as they stand on the wire (`entra.md` D1 to D4).

use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::json::Json;
use super::mapping::{Kind, Mapped};
use super::path::TargetPath;
use super::value::Value;

pub(crate) const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// What Entra sends along with each group.
const GROUP_EXTENSION: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// How many members one operation adds or removes at most; Entra's own number is not documented.
pub(crate) const MEMBERS_AT_ONCE: usize = 100;

/// One request to a SCIM server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimRequest {
    /// What is done.
    pub method: ScimMethod,
    /// Segments below the Tenant URL, such as `Users` and an id; not encoded.
    pub path: Vec<String>,
    /// Names and values behind the question mark; not encoded.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Json>,
}

/// The methods that Entra's client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScimMethod {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl ScimMethod {
    /// As HTTP writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl ScimRequest {
    fn new(method: ScimMethod, path: &[&str]) -> Self {
        let path = path.iter().map(|segment| (*segment).to_owned()).collect();
        Self { method, path, query: Vec::new(), body: None }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn without_members(self, kind: Kind) -> Self {
        if kind == Kind::Group { self.with("excludedAttributes", "members") } else { self }
    }

    /// Looks for people or groups by a matching attribute; a group without its members (D4).
    pub(crate) fn look_up(kind: Kind, attribute: &TargetPath, value: &str) -> Self {
        let filter = format!("{attribute} eq \"{value}\"");
        Self::new(ScimMethod::Get, &[kind.endpoint()]).without_members(kind).with("filter", filter)
    }

    /// The connectivity test: somebody whom nobody is (D1).
    pub(crate) fn test(attribute: &TargetPath, nobody: Uuid) -> Self {
        Self::look_up(Kind::User, attribute, &nobody.to_string())
    }

    /// Reads what the target declares (D1).
    pub(crate) fn schemas() -> Self {
        Self::new(ScimMethod::Get, &["Schemas"])
    }

    /// Reads by id.
    pub(crate) fn fetch(kind: Kind, id: &str) -> Self {
        Self::new(ScimMethod::Get, &[kind.endpoint(), id]).without_members(kind)
    }

    /// Whether a group has a member already (D4).
    pub(crate) fn probe_member(group: &str, member: &str) -> Self {
        let filter = format!("id eq \"{group}\" and members eq \"{member}\"");
        Self::new(ScimMethod::Get, &["Groups"]).without_members(Kind::Group).with("filter", filter)
    }

    /// Whether somebody has a manager already (D4).
    pub(crate) fn probe_manager(user: &str, manager: &str) -> Self {
        let filter = format!("id eq \"{user}\" and manager eq \"{manager}\"");
        Self::new(ScimMethod::Get, &["Users"]).with("filter", filter)
    }

    /// Creates; members come later.
    pub(crate) fn create(kind: Kind, mapped: &[Mapped]) -> Self {
        let mut request = Self::new(ScimMethod::Post, &[kind.endpoint()]);
        request.body = Some(resource(kind, mapped));
        request
    }

    /// Changes; there is at least one operation.
    pub(crate) fn patch(kind: Kind, id: &str, operations: Vec<Json>) -> Self {
        let mut request = Self::new(ScimMethod::Patch, &[kind.endpoint(), id]);
        request.body = Some(Json::object([
            ("schemas", Json::List(vec![Json::text(PATCH_SCHEMA)])),
            ("Operations", Json::List(operations)),
        ]));
        request
    }

    /// Deletes.
    pub(crate) fn delete(kind: Kind, id: &str) -> Self {
        Self::new(ScimMethod::Delete, &[kind.endpoint(), id])
    }

    /// The address below that of the server, whose query is left out.
    #[must_use]
    pub fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        url.set_fragment(None);
        // An address that cannot have a path was refused when it was read.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&self.path);
        }
        if self.query.is_empty() {
            url.set_query(None);
        } else {
            url.set_query(Some(&Serializer::new(String::new()).extend_pairs(&self.query).finish()));
        }
        url
    }
}

/// The body of a create (D2): schemas first, then the attributes in Entra's order.
fn resource(kind: Kind, mapped: &[Mapped]) -> Json {
    let mut attributes = Vec::new();
    for line in mapped {
        if let Some(value) = line.on_create() {
            line.target.write(&mut attributes, value.to_json());
        }
    }
    let schemas = match kind {
        Kind::User => [USER_SCHEMA, ENTERPRISE_SCHEMA],
        Kind::Group => [GROUP_SCHEMA, GROUP_EXTENSION],
    };
    let mut body =
        vec![("schemas".to_owned(), Json::List(schemas.iter().map(|urn| Json::text(*urn)).collect()))];
    let resource_type = match kind {
        Kind::User => "User",
        Kind::Group => "Group",
    };
    attributes.push(("meta".to_owned(), Json::object([("resourceType", Json::text(resource_type))])));
    if kind == Kind::User && !attributes.iter().any(|(name, _)| name == "roles") {
        attributes.push(("roles".to_owned(), Json::List(Vec::new())));
    }
    attributes.sort_by_key(|(name, _)| rank(name));
    body.extend(attributes);
    Json::Object(body)
}

/// Where an attribute stands in the body of a create; those that are not listed stand behind these.
fn rank(name: &str) -> usize {
    const ORDER: [&str; 9] =
        ["externalId", "userName", "active", "displayName", "title", "emails", "meta", "name", "roles"];
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

/// How a job writes its PATCH requests (D3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// One operation for each attribute, `Replace` with a capital, `"True"` as text.
    Default,
    /// `aadOptscim062020`: what the standard says, and several attributes in one operation without a path.
    Compliant,
}

impl Dialect {
    /// What the Tenant URL asks for by its flags.
    #[must_use]
    pub fn of(tenant_url: &Url) -> Self {
        let asked = tenant_url.query().is_some_and(|query| {
            query.split('&').any(|flag| flag.split('=').next().unwrap_or_default() == "aadOptscim062020")
        });
        if asked { Self::Compliant } else { Self::Default }
    }

    fn op(self, name: &'static str) -> Json {
        match self {
            Self::Default => Json::text(name),
            Self::Compliant => Json::Text(name.to_ascii_lowercase()),
        }
    }

    fn value(self, value: &Value) -> Json {
        match (self, value) {
            (Self::Default, Value::Bool(true)) => Json::text("True"),
            (Self::Default, Value::Bool(false)) => Json::text("False"),
            _ => value.to_json(),
        }
    }

    fn operation(self, op: &'static str, path: &str, value: Json) -> Json {
        Json::object([("op", self.op(op)), ("path", Json::text(path)), ("value", value)])
    }

    /// The operations that make these changes.
    pub(crate) fn operations(self, changes: &[Change]) -> Vec<Json> {
        let single = |change: &Change| {
            let op = if change.adds { "Add" } else { "Replace" };
            let value = change.value.as_ref().map_or(Json::Null, |value| self.value(value));
            self.operation(op, change.path.as_str(), value)
        };
        if self == Self::Default {
            return changes.iter().map(single).collect();
        }
        let mut operations = Vec::new();
        for (adds, op) in [(true, "Add"), (false, "Replace")] {
            let together: Vec<_> =
                changes.iter().filter(|change| change.adds == adds && !change.path.is_filtered()).collect();
            if !together.is_empty() {
                let value =
                    |change: &Change| change.value.as_ref().map_or(Json::Null, |value| self.value(value));
                let members =
                    together.iter().map(|change| (change.path.as_str().to_owned(), value(change))).collect();
                operations.push(Json::object([("op", self.op(op)), ("value", Json::Object(members))]));
            }
        }
        operations.extend(changes.iter().filter(|change| change.path.is_filtered()).map(single));
        operations
    }

    /// Sets a manager, or takes the manager away (D3, form 5).
    pub(crate) fn manager(self, path: &TargetPath, manager: Option<(&str, &str)>, had: bool) -> Json {
        let op = if had { "Replace" } else { "Add" };
        match (self, manager) {
            (_, None) => self.operation("Replace", manager_path(self, path), Json::text("")),
            (Self::Default, Some((id, address))) => {
                let value = Json::object([("$ref", Json::text(address)), ("value", Json::text(id))]);
                self.operation(op, manager_path(self, path), Json::List(vec![value]))
            }
            (Self::Compliant, Some((id, _))) => self.operation(op, path.as_str(), Json::text(id)),
        }
    }

    /// Adds members to a group, many in one operation (D4).
    pub(crate) fn add_members(self, members: &[String]) -> Vec<Json> {
        let value = |id: &String| Json::object([("$ref", Json::Null), ("value", Json::text(id))]);
        vec![self.operation("Add", "members", Json::List(members.iter().map(value).collect()))]
    }

    /// Removes members of a group, and those alone (D4).
    pub(crate) fn remove_members(self, members: &[String]) -> Vec<Json> {
        match self {
            Self::Default => {
                let value = |id: &String| Json::object([("value", Json::text(id))]);
                vec![self.operation("Remove", "members", Json::List(members.iter().map(value).collect()))]
            }
            Self::Compliant => members
                .iter()
                .map(|id| {
                    let path = Json::Text(format!("members[value eq \"{id}\"]"));
                    Json::object([("op", self.op("Remove")), ("path", path)])
                })
                .collect(),
        }
    }
}

/// The default job names the attribute alone.
fn manager_path(dialect: Dialect, path: &TargetPath) -> &str {
    match dialect {
        Dialect::Default if path.schema().is_some() => path.attribute(),
        _ => path.as_str(),
    }
}

/// A target attribute that is to become something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) path: TargetPath,
    /// `None` is `null`.
    pub(crate) value: Option<Value>,
    /// Whether the target has nothing there yet.
    pub(crate) adds: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_of_the_tenant_url_picks_the_dialect_and_goes_no_further() {
        for (text, dialect) in [
            ("https://sp.example.com/scim/v2", Dialect::Default),
            ("https://sp.example.com/scim/v2?aadOptscim062020", Dialect::Compliant),
            ("https://sp.example.com/scim/v2/?aadOptscim062020=", Dialect::Compliant),
            ("https://sp.example.com/scim/v2?a=b&aadOptscim062020", Dialect::Compliant),
            ("https://sp.example.com/scim/v2?AzureAdScimPatch2017", Dialect::Default),
            ("https://sp.example.com/scim/v2?aadOptscim0620201", Dialect::Default),
        ] {
            let base: Url = text.parse().unwrap();
            assert_eq!(Dialect::of(&base), dialect, "{text}");
            let url = ScimRequest::fetch(Kind::User, "a/b c").url(&base);
            assert_eq!(url.as_str(), "https://sp.example.com/scim/v2/Users/a%2Fb%20c", "{text}");
        }
    }

    #[test]
    fn a_filter_is_encoded_as_a_form_is() {
        let base = "https://sp.example.com/scim?aadOptscim062020".parse().unwrap();
        let url = ScimRequest::look_up(Kind::Group, &"displayName".parse().unwrap(), "R&D").url(&base);
        assert_eq!(
            url.as_str(),
            "https://sp.example.com/scim/Groups?excludedAttributes=members&filter=displayName+eq+%22R%26D%22"
        );
    }
}
