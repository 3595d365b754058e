//! Initial and delta cycles, matching, and on demand.

use std::sync::Arc;

use landfall_entra_twin::provisioning::{Action, CycleKind, Status};
use serde_json::json;

use super::{CLARA, ESTELLE, SIMON, World, fine, only, short};

#[tokio::test]
async fn the_first_cycle_looks_at_everybody_and_later_ones_at_what_changed() {
    let mut world = World::new();
    let names: Vec<_> = (0..50).map(|number| world.add(number)).collect();
    world.settings = Arc::new("concurrency = 8".parse().unwrap());
    let first = world.cycle().await;
    assert_eq!((first.kind, first.count(Action::Create, Status::Success)), (CycleKind::Initial, 50));
    assert_eq!((world.server.count("Users"), first.requests), (50, 100));
    world.server.sent();

    let second = world.cycle().await;
    assert_eq!((second.kind, second.evaluated, second.requests), (CycleKind::Delta, 0, 0));

    world.user(&names[7]).job_title = Some("Engineer".into());
    let third = world.cycle().await;
    assert_eq!(only(&third), "Update Success");
    let modified: Vec<_> = third.entries[0].modified.iter().map(|one| one.attribute.as_str()).collect();
    assert_eq!(modified, ["title"]);
    assert_eq!(world.server.find(&names[7]).unwrap()["title"], "Engineer");
}

#[tokio::test]
async fn a_change_of_the_mapping_begins_an_initial_cycle() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world = world.with_settings("[[users.filter]]\nclause = [{ attribute = 'mail', operator = 'IS NULL' }]");
    let report = world.cycle().await;
    assert_eq!(report.kind, CycleKind::Initial);
    assert_eq!(world.server.find(SIMON).unwrap()["active"], false, "she fell out of scope");
    assert_eq!(world.cycle().await.kind, CycleKind::Delta);
}

#[tokio::test]
async fn ids_of_one_target_mean_nothing_at_another() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.server = Arc::default();
    world.url = "https://other.example.com/scim".parse().unwrap();
    let report = world.cycle().await;
    assert_eq!((report.kind, only(&report).as_str()), (CycleKind::Initial, "Create Success"));
    // A flag is no other target.
    world = world.compliant();
    assert_eq!(world.cycle().await.kind, CycleKind::Delta);
}

#[tokio::test]
async fn somebody_who_is_there_already_is_matched_and_updated() {
    let mut world = World::new();
    let there = json!({ "userName": "b.simon@CONTOSO.example", "displayName": "Bee", "active": "true" });
    let id = world.server.make("Users", there);
    world.assign(SIMON);
    let report = world.cycle().await;
    assert_eq!(only(&report), "Update Success");
    assert_eq!(report.entries[0].target.as_deref(), Some(id.as_str()));
    assert_eq!(world.server.find("B.Simon").unwrap()["userName"], SIMON);
    assert_eq!(world.server.count("Users"), 1);
}

#[tokio::test]
async fn matching_goes_by_precedence_and_stops_at_the_first() {
    let settings = "[[users.attribute]]\ntarget = 'userName'\nsource = 'mail'\nmatch = 2\n\
                    [[users.attribute]]\ntarget = 'externalId'\nsource = 'employeeId'\nmatch = 1";
    for (employee_id, external_id, queries) in [
        (Some("7"), "7", vec!["GET /Users?filter=externalId eq \"7\""]),
        (
            Some("8"),
            "7",
            vec![
                "GET /Users?filter=externalId eq \"8\"",
                "GET /Users?filter=userName eq \"B.Simon@contoso.example\"",
            ],
        ),
        (None, "7", vec!["GET /Users?filter=userName eq \"B.Simon@contoso.example\""]),
    ] {
        let mut world = World::new().with_settings(settings);
        let resource = json!({ "userName": SIMON, "externalId": external_id });
        world.server.make("Users", resource);
        world.user(SIMON).employee_id = employee_id.map(str::to_owned);
        world.assign(SIMON);
        assert!(fine(&world.cycle().await));
        let sent = world.server.sent();
        let asked: Vec<_> = sent.lines().filter(|line| line.starts_with("GET")).collect();
        assert_eq!(asked, queries);
        assert_eq!(world.server.count("Users"), 1);
    }
}

#[tokio::test]
async fn two_of_one_name_are_a_failure() {
    let mut world = World::new();
    for _ in 0..2 {
        world.server.make("Users", json!({ "userName": SIMON }));
    }
    world.assign(SIMON);
    assert_eq!(only(&world.cycle().await), "Create Failure DuplicateTargetEntries");
}

