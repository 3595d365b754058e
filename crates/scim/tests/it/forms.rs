//! Every form in which Entra and Okta are known to send a PATCH, and the state after it: one line a form.

use landfall_scim::{Dialect, Patch, Resource, ResourceType};
use serde_json::{Value, json};

use Dialect::{Entra, Okta, Strict};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Value {
    json!({
        "userName": "ada@example.com", "externalId": "ada", "active": true, "displayName": "Ada B", "title": "Engineer",
        "name": { "formatted": "Ada B", "givenName": "Ada", "familyName": "B" },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
        "roles": [{ "value": "User", "primary": true }],
        ENTERPRISE: { "department": "R&D", "manager": { "value": "m1" } },
    })
}

/// After these operations Ada is as she was, but for these places; `null` is nothing there.
#[track_caller]
fn after(dialects: &[Dialect], operations: Value, changed: &[(&str, Value)]) {
    let mut expected = ada();
    for (place, value) in changed {
        let (parent, name) = place.rsplit_once('/').unwrap();
        match expected.pointer_mut(parent).unwrap_or_else(|| panic!("{place}")) {
            Value::Object(parent) if value.is_null() => drop(parent.remove(name)),
            Value::Object(parent) => drop(parent.insert(name.to_owned(), value.clone())),
            Value::Array(parent) if name == "-" => parent.push(value.clone()),
            Value::Array(parent) if value.is_null() => drop(parent.remove(name.parse().unwrap())),
            _ => panic!("{place}"),
        }
    }
    let users = ResourceType::user();
    for &dialect in dialects {
        let mut resource = Resource::restored(ada().as_object().unwrap().clone());
        let body = json!({ "schemas": [Patch::SCHEMA], "Operations": operations }).to_string();
        let patch = Patch::read(body.as_bytes(), &users, dialect)
            .unwrap_or_else(|error| panic!("{dialect}: {error}"));
        let changes = patch.apply(&mut resource, &users).unwrap_or_else(|error| panic!("{dialect}: {error}"));
        assert_eq!(Value::Object(resource.json().clone()), expected, "{dialect}: {operations}");
        assert_eq!(changes.any(), expected != ada(), "{dialect}: {operations}");
    }
}

const ALL: &[Dialect] = &[Entra, Okta, Strict];
const LENIENT: &[Dialect] = &[Entra, Okta];

#[test]
fn h8_booleans_and_operations_as_entra_writes_them() {
    // [attack H8]
    for text in ["False", "false", "FALSE"] {
        after(
            &[Entra],
            json!([{ "op": "Replace", "path": "active", "value": text }]),
            &[("/active", json!(false))],
        );
    }
    after(
        LENIENT,
        json!([{ "op": "Replace", "path": "active", "value": false }]),
        &[("/active", json!(false))],
    );
    after(ALL, json!([{ "op": "replace", "path": "ACTIVE", "value": false }]), &[("/active", json!(false))]);
    after(&[Entra], json!([{ "op": "Add", "path": "active", "value": "True" }]), &[]);
    after(ALL, json!([{ "op": "replace", "value": { "active": false } }]), &[("/active", json!(false))]);
    after(
        &[Entra],
        json!([{ "op": "replace", "value": { "active": "False" } }]),
        &[("/active", json!(false))],
    );
}

#[test]
fn simple_attributes() {
    after(
        ALL,
        json!([{ "op": "replace", "path": "displayName", "value": "A" }]),
        &[("/displayName", json!("A"))],
    );
    after(ALL, json!([{ "op": "add", "path": "nickName", "value": "A" }]), &[("/nickName", json!("A"))]);
    after(ALL, json!([{ "op": "remove", "path": "title" }]), &[("/title", Value::Null)]);
    after(
        LENIENT,
        json!([{ "op": "Remove", "path": "title", "value": "Engineer" }]),
        &[("/title", Value::Null)],
    );
    after(ALL, json!([{ "op": "remove", "path": "nickName" }]), &[]);
    after(
        ALL,
        json!([{ "op": "replace", "path": "name.givenName", "value": "A" }]),
        &[("/name/givenName", json!("A"))],
    );
    after(ALL, json!([{ "op": "remove", "path": "name.givenName" }]), &[("/name/givenName", Value::Null)]);
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User:displayName";
    after(ALL, json!([{ "op": "replace", "path": urn, "value": "A" }]), &[("/displayName", json!("A"))]);
}

