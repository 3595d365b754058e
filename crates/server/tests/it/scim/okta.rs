//! What Okta sends [entra D7].

use landfall_accounts::ScimDialect;
use serde_json::json;

use super::{ADA, CORE};
use crate::world::World;

#[tokio::test]
async fn each_request_of_okta_is_understood() {
    let world = World::new().await;
    let okta = world.directory(&world.contoso.connection(), ScimDialect::Okta).await;
    assert_eq!(okta.get("/Users?startIndex=1&count=2").await.ids().1, 0);
    let query = "/Users?filter=userName%20eq%20%22Ada%40contoso.example%22&startIndex=1&count=100";
    assert_eq!(okta.get(query).await.ids().1, 0);
    let body = json!({
        "schemas": [CORE], "userName": ADA, "name": { "givenName": "Ada", "familyName": "B" },
        "emails": [{ "primary": true, "value": ADA, "type": "work" }], "displayName": "Ada B", "locale": "en-US",
        "externalId": "00u1", "groups": [], "password": "S3cret!", "active": true,
    });
    let made = okta.post("/Users", &body).await;
    let path = format!("/Users/{}", made.id());
    assert!(!made.text.contains("S3cret"), "{}", made.text);
    assert_eq!(okta.get(query).await.ids().0, [made.id()]);

    // GET, then PUT of the whole object, with and without `active`.
    let mut whole = okta.get(&path).await.json(200);
    whole["title"] = json!("Chief");
    assert_eq!(okta.put(&path, &whole).await.json(200)["title"], "Chief");
    whole.as_object_mut().unwrap().remove("active");
    assert_eq!(okta.put(&path, &whole).await.json(200)["active"], true, "left out is not false");

    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    assert_eq!(okta.patch(&path, &off).await.json(200)["active"], false);
    let on = json!([{ "op": "replace", "value": { "active": true } }]);
    assert_eq!(okta.patch(&path, &on).await.json(200)["active"], true);
    let secret = json!([{ "op": "replace", "value": { "password": "An0ther!" } }]);
    assert!(!okta.patch(&path, &secret).await.text.contains("An0ther"));

    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Ops",
        "members": [{ "value": made.id(), "display": ADA }] });
    let group = okta.post("/Groups", &group).await;
    let group_path = format!("/Groups/{}", group.id());
    assert_eq!(group.json(201)["members"][0]["value"], made.id());
    let rename = json!([{ "op": "replace", "value": { "id": group.id(), "displayName": "Operations" } }]);
    okta.patch(&group_path, &rename).await.empty(204);
    let gone = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", made.id()) }]);
    okta.patch(&group_path, &gone).await.empty(204);
    assert_eq!(okta.get(&group_path).await.json(200)["members"], json!([]));
    let all = json!([{ "op": "replace", "path": "members", "value": [{ "value": made.id() }] }]);
    okta.patch(&group_path, &all).await.empty(204);
    let read = okta.get(&group_path).await.json(200);
    assert_eq!(
        (&read["displayName"], &read["members"][0]["value"]),
        (&json!("Operations"), &json!(made.id()))
    );
    okta.delete(&group_path).await.empty(204);
}
