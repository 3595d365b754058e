//! What the target says of its schema, and what of the mapping it does not know.

use std::sync::Arc;

use serde_json::Value as Found;
use url::Url;

use super::export::Exporter;
use super::mapping::Kind;
use super::path::TargetPath;
use super::request::{Dialect, GROUP_SCHEMA, ScimRequest, USER_SCHEMA};
use super::settings::Settings;
use super::transport::Transport;

/// Reads `/Schemas`, and gives the target attributes of the mappings that it does not declare.
///
/// Entra reads it when a mapping is saved; Microsoft's validator wants every mapped attribute to be declared, and the
/// schema of groups (`entra.md` D1, D6).
///
/// # Errors
/// A sentence of what was expected and what came.
pub async fn undeclared<T: Transport>(
    transport: Arc<T>,
    tenant_url: &Url,
    settings: &Arc<Settings>,
) -> Result<Vec<TargetPath>, String> {
    let dialect = Dialect::of(tenant_url);
    let exporter = Exporter::new(transport, settings.clone(), tenant_url.clone(), dialect);
    let schemas = exporter.query(ScimRequest::schemas()).await;
    let schemas = schemas.map_err(|failure| format!("{:?}: {}", failure.code, failure.reason))?;
    let mut missing = Vec::new();
    for (kind, core) in [(Kind::User, USER_SCHEMA), (Kind::Group, GROUP_SCHEMA)] {
        let mapping = settings.mapping(kind);
        let targets = mapping.attributes.iter().filter(|_| mapping.enabled).map(|line| &line.target);
        missing.extend(targets.filter(|target| !declares(&schemas, core, target)).cloned());
    }
    Ok(missing)
}

/// Whether one of the schemas has the attribute and, if one is named, its sub-attribute; names have no case.
fn declares(schemas: &[Found], core: &str, target: &TargetPath) -> bool {
    // What every resource has stands in no schema of its own.
    if target.schema().is_none() && target.attribute() == "externalId" {
        return true;
    }
    let urn = target.schema().unwrap_or(core);
    let named = |list: Option<&Found>, name: &str| {
        let mut all = list.and_then(Found::as_array).into_iter().flatten();
        let is_it = |one: &&Found| {
            one.get("name").and_then(Found::as_str).is_some_and(|got| got.eq_ignore_ascii_case(name))
        };
        all.find(is_it).cloned()
    };
    let schema = schemas.iter().find(|schema| schema.get("id").and_then(Found::as_str) == Some(urn));
    let Some(attribute) = schema.and_then(|schema| named(schema.get("attributes"), target.attribute()))
    else {
        return false;
    };
    target.sub().is_none_or(|sub| named(attribute.get("subAttributes"), sub).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_schema_lacks_is_told() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let schemas = [
            json!({ "id": USER_SCHEMA, "attributes": [
                { "name": "userName" }, { "name": "name", "subAttributes": [{ "name": "givenName" }] },
                { "name": "emails", "subAttributes": [{ "name": "value" }] },
            ] }),
            json!({ "id": enterprise, "attributes": [{ "name": "department" }] }),
        ];
        for (target, expected) in [
            ("userName", true),
            ("USERNAME", true),
            ("externalId", true),
            ("title", false),
            ("name.givenName", true),
            ("name.familyName", false),
            ("emails[type eq \"work\"].value", true),
            ("emails[type eq \"work\"].display", false),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", true),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division", false),
            ("urn:example:2.0:User:department", false),
        ] {
            assert_eq!(declares(&schemas, USER_SCHEMA, &target.parse().unwrap()), expected, "{target}");
        }
    }
}
