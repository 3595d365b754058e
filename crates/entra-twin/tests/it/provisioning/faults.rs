//! A target that breaks.

use serde_json::json;
use time::Duration;

use super::{CLARA, SIMON, World, fine, only};

#[tokio::test]
async fn each_refusal_of_a_create_has_its_code_and_is_tried_again() {
    let domain = json!({ "detail": "the domain of the user name is not listed" }).to_string();
    for (status, body, code) in [
        (400, domain.as_str(), "InvalidDomain"),
        (400, r#"{"detail":"userName is required"}"#, "MandatoryFieldsMissing"),
        (400, "no JSON", "UnprocessableEntity"),
        (403, r#"{"detail":"no license left"}"#, "LicenseLimitExceeded"),
        (409, "", "EntryConflict"),
        (429, "", "TooManyRequests"),
        (500, "", "InternalServerError"),
        (503, "", "InternalServerError"),
    ] {
        let mut world = World::new();
        world.assign(SIMON);
        world.assign(CLARA);
        world.server.fail("POST /Users", 1, status, body);
        let report = world.cycle().await;
        let said: Vec<_> = report.entries.iter().map(super::short).collect();
        assert_eq!(said, [format!("Create Failure {code}"), "Create Success".to_owned()], "{status}");
        assert!(world.job.quarantine.is_none(), "{status}: one failure is none of the job");
        assert_eq!(only(&world.cycle().await), "Create Success", "{status}");
        assert_eq!(world.server.count("Users"), 2);
        assert_eq!(world.cycle().await.evaluated, 0, "{status}: it is over");
    }
}

#[tokio::test]
async fn no_answer_is_a_timeout_and_what_was_made_all_the_same_is_matched_later() {
    let mut world = World::new();
    world.assign(SIMON);
    world.server.hang("POST /Users");
    assert_eq!(only(&world.cycle().await), "Create Failure Timeout");
    world.server.make("Users", json!({ "userName": SIMON, "active": true }));
    assert_eq!(only(&world.cycle().await), "Update Success");
    assert_eq!(world.server.count("Users"), 1);
}

#[tokio::test]
async fn who_fails_again_and_again_is_tried_ever_more_seldom() {
    let mut world = World::new();
    world.assign(SIMON);
    world.server.fail("POST /Users", 4, 409, "");
    let mut tried = Vec::new();
    for cycle in 0..16 {
        if world.cycle().await.evaluated > 0 {
            tried.push(cycle);
        }
    }
    // After 0, 80, 160 and 320 minutes.
    assert_eq!(tried, [0, 1, 3, 7, 15]);
    assert_eq!(world.server.count("Users"), 1);
}

#[tokio::test]
async fn a_change_at_the_source_is_tried_at_once() {
    let mut world = World::new();
    world.assign(SIMON);
    world.server.fail("POST /Users", 3, 409, "");
    for _ in 0..2 {
        world.cycle().await;
    }
    assert_eq!(world.cycle().await.evaluated, 0);
    world.user(SIMON).job_title = Some("Engineer".into());
    assert_eq!(only(&world.cycle().await), "Create Failure EntryConflict");
}

#[tokio::test]
async fn who_is_gone_at_the_target_is_matched_anew() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.server.remove("Users", "u1");
    world.server.sent();
    world.user(SIMON).job_title = Some("Engineer".into());
    let report = world.cycle().await;
    assert_eq!(only(&report), "Create Warning InvalidAnchor");
    assert_eq!(world.server.calls(), ["GET /Users/u1", "GET /Users", "POST /Users"]);
    let id = report.entries[0].target.clone().unwrap();
    world.server.sent();
    world.user(SIMON).job_title = Some("Manager".into());
    assert!(fine(&world.cycle().await));
    assert_eq!(world.server.calls()[0], format!("GET /Users/{id}"), "the new id is cached");
}

#[tokio::test]
async fn who_goes_between_look_and_change_is_matched_anew_by_the_next_cycle() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.user(SIMON).job_title = Some("Engineer".into());
    world.server.fail("PATCH /Users/u1", 1, 404, "");
    assert_eq!(only(&world.cycle().await), "Update Failure InvalidAnchor");
    world.server.sent();
    assert_eq!(only(&world.cycle().await), "Update Success");
    assert_eq!(world.server.calls(), ["GET /Users", "PATCH /Users/u1"]);
}

#[tokio::test]
async fn who_is_to_be_deleted_and_gone_is_deleted() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.server.remove("Users", "u1");
    world.tenant.purge(SIMON).unwrap();
    assert_eq!(only(&world.cycle().await), "Delete Success");
}

#[tokio::test]
async fn a_deletion_that_fails_is_tried_again_although_nobody_is_there_any_more() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.tenant.purge(SIMON).unwrap();
    world.server.fail("DELETE /Users", 2, 500, "");
    let report = world.cycle().await;
    assert_eq!(only(&report), "Delete Failure InternalServerError");
    assert_eq!(report.entries[0].identity, SIMON);
    world.cycle().await;
    world.later(Duration::hours(2));
    assert_eq!(only(&world.cycle().await), "Delete Success");
    assert_eq!(world.server.count("Users"), 0);
}
