//! `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig`: the table, written out [rfc7643 5], [rfc7643 6], [rfc7643 7].

use serde_json::{Map, Value, json};

use crate::list::ListRequest;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Schema, Type};

/// Every schema of these resource types [rfc7643 7]; `base` is the address above `/Schemas`.
///
/// ```
/// use landfall_scim::{ResourceType, schemas};
///
/// let all = schemas(&[ResourceType::user(), ResourceType::group()], "https://sp.example.com/scim/v2");
/// assert_eq!(all.len(), 3);
/// assert_eq!(all[0]["id"], "urn:ietf:params:scim:schemas:core:2.0:User");
/// ```
#[must_use]
pub fn schemas(types: &[ResourceType], base: &str) -> Vec<Value> {
    let all = types.iter().flat_map(|of| std::iter::once(of.schema()).chain(of.extensions()));
    all.map(|schema| written(schema, base)).collect()
}

/// These resource types [rfc7643 6].
#[must_use]
pub fn resource_types(types: &[ResourceType], base: &str) -> Vec<Value> {
    let written = |of: &ResourceType| {
        let extensions: Vec<Value> = of
            .extensions()
            .iter()
            .map(|schema| json!({ "schema": schema.urn(), "required": false }))
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": of.name(),
            "name": of.name(),
            "description": of.schema().description(),
            "endpoint": of.endpoint(),
            "schema": of.schema().urn(),
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", of.name()) },
        })
    };
    types.iter().map(written).collect()
}

/// What is supported here [rfc7643 5].
#[must_use]
pub fn service_provider_config(base: &str) -> Value {
    let supported = |supported: bool| json!({ "supported": supported });
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported(true),
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": ListRequest::MAX_COUNT },
        "changePassword": supported(false),
        "sort": supported(true),
        "etag": supported(true),
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the tenant in the header Authorization.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

fn written(schema: &Schema, base: &str) -> Value {
    let attributes: Vec<Value> = schema.attributes().iter().map(attribute).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.urn(),
        "name": schema.name(),
        "description": schema.description(),
        "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn()) },
    })
}

fn attribute(of: &Attribute) -> Value {
    let mut written = Map::new();
    let mut put = |name: &str, value: Value| written.insert(name.to_owned(), value);
    put("name", json!(of.name()));
    put("type", json!(of.kind().name()));
    put("multiValued", json!(of.is_multi_valued()));
    put("description", json!(of.description()));
    put("required", json!(of.is_required()));
    put("mutability", json!(of.mutability().name()));
    put("returned", json!(of.returned().name()));
    put("uniqueness", json!(of.uniqueness().name()));
    if matches!(of.kind(), Type::String | Type::Reference | Type::Binary) {
        put("caseExact", json!(of.is_case_exact()));
    }
    if !of.canonical_values().is_empty() {
        put("canonicalValues", json!(of.canonical_values()));
    }
    if !of.reference_types().is_empty() {
        put("referenceTypes", json!(of.reference_types()));
    }
    if !of.sub_attributes().is_empty() {
        let sub: Vec<Value> = of.sub_attributes().iter().map(attribute).collect();
        put("subAttributes", Value::Array(sub));
    }
    Value::Object(written)
}