#[test]
fn a_complex_attribute_keeps_what_is_not_named() {
    // [rfc7644 3.5.2.3]
    for op in ["add", "replace"] {
        after(
            ALL,
            json!([{ "op": op, "path": "name", "value": { "givenName": "A" } }]),
            &[("/name/givenName", json!("A"))],
        );
        after(
            ALL,
            json!([{ "op": op, "value": { "name": { "givenName": "A" } } }]),
            &[("/name/givenName", json!("A"))],
        );
    }
    after(ALL, json!([{ "op": "remove", "path": "name" }]), &[("/name", Value::Null)]);
}

#[test]
fn values_that_a_filter_chooses() {
    let work = r#"emails[type eq "work"].value"#;
    for op in ["Replace", "Add", "replace", "add"] {
        after(LENIENT, json!([{ "op": op, "path": work, "value": "x" }]), &[("/emails/0/value", json!("x"))]);
    }
    after(
        &[Strict],
        json!([{ "op": "replace", "path": work, "value": "x" }]),
        &[("/emails/0/value", json!("x"))],
    );
    after(ALL, json!([{ "op": "remove", "path": work }]), &[("/emails/0/value", Value::Null)]);
    after(
        ALL,
        json!([{ "op": "remove", "path": r#"emails[type eq "home"]"# }]),
        &[("/emails/1", Value::Null)],
    );
    after(ALL, json!([{ "op": "remove", "path": "emails[value pr]" }]), &[("/emails", Value::Null)]);
    after(
        ALL,
        json!([{ "op": "replace", "path": "emails.display", "value": "x" }]),
        &[("/emails/0/display", json!("x")), ("/emails/1/display", json!("x"))],
    );
    let whole = json!([{ "op": "replace", "path": r#"emails[type eq "home"]"#, "value": { "value": "x" } }]);
    after(LENIENT, whole.clone(), &[("/emails/1/value", json!("x"))]);
    // To the letter the value is another one, and its type is gone [rfc7644 3.5.2.3].
    after(&[Strict], whole, &[("/emails/1/value", json!("x")), ("/emails/1/type", Value::Null)]);
    after(
        ALL,
        json!([{ "op": "add", "path": r#"emails[type eq "home"]"#, "value": { "display": "x" } }]),
        &[("/emails/1/display", json!("x"))],
    );
}

#[test]
fn h6_a_filter_that_chooses_nothing_makes_the_value() {
    // [attack H6]
    for op in ["Replace", "Add"] {
        after(
            LENIENT,
            json!([{ "op": op, "path": r#"emails[type eq "other"].value"#, "value": "x" }]),
            &[("/emails/-", json!({ "type": "other", "value": "x" }))],
        );
        after(
            LENIENT,
            json!([{ "op": op, "path": r#"phoneNumbers[type eq "mobile"].value"#, "value": "1" }]),
            &[("/phoneNumbers", json!([{ "type": "mobile", "value": "1" }]))],
        );
        after(
            LENIENT,
            json!([{ "op": op, "path": r#"addresses[type eq "work" and primary eq true].locality"#, "value": "Ulm" }]),
            &[("/addresses", json!([{ "type": "work", "primary": true, "locality": "Ulm" }]))],
        );
        after(
            LENIENT,
            json!([{ "op": op, "path": r#"ims[type eq "xmpp"]"#, "value": { "value": "x" } }]),
            &[("/ims", json!([{ "type": "xmpp", "value": "x" }]))],
        );
    }
    after(LENIENT, json!([{ "op": "Remove", "path": r#"emails[type eq "other"]"# }]), &[]);
    after(
        LENIENT,
        json!([{ "op": "Replace", "path": r#"emails[type eq "other"].value"#, "value": "" }]),
        &[],
    );
}

#[test]
fn attributes_of_an_extension() {
    let department = format!("{ENTERPRISE}:department");
    let place = format!("/{ENTERPRISE}/department");
    let changed: &[(&str, Value)] = &[(&place, json!("A"))];
    after(ALL, json!([{ "op": "replace", "path": department, "value": "A" }]), changed);
    after(LENIENT, json!([{ "op": "Add", "path": department, "value": "A" }]), changed);
    after(&[Entra], json!([{ "op": "Add", "path": "department", "value": "A" }]), changed);
    after(LENIENT, json!([{ "op": "replace", "value": { &department: "A" } }]), changed);
    after(ALL, json!([{ "op": "replace", "value": { ENTERPRISE: { "department": "A" } } }]), changed);
    after(ALL, json!([{ "op": "replace", "path": ENTERPRISE, "value": { "department": "A" } }]), changed);
    after(ALL, json!([{ "op": "remove", "path": department }]), &[(&place, Value::Null)]);
    after(ALL, json!([{ "op": "remove", "path": ENTERPRISE }]), &[(&format!("/{ENTERPRISE}"), Value::Null)]);
    let number = format!("{ENTERPRISE}:employeeNumber");
    after(
        LENIENT,
        json!([{ "op": "replace", "value": { "displayName": "A", "name.givenName": "A", &number: "7" } }]),
        &[
            ("/displayName", json!("A")),
            ("/name/givenName", json!("A")),
            (&format!("/{ENTERPRISE}/employeeNumber"), json!("7")),
        ],
    );
}

#[test]
fn the_manager_in_each_form() {
    let manager = format!("{ENTERPRISE}:manager");
    let place = format!("/{ENTERPRISE}/manager");
    let changed: &[(&str, Value)] =
        &[(&place, json!({ "value": "x", "$ref": "https://sp.example.com/Users/x" }))];
    let value = json!({ "$ref": "https://sp.example.com/Users/x", "value": "x" });
    after(&[Entra], json!([{ "op": "Add", "path": "manager", "value": [value] }]), changed);
    after(&[Entra], json!([{ "op": "Add", "path": manager, "value": [value] }]), changed);
    after(LENIENT, json!([{ "op": "Add", "path": manager, "value": value }]), changed);
    let plain: &[(&str, Value)] = &[(&place, json!({ "value": "x" }))];
    after(&[Entra], json!([{ "op": "Add", "path": manager, "value": "x" }]), plain);
    after(&[Entra], json!([{ "op": "Replace", "path": "manager", "value": "x" }]), plain);
    after(&[Entra], json!([{ "op": "replace", "value": { &manager: "x" } }]), plain);
    after(ALL, json!([{ "op": "replace", "path": format!("{manager}.value"), "value": "x" }]), plain);
    after(LENIENT, json!([{ "op": "Replace", "path": manager, "value": "" }]), &[(&place, Value::Null)]);
    after(
        LENIENT,
        json!([{ "op": "Replace", "path": manager, "value": { "value": "" } }]),
        &[(&place, Value::Null)],
    );
    after(&[Entra], json!([{ "op": "Replace", "path": "manager", "value": [] }]), &[(&place, Value::Null)]);
    after(ALL, json!([{ "op": "replace", "path": manager, "value": null }]), &[(&place, Value::Null)]);
    after(ALL, json!([{ "op": "remove", "path": manager }]), &[(&place, Value::Null)]);
}

#[test]
fn roles_in_each_form() {
    let inside =
        r#"{"id":"18d14569-c3bd-439b-9a66-3a2aee01d14f","value":"Admin","displayName":"Administrator"}"#;
    let admin = json!({ "value": "Admin", "display": "Administrator" });
    after(
        &[Entra],
        json!([{ "op": "Add", "path": "roles", "value": [{ "value": inside }] }]),
        &[("/roles/-", admin.clone())],
    );
    after(
        &[Entra],
        json!([{ "op": "Replace", "path": "roles", "value": [{ "value": inside }] }]),
        &[("/roles", json!([admin]))],
    );
    after(&[Entra], json!([{ "op": "Remove", "path": "roles", "value": [{ "value": inside }] }]), &[]);
    after(
        LENIENT,
        json!([{ "op": "Remove", "path": "roles", "value": [{ "value": "USER" }] }]),
        &[("/roles", Value::Null)],
    );
    for path in [r#"roles[primary eq "True"].value"#, "roles[primary eq true].value"] {
        after(
            &[Entra],
            json!([{ "op": "Replace", "path": path, "value": "Admin" }]),
            &[("/roles", json!([{ "value": "Admin", "primary": true }]))],
        );
        after(
            &[Entra],
            json!([{ "op": "Replace", "path": path, "value": inside }]),
            &[("/roles", json!([{ "value": "Admin", "primary": true }]))],
        );
    }
    after(
        &[Entra],
        json!([{ "op": "Add", "path": r#"roles[primary eq "False"].value"#, "value": "Guest" }]),
        &[("/roles/-", json!({ "value": "Guest", "primary": false }))],
    );
    // No JSON, so it is a value.
    after(
        &[Entra],
        json!([{ "op": "Add", "path": "roles", "value": [{ "value": "{Admin" }] }]),
        &[("/roles/-", json!({ "value": "{Admin" }))],
    );
}

#[test]
fn nothing_clears() {
    // [rfc7643 2.5]
    for value in [json!(null), json!([])] {
        after(
            ALL,
            json!([{ "op": "replace", "path": "emails", "value": value }]),
            &[("/emails", Value::Null)],
        );
        after(ALL, json!([{ "op": "add", "path": "emails", "value": value }]), &[]);
    }
    after(ALL, json!([{ "op": "replace", "path": "title", "value": null }]), &[("/title", Value::Null)]);
    after(LENIENT, json!([{ "op": "Replace", "path": "title", "value": "" }]), &[("/title", Value::Null)]);
    after(LENIENT, json!([{ "op": "Add", "path": "title", "value": "" }]), &[("/title", Value::Null)]);
    after(LENIENT, json!([{ "op": "Replace", "path": "title" }]), &[("/title", Value::Null)]);
    after(
        LENIENT,
        json!([{ "op": "Replace", "value": { "title": "", "name.givenName": null } }]),
        &[("/title", Value::Null), ("/name/givenName", Value::Null)],
    );
    after(&[Strict], json!([{ "op": "replace", "path": "title", "value": "" }]), &[("/title", json!(""))]);
    after(LENIENT, json!([]), &[]);
}

#[test]
fn several_values() {
    // [rfc7644 3.5.2.1]
    let other = json!({ "value": "x", "type": "other" });
    after(ALL, json!([{ "op": "add", "path": "emails", "value": [other] }]), &[("/emails/-", other.clone())]);
    after(ALL, json!([{ "op": "add", "path": "emails", "value": other }]), &[("/emails/-", other.clone())]);
    after(ALL, json!([{ "op": "add", "value": { "emails": [other] } }]), &[("/emails/-", other.clone())]);
    after(
        ALL,
        json!([{ "op": "replace", "path": "emails", "value": [other] }]),
        &[("/emails", json!([other]))],
    );
    after(ALL, json!([{ "op": "remove", "path": "emails" }]), &[("/emails", Value::Null)]);
    after(
        LENIENT,
        json!([{ "op": "Remove", "path": "emails", "value": [{ "value": "ADA@home.example" }] }]),
        &[("/emails/1", Value::Null)],
    );
    after(
        LENIENT,
        json!([{ "op": "Remove", "path": "emails", "value": [{ "type": "work", "value": "ada@home.example" }] }]),
        &[],
    );
}

#[test]
fn several_operations() {
    after(
        &[Entra],
        json!([
            { "op": "Replace", "path": "title", "value": "A" },
            { "op": "Replace", "path": "title", "value": "B" },
            { "op": "Add", "path": r#"emails[type eq "other"].value"#, "value": "x" },
            { "op": "Add", "path": r#"emails[type eq "other"].display"#, "value": "X" },
        ]),
        &[("/title", json!("B")), ("/emails/-", json!({ "type": "other", "value": "x", "display": "X" }))],
    );
}

#[test]
fn what_is_not_declared_is_left_out() {
    after(LENIENT, json!([{ "op": "Add", "path": "shoeSize", "value": 38 }]), &[]);
    after(LENIENT, json!([{ "op": "Add", "path": "urn:example:unknown:2.0:User:x", "value": 38 }]), &[]);
    after(
        LENIENT,
        json!([{ "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department", "value": "A" }]),
        &[],
    );
    after(
        LENIENT,
        json!([{ "op": "replace", "value": { "shoeSize": 38, "password": "secret", "displayName": "A" } }]),
        &[("/displayName", json!("A"))],
    );
}
