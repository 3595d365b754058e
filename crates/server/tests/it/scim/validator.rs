//! The tests of Microsoft's Logic App for SCIM, by their names [entra D6].

use serde_json::json;

use super::{ADA, ENTERPRISE, group, id_in, person};
use crate::world::{Directory, World};

async fn pushed() -> (World, Directory, String) {
    let world = World::new().await;
    let entra = world.entra().await;
    let id = entra.post("/Users", &person(ADA)).await.id();
    (world, entra, format!("/Users/{id}"))
}

async fn grouped() -> (World, Directory, String, String) {
    let (world, entra, user) = pushed().await;
    let id = entra.post("/Groups", &group("Ops")).await.id();
    (world, entra, id_in(&user).to_owned(), format!("/Groups/{id}"))
}

async fn set(entra: &Directory, path: &str, attribute: &str, value: serde_json::Value) -> serde_json::Value {
    let operations = json!([{ "op": "Replace", "path": attribute, "value": value }]);
    let reply = entra.patch(path, &operations).await;
    assert!([200, 204].contains(&reply.status), "{}", reply.text);
    entra.get(path).await.json(200)
}

async fn members(entra: &Directory, path: &str, operation: &str, user: &str) -> serde_json::Value {
    let operations = json!([{ "op": operation, "path": "members", "value": [{ "value": user }] }]);
    entra.patch(path, &operations).await.empty(204);
    entra.get(path).await.json(200).get("members").unwrap().clone()
}

#[tokio::test]
async fn user_create() {
    let (_world, entra, path) = pushed().await;
    assert_eq!(entra.get(&path).await.json(200)["userName"], ADA);
}

#[tokio::test]
async fn user_update() {
    let (_world, entra, path) = pushed().await;
    assert_eq!(set(&entra, &path, "displayName", json!("New")).await["displayName"], "New");
}

#[tokio::test]
async fn user_disable() {
    let (_world, entra, path) = pushed().await;
    assert_eq!(set(&entra, &path, "active", json!("False")).await["active"], false);
}

#[tokio::test]
async fn user_delete() {
    let (_world, entra, path) = pushed().await;
    entra.delete(&path).await.empty(204);
    entra.get(&path).await.refused(404, None);
    assert_eq!(entra.find("/Users", &format!("userName eq \"{ADA}\"")).await.ids().1, 0);
}

#[tokio::test]
async fn user_update_manager() {
    let (_world, entra, path) = pushed().await;
    let boss = entra.post("/Users", &person("boss@contoso.example")).await.id();
    let user = set(&entra, &path, &format!("{ENTERPRISE}:manager"), json!(boss)).await;
    assert_eq!(user[ENTERPRISE]["manager"]["value"], boss);
}

#[tokio::test]
async fn user_restore() {
    let (_world, entra, path) = pushed().await;
    set(&entra, &path, "active", json!("False")).await;
    assert_eq!(set(&entra, &path, "active", json!("True")).await["active"], true);
}

#[tokio::test]
async fn user_provision_on_demand() {
    let (_world, entra, path) = pushed().await;
    assert_eq!(
        entra.find("/Users", &format!("userName eq \"{ADA}\"")).await.ids().0,
        [id_in(&path).to_owned()]
    );
    // On demand the flag aadOptscim062020 is not honoured: values come as text.
    let operations = json!([
        { "op": "Replace", "path": "active", "value": "True" },
        { "op": "Add", "path": "name.givenName", "value": "Eve" },
    ]);
    assert_eq!(entra.patch(&path, &operations).await.json(200)["name"]["givenName"], "Eve");
}

#[tokio::test]
async fn group_create() {
    let (_world, entra, _user, path) = grouped().await;
    assert_eq!(entra.get(&path).await.json(200)["displayName"], "Ops");
}

#[tokio::test]
async fn group_update() {
    let (_world, entra, _user, path) = grouped().await;
    assert_eq!(set(&entra, &path, "displayName", json!("New")).await["displayName"], "New");
}

#[tokio::test]
async fn group_delete() {
    let (_world, entra, _user, path) = grouped().await;
    entra.delete(&path).await.empty(204);
    entra.get(&path).await.refused(404, None);
}

#[tokio::test]
async fn group_add_member() {
    let (_world, entra, user, path) = grouped().await;
    assert_eq!(members(&entra, &path, "Add", &user).await[0]["value"], user);
}

