//! What directories push over HTTP, and what becomes of it.

mod discovery;
mod extension;
mod isolation;
mod lists;
mod log;
mod okta;
mod patch;
mod refusals;
mod token_endpoint;
mod users;
mod validator;
mod workload;

use serde_json::{Value, json};

/// The person whom most tests push.
const ADA: &str = "Ada@contoso.example";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A person as Entra pushes one.
pub(crate) fn person(user_name: &str) -> Value {
    json!({
        "schemas": [CORE, ENTERPRISE],
        "externalId": user_name.split('@').next().unwrap(),
        "userName": user_name,
        "active": true,
        "displayName": "Ada B",
        "title": null,
        "emails": [{ "primary": true, "type": "work", "value": user_name }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada B", "givenName": "Ada", "familyName": "B" },
        "roles": [],
    })
}

fn group(name: &str) -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "externalId": format!("id-of-{name}"),
        "displayName": name,
        "meta": { "resourceType": "Group" },
    })
}

/// The id at the end of a path.
fn id_in(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
