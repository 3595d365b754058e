//! Devices that show a code, and the persons who enter it elsewhere.

use landfall_accounts::{
    Application, DeviceAnswer, DeviceOutcome, DeviceReply, DeviceRequest, EventKind, GrantRefusal, Granted,
    Lasting, Opened,
    ports::{DeviceStore, GrantStore},
};
use time::Duration;

use crate::{
    behind::{decision, device, given, question, renewal, user_code},
    support::{ADA, MILLISECOND, NOW, SECOND, World},
};

/// Ada is signed in, and the device of an application of hers shows a code.
async fn waiting(scopes: &str) -> (World, Opened, Application) {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let printer = world.application("printer").await;
    world.device(&printer, scopes, 1).await;
    (world, ada, printer)
}

#[track_caller]
fn granted(reply: DeviceReply) -> Granted {
    match reply {
        DeviceReply::Granted(granted) => *granted,
        other => panic!("expected tokens, got {other:?}"),
    }
}

/// [rfc8628 3.5]
#[tokio::test]
async fn a_device_gets_tokens_once_its_person_has_said_yes() {
    for (scopes, lasting) in [("openid", Lasting::WithSession), ("openid offline_access", Lasting::OfItself)]
    {
        let (world, ada, printer) = waiting(scopes).await;
        let found = world.store.waiting_device(&user_code(1), NOW).await.unwrap().unwrap();
        assert_eq!((found.app, found.expires_at), (printer.id, NOW + DeviceRequest::LIFETIME));
        assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Pending);
        assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Decided);
        assert_eq!(world.store.waiting_device(&user_code(1), NOW).await.unwrap(), None);
        assert!(
            world.store.activations_of(&ada.user.id, NOW).await.unwrap().is_empty(),
            "not before it has tokens"
        );
        let granted = granted(world.ask_device(&printer, 1, NOW + SECOND).await);
        assert_eq!((granted.grant.lasting, granted.grant.user), (lasting, ada.user.id));
        assert_eq!(granted.grant.scopes.to_string(), scopes);
        assert!(world.counts(1, NOW + SECOND).await);
        let listed = world.store.activations_of(&ada.user.id, NOW).await.unwrap().len();
        assert_eq!(listed, usize::from(lasting == Lasting::OfItself));
        given(world.store.refresh(renewal(&printer, 1, 2), NOW + SECOND).await.unwrap());
        assert_eq!(world.count(EventKind::GrantMade).await, 1);
    }
}

#[tokio::test]
async fn a_second_use_of_a_device_code_ends_the_first_s_tokens() {
    let (world, ada, printer) = waiting("openid offline_access").await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Decided);
    granted(world.ask_device(&printer, 1, NOW).await);
    let other = world.application("wiki").await;
    let stranger = world.ask_device(&other, 1, NOW).await;
    assert_eq!(stranger, DeviceReply::Refused(GrantRefusal::OtherApplication));
    assert!(world.counts(1, NOW).await, "a stranger ends nothing");
    assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Refused(GrantRefusal::Reused));
    assert!(!world.counts(1, NOW).await);
}

#[tokio::test]
async fn of_two_who_ask_with_a_code_at_once_one_gets_tokens() {
    let (world, ada, printer) = waiting("openid offline_access").await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Decided);
    let other = world.database.open().await;
    let (one, two) = tokio::join!(
        world.store.ask_for_device(question(&printer, 1), NOW),
        other.ask_for_device(question(&printer, 1), NOW)
    );
    let replies = [one.unwrap(), two.unwrap()];
    let got = replies.iter().filter(|reply| matches!(reply, DeviceReply::Granted(_))).count();
    assert_eq!(got, 1, "{replies:?}");
    assert!(replies.contains(&DeviceReply::Refused(GrantRefusal::Reused)) && !world.counts(1, NOW).await);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_does() {
    let (world, ada, printer) = waiting("openid offline_access").await;
    let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
    let other = world.database.open().await;
    let (one, two) = tokio::join!(
        world.store.decide_device(decision(&ada, DeviceAnswer::Approve, 1), NOW),
        other.decide_device(decision(&bob, DeviceAnswer::Approve, 1), NOW)
    );
    let mut outcomes = [one.unwrap(), two.unwrap()];
    outcomes.sort_by_key(|outcome| *outcome == DeviceOutcome::Unknown);
    assert_eq!(outcomes, [DeviceOutcome::Decided, DeviceOutcome::Unknown]);
    assert_eq!(world.count(EventKind::GrantMade).await, 1, "nothing is left of the other");
    granted(world.ask_device(&printer, 1, NOW).await);
}

#[tokio::test]
async fn a_device_that_asks_too_often_waits_longer() {
    let (world, _, printer) = waiting("openid").await;
    let at = |seconds| NOW + Duration::seconds(seconds);
    for (second, expected) in [
        (0, DeviceReply::Pending),
        (5, DeviceReply::Pending),
        (9, DeviceReply::SlowDown),
        (18, DeviceReply::SlowDown),
        (33, DeviceReply::Pending),
    ] {
        assert_eq!(world.ask_device(&printer, 1, at(second)).await, expected, "{second}");
    }
}

