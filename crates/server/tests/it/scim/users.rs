//! The life of a person in a directory [entra D2], [entra D5].

use axum::http::Method;
use landfall_accounts::UserState;
use serde_json::json;

use super::{ADA, id_in, person};
use crate::world::{HOME, SIMON, World};

/// [rfc7644 3.1], [rfc7644 3.4.1], [rfc7644 3.6]
#[tokio::test]
async fn a_person_is_pushed_found_changed_and_deleted() {
    let world = World::new().await;
    let entra = world.entra().await;
    let nobody = entra.find("/Users", &format!("userName eq \"{ADA}\"")).await.json(200);
    assert_eq!(
        nobody,
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
            "startIndex": 1, "itemsPerPage": 0, "Resources": [] })
    );

    let made = entra.post("/Users", &person(ADA)).await;
    let (id, body) = (made.id(), made.json(201));
    let address = format!("{HOME}/scim/v2/Users/{id}");
    assert_eq!(made.header("location"), Some(address.as_str()));
    assert_eq!(made.header("etag"), Some("W/\"1\""));
    assert_eq!(body["meta"]["location"], address);
    assert_eq!((&body["userName"], &body["active"]), (&json!(ADA), &json!(true)));
    assert_eq!((&body["externalId"], &body["groups"]), (&json!("Ada"), &json!([])));
    assert!(body.get("title").is_none(), "a null is no value: {body}");
    let user = world.user(ADA).await;
    assert_eq!(user.state, UserState::Active);
    assert_eq!((user.first_name.as_deref(), user.email.as_deref()), (Some("Ada"), Some(ADA)));

    let path = format!("/Users/{id}");
    assert_eq!(entra.get(&path).await.json(200), body);
    let found = entra.find("/Users", &format!("userName eq \"{}\"", ADA.to_uppercase())).await;
    assert_eq!(found.ids(), (vec![id.clone()], 1));

    let changed = entra.patch(&path, &json!([{ "op": "Replace", "path": "title", "value": "Chief" }])).await;
    assert_eq!(changed.json(200)["title"], "Chief");
    assert_eq!(changed.header("etag"), Some("W/\"2\""));

    entra.delete(&path).await.empty(204);
    entra.get(&path).await.refused(404, None);
    entra.delete(&path).await.refused(404, None);
    assert_eq!(entra.get("/Users").await.ids().1, 0);
    let buried = world.users(&world.contoso).await;
    assert!(buried.iter().all(|user| user.state == UserState::Deprovisioned), "{buried:?}");
}

/// [attack H8]
#[tokio::test]
async fn h8_who_becomes_inactive_is_out_at_the_next_request_and_keeps_the_account() {
    let world = World::new().await;
    let entra = world.entra().await;
    let path = format!("/Users/{}", entra.post("/Users", &person(SIMON)).await.id());
    let group = json!({ "displayName": "Ops", "members": [{ "value": id_in(&path) }] });
    entra.post("/Groups", &group).await.id();
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(browser.get("/account").await.status, 200);

    let off = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
    assert_eq!(entra.patch(&path, &off).await.json(200)["active"], false);
    assert_ne!(browser.get("/account").await.status, 200, "her session goes on");
    assert_eq!(world.sessions().await, 0);
    assert_eq!(entra.get(&path).await.json(200)["active"], false, "who is inactive is served all the same");

    let on = json!([{ "op": "replace", "path": "active", "value": true }]);
    let restored = entra.patch(&path, &on).await.json(200);
    assert_eq!(restored["active"], true);
    assert_eq!(restored["groups"][0]["display"], "Ops", "memberships survive: {restored}");
    assert_ne!(browser.get("/account").await.status, 200, "an ended session stays ended");
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(browser.get("/account").await.status, 200);
}

#[tokio::test]
async fn a_name_is_of_the_tenants_domains_and_taken_once() {
    let world = World::new().await;
    let entra = world.entra().await;
    entra.post("/Users", &person(ADA)).await.id();
    let detail =
        entra.post("/Users", &person("ada@elsewhere.example")).await.refused(400, Some("invalidValue"));
    assert!(detail.contains("domain"), "{detail}");
    entra.post("/Users", &person("ada@fabrikam.example")).await.refused(400, Some("invalidValue"));
    for (name, external_id) in [("ADA@contoso.example", "other"), ("other@contoso.example", "Ada")] {
        let mut other = person(name);
        other["externalId"] = json!(external_id);
        entra.post("/Users", &other).await.refused(409, Some("uniqueness"));
    }
    let nameless = json!({ "schemas": [super::CORE], "displayName": "Nobody" });
    entra.post("/Users", &nameless).await.refused(400, Some("invalidValue"));
}

