//! Whoever is remembered is forgotten at once by everything that takes their access, on the node where it happens.
//!
//! `process/sites.rs` does the same with whole nodes.

use landfall_accounts::ports::SessionStore;
use landfall_accounts::{ConnectionState, EndReason, SessionLimits, UserState};
use landfall_store::SessionsOf;
use time::Duration;

use super::{APP, at, enter, guarded};
use crate::world::{Browser, MILLISECOND, SIMON, World};

async fn is_in(browser: &mut Browser) -> bool {
    let status = browser.get(&at(APP, "/")).await.status;
    assert!(matches!(status, 200 | 303), "{status}");
    status == 200
}

/// Somebody is remembered, and then no more.
async fn out_after(way: &str, step: impl AsyncFn(&World)) {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    for _ in 0..3 {
        assert!(is_in(&mut browser).await, "{way}");
    }
    step(&world).await;
    assert!(!is_in(&mut browser).await, "{way}");
}

#[tokio::test]
async fn h8_whatever_takes_access_takes_it_at_once() {
    let contoso = || "contoso".parse().unwrap();
    out_after("session", async |world: &World| {
        let session = world.store.sessions(None, world.clock.now()).await.unwrap().remove(0).session.id;
        world.store.revoke_session(&session, world.clock.now()).await.unwrap();
    })
    .await;
    for whose in [
        SessionsOf::Tenant(contoso()),
        SessionsOf::Connection("contoso-entra".parse().unwrap()),
        SessionsOf::User(contoso(), SIMON.parse().unwrap()),
    ] {
        out_after("sessions", async |world: &World| {
            world.store.revoke_sessions(&whose, world.clock.now()).await.unwrap();
        })
        .await;
    }
    out_after("everywhere", async |world: &World| {
        let user = world.user(SIMON).await;
        let reason = EndReason::SignedOutEverywhere;
        world.store.end_sessions_of(&user.tenant, &user.id, None, reason, world.clock.now()).await.unwrap();
    })
    .await;
    for state in [UserState::Suspended, UserState::Deprovisioned] {
        out_after("account", async |world: &World| {
            world.set_state(&world.user(SIMON).await, state).await;
        })
        .await;
    }
    out_after("erased", async |world: &World| {
        let user = world.user(SIMON).await;
        world.store.erase_user(&contoso(), &user.id, world.clock.now()).await.unwrap();
    })
    .await;
    for state in [ConnectionState::Disabled, ConnectionState::Testing, ConnectionState::Draft] {
        out_after("connection", async |world: &World| world.set_state_of(&world.contoso, state).await).await;
    }
    out_after("tenant", async |world: &World| {
        world.store.disable_tenant(&contoso(), world.clock.now()).await.unwrap();
    })
    .await;
    out_after("restored", async |world: &World| {
        world.store.mark_restored(world.clock.now()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_becomes_stricter_holds_those_who_are_remembered() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    world.set("session-idle", "1m").await;
    world.clock.advance(Duration::minutes(1) - MILLISECOND);
    assert!(is_in(&mut browser).await);
    world.clock.advance(Duration::minutes(1));
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn an_installation_that_becomes_stricter_holds_those_who_are_remembered() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    assert!(is_in(&mut browser).await);
    let limits = SessionLimits { idle: "1m".parse().unwrap(), absolute: "1m".parse().unwrap() };
    let other = world.place();
    let other = landfall_store::Store::open(&other).await.unwrap();
    other.hold_sessions_to(&limits, world.clock.now()).await.unwrap();
    world.clock.advance(Duration::minutes(1) - MILLISECOND);
    assert!(is_in(&mut browser).await);
    world.clock.advance(MILLISECOND);
    assert!(!is_in(&mut browser).await);
}

/// Somebody who works all day behind a proxy, and never comes to our own pages.
#[tokio::test]
async fn a_session_that_is_used_at_a_site_alone_lasts_as_long_as_any() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    // Within a minute nothing is written down, and after it the use is.
    for minute in 1..=5 * 60 {
        world.clock.advance(Duration::minutes(1));
        assert!(is_in(&mut browser).await, "{minute}");
    }
    let session = world.store.sessions(None, world.clock.now()).await.unwrap().remove(0).session;
    assert!(world.clock.now() - session.last_seen_at <= Duration::minutes(1));
    world.clock.advance(Duration::hours(2));
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn what_another_node_does_is_known_a_moment_later() {
    let world = guarded().await;
    let other = landfall_store::Store::open(&world.place()).await.unwrap();
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    assert!(is_in(&mut browser).await);
    let session = other.sessions(None, world.clock.now()).await.unwrap().remove(0).session.id;
    other.revoke_session(&session, world.clock.now()).await.unwrap();
    world.clock.advance(Duration::milliseconds(249));
    assert!(is_in(&mut browser).await);
    world.clock.advance(MILLISECOND);
    assert!(!is_in(&mut browser).await);
}

/// The token is signed anew with each look into the database, and is the same one as long as the person is remembered.
#[tokio::test]
async fn a_person_is_looked_up_once_a_minute() {
    let world = guarded().await;
    let mut browser = world.browser();
    let first = enter(&world, &mut browser, APP, "/").await.body;
    for seconds in [0, 30, 29] {
        world.clock.advance(Duration::seconds(seconds));
        assert_eq!(browser.get(&at(APP, "/")).await.body, first);
    }
    world.clock.advance(Duration::SECOND);
    assert_ne!(browser.get(&at(APP, "/")).await.body, first);
}

/// Who changes at the identity provider is told to the application as they are now.
#[tokio::test]
async fn what_is_remembered_of_a_person_follows_the_account() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let mut elsewhere = world.browser();
    let answer = elsewhere
        .arrive(&world, &world.contoso, &world.contoso.person(SIMON), |message| {
            for attribute in &mut message.assertion.attributes {
                if attribute.name.ends_with("emailaddress") || attribute.name.ends_with("email") {
                    attribute.values = vec!["simon@contoso.example".to_owned()];
                }
            }
        })
        .await;
    assert_eq!(answer.status, 303);
    let page = browser.get(&at(APP, "/")).await;
    assert!(page.body.contains("x-landfall-email: simon@contoso.example"), "{}", page.body);
}
