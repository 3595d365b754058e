use serde_json::json;

use super::*;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn read(dialect: Dialect, body: &Value) -> Result<Received, ScimError> {
    Resource::read(body.to_string().as_bytes(), &ResourceType::user(), dialect)
}

/// The body, which names its schemas where it must.
fn strict(mut body: Value) -> Result<Received, ScimError> {
    body["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]);
    read(Dialect::Strict, &body)
}

#[track_caller]
fn invalid(body: Value, detail: &str) {
    let error = strict(body).unwrap_err();
    assert!(error.detail().contains(detail), "{error}");
}

#[test]
fn what_entra_posts_is_read() {
    // [rfc7644 3.3]
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE,
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "ada", "userName": "Ada@example.com", "active": true, "displayName": "Ada B", "title": null,
        "emails": [{ "primary": true, "type": "work", "value": "ada@example.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada B", "givenName": "Ada", "familyName": "B" }, "roles": [],
    });
    let received = read(Dialect::Entra, &body).unwrap();
    assert_eq!(received.ignored, Vec::<String>::new());
    let expected = json!({
        "externalId": "ada", "userName": "Ada@example.com", "active": true, "displayName": "Ada B",
        "emails": [{ "primary": true, "type": "work", "value": "ada@example.com" }],
        "name": { "formatted": "Ada B", "givenName": "Ada", "familyName": "B" },
    });
    assert_eq!(Value::Object(received.resource.json().clone()), expected);
}

#[test]
fn h5_only_what_is_declared_and_the_clients_to_write_is_taken() {
    // [attack H5]
    let body = json!({
        "userName": "ada", "id": "root", "meta": { "version": "W/\"9\"" }, "groups": [{ "value": "admins" }],
        "password": "secret", "isAdmin": true, "__proto__": { "x": 1 }, "tenantId": "other",
        "urn:example:unknown": { "x": 1 },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": { "department": "R&D" },
        ENTERPRISE: { "manager": { "value": "m", "displayName": "The Boss", "x": 1 }, "userName": "root" },
    });
    let received = read(Dialect::Entra, &body).unwrap();
    let expected = json!({ "userName": "ada", ENTERPRISE: { "manager": { "value": "m" } } });
    assert_eq!(Value::Object(received.resource.json().clone()), expected);
    let mut ignored = received.ignored;
    ignored.sort();
    assert_eq!(
        ignored,
        [
            "__proto__",
            "isAdmin",
            "manager.x",
            "password",
            "tenantId",
            "urn:example:unknown",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
        ]
    );
    for name in ["password", "isAdmin", "urn:example:unknown"] {
        invalid(json!({ "userName": "ada", name: "x" }), "is not declared here");
    }
    // What is readOnly is ignored, as the standard says [rfc7644 3.5.1].
    let received = strict(json!({ "userName": "ada", "id": "root", "meta": {}, "groups": [] })).unwrap();
    assert_eq!(received.resource.json().len(), 1);
}

#[test]
fn h6_two_spellings_of_one_name_are_refused() {
    // [attack H6]
    invalid(json!({ "userName": "a", "USERNAME": "b" }), "userName stands twice");
    invalid(json!({ "userName": "a", "name": { "givenName": "a", "givenname": "b" } }), "stands twice");
    invalid(
        json!({ "userName": "a", ENTERPRISE: {"department": "a"}, ENTERPRISE.to_uppercase(): {"division": "b"} }),
        "stands twice",
    );
}

#[test]
fn values_are_of_their_types() {
    // [rfc7643 2.3]
    let with = |name: &str, value: Value| json!({ "userName": "ada", name: value });
    invalid(with("active", json!("True")), "active is a string, expected boolean");
    invalid(with("title", json!(5)), "title is a number, expected string");
    invalid(with("name", json!("Ada")), "name is a string, expected an object");
    invalid(with("emails", json!({ "value": "a" })), "emails is an object, expected an array");
    invalid(with("emails", json!(["a"])), "emails is a string, expected an object");
    invalid(with("x509Certificates", json!([{ "value": "not base64!" }])), "is not base64");
    invalid(with(ENTERPRISE, json!("x")), "expected an object");
    assert!(strict(with("x509Certificates", json!([{ "value": "AA==" }]))).is_ok());
    assert!(read(Dialect::Entra, &with("active", json!("False"))).is_ok());
    assert!(read(Dialect::Okta, &with("active", json!("False"))).is_err());
    assert!(read(Dialect::Entra, &with("active", json!("no"))).is_err());
}

#[test]
fn attributes_of_a_tenant_are_of_the_types_that_it_declared() {
    use crate::{Extension, ExtensionAttribute, Type};
    let urn = "urn:example:contoso:2.0:User";
    let declared = vec![
        ExtensionAttribute::new("floor", Type::Integer),
        ExtensionAttribute::new("rate", Type::Decimal),
        ExtensionAttribute::new("since", Type::DateTime),
        ExtensionAttribute::new("badges", Type::String).multi_valued(),
    ];
    let users =
        ResourceType::user().with_extension(Extension::new(urn, "Contoso", declared).unwrap()).unwrap();
    let read = |inside: Value| {
        let body = json!({ "userName": "ada", urn: inside }).to_string();
        Resource::read(body.as_bytes(), &users, Dialect::Entra)
    };
    let inside = json!({ "floor": 3, "rate": 1.5, "since": "2026-11-30T12:00:00Z", "badges": ["a", "b"] });
    let received = read(inside.clone()).unwrap();
    assert_eq!(received.resource.extension(urn), inside.as_object());
    for (name, value) in
        [("floor", json!(1.5)), ("floor", json!(u64::MAX)), ("rate", json!("1")), ("since", json!("today"))]
    {
        assert_eq!(read(json!({ name: value })).unwrap_err().kind(), ErrorKind::InvalidValue, "{name}");
    }
    let filter = crate::Filter::parse(
        &format!("{urn}:floor gt 2 and {urn}:badges eq \"B\" and {urn}:rate lt 2"),
        &users,
        Dialect::Strict,
    );
    assert!(filter.unwrap().matches(received.resource.json()));
}

