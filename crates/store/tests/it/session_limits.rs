//! How long sessions last, and what is written down of their use.

use landfall_accounts::{
    Authentication, Session, SessionLimits,
    ports::{LoginStore, SessionStore},
};
use time::{Duration, OffsetDateTime};

use crate::support::{ADA, MILLISECOND, NOW, SECOND, World, attempt, committed, opened, signed_in, token};

const MINUTE: Duration = Duration::minutes(1);
const HOUR: Duration = Duration::hours(1);

async fn live(world: &World, n: u32, at: OffsetDateTime) -> Option<Session> {
    world.store.session_of_token(&token(n), at).await.unwrap().map(|found| found.session)
}

async fn limits(world: &World, idle: &str, absolute: &str) {
    let limits = SessionLimits { idle: idle.parse().unwrap(), absolute: absolute.parse().unwrap() };
    world.store.hold_sessions_to(&limits, NOW).await.unwrap();
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let end = NOW + 2 * HOUR;
    assert!(live(&world, 1, end - MILLISECOND).await.is_some());
    assert_eq!(live(&world, 1, end).await, None);
    assert_eq!(world.store.sessions_of(&ada.user.id, end).await.unwrap(), []);
    assert!(world.store.sessions(None, end).await.unwrap().is_empty());
    assert_eq!(world.store.revoke_session(&ada.session, end).await.unwrap_err().code(), "session.unknown");
}

#[tokio::test]
async fn each_use_keeps_a_session_until_its_end() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.use_until(1, ada.expires_at - SECOND).await;
    assert!(live(&world, 1, ada.expires_at - MILLISECOND).await.is_some());
    assert_eq!(live(&world, 1, ada.expires_at).await, None, "however much it is used");
}

/// What is not written down makes a session end earlier, by so much at most, and never later.
#[tokio::test]
async fn a_use_is_written_down_once_in_a_while() {
    let world = World::new().await;
    world.sign_in("ada", ADA, 1).await;
    let session = live(&world, 1, NOW).await.unwrap();
    assert_eq!((session.last_seen_at, session.seen_every()), (NOW, MINUTE));
    world.store.session_seen(&session, NOW + MINUTE - MILLISECOND).await.unwrap();
    assert_eq!(live(&world, 1, NOW + MINUTE).await.unwrap().last_seen_at, NOW, "not yet");
    world.store.session_seen(&session, NOW + MINUTE).await.unwrap();
    // Another node, which has read before and writes after.
    world.store.session_seen(&session, NOW + MINUTE + SECOND).await.unwrap();
    world.store.session_seen(&session, NOW + SECOND).await.unwrap();
    assert_eq!(live(&world, 1, NOW + MINUTE).await.unwrap().last_seen_at, NOW + MINUTE);
    let end = NOW + MINUTE + 2 * HOUR;
    assert!(live(&world, 1, end - MILLISECOND).await.is_some());
    assert_eq!(live(&world, 1, end).await, None);
}

#[tokio::test]
async fn a_use_brings_no_session_back() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.sign_in("bob", "bob@contoso.example", 2).await;
    let sessions = [live(&world, 1, NOW).await.unwrap(), live(&world, 2, NOW).await.unwrap()];
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    let end = NOW + 2 * HOUR;
    for session in &sessions {
        world.store.session_seen(session, end).await.unwrap();
    }
    for n in [1, 2] {
        assert_eq!(live(&world, n, end).await, None, "{n}");
    }
}

#[tokio::test]
async fn a_connection_that_is_stricter_holds_the_sessions_that_there_are() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.sign_in("ada", ADA, 1).await;
    let record = world.record(&fabrikam, "eve", "eve@fabrikam.example");
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    opened(world.store.hop(attempt(&record, 2), NOW).await.unwrap());
    let length = async |n| {
        let session = live(&world, n, NOW).await.unwrap();
        (session.idle, session.expires_at - session.opened_at)
    };
    world.set("session-idle", "30m").await;
    assert_eq!(length(1).await, (30 * MINUTE, 8 * HOUR));
    world.set("session-absolute", "1h").await;
    assert_eq!(length(1).await, (30 * MINUTE, HOUR));
    // Nothing that comes later lengthens what lives.
    world.set("session-idle", "default").await;
    world.set("session-absolute", "7d").await;
    assert_eq!(length(1).await, (30 * MINUTE, HOUR));
    assert_eq!(length(2).await, (2 * HOUR, 8 * HOUR), "another connection");
    assert_eq!(live(&world, 1, NOW + 30 * MINUTE).await, None);
}

