//! The administrator of fabrikam has his directory push whatever he likes; contoso does not notice.

use landfall_accounts::{ScimDialect, UserState};
use serde_json::{Value, json};

use crate::world::{Directory, REYES, SIMON, World};

/// A person whom a directory calls by an object id.
fn pushed(user_name: &str, object_id: &str) -> Value {
    json!({ "userName": user_name, "externalId": object_id, "active": true, "displayName": "Pushed" })
}

async fn fabrikam(world: &World) -> Directory {
    world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await
}

/// The object id that contoso's directory has of B.Simon.
fn object_id(world: &World) -> String {
    world.contoso.person(SIMON).object_id.to_string()
}

/// [attack G3], [attack H7]
#[tokio::test]
async fn g3_h7_the_object_id_of_contosos_person_is_fabrikams_own_matter() {
    let world = World::new().await;
    let (directory, stolen) = (fabrikam(&world).await, object_id(&world));
    let id = directory.post("/Users", &pushed(REYES, &stolen)).await.id();
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let simon = world.users(&world.contoso).await;
    assert_eq!((simon.len(), simon[0].user_name.as_str()), (1, SIMON));
    assert_ne!(simon[0].id.to_string(), id);
    // Ended at fabrikam, in each way: the session of contoso goes on.
    let path = format!("/Users/{id}");
    directory.patch(&path, &json!([{ "op": "replace", "path": "active", "value": false }])).await.json(200);
    assert_eq!(browser.get("/account").await.status, 200);
    directory.delete(&path).await.empty(204);
    assert_eq!(browser.get("/account").await.status, 200);
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.users(&world.contoso).await[0].state, UserState::Active);
}

/// [attack H1], [attack G4]
#[tokio::test]
async fn h1_g4_whom_contosos_directory_pushed_is_reached_by_no_login_at_fabrikam() {
    let world = World::new().await;
    let entra = world.entra().await;
    let id = entra.post("/Users", &pushed(SIMON, &object_id(&world))).await.id();
    let before = entra.get(&format!("/Users/{id}")).await.json(200);
    // By its own name, and as a copy of the person under a name of fabrikam.
    let impostor = world.fabrikam.person(SIMON);
    let answer = world.browser().arrive(&world, &world.fabrikam, &impostor, |_| ()).await;
    world.refused(&answer, 403, "domain.other_tenant");
    let mut copy = world.fabrikam.person(REYES);
    copy.object_id = world.contoso.person(SIMON).object_id;
    assert_eq!(world.browser().arrive(&world, &world.fabrikam, &copy, |_| ()).await.status, 303);
    assert_eq!(entra.get(&format!("/Users/{id}")).await.json(200), before);
    let simon = world.user(SIMON).await;
    assert_eq!(world.store.identities_of(&simon.id).await.unwrap().len(), 1, "contoso's own alone");
}

/// [attack H1], [attack H7]
#[tokio::test]
async fn h1_h7_a_push_of_fabrikam_proposes_no_merge_with_contoso() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let directory = fabrikam(&world).await;
    directory.post("/Users", &pushed(SIMON, &object_id(&world))).await.refused(400, Some("invalidValue"));
    let own = directory.post("/Users", &pushed(REYES, &object_id(&world))).await.id();
    let rename = json!([{ "op": "Replace", "path": "userName", "value": SIMON }]);
    directory.patch(&format!("/Users/{own}"), &rename).await.refused(400, Some("invalidValue"));
    assert!(world.store.merges(None).await.unwrap().proposals.is_empty());
    assert_eq!(world.user(SIMON).await.state, UserState::Active);
}

/// Groups of one name are two groups; whoever of contoso is named as a member is nobody there.
///
/// [attack H1]
#[tokio::test]
async fn h1_a_group_of_fabrikam_holds_nobody_of_contoso() {
    let world = World::new().await;
    let (entra, directory) = (world.entra().await, fabrikam(&world).await);
    let simon = entra.post("/Users", &pushed(SIMON, &object_id(&world))).await.id();
    let of = |members: &[&str]| {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        json!({ "displayName": "Administrators", "members": members })
    };
    let own = entra.post("/Groups", &of(&[&simon])).await.id();
    directory.post("/Groups", &of(&[&simon])).await.refused(400, Some("invalidValue"));
    let theirs = directory.post("/Groups", &of(&[])).await.id();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": simon }] }]);
    directory.patch(&format!("/Groups/{theirs}"), &add).await.refused(400, Some("invalidValue"));
    let path = format!("/Groups/{own}");
    directory.patch(&path, &json!([{ "op": "remove", "path": "members" }])).await.refused(404, None);
    let members = entra.get(&path).await.json(200)["members"].clone();
    assert_eq!(members[0]["value"], simon);
    let groups = entra.get(&format!("/Users/{simon}")).await.json(200)["groups"].clone();
    assert_eq!((groups.as_array().unwrap().len(), &groups[0]["value"]), (1, &json!(own)));
}