#[test]
fn null_and_nothing_are_no_value() {
    // [rfc7643 2.5]
    let body = json!({
        "userName": "ada", "title": null, "emails": [], "name": { "givenName": null }, "roles": [null, {}],
        ENTERPRISE: { "department": null },
    });
    assert_eq!(strict(body).unwrap().resource.json().len(), 1);
    let empty = json!({ "userName": "ada", "title": "", "emails": "", "active": "" });
    assert_eq!(read(Dialect::Entra, &empty).unwrap().resource.json().len(), 1);
    let received = strict(json!({ "userName": "ada", "title": "" })).unwrap();
    assert_eq!(received.resource.attribute("title"), Some(&json!("")));
}

#[test]
fn what_is_required_must_be_there() {
    // [rfc7643 2.2]
    for body in [json!({}), json!({ "userName": null }), json!({ "userName": "" })] {
        invalid(body.clone(), "userName is required");
        assert_eq!(read(Dialect::Entra, &body).unwrap_err().kind(), ErrorKind::InvalidValue);
    }
}

#[test]
fn one_value_is_primary() {
    // [rfc7643 2.4]
    let emails = |second: bool| json!({ "userName": "a", "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": second }] });
    invalid(emails(true), "several values that are primary");
    assert!(strict(emails(false)).is_ok());
}

#[test]
fn the_strict_dialect_wants_schemas() {
    // [rfc7643 3]
    let body = |schemas: Value| read(Dialect::Strict, &json!({ "userName": "ada", "schemas": schemas }));
    assert!(body(json!(["urn:ietf:params:scim:schemas:core:2.0:User"])).is_ok());
    for schemas in [json!(null), json!([]), json!("x"), json!([5]), json!([ENTERPRISE])] {
        assert_eq!(body(schemas).unwrap_err().kind(), ErrorKind::InvalidSyntax);
    }
    assert!(body(json!(["urn:ietf:params:scim:schemas:core:2.0:User", "urn:x:y"])).is_err());
}

#[test]
fn h10_h11_values_are_bounded_and_have_no_control_characters() {
    // [attack H10], [attack H11]
    let title = |text: &str| strict(json!({ "userName": "ada", "title": text }));
    assert!(title(&"x".repeat(crate::MAX_TEXT)).is_ok());
    assert!(title(&"x".repeat(crate::MAX_TEXT + 1)).is_err());
    assert!(title("two\r\n\tlines").is_ok());
    for text in ["a\0", "\u{1b}[2J", "\u{7f}"] {
        assert!(title(text).is_err());
    }
    // Values are verbatim: what serves them escapes.
    let text = "<script>alert(1)</script> =cmd|' /C calc'!A0";
    assert_eq!(title(text).unwrap().resource.attribute("title"), Some(&json!(text)));
    let emails =
        |count: usize| strict(json!({ "userName": "ada", "emails": vec![json!({ "value": "a" }); count] }));
    assert!(emails(crate::MAX_VALUES).is_ok());
    assert!(emails(crate::MAX_VALUES + 1).is_err());
    let certificate = |bytes: usize| {
        strict(json!({ "userName": "ada", "x509Certificates": [{ "value": "A".repeat(bytes) }] }))
    };
    assert!(certificate(crate::MAX_BINARY).is_ok());
    assert!(certificate(crate::MAX_BINARY + 1).is_err());
}

#[test]
fn put_replaces_everything_but_keeps_active_if_it_is_left_out() {
    // [rfc7644 3.5.1]
    let users = ResourceType::user();
    let body = json!({ "userName": "ada", "active": false, "title": "x", ENTERPRISE: { "department": "a", "division": "b" } });
    let mut ada = strict(body).unwrap().resource;
    let other = strict(
        json!({ "userName": "ada", "nickName": "y", ENTERPRISE: { "department": "c", "division": "b" } }),
    )
    .unwrap()
    .resource;
    let changes = ada.replace(other, &users);
    assert_eq!(
        changes.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["nickName", "title", &format!("{ENTERPRISE}:department")]
    );
    assert_eq!(ada.attribute("active"), Some(&json!(false)));
    let same = ada.clone();
    assert!(!ada.replace(same, &users).any());
}

#[test]
fn no_value_is_in_debug_or_in_an_error() {
    let received = read(Dialect::Entra, &json!({ "userName": "ada@example.com" })).unwrap();
    assert_eq!(format!("{:?}", received.resource), "Resource{\"userName\"}");
    assert!(!format!("{:?}", received.resource.user()).contains("ada"));
    let error = strict(json!({ "userName": { "ada@example.com": "secret" } })).unwrap_err();
    assert!(!error.detail().contains("ada") && !error.detail().contains("secret"), "{error}");
}
