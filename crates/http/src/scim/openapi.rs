//! `/api/openapi.json`: the surface for directories as an OpenAPI document, out of the table that requests are read by.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use landfall_scim::{Attribute, ListRequest, Mutability, Patch, ResourceType, ScimError, Type};
use serde_json::{Map, Value, json};

use super::answer::SCIM_JSON;
use super::surface::BASE;

/// One thing that can be asked for.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    /// Below the base.
    pub(crate) path: &'static str,
    summary: &'static str,
    asked: Asked,
    /// What comes where all is well: a schema of the document, or no body.
    answers: &'static [(u16, Option<&'static str>)],
}

/// What a request has besides its path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    /// What of the resource.
    Parts,
    /// Which resources, and what of them.
    Query,
    /// A body of this schema; the resource must not be there yet.
    New(&'static str),
    /// A body of this schema, for a resource in a version.
    Change(&'static str),
    /// A body of this schema, which asks as a query does.
    Search(&'static str),
    Delete,
}

const fn operation(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    asked: Asked,
    answers: &'static [(u16, Option<&'static str>)],
) -> Operation {
    Operation { method, path, summary, asked, answers }
}

/// Every operation of the surface.
pub(crate) const OPERATIONS: [Operation; 19] = [
    operation("get", "/Users", "Finds users.", Asked::Query, &[(200, Some("UserList"))]),
    operation("post", "/Users", "Makes a user.", Asked::New("UserToBe"), &[(201, Some("User"))]),
    operation(
        "post",
        "/Users/.search",
        "Finds users, by a filter that stands in no address.",
        Asked::Search("SearchRequest"),
        &[(200, Some("UserList"))],
    ),
    operation("get", "/Users/{id}", "Reads a user.", Asked::Parts, &[(200, Some("User")), (304, None)]),
    operation("put", "/Users/{id}", "Replaces a user.", Asked::Change("UserToBe"), &[(200, Some("User"))]),
    operation("patch", "/Users/{id}", "Changes a user.", Asked::Change("PatchOp"), &[(200, Some("User"))]),
    operation("delete", "/Users/{id}", "Deletes a user.", Asked::Delete, &[(204, None)]),
    operation("get", "/Groups", "Finds groups.", Asked::Query, &[(200, Some("GroupList"))]),
    operation("post", "/Groups", "Makes a group.", Asked::New("GroupToBe"), &[(201, Some("Group"))]),
    operation(
        "post",
        "/Groups/.search",
        "Finds groups, by a filter that stands in no address.",
        Asked::Search("SearchRequest"),
        &[(200, Some("GroupList"))],
    ),
    operation("get", "/Groups/{id}", "Reads a group.", Asked::Parts, &[(200, Some("Group")), (304, None)]),
    operation(
        "put",
        "/Groups/{id}",
        "Replaces a group.",
        Asked::Change("GroupToBe"),
        &[(200, Some("Group"))],
    ),
    operation(
        "patch",
        "/Groups/{id}",
        "Changes a group; the body comes in the strict dialect, and where attributes are asked for.",
        Asked::Change("PatchOp"),
        &[(200, Some("Group")), (204, None)],
    ),
    operation("delete", "/Groups/{id}", "Deletes a group.", Asked::Delete, &[(204, None)]),
    operation(
        "get",
        "/ServiceProviderConfig",
        "Says what is supported.",
        Asked::Nothing,
        &[(200, Some("Declared"))],
    ),
    operation(
        "get",
        "/ResourceTypes",
        "Lists what is served.",
        Asked::Nothing,
        &[(200, Some("DeclaredList"))],
    ),
    operation(
        "get",
        "/ResourceTypes/{id}",
        "Says what a resource is.",
        Asked::Nothing,
        &[(200, Some("Declared"))],
    ),
    operation("get", "/Schemas", "Lists what is declared.", Asked::Nothing, &[(200, Some("DeclaredList"))]),
    operation(
        "get",
        "/Schemas/{id}",
        "Says what a schema declares.",
        Asked::Nothing,
        &[(200, Some("Declared"))],
    ),
];

