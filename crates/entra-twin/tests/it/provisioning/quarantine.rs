//! When a job stops, and how it recovers.

use std::sync::Arc;

use landfall_entra_twin::provisioning::{Action, CycleError, CycleKind, QuarantineReason, Restart, Status};
use time::Duration;
use uuid::Uuid;

use super::{CLARA, ESTELLE, SIMON, World, fine};

fn reason(world: &World) -> Option<QuarantineReason> {
    world.job.quarantine.as_ref().map(|quarantine| quarantine.reason)
}

#[tokio::test]
async fn a_token_that_does_not_count_stops_the_cycle_and_the_job() {
    let mut world = World::new();
    for number in 0..100 {
        world.add(number);
    }
    world.settings = Arc::new("concurrency = 8".parse().unwrap());
    world.server.fail("GET", 1_000, 401, "");
    let report = world.cycle().await;
    assert!(report.requests <= 8, "{} requests with a token that does not count", report.requests);
    assert_eq!(reason(&world), Some(QuarantineReason::InvalidCredentials));
    assert_eq!(world.job.watermark, None);
    world.later(Duration::minutes(40));
    assert!(matches!(world.try_cycle().await.unwrap_err(), CycleError::Quarantined { .. }));

    // The credentials are mended; the time of the next attempt comes by itself.
    world.server.heal();
    world.later(Duration::hours(6));
    let report = world.try_cycle().await.unwrap();
    assert_eq!((report.kind, report.count(Action::Create, Status::Success)), (CycleKind::Initial, 100));
    assert_eq!(reason(&world), None);
}

#[tokio::test]
async fn a_restart_ends_a_quarantine_at_once() {
    let mut world = World::new();
    world.assign(SIMON);
    world.server.fail("GET", 1, 401, "");
    world.cycle().await;
    world.job.restart(Restart::Keep);
    assert!(fine(&world.try_cycle().await.unwrap()));
    assert_eq!((reason(&world), world.server.count("Users")), (None, 1));
}

#[tokio::test]
async fn what_is_no_scim_stops_the_job() {
    for (status, body) in [
        (404, "no such user"),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, r#"{"totalResults":1,"Resources":[{"userName":"B.Simon@contoso.example"}]}"#),
        (200, r#"{"totalResults":1}"#),
    ] {
        let mut world = World::new();
        world.assign(SIMON);
        world.server.fail("GET /Users", 1, status, body);
        world.cycle().await;
        assert_eq!(reason(&world), Some(QuarantineReason::ScimNonCompliance), "{status} {body}");
    }
    for begins in ["POST /Users", "GET /Users/u1"] {
        let mut world = World::new();
        world.assign(SIMON);
        if begins != "POST /Users" {
            world.cycle().await;
            world.user(SIMON).job_title = Some("Engineer".into());
        }
        world.server.fail(begins, 1, 200, "no JSON");
        world.cycle().await;
        assert_eq!(reason(&world), Some(QuarantineReason::ScimNonCompliance), "{begins}");
    }
}

#[tokio::test]
async fn after_four_weeks_the_job_is_disabled_until_it_is_restarted() {
    let mut world = World::new();
    world.assign(SIMON);
    world.server.fail("GET", 1_000, 401, "");
    let begun = world.now;
    let mut attempts = 0;
    while world.job.disabled_at.is_none() {
        match world.try_cycle().await {
            Ok(_) => attempts += 1,
            Err(error) => assert_eq!(error.code(), "cycle-quarantined"),
        }
        world.later(Duration::hours(1));
    }
    // 6 hours, 12 hours, then daily.
    assert_eq!(attempts, 31);
    assert!(world.now - begun >= Duration::weeks(4));
    world.later(Duration::weeks(1));
    assert_eq!(world.try_cycle().await.unwrap_err(), CycleError::Disabled);
    world.server.heal();
    world.job.restart(Restart::Keep);
    assert!(fine(&world.try_cycle().await.unwrap()));
    assert_eq!(world.job.disabled_at, None);
}

#[tokio::test]
async fn five_thousand_failures_of_which_most_fail_stop_the_job() {
    for (people, stopped) in [(4_999, false), (5_000, true)] {
        let mut world = World::new();
        let mut next = 0;
        let names = world.tenant.generate(people, || {
            next += 1;
            Uuid::from_u128(next)
        });
        world.app.assigned = names;
        world.server.fail("GET /Users", 10_000, 500, "");
        world.cycle().await;
        let expected = stopped.then_some(QuarantineReason::TooManyFailures);
        assert_eq!(reason(&world), expected, "{people}");
        assert!(world.job.watermark.is_some(), "the cycle came to its end");
    }
}

#[tokio::test]
async fn more_deletions_than_the_threshold_are_withheld_until_they_are_allowed() {
    let mut world = World::new().with_settings("deletion_threshold = 1");
    for who in [SIMON, CLARA, ESTELLE] {
        world.assign(who);
    }
    world.cycle().await;
    world.unassign(SIMON);
    assert!(fine(&world.cycle().await));
    assert_eq!(reason(&world), None, "one is no accident");
    assert_eq!(world.server.find(SIMON).unwrap()["active"], false);

    world.app.assigned.clear();
    world.tenant.purge(ESTELLE).unwrap();
    let newcomer = world.add(1);
    let report = world.cycle().await;
    assert_eq!(report.count(Action::StagedDelete, Status::Skipped), 2);
    assert_eq!(reason(&world), Some(QuarantineReason::AccidentalDeletions));
    assert_eq!(world.server.find(CLARA).unwrap()["active"], true);
    assert!(world.server.find(ESTELLE).is_some());
    assert!(world.server.find(&newcomer).is_some(), "everything else goes on");

    world.job.allow_deletions();
    let report = world.cycle().await;
    assert_eq!(
        (report.count(Action::Disable, Status::Success), report.count(Action::Delete, Status::Success)),
        (1, 1)
    );
    assert_eq!(reason(&world), None);

    // It was allowed once, and what was allowed for nothing is over too.
    for number in 2..5 {
        world.add(number);
    }
    world.job.allow_deletions();
    world.cycle().await;
    world.app.assigned.clear();
    world.cycle().await;
    assert_eq!(reason(&world), Some(QuarantineReason::AccidentalDeletions));
}

#[tokio::test]
async fn deletions_that_are_undone_at_the_source_are_forgotten() {
    let mut world = World::new().with_settings("deletion_threshold = 0");
    world.assign(SIMON);
    world.cycle().await;
    world.unassign(SIMON);
    world.cycle().await;
    assert_eq!(reason(&world), Some(QuarantineReason::AccidentalDeletions));
    world.assign(SIMON);
    world.later(Duration::hours(6));
    world.server.sent();
    assert!(fine(&world.cycle().await));
    assert_eq!(reason(&world), None);
    assert!(!world.server.sent().contains("active"));
}