#[tokio::test]
async fn what_a_device_is_told_when_nobody_says_yes() {
    let (world, ada, printer) = waiting("openid").await;
    world.device(&printer, "openid", 2).await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Deny, 1).await, DeviceOutcome::Decided);
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Unknown, "once");
    assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Denied);
    let end = NOW + DeviceRequest::LIFETIME;
    assert_eq!(world.ask_device(&printer, 2, end - MILLISECOND).await, DeviceReply::Pending);
    assert_eq!(world.ask_device(&printer, 2, end).await, DeviceReply::Expired);
    let late = world.store.decide_device(decision(&ada, DeviceAnswer::Approve, 2), end).await.unwrap();
    assert_eq!(late, DeviceOutcome::Unknown);
    assert_eq!(world.ask_device(&printer, 3, NOW).await, DeviceReply::Refused(GrantRefusal::Unknown));
    let stranger = world.application("wiki").await;
    let refused = DeviceReply::Refused(GrantRefusal::OtherApplication);
    assert_eq!(world.ask_device(&stranger, 2, NOW).await, refused);
    assert_eq!(world.count(EventKind::GrantMade).await, 0);
    let events = world.events().await;
    let denied: Vec<_> = events.iter().filter(|event| event.kind == EventKind::GrantDenied).collect();
    assert_eq!(denied.len(), 1, "by the person, once");
    assert_eq!((denied[0].user, denied[0].connection), (Some(ada.user.id), Some(world.contoso.id)));
    assert!(denied[0].trace.is_some() && denied[0].detail.as_str().contains("printer"), "{:?}", denied[0]);
}

#[tokio::test]
async fn a_device_gets_nothing_once_its_person_is_out() {
    let (world, ada, printer) = waiting("openid offline_access").await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Decided);
    world.store.set_user_state(&ada.user.id, landfall_accounts::UserState::Suspended, NOW).await.unwrap();
    assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Refused(GrantRefusal::Ended));

    let (world, ada, printer) = waiting("openid").await;
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Gone);
    assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Pending, "somebody else may say yes");
}

#[tokio::test]
async fn a_device_of_one_customer_s_application_is_nobody_else_s() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let theirs = world.application_that("theirs", |new| new.tenant = Some(fabrikam.tenant)).await;
    world.device(&theirs, "openid", 1).await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Gone);
    assert_eq!(world.ask_device(&theirs, 1, NOW).await, DeviceReply::Pending);
}

#[tokio::test]
async fn codes_are_one_device_s_and_forgotten_a_day_after_their_end_or_sooner_if_nobody_decided() {
    let (world, ada, printer) = waiting("openid offline_access").await;
    let again = landfall_accounts::NewDeviceRequest {
        app: printer.id,
        scopes: landfall_accounts::Scopes::asked("openid"),
        device_code: device(2),
        user_code: user_code(1),
    };
    assert_eq!(world.store.begin_device(again, NOW).await.unwrap_err().code(), "store.unavailable");
    world.device(&printer, "openid offline_access", 2).await;
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 2).await, DeviceOutcome::Decided);
    granted(world.ask_device(&printer, 2, NOW).await);
    let forgotten = async |at| world.store.purge(at).await.unwrap().devices;
    let soon = NOW + DeviceRequest::LIFETIME + DeviceRequest::LIFETIME;
    assert_eq!(forgotten(soon - MILLISECOND).await, 0);
    assert_eq!(world.ask_device(&printer, 1, soon).await, DeviceReply::Expired);
    assert_eq!(forgotten(soon).await, 1);
    assert_eq!(world.ask_device(&printer, 1, soon).await, DeviceReply::Refused(GrantRefusal::Unknown));
    let end = NOW + DeviceRequest::LIFETIME + Duration::DAY;
    assert_eq!([forgotten(end - MILLISECOND).await, forgotten(end).await], [0, 1]);
    given(world.store.refresh(renewal(&printer, 2, 3), end).await.unwrap());
}

#[tokio::test]
async fn so_many_devices_of_an_application_wait_and_no_more() {
    let (world, ada, printer) = waiting("openid").await;
    let other = world.application("wiki").await;
    let code = match world.database.is_postgres() {
        true => "decode(lpad(to_hex(n), 8, '0'), 'hex')",
        false => "CAST(n AS BLOB)",
    };
    let sql = format!(
        "INSERT INTO device_requests (device_code, user_code, app_id, scopes, created_at, expires_at, \"interval\")
         WITH RECURSIVE others(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM others WHERE n < {})
         SELECT {code}, 'code ' || n, app_id, scopes, created_at, expires_at, \"interval\" FROM device_requests, others",
        DeviceRequest::MOST
    );
    assert_eq!(world.database.sql(&sql).await, DeviceRequest::MOST - 1);
    let begins = async |app: &Application, n, at| {
        let new = landfall_accounts::NewDeviceRequest {
            app: app.id,
            scopes: landfall_accounts::Scopes::asked("openid"),
            device_code: device(n),
            user_code: user_code(n),
        };
        world.store.begin_device(new, at).await.map_err(|error| error.code())
    };
    assert_eq!(begins(&printer, 2, NOW).await, Err("store.full"));
    assert_eq!(begins(&other, 2, NOW).await, Ok(()), "another application has room of its own");
    assert_eq!(world.decide(&ada, DeviceAnswer::Deny, 1).await, DeviceOutcome::Decided);
    assert_eq!(begins(&printer, 3, NOW).await, Ok(()), "the one that was decided waits no more");
    assert_eq!(begins(&printer, 4, NOW).await, Err("store.full"));
    assert_eq!(begins(&printer, 4, NOW + DeviceRequest::LIFETIME).await, Ok(()));
}

#[tokio::test]
async fn a_restore_forgets_the_devices_that_waited() {
    let (world, ada, printer) = waiting("openid").await;
    world.store.mark_restored(NOW).await.unwrap();
    assert_eq!(world.decide(&ada, DeviceAnswer::Approve, 1).await, DeviceOutcome::Unknown);
    assert_eq!(world.ask_device(&printer, 1, NOW).await, DeviceReply::Refused(GrantRefusal::Unknown));
}
