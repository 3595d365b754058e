//! Groups and who is in them.

use landfall_entra_twin::provisioning::Whom;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CLARA, ESTELLE, SIMON, World, fine, only};

fn members(world: &World) -> Vec<String> {
    let group = world.server.find("Ops").unwrap();
    let members = group["members"].as_array().cloned().unwrap_or_default();
    let id = |name| world.server.find(name).map(|user| user["id"].clone());
    let known = [(SIMON, id(SIMON)), (CLARA, id(CLARA)), (ESTELLE, id(ESTELLE))];
    let name = |member: &Value| {
        let hit = known.iter().find(|(_, id)| id.as_ref() == Some(&member["value"]));
        hit.map_or_else(|| member["value"].to_string(), |(name, _)| (*name).to_owned())
    };
    members.iter().map(name).collect()
}

async fn provisioned() -> World {
    let mut world = World::new();
    for who in [SIMON, CLARA, ESTELLE] {
        world.assign(who);
    }
    world.group("Ops", &[SIMON, CLARA]);
    assert!(fine(&world.cycle().await));
    assert_eq!(members(&world), [SIMON, CLARA]);
    world.server.sent();
    world
}

#[tokio::test]
async fn who_joins_is_added_and_who_leaves_is_removed_and_nobody_else() {
    let mut world = provisioned().await;
    let estelle = world.id(ESTELLE);
    world.tenant.groups[0].members.remove(0);
    world.tenant.groups[0].members.push(estelle);
    assert_eq!(only(&world.cycle().await), "Update Success");
    assert_eq!(members(&world), [CLARA, ESTELLE]);
    assert_eq!(world.cycle().await.requests, 0);
}

#[tokio::test]
async fn a_restore_does_not_send_memberships_again() {
    let mut world = provisioned().await;
    world.tenant.soft_delete(SIMON).unwrap();
    world.cycle().await;
    world.tenant.restore(SIMON).unwrap();
    world.cycle().await;
    assert_eq!(
        world.server.calls(),
        ["GET /Users/u1", "PATCH /Users/u1", "GET /Users/u1", "PATCH /Users/u1"]
    );
    assert_eq!(members(&world), [SIMON, CLARA]);
}

#[tokio::test]
async fn who_is_in_the_bin_joins_after_the_restore() {
    let mut world = provisioned().await;
    let estelle = world.id(ESTELLE);
    world.tenant.soft_delete(ESTELLE).unwrap();
    world.tenant.groups[0].members.push(estelle);
    world.cycle().await;
    assert_eq!(members(&world), [SIMON, CLARA]);
    world.tenant.restore(ESTELLE).unwrap();
    world.cycle().await;
    assert_eq!(members(&world), [SIMON, CLARA, ESTELLE]);
}

#[tokio::test]
async fn who_is_deleted_for_good_leaves_without_a_removal() {
    let mut world = provisioned().await;
    world.tenant.purge(SIMON).unwrap();
    world.cycle().await;
    assert_eq!(world.server.calls(), ["DELETE /Users/u1"]);
    assert_eq!(members(&world), [CLARA]);
    assert_eq!(world.cycle().await.requests, 0);
}

#[tokio::test]
async fn who_is_made_anew_at_the_target_joins_anew() {
    let mut world = provisioned().await;
    world.server.remove("Users", "u1");
    world.user(SIMON).job_title = Some("Engineer".into());
    let report = world.cycle().await;
    assert!(fine(&report));
    assert_eq!(members(&world).iter().filter(|name| *name == SIMON).count(), 1);
}

#[tokio::test]
async fn many_members_go_in_few_requests() {
    let mut world = World::new();
    let names: Vec<_> = (0..250).map(|number| world.add(number)).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    world.group("Ops", &names);
    world.cycle().await;
    let sent = world.server.calls();
    assert_eq!(sent.iter().filter(|call| call.starts_with("PATCH /Groups")).count(), 3);
    assert_eq!(world.server.find("Ops").unwrap()["members"].as_array().unwrap().len(), 250);
}

#[tokio::test]
async fn a_member_who_is_not_provisioned_and_a_group_in_a_group_are_left_out() {
    let mut world = World::new();
    world.assign(SIMON);
    world.group("Ops", &[SIMON]);
    world.tenant.groups[0].assigned = false;
    let (okafor, inner) = (world.id("D.Okafor@contoso.example"), Uuid::from_u128(77));
    world.tenant.groups[0].members.extend([okafor, inner]);
    let report = world.cycle().await;
    assert_eq!(world.server.count("Groups"), 0, "it is not assigned");
    assert!(fine(&report));
    world.tenant.groups[0].assigned = true;
    world.tenant.groups[0].members.retain(|member| *member != okafor);
    world.cycle().await;
    assert_eq!(members(&world), [SIMON]);
}

