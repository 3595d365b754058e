//! Every form of PATCH that Entra sends, and the state after each [entra D3], [entra D4].

use landfall_accounts::ScimDialect;
use serde_json::{Value, json};

use super::{ADA, ENTERPRISE, group, person};
use crate::world::{MILLISECOND, World};

#[tokio::test]
async fn each_form_does_what_it_says() {
    let world = World::new().await;
    let entra = world.entra().await;
    let path = format!("/Users/{}", entra.post("/Users", &person(ADA)).await.id());
    let department = format!("{ENTERPRISE}:department");
    let number = format!("{ENTERPRISE}:employeeNumber");
    let enterprise = |name: &str| format!("/{ENTERPRISE}/{name}");
    let roles = "{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}";
    let cases: Vec<(Value, String, Value)> = vec![
        (json!([{ "op": "Replace", "path": "active", "value": "False" }]), "/active".into(), json!(false)),
        (json!([{ "op": "Replace", "path": "active", "value": true }]), "/active".into(), json!(true)),
        (
            json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "x@contoso.example" }]),
            "/emails/0/value".into(),
            json!("x@contoso.example"),
        ),
        (
            json!([{ "op": "Add", "path": "emails[type eq \"other\"].value", "value": "o@contoso.example" }]),
            "/emails/1".into(),
            json!({ "type": "other", "value": "o@contoso.example" }),
        ),
        (
            json!([{ "op": "Add", "path": department, "value": "R&D" }]),
            enterprise("department"),
            json!("R&D"),
        ),
        (
            json!([{ "op": "replace", "value": { "displayName": "A", "name.givenName": "Eve", number: "7" } }]),
            "/name/givenName".into(),
            json!("Eve"),
        ),
        (
            json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": "…/Users/x", "value": "x" }] }]),
            enterprise("manager/value"),
            json!("x"),
        ),
        (
            json!([{ "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": "y" }]),
            enterprise("manager/value"),
            json!("y"),
        ),
        (
            json!([{ "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": "" }]),
            enterprise("manager"),
            Value::Null,
        ),
        (
            json!([{ "op": "Add", "path": "roles", "value": [{ "value": roles }] }]),
            "/roles/0/value".into(),
            json!("Admin"),
        ),
        (
            json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Reader" }]),
            "/roles/1".into(),
            json!({ "primary": true, "value": "Reader" }),
        ),
        (
            json!([{ "op": "Replace", "path": "displayName", "value": "" }]),
            "/displayName".into(),
            Value::Null,
        ),
        (json!([{ "op": "Add", "path": "displayName", "value": "B" }]), "/displayName".into(), json!("B")),
        (
            json!([{ "op": "Replace", "path": "displayName", "value": null }]),
            "/displayName".into(),
            Value::Null,
        ),
        (
            json!([{ "op": "Add", "path": "title", "value": "a" }, { "op": "Replace", "path": "title", "value": "b" }]),
            "/title".into(),
            json!("b"),
        ),
        (json!([]), "/title".into(), json!("b")),
        (json!([{ "op": "Remove", "path": "title" }]), "/title".into(), Value::Null),
    ];
    for (operations, pointer, expected) in cases {
        let answered = entra.patch(&path, &operations).await.json(200);
        let read = entra.get(&path).await.json(200);
        assert_eq!(answered, read, "{operations}");
        // A URN has no slash, so that it can stand in a pointer as it is.
        let got = read.pointer(&pointer).cloned().unwrap_or(Value::Null);
        assert_eq!(got, expected, "{operations} {read}");
    }
    assert_eq!(world.user(ADA).await.first_name.as_deref(), Some("Eve"));
}

#[tokio::test]
async fn each_form_of_a_group_does_what_it_says() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut people = Vec::new();
    for name in ["a", "b", "c"] {
        people.push(entra.post("/Users", &person(&format!("{name}@contoso.example"))).await.id());
        world.clock.advance(MILLISECOND);
    }
    let made = entra.post("/Groups", &group("Ops")).await;
    assert_eq!(made.json(201)["members"], json!([]));
    let path = format!("/Groups/{}", made.id());
    let value = |n: usize| json!({ "value": people[n] });
    let cases = [
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": people[0] }] }]),
            vec![0],
        ),
        (json!([{ "op": "Add", "path": "members", "value": [value(0), value(1), value(2)] }]), vec![0, 1, 2]),
        (json!([{ "op": "Remove", "path": "members", "value": [value(0)] }]), vec![1, 2]),
        (json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", people[1]) }]), vec![2]),
        (json!([{ "op": "Remove", "path": "members", "value": [{ "value": "nobody" }] }]), vec![2]),
        (json!([{ "op": "Replace", "path": "displayName", "value": "Operations" }]), vec![2]),
        (json!([{ "op": "replace", "path": "members", "value": [value(0), value(1)] }]), vec![0, 1]),
        (json!([{ "op": "Remove", "path": "members" }]), vec![]),
    ];
    for (operations, expected) in cases {
        entra.patch(&path, &operations).await.empty(204);
        let group = entra.get(&path).await.json(200);
        let members: Vec<_> =
            group["members"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
        let expected: Vec<_> = expected.into_iter().map(|n: usize| json!(people[n])).collect();
        assert_eq!(members, expected, "{operations}");
    }
    assert_eq!(entra.get(&path).await.json(200)["displayName"], "Operations");
    let stranger = json!([{ "op": "Add", "path": "members", "value": [{ "value": "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64" }] }]);
    entra.patch(&path, &stranger).await.refused(400, Some("invalidValue"));
    entra.delete(&path).await.empty(204);
    entra.get(&path).await.refused(404, None);
    assert_eq!(entra.get("/Users").await.ids().1, 3, "the members stay");
}

/// [rfc7644 3.5.2]
#[tokio::test]
async fn by_the_letter_a_group_comes_back_and_no_dialect_is_taken() {
    let world = World::new().await;
    let strict = world.directory(&world.contoso.connection(), ScimDialect::Strict).await;
    let made = strict
        .post(
            "/Groups",
            &json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Ops" }),
        )
        .await;
    let path = format!("/Groups/{}", made.id());
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Dev" }]);
    assert_eq!(strict.patch(&path, &rename).await.json(200)["displayName"], "Dev");
    let capital = json!([{ "op": "Replace", "path": "displayName", "value": "Dev" }]);
    strict.patch(&path, &capital).await.refused(400, Some("invalidSyntax"));
    let entra = world.entra().await;
    let with_parts = format!("{path}?attributes=displayName");
    assert_eq!(entra.patch(&with_parts, &capital).await.json(200)["displayName"], "Dev", "asked for");
    entra.patch(&path, &capital).await.empty(204);
}