/// [attack H5]
#[tokio::test]
async fn h5_roles_and_what_is_read_only_grant_nothing() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut body = person(ADA);
    body["roles"] = json!([{ "value": "Administrator", "primary": true }]);
    body["id"] = json!("0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64");
    body["groups"] = json!([{ "value": "admins" }]);
    let made = entra.post("/Users", &body).await;
    assert_ne!(made.id(), "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64");
    assert_eq!(made.json(201)["roles"][0]["value"], "Administrator", "kept and served");
    assert_eq!(made.json(201)["groups"], json!([]));
    assert_eq!(world.user(ADA).await.standing, landfall_accounts::Standing::Person);
}

/// [rfc7644 3.14]
#[tokio::test]
async fn what_changed_meanwhile_is_not_overwritten() {
    let world = World::new().await;
    let entra = world.entra().await;
    let made = entra.post("/Users", &person(ADA)).await;
    let path = format!("/Users/{}", made.id());
    let fresh = entra.send(Method::GET, &path, &[("if-none-match", "W/\"1\"")], None).await;
    assert_eq!((fresh.status, fresh.header("etag")), (304, Some("W/\"1\"")));
    let mut body = person(ADA);
    body["title"] = json!("Chief");
    let put = async |tag| entra.send(Method::PUT, &path, &[("if-match", tag)], Some(body.to_string())).await;
    put("W/\"7\"").await.refused(412, None);
    assert_eq!(put("W/\"1\"").await.json(200)["title"], "Chief");
    put("W/\"1\"").await.refused(412, None);
    let again = put("*").await;
    assert_eq!(again.header("etag"), Some("W/\"2\""), "nothing changed: {}", again.text);
    entra.send(Method::DELETE, &path, &[("if-match", "W/\"1\"")], None).await.refused(412, None);
    entra.send(Method::DELETE, &path, &[("if-match", "W/\"2\"")], None).await.empty(204);
}

#[tokio::test]
async fn an_object_id_links_and_a_directorys_own_name_does_not() {
    let world = World::new().await;
    let entra = world.entra().await;
    let simon = world.contoso.person(SIMON);
    let mut body = person(SIMON);
    body["externalId"] = json!(simon.object_id.to_string());
    let id = entra.post("/Users", &body).await.id();
    let links = world.store.identities_of(&id.parse().unwrap()).await.unwrap();
    assert_eq!(links.len(), 1, "{links:?}");
    let id = entra.post("/Users", &person(ADA)).await.id();
    assert!(world.store.identities_of(&id.parse().unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_inactive_is_not_made_active_by_silence() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut body = person(ADA);
    body.as_object_mut().unwrap().remove("active");
    let path = format!("/Users/{}", entra.post("/Users", &body).await.id());
    assert!(entra.get(&path).await.json(200).get("active").is_none());
    assert_eq!(world.user(ADA).await.state, UserState::Active);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(entra.patch(&path, &off).await.json(200)["active"], false);
    let silence = json!([{ "op": "remove", "path": "active" }]);
    assert_eq!(entra.patch(&path, &silence).await.json(200)["active"], false);
    assert_eq!(entra.put(&path, &body).await.json(200)["active"], false);
    assert_eq!(world.user(ADA).await.state, UserState::Suspended);
}

/// Who takes `active` back does not say that the person may sign in again [rfc7643 4.1.1], [attack H8].
#[tokio::test]
async fn h8_who_is_inactive_stays_so_when_active_is_removed() {
    let world = World::new().await;
    let entra = world.entra().await;
    let path = format!("/Users/{}", entra.post("/Users", &person(SIMON)).await.id());
    entra.patch(&path, &json!([{ "op": "remove", "path": "active" }])).await.json(200);
    assert_eq!(world.user(SIMON).await.state, UserState::Active, "who is active stays so too");
    entra.patch(&path, &json!([{ "op": "replace", "path": "active", "value": false }])).await.json(200);
    for gone in [
        json!({ "op": "remove", "path": "active" }),
        json!({ "op": "replace", "path": "active", "value": null }),
    ] {
        assert_eq!(entra.patch(&path, &json!([gone])).await.json(200)["active"], false, "{gone}");
        assert_eq!(world.user(SIMON).await.state, UserState::Suspended, "{gone}");
    }
}
