//! A token reaches the people of its connection and nobody else's [attack H1].

use axum::http::Method;
use landfall_accounts::ScimDialect;
use serde_json::json;

use super::{ADA, group, person};
use crate::world::{Directory, REYES, World};

/// Nothing of it is found, changed or deleted.
async fn out_of_reach(stranger: &Directory, user: &str, group: &str, name: &str) {
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        stranger.get(&path).await.refused(404, None);
        let attribute = json!([{ "op": "replace", "path": "displayName", "value": "Taken" }]);
        stranger.patch(&path, &attribute).await.refused(404, None);
        stranger.delete(&path).await.refused(404, None);
    }
    stranger.put(&format!("/Users/{user}"), &person(REYES)).await.refused(404, None);
    stranger.put(&format!("/Groups/{group}"), &super::group("Taken")).await.refused(404, None);
    for filter in [format!("id eq \"{user}\""), format!("userName eq \"{name}\"")] {
        assert_eq!(stranger.find("/Users", &filter).await.ids().1, 0, "{filter}");
    }
    for filter in [format!("id eq \"{group}\""), format!("members eq \"{user}\"")] {
        assert_eq!(stranger.find("/Groups", &filter).await.ids().1, 0, "{filter}");
    }
    let with_stranger = json!({ "displayName": "Mine", "members": [{ "value": user }] });
    stranger.post("/Groups", &with_stranger).await.refused(400, Some("invalidValue"));
    assert_eq!(stranger.get("/Groups").await.ids().1, 0);
    assert_eq!(stranger.get("/Users").await.ids().1, 0);
}

#[tokio::test]
async fn h1_the_ids_of_another_tenant_are_not_found() {
    let world = World::new().await;
    let entra = world.entra().await;
    let user = entra.post("/Users", &person(ADA)).await;
    let made = entra.post("/Groups", &group("Ops")).await;
    let fabrikam = world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await;
    out_of_reach(&fabrikam, &user.id(), &made.id(), ADA).await;
    // Somebody else's names are refused as those of a domain that is not theirs, whether or not they are taken.
    for name in [ADA, "nobody@contoso.example"] {
        fabrikam.post("/Users", &person(name)).await.refused(400, Some("invalidValue"));
    }
    assert_eq!(entra.get(&format!("/Users/{}", user.id())).await.json(200), user.json(201));
    assert_eq!(entra.get(&format!("/Groups/{}", made.id())).await.json(200), made.json(201));
}

#[tokio::test]
async fn h1_the_ids_of_another_connection_of_the_tenant_are_not_found() {
    let world = World::new().await;
    let entra = world.entra().await;
    let user = entra.post("/Users", &person(ADA)).await;
    let made = entra.post("/Groups", &group("Ops")).await;
    let trust = world.fabrikam.trust(landfall_accounts::IdpBinding::Redirect);
    let mut trust = trust;
    trust.entity_id = "https://idp.other.example/".parse().unwrap();
    let name = "contoso-other".parse().unwrap();
    world.store.import_connection(&world.contoso.tenant(), name, trust, world.clock.now()).await.unwrap();
    let other = world.directory(&"contoso-other".parse().unwrap(), ScimDialect::Okta).await;
    out_of_reach(&other, &user.id(), &made.id(), ADA).await;
}

/// [attack H2]
#[tokio::test]
async fn h2_nothing_answers_without_a_token() {
    let world = World::new().await;
    let entra = world.entra().await;
    let unknown = format!("Bearer lfs_aaaqeaye{}", "x".repeat(43));
    for shown in ["", "Bearer", "Bearer ", "Basic YTpi", unknown.as_str()] {
        for (method, path) in [
            (Method::GET, "/Users"),
            (Method::GET, "/Schemas"),
            (Method::GET, "/nothing"),
            (Method::PUT, "/Users"),
            (Method::POST, "/Users"),
        ] {
            let reply = entra.send(method, path, &[("authorization", shown)], None).await;
            reply.refused(401, None);
            assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"scim\""), "{shown} {path}");
        }
    }
    world.disable(&world.contoso).await;
    entra.get("/Users").await.refused(401, None);
    world.enable(&world.contoso).await;
    entra.get("/Users").await.ids();
}
