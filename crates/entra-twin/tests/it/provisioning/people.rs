//! People who come, go, and come back.

use landfall_entra_twin::AccountState;
use serde_json::json;
use time::Duration;

use super::{CLARA, SIMON, World, fine, only};

const GUEST: &str = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.com";

/// What a change leads to: the log, the calls, and what the target says of `active` afterwards.
async fn after(
    world: &mut World,
    change: impl FnOnce(&mut World),
) -> (String, Vec<String>, serde_json::Value) {
    world.server.sent();
    change(world);
    let report = world.cycle().await;
    let said = if report.entries.is_empty() { String::new() } else { only(&report) };
    let active = world.server.find(SIMON).map_or(json!("gone"), |user| user["active"].clone());
    (said, world.server.calls(), active)
}

async fn provisioned() -> World {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world
}

const TOLD: [&str; 2] = ["GET /Users/u1", "PATCH /Users/u1"];

#[tokio::test]
async fn whoever_loses_access_is_told_inactive_and_whoever_gets_it_back_is_told_active() {
    type Change = fn(&mut World);
    let ways: [(&str, Change, Change); 3] = [
        ("unassigned", |world| world.unassign(SIMON), |world| world.assign(SIMON)),
        (
            "soft-deleted",
            |world| world.tenant.soft_delete(SIMON).unwrap(),
            |world| world.tenant.restore(SIMON).unwrap(),
        ),
        (
            "disabled",
            |world| world.user(SIMON).account = AccountState::Disabled,
            |world| world.user(SIMON).account = AccountState::Enabled,
        ),
    ];
    for (way, take, give) in ways {
        let mut world = provisioned().await;
        let (said, calls, active) = after(&mut world, take).await;
        assert_eq!((said.as_str(), active), ("Disable Success", json!(false)), "{way}");
        assert_eq!(calls, TOLD, "{way}");
        assert_eq!(world.cycle().await.requests, 0, "{way}: it was said");
        let (said, calls, active) = after(&mut world, give).await;
        assert_eq!((said.as_str(), active), ("Update Success", json!(true)), "{way}");
        assert_eq!(calls, TOLD, "{way}");
    }
}

#[tokio::test]
async fn a_deletion_for_good_is_passed_on_only_while_somebody_is_managed() {
    let mut world = provisioned().await;
    let (said, calls, _) = after(&mut world, |world| world.tenant.purge(SIMON).unwrap()).await;
    assert_eq!((said.as_str(), calls), ("Delete Success", vec!["DELETE /Users/u1".to_owned()]));
    assert!(world.job.users.is_empty());

    let mut world = provisioned().await;
    world.tenant.soft_delete(SIMON).unwrap();
    world.cycle().await;
    let (said, calls, _) = after(&mut world, |world| world.tenant.purge(SIMON).unwrap()).await;
    assert_eq!((said.as_str(), calls), ("Delete Success", vec!["DELETE /Users/u1".to_owned()]));

    let mut world = provisioned().await;
    world.unassign(SIMON);
    world.cycle().await;
    let (said, calls, active) = after(&mut world, |world| world.tenant.purge(SIMON).unwrap()).await;
    assert!(calls.is_empty() && active == json!(false), "{said} {calls:?}");
}

#[tokio::test]
async fn a_target_without_soft_delete_deletes_at_once() {
    let settings = "[[users.attribute]]\ntarget = 'userName'\nsource = 'userPrincipalName'\nmatch = 1";
    let mut world = World::new().with_settings(settings);
    world.assign(SIMON);
    world.cycle().await;
    let (said, calls, _) = after(&mut world, |world| world.unassign(SIMON)).await;
    assert_eq!((said.as_str(), calls), ("Delete Success", vec!["DELETE /Users/u1".to_owned()]));
    let (said, ..) = after(&mut world, |world| world.assign(SIMON)).await;
    assert_eq!(said, "Create Success");
}

#[tokio::test]
async fn an_inactive_person_is_never_created() {
    let mut world = World::new();
    world.assign("G.Silva@contoso.example");
    let report = world.cycle().await;
    assert_eq!((only(&report).as_str(), report.requests), ("Other Skipped EntrySynchronizationSkipped", 0));
}