#[tokio::test]
async fn group_remove_member() {
    let (_world, entra, user, path) = grouped().await;
    let other = entra.post("/Users", &person("other@contoso.example")).await.id();
    members(&entra, &path, "Add", &user).await;
    members(&entra, &path, "Add", &other).await;
    let left = members(&entra, &path, "Remove", &user).await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["value"]), (1, &json!(other)));
}

#[tokio::test]
async fn group_provision_on_demand() {
    let (_world, entra, user, path) = grouped().await;
    let found = entra.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Ops%22").await;
    assert_eq!(found.ids().0, [id_in(&path).to_owned()]);
    members(&entra, &path, "Add", &user).await;
    let probe = entra.find("/Groups", &format!("id eq \"{}\" and members eq \"{user}\"", id_in(&path))).await;
    assert_eq!(probe.ids().1, 1);
}

#[tokio::test]
async fn group_restore() {
    let (_world, entra, _user, path) = grouped().await;
    entra.delete(&path).await.empty(204);
    assert_ne!(format!("/Groups/{}", entra.post("/Groups", &group("Ops")).await.id()), path);
}

#[tokio::test]
async fn scim_schema_discoverability() {
    let world = World::new().await;
    let schemas = world.entra().await.get("/Schemas").await.json(200);
    assert!(!schemas.to_string().contains("null"), "{schemas}");
    let named: Vec<_> =
        schemas["Resources"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(named, ["User", "EnterpriseUser", "Group"]);
}

#[tokio::test]
async fn scim_null_update() {
    let (_world, entra, path) = pushed().await;
    for nothing in [json!(""), json!(null)] {
        set(&entra, &path, "title", json!("Chief")).await;
        assert!(set(&entra, &path, "title", nothing).await.get("title").is_none());
    }
}

#[tokio::test]
async fn scim_user_create() {
    let (_world, entra, path) = pushed().await;
    assert_eq!(entra.get(&path).await.json(200)["userName"], ADA, "verbatim");
}

#[tokio::test]
async fn scim_user_update() {
    let (_world, entra, path) = pushed().await;
    for (attribute, value) in
        [("nickName", "Countess"), ("preferredLanguage", "en"), ("userName", "ADA@contoso.example")]
    {
        assert_eq!(set(&entra, &path, attribute, json!(value)).await[attribute], value);
    }
}

#[tokio::test]
async fn scim_group_create() {
    let (_world, entra, _user, path) = grouped().await;
    assert_eq!(entra.get(&path).await.json(200)["externalId"], "id-of-Ops");
}

#[tokio::test]
async fn scim_group_update() {
    let (_world, entra, _user, path) = grouped().await;
    assert_eq!(set(&entra, &path, "externalId", json!("other")).await["externalId"], "other");
}

#[tokio::test]
async fn scim_validate_credentials() {
    let world = World::new().await;
    let entra = world.entra().await;
    let probe = entra.find("/Users", "userName eq \"0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64\"").await;
    assert_eq!(probe.ids().1, 0);
}

#[tokio::test]
async fn scim_user_pagination() {
    let world = World::new().await;
    let entra = world.entra().await;
    for n in 0..11 {
        entra.post("/Users", &person(&format!("u{n}@contoso.example"))).await.id();
    }
    let mut seen = std::collections::BTreeSet::new();
    for start in [1, 6, 11] {
        let page = entra.get(&format!("/Users?startIndex={start}&count=5")).await;
        assert_eq!(page.json(200)["startIndex"], start);
        seen.extend(page.ids().0);
    }
    assert_eq!(seen.len(), 11);
}

#[tokio::test]
async fn scim_group_pagination() {
    let world = World::new().await;
    let entra = world.entra().await;
    for n in 0..11 {
        entra.post("/Groups", &group(&format!("g{n}"))).await.id();
    }
    let mut seen = std::collections::BTreeSet::new();
    for start in [1, 6, 11] {
        seen.extend(entra.get(&format!("/Groups?startIndex={start}&count=5")).await.ids().0);
    }
    assert_eq!(seen.len(), 11);
}

#[tokio::test]
async fn scim_update_manager() {
    let (_world, entra, path) = pushed().await;
    let manager = format!("{ENTERPRISE}:manager");
    let add = json!([{ "op": "Add", "path": manager, "value": { "value": "a" } }]);
    assert_eq!(entra.patch(&path, &add).await.json(200)[ENTERPRISE]["manager"]["value"], "a");
    assert_eq!(set(&entra, &path, &manager, json!("b")).await[ENTERPRISE]["manager"]["value"], "b");
    assert!(
        set(&entra, &path, &manager, json!("")).await.pointer(&format!("/{ENTERPRISE}/manager")).is_none()
    );
}