#[tokio::test]
async fn without_a_matching_value_or_with_one_that_no_filter_carries_nothing_is_sent() {
    let mut world =
        World::new().with_settings("[[users.attribute]]\ntarget = 'userName'\nsource = 'mail'\nmatch = 1");
    world.assign(SIMON);
    world.user(SIMON).mail = None;
    let report = world.cycle().await;
    assert_eq!((only(&report).as_str(), report.requests), ("Create Skipped ImportSkipped", 0));
    assert_eq!(world.cycle().await.evaluated, 0, "another try is no use");
    world.user(SIMON).mail = Some("b\"simon@contoso.example".into());
    let report = world.cycle().await;
    assert_eq!((only(&report).as_str(), report.requests), ("Create Skipped ImportSkipped", 0));
    world.user(SIMON).mail = Some(SIMON.into());
    assert_eq!(only(&world.cycle().await), "Create Success");
}

#[tokio::test]
async fn what_counts_on_create_alone_is_never_updated() {
    let settings = "[[users.attribute]]\ntarget = 'userName'\nsource = 'userPrincipalName'\nmatch = 1\n\
                    [[users.attribute]]\ntarget = 'title'\nsource = 'jobTitle'\napply = 'only-during-creation'\n\
                    [[users.attribute]]\ntarget = 'locale'\ndefault = 'en-GB'\n\
                    [[users.attribute]]\ntarget = 'userType'\nconstant = 'Employee'";
    let mut world = World::new().with_settings(settings);
    world.user(SIMON).job_title = Some("Engineer".into());
    world.assign(SIMON);
    world.cycle().await;
    let made = world.server.find(SIMON).unwrap();
    assert_eq!(
        (&made["title"], &made["locale"], &made["userType"]),
        (&json!("Engineer"), &json!("en-GB"), &json!("Employee"))
    );
    world.server.sent();
    world.user(SIMON).job_title = Some("Manager".into());
    assert_eq!(only(&world.cycle().await), "Other Skipped EntrySynchronizationSkipped");
    assert_eq!(world.server.calls(), ["GET /Users/u1"]);
}

#[tokio::test]
async fn target_object_actions_hold_each_action_back() {
    for (actions, created) in [("create = false", 0), ("update = false", 1), ("delete = false", 1)] {
        let mut world = World::new().with_settings(&format!("[users.actions]\n{actions}"));
        world.assign(SIMON);
        world.cycle().await;
        assert_eq!(world.server.count("Users"), created, "{actions}");
        world.user(SIMON).display_name = "Bea".into();
        world.cycle().await;
        assert_eq!(world.server.find("Bea").is_some(), actions == "delete = false", "{actions}");
        world.tenant.purge(SIMON).unwrap();
        world.cycle().await;
        let left = usize::from(actions == "delete = false");
        assert_eq!(world.server.count("Users"), left, "{actions}");
    }
}

#[tokio::test]
async fn on_demand_walks_the_five_steps_in_the_default_dialect() {
    let mut world = World::new().compliant();
    world.assign(SIMON);
    let entry = world.demand(SIMON).await;
    assert_eq!((short(&entry).as_str(), entry.cycle), ("Create Success", 0));
    let steps: Vec<_> =
        entry.steps.iter().map(|step| format!("{}: {:?}", step.name.title(), step.status)).collect();
    insta::assert_snapshot!(steps.join("\n"), @r"
    Test connection: Success
    Import user: Success
    Determine if user is in scope: Success
    Match user between source and target system: Success
    Perform action: Success
    ");
    world.server.sent();
    world.unassign(SIMON);
    assert_eq!(short(&world.demand(SIMON).await), "Disable Success");
    assert!(world.server.sent().contains("{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}"));
    // The next cycle looks again, and has nothing more to say.
    world.cycle().await;
    world.assign(SIMON);
    world.cycle().await;
    assert_eq!(world.cycle().await.evaluated, 0);
    world.demand(SIMON).await;
    assert_eq!(only(&world.cycle().await), "Other Skipped EntrySynchronizationSkipped");
}

#[tokio::test]
async fn on_demand_says_at_which_step_it_ended() {
    let mut world = World::new();
    for (user, expected) in [
        ("nobody@contoso.example", "Import Failure"),
        (ESTELLE, "Action Skipped"),
        (CLARA, "Match Failure"),
        (SIMON, "Action Failure"),
    ] {
        world.app.assigned = vec![CLARA.to_owned(), SIMON.to_owned()];
        world.server.heal();
        match user {
            CLARA => world.server.fail("GET /Users?filter=userName eq \"C.", 1, 500, ""),
            SIMON => world.server.fail("POST /Users", 1, 409, ""),
            _ => {}
        }
        let entry = world.demand(user).await;
        let last = entry.steps.last().unwrap();
        assert_eq!(format!("{:?} {:?}", last.name, last.status), expected, "{user}");
    }
    world.server.fail("GET /Users", 1, 401, "");
    let entry = world.demand(SIMON).await;
    assert_eq!((short(&entry).as_str(), entry.steps.len()), ("Other Failure Unauthorized", 1));
    assert_eq!(world.job.quarantine, None, "on demand puts no job into quarantine");
}