/// `GET /api/openapi.json`.
pub(crate) async fn get() -> Response {
    let mut response = (StatusCode::OK, document().to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
    response
}

fn document() -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), operation.written());
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Landfall SCIM",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "How a customer's directory pushes people and groups: SCIM 2.0, RFC 7643 and RFC 7644.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
        },
    })
}

impl Operation {
    fn written(&self) -> Value {
        let mut parameters = Vec::new();
        if self.path.contains("{id}") {
            parameters.push(json!({
                "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            }));
        }
        let query = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
        let text = || json!({ "type": "string" });
        let parts = [query("attributes", text()), query("excludedAttributes", text())];
        let header = |name: &str| json!({ "name": name, "in": "header", "schema": { "type": "string" } });
        let mut refusals = vec![401, 403, 405, 429, 503];
        let mut body = None;
        match self.asked {
            Asked::Nothing => {}
            Asked::Parts => {
                parameters.extend(parts);
                parameters.push(header("If-None-Match"));
                refusals.push(400);
            }
            Asked::Query => {
                parameters.extend(parts);
                parameters.push(query("filter", text()));
                parameters.push(query("sortBy", text()));
                parameters.push(query("sortOrder", json!({ "enum": ["ascending", "descending"] })));
                parameters.push(query("startIndex", json!({ "type": "integer" })));
                parameters.push(query("count", json!({ "type": "integer" })));
                refusals.push(400);
            }
            Asked::New(schema) => {
                parameters.extend(parts);
                refusals.extend([400, 409, 413, 415]);
                body = Some(schema);
            }
            Asked::Change(schema) => {
                parameters.extend(parts);
                parameters.push(header("If-Match"));
                refusals.extend([400, 409, 412, 413, 415]);
                body = Some(schema);
            }
            Asked::Search(schema) => {
                refusals.extend([400, 413, 415]);
                body = Some(schema);
            }
            Asked::Delete => {
                parameters.push(header("If-Match"));
                refusals.extend([400, 412]);
            }
        }
        // An address that cannot be read names nothing.
        if self.path.contains("{id}") {
            refusals.extend([400, 404]);
        }
        let content = |schema: &str| json!({ SCIM_JSON: { "schema": reference(schema) } });
        let mut responses = Map::new();
        for (status, schema) in self.answers {
            let said = match schema {
                Some(schema) => json!({ "description": "What was asked for.", "content": content(schema) }),
                None => json!({ "description": "There is no body." }),
            };
            responses.insert(status.to_string(), said);
        }
        for status in refusals {
            let said = json!({ "description": "Why it is refused.", "content": content("Error") });
            responses.insert(status.to_string(), said);
        }
        let mut written = json!({
            "summary": self.summary,
            "operationId": format!("{}{}", self.method, self.path.replace(['/', '{', '}', '.'], "_")),
            "parameters": parameters,
            "responses": responses,
        });
        if let (Some(schema), Some(written)) = (body, written.as_object_mut()) {
            written.insert("requestBody".to_owned(), json!({ "required": true, "content": content(schema) }));
        }
        written
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn schemas() -> Value {
    let (users, groups) = (ResourceType::user(), ResourceType::group());
    let list = |of: Value| {
        json!({
            "type": "object",
            "required": ["schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"],
            "properties": {
                "schemas": texts(),
                "totalResults": { "type": "integer", "minimum": 0 },
                "startIndex": { "type": "integer", "minimum": 1 },
                "itemsPerPage": { "type": "integer", "minimum": 0, "maximum": ListRequest::MAX_COUNT },
                "Resources": { "type": "array", "items": of },
            },
        })
    };
    json!({
        "User": served(&users),
        "UserToBe": to_be(&users),
        "UserList": list(reference("User")),
        "Group": served(&groups),
        "GroupToBe": to_be(&groups),
        "GroupList": list(reference("Group")),
        "PatchOp": {
            "type": "object",
            "required": ["schemas", "Operations"],
            "properties": {
                "schemas": { "type": "array", "items": { "const": Patch::SCHEMA }, "minItems": 1, "maxItems": 1 },
                "Operations": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": Patch::MAX_OPERATIONS,
                    "items": {
                        "type": "object",
                        "required": ["op"],
                        "properties": {
                            "op": { "enum": ["add", "remove", "replace"] },
                            "path": { "type": "string" },
                            "value": {},
                        },
                    },
                },
            },
        },
        "SearchRequest": {
            "type": "object",
            "required": ["schemas"],
            "properties": {
                "schemas": { "type": "array", "items": { "const": ListRequest::SEARCH_SCHEMA }, "minItems": 1, "maxItems": 1 },
                "attributes": texts(),
                "excludedAttributes": texts(),
                "filter": { "type": "string" },
                "sortBy": { "type": "string" },
                "sortOrder": { "enum": ["ascending", "descending"] },
                "startIndex": { "type": "integer" },
                "count": { "type": "integer" },
            },
        },
        "Declared": { "type": "object", "required": ["schemas", "meta"], "properties": { "schemas": texts() } },
        "DeclaredList": list(reference("Declared")),
        "Error": {
            "type": "object",
            "required": ["schemas", "status", "detail"],
            "properties": {
                "schemas": { "type": "array", "items": { "const": ScimError::SCHEMA } },
                "status": { "type": "string", "pattern": "^[45][0-9]{2}$" },
                "scimType": { "type": "string" },
                "detail": { "type": "string" },
            },
        },
    })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

/// A resource as it is served: what is asked for may leave everything out but what names it.
fn served(of: &ResourceType) -> Value {
    let mut properties = properties(of.schema().attributes(), &|_| true);
    properties.insert("schemas".to_owned(), texts());
    properties.insert("id".to_owned(), json!({ "type": "string", "format": "uuid" }));
    properties.insert("externalId".to_owned(), json!({ "type": "string" }));
    let moment = json!({ "type": "string", "format": "date-time" });
    properties.insert(
        "meta".to_owned(),
        json!({
            "type": "object",
            "properties": {
                "resourceType": { "const": of.name() },
                "created": moment,
                "lastModified": moment,
                "location": { "type": "string", "format": "uri" },
                "version": { "type": "string" },
            },
        }),
    );
    for extension in of.extensions() {
        let inside = self::properties(extension.attributes(), &|_| true);
        properties.insert(extension.urn().to_owned(), json!({ "type": "object", "properties": inside }));
    }
    json!({ "type": "object", "required": ["schemas", "id"], "properties": properties })
}

/// A resource as a client describes it.
fn to_be(of: &ResourceType) -> Value {
    let writable = |attribute: &Attribute| attribute.mutability() != Mutability::ReadOnly;
    let mut properties = properties(of.schema().attributes(), &writable);
    properties.insert("externalId".to_owned(), json!({ "type": "string" }));
    properties.insert(
        "schemas".to_owned(),
        json!({ "type": "array", "items": { "const": of.schema().urn() }, "minItems": 1, "maxItems": 1 }),
    );
    let required = of.schema().attributes().iter().filter(|one| one.is_required()).map(Attribute::name);
    let required: Vec<_> = required.chain(["schemas"]).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn properties(attributes: &[Attribute], wanted: &dyn Fn(&Attribute) -> bool) -> Map<String, Value> {
    let wanted = attributes.iter().filter(|attribute| wanted(attribute));
    wanted.map(|attribute| (attribute.name().to_owned(), property(attribute))).collect()
}

fn property(of: &Attribute) -> Value {
    let one = match of.kind() {
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::Decimal => json!({ "type": "number" }),
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Complex => {
            json!({ "type": "object", "properties": properties(of.sub_attributes(), &|_| true) })
        }
        Type::String | Type::Reference | Type::Binary => json!({ "type": "string" }),
    };
    if of.is_multi_valued() { json!({ "type": "array", "items": one }) } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reference_leads_somewhere_and_each_operation_stands_once() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
        let paths = document["paths"].as_object().unwrap();
        let operations: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(operations, OPERATIONS.len());
        let user = &document["components"]["schemas"]["User"]["properties"];
        for attribute in ResourceType::user().schema().attributes() {
            assert!(user.get(attribute.name()).is_some(), "{}", attribute.name());
        }
        assert!(document["components"]["schemas"]["UserToBe"]["properties"].get("groups").is_none());
    }
}