#[tokio::test]
async fn a_group_out_of_scope_is_deleted() {
    let mut world = provisioned().await;
    world.tenant.groups[0].assigned = false;
    assert_eq!(only(&world.cycle().await), "Delete Success");
    assert_eq!(world.server.count("Groups"), 0);
    world.tenant.groups[0].assigned = true;
    assert!(fine(&world.cycle().await));
    assert_eq!(members(&world), [SIMON, CLARA], "it is made anew, with its members");
}

#[tokio::test]
async fn a_group_that_comes_with_its_members_is_refused() {
    let mut world = World::new();
    world.group("Ops", &[]);
    let list = json!({ "totalResults": 1, "Resources": [{ "id": "g1", "members": [{ "value": "u1" }] }] });
    world.server.fail("GET /Groups", 1, 200, &list.to_string());
    let report = world.cycle().await;
    assert_eq!(only(&report), "Create Failure DuplicateTargetEntries");
    assert!(report.entries[0].reason.starts_with("MultipleEntriesInResponse"));
}

#[tokio::test]
async fn a_group_that_is_gone_at_the_target_is_made_anew() {
    let mut world = provisioned().await;
    world.server.remove("Groups", "g4");
    world.tenant.groups[0].members.pop();
    let report = world.cycle().await;
    assert_eq!(only(&report), "Update Failure InvalidAnchor");
    let report = world.cycle().await;
    assert!(fine(&report), "{:#?}", report.entries);
    assert_eq!(members(&world), [SIMON]);
}

#[tokio::test]
async fn groups_can_be_left_out() {
    let mut world = World::new().with_settings("[groups]\nenabled = false");
    world.group("Ops", &[SIMON]);
    world.cycle().await;
    assert_eq!((world.server.count("Users"), world.server.count("Groups")), (1, 0));
}

#[tokio::test]
async fn a_group_is_provisioned_on_demand_with_the_members_that_are_chosen() {
    let mut world = World::new();
    for who in [SIMON, CLARA] {
        world.assign(who);
    }
    world.cycle().await;
    world.group("Ops", &[SIMON, CLARA]);
    let chosen = [CLARA.to_owned()];
    world.server.sent();
    let entry = world.demand_of(Whom::Group { name: "ops", members: &chosen }).await;
    assert_eq!((super::short(&entry).as_str(), entry.steps.len()), ("Create Success", 5));
    assert_eq!(world.server.calls(), ["GET /Users", "GET /Groups", "POST /Groups", "PATCH /Groups/g3"]);
    assert_eq!(members(&world), [CLARA]);
    let entry = world.demand_of(Whom::Group { name: "Ops", members: &chosen }).await;
    assert_eq!(super::short(&entry), "Other Skipped EntrySynchronizationSkipped");
    let entry = world.demand_of(Whom::Group { name: "Ops", members: &[SIMON.to_owned()] }).await;
    assert_eq!(super::short(&entry), "Update Success");
    world.tenant.groups[0].members.clear();
    world.cycle().await;
    assert_eq!(members(&world), Vec::<String>::new(), "the next cycle does the rest");
}

#[tokio::test]
async fn on_demand_takes_five_members_of_a_group_that_is_there() {
    let mut world = World::new();
    let six: Vec<_> = (0..6).map(|number| world.add(number)).collect();
    let six: Vec<&str> = six.iter().map(String::as_str).collect();
    world.group("Ops", &six);
    let six: Vec<_> = six.iter().map(|name| (*name).to_owned()).collect();
    for (name, members, expected) in [
        ("Ops", six.as_slice(), "at most 5 members can be chosen, not 6"),
        ("Nobody", &[], "there is no group \"Nobody\" in the directory"),
        (
            "Ops",
            &[SIMON.to_owned()],
            "there is no direct member \"B.Simon@contoso.example\" in the directory",
        ),
    ] {
        let entry = world.demand_of(Whom::Group { name, members }).await;
        assert_eq!((entry.steps.len(), entry.reason.as_str()), (2, expected));
    }
    assert_eq!(world.server.count("Groups"), 0);
}