#[tokio::test]
async fn a_session_is_held_to_its_connection_from_the_hop_on() {
    let world = World::new().await;
    let (record, _) = world.login("ada", ADA).await;
    world.set("session-idle", "30m").await;
    world.set("session-absolute", "4h").await;
    let at = NOW + SECOND;
    let ada = opened(world.store.hop(attempt(&record, 1), at).await.unwrap());
    let session = live(&world, 1, at).await.unwrap();
    assert_eq!((session.idle, session.expires_at, session.last_seen_at), (30 * MINUTE, at + 4 * HOUR, at));
    assert_eq!(ada.expires_at, session.expires_at);
    // What the identity provider or the installation says is never exceeded.
    world.set("session-idle", "1d").await;
    world.set("session-absolute", "30d").await;
    let ada = world.sign_in("ada", ADA, 2).await;
    assert_eq!((ada.expires_at, live(&world, 2, NOW).await.unwrap().idle), (NOW + 8 * HOUR, 2 * HOUR));
}

#[tokio::test]
async fn an_installation_that_is_stricter_holds_the_sessions_that_there_are() {
    let world = World::new().await;
    world.sign_in("ada", ADA, 1).await;
    let (waits, _) = world.login("bob", "bob@contoso.example").await;
    limits(&world, "3h", "9h").await;
    let session = live(&world, 1, NOW).await.unwrap();
    assert_eq!((session.idle, session.expires_at), (2 * HOUR, NOW + 8 * HOUR), "nothing gets longer");
    limits(&world, "10m", "6h").await;
    let session = live(&world, 1, NOW).await.unwrap();
    assert_eq!((session.idle, session.expires_at), (10 * MINUTE, NOW + 6 * HOUR));
    opened(world.store.hop(attempt(&waits, 2), NOW).await.unwrap());
    assert_eq!(live(&world, 2, NOW).await.unwrap().idle, 10 * MINUTE);
}

/// SessionNotOnOrAfter of a login that would be over before it is idle.
#[tokio::test]
async fn the_first_limit_that_is_reached_counts() {
    let world = World::new().await;
    let mut record = world.record(&world.contoso, "ada", ADA);
    record.session.expires_at = NOW + HOUR;
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    opened(world.store.hop(attempt(&record, 1), NOW).await.unwrap());
    world.use_until(1, NOW + HOUR - SECOND).await;
    assert_eq!(live(&world, 1, NOW + HOUR).await, None);
}

#[tokio::test]
async fn how_a_person_signed_in_is_kept_with_the_session() {
    let world = World::new().await;
    let (mut plain, mut ahead) =
        (world.record(&world.contoso, "ada", ADA), world.record(&world.contoso, "ada", ADA));
    plain.session.authentication = Authentication::asserted(NOW - 5 * MINUTE, None, NOW);
    ahead.session.authentication = Authentication::asserted(NOW + MINUTE, Some("urn:x"), NOW);
    for (n, record) in (1..).zip([&plain, &ahead]) {
        signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
        opened(world.store.hop(attempt(record, n), NOW).await.unwrap());
        let kept = live(&world, n, NOW).await.unwrap().authentication;
        assert_eq!(kept.as_ref(), Some(&record.session.authentication), "{n}");
    }
}

/// What an earlier version opened: nobody knows when it was used last, or how the person signed in.
#[tokio::test]
async fn a_session_from_before_limits_were_kept_gets_them_by_its_first_use() {
    let world = World::new().await;
    world.sign_in("ada", ADA, 1).await;
    world.database.sql("UPDATE sessions SET last_seen_at = NULL, authenticated_at = NULL").await;
    let at = NOW + 3 * HOUR;
    let session = live(&world, 1, at).await.unwrap();
    assert_eq!((session.last_seen_at, session.authentication.clone()), (NOW, None));
    world.store.session_seen(&session, at).await.unwrap();
    assert!(live(&world, 1, at + 2 * HOUR - MILLISECOND).await.is_some());
    assert_eq!(live(&world, 1, at + 2 * HOUR).await, None);
}