#[tokio::test]
async fn a_disabled_person_is_kept_up_to_date_and_one_in_the_bin_is_not() {
    let mut world = provisioned().await;
    world.user(SIMON).account = AccountState::Disabled;
    world.cycle().await;
    let (said, ..) = after(&mut world, |world| world.user(SIMON).job_title = Some("Engineer".into())).await;
    assert_eq!(said, "Update Success");
    assert_eq!(world.server.find(SIMON).unwrap()["active"], false);
    world.tenant.soft_delete(SIMON).unwrap();
    assert_eq!(world.cycle().await.requests, 0);
}

#[tokio::test]
async fn who_is_let_go_is_told_that_alone_and_who_is_disabled_the_rest_too() {
    for disabled in [false, true] {
        let mut world = provisioned().await;
        world.server.sent();
        world.user(SIMON).job_title = Some("Engineer".into());
        if disabled {
            world.user(SIMON).account = AccountState::Disabled;
        } else {
            world.unassign(SIMON);
        }
        assert_eq!(only(&world.cycle().await), "Disable Success");
        let told = world.server.sent();
        assert!(told.contains("\"active\""), "{told}");
        assert_eq!(told.contains("Engineer"), disabled, "{told}");
    }
}

#[tokio::test]
async fn who_falls_out_of_scope_stays_where_such_deletions_are_skipped() {
    let mut world = World::new().with_settings("skip_out_of_scope_deletions = true");
    world.assign(SIMON);
    world.cycle().await;
    let (said, calls, active) = after(&mut world, |world| world.unassign(SIMON)).await;
    assert_eq!((said.as_str(), active), ("Other Skipped EntrySynchronizationSkipped", json!(true)));
    assert!(calls.is_empty());
}

#[tokio::test]
async fn a_guest_is_known_by_the_address_at_home() {
    let mut world = World::new();
    world.assign(GUEST);
    assert!(fine(&world.cycle().await));
    let told = world.server.sent();
    assert!(told.contains("filter=userName eq \"ada@fabrikam.example\""), "{told}");
    assert!(!told.contains("EXT"), "{told}");
    assert_eq!(world.server.find("ada@fabrikam.example").unwrap()["displayName"], "Ada Brandt");
}

#[tokio::test]
async fn a_manager_is_told_once_both_are_there_and_kept_while_somebody_is_inactive() {
    let mut world = World::new();
    let clara = world.id(CLARA);
    world.user(SIMON).manager = Some(clara);
    world.assign(SIMON);
    world.cycle().await;
    assert_eq!(world.server.find(SIMON).unwrap().get("manager"), None, "there is nobody to refer to");
    world.assign(CLARA);
    world.cycle().await;
    let id = world.server.find(CLARA).unwrap()["id"].clone();
    assert_eq!(world.server.find(SIMON).unwrap()["manager"], id);
    world.tenant.soft_delete(SIMON).unwrap();
    world.cycle().await;
    world.tenant.restore(SIMON).unwrap();
    let (_, calls, _) = after(&mut world, |_| {}).await;
    assert_eq!(calls, TOLD, "the manager is not told again");
    world.user(SIMON).manager = None;
    world.user(SIMON).account = AccountState::Disabled;
    world.cycle().await;
    assert_eq!(world.server.find(SIMON).unwrap()["manager"], id, "who is inactive keeps the manager");
    world.user(SIMON).account = AccountState::Enabled;
    world.cycle().await;
    assert_eq!(world.server.find(SIMON).unwrap()["manager"], "");
}

#[tokio::test]
async fn a_manager_who_cannot_be_told_is_told_later() {
    let mut world = World::new();
    let clara = world.id(CLARA);
    world.assign(SIMON);
    world.assign(CLARA);
    world.cycle().await;
    world.user(SIMON).manager = Some(clara);
    world.server.fail("PATCH /Users", 2, 429, "");
    assert_eq!(only(&world.cycle().await), "Update Failure TooManyRequests");
    assert_eq!(only(&world.cycle().await), "Update Failure TooManyRequests");
    assert_eq!(world.cycle().await.requests, 0, "the second failure waits for 80 minutes");
    world.later(Duration::minutes(40));
    assert_eq!(only(&world.cycle().await), "Update Success");
}
