//! What cannot be remembered is not done: a store that does not answer admits nobody, and loses nothing.

use crate::world::{Answer, Form, Outage, SIMON, World};

/// The page of a store that cannot answer.
#[track_caller]
fn unavailable(world: &World, answer: &Answer) {
    world.refused(answer, 503, "store.unavailable");
    assert!(answer.body.contains("Sign-in is not available right now."));
    assert!(!answer.body.to_lowercase().contains("sql"), "{}", answer.body);
}

#[tokio::test]
async fn whatever_happens_to_the_database_stops_each_step_and_each_goes_on_afterwards() {
    let mut world = World::new().await;
    for outage in world.outages() {
        let mut browser = world.browser();
        let landing = browser.get("/sso").await.form("login_name").with("login_name", SIMON);
        world.fail(*outage).await;
        if matches!(outage, Outage::Full) {
            // To begin a login writes no event.
            world.recover(*outage).await;
            world.fill_up("pending_logins").await;
        }
        unavailable(&world, &browser.submit(&landing).await);
        world.recover(*outage).await;
        let answer = browser.submit(&landing).await;
        let begun = browser.begun(&world, &answer).await;

        let response = world.contoso.answers(SIMON, &begun);
        let (sessions, accounts) = (world.sessions().await, world.users(&world.contoso).await);
        world.fail(*outage).await;
        unavailable(&world, &browser.submit(&response).await);
        world.recover(*outage).await;
        assert_eq!(world.users(&world.contoso).await, accounts, "{outage:?}");
        let answer = browser.submit(&response).await;
        assert!(answer.location().starts_with("/saml/hop"), "nothing was used up: {outage:?}");

        world.fail(*outage).await;
        unavailable(&world, &browser.follow(&answer).await);
        world.recover(*outage).await;
        assert_eq!(world.sessions().await, sessions, "{outage:?}");
        assert_eq!(browser.follow(&answer).await.location(), "/account", "{outage:?}");
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_lost_store_signs_nobody_out_and_tells_nobody_so() {
    let mut world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    world.lose_the_store().await;
    unavailable(&world, &browser.get(&world.contoso.start()).await);
    unavailable(&world, &browser.get("/account").await);
    let answer = browser.submit(&Form::own("/account/sign-out")).await;
    assert_eq!(answer.status, 503, "nobody is told that they are signed out who is not");
    world.restart().await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_server_that_was_restarted_costs_nobody_a_login() {
    let world = World::new().await;
    for _ in 0..3 {
        let mut browser = world.browser();
        world.cut_connections().await;
        let begun = browser.begin(&world, &world.contoso).await;
        let response = world.contoso.answers(SIMON, &begun);
        world.cut_connections().await;
        let answer = browser.submit(&response).await;
        world.cut_connections().await;
        assert_eq!(browser.follow(&answer).await.location(), "/account");
    }
}

#[tokio::test]
async fn a_commit_that_breaks_off_leaves_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    let before = world.events().await.len();
    // The session is the last row but one that a login writes: assertion, request and account come before it.
    world.fill_up("sessions").await;
    unavailable(&world, &browser.submit(&response).await);
    assert_eq!((world.users(&world.contoso).await.len(), world.events().await.len()), (0, before));
    world.make_room().await;
    let answer = browser.submit(&response).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "nothing was used up");
}

#[tokio::test]
async fn a_restart_or_a_hop_that_breaks_off_leaves_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let response = world.contoso.unasked(SIMON);
    world.fill_up("events").await;
    unavailable(&world, &browser.submit(&response).await);
    world.make_room().await;
    assert!(browser.submit(&response).await.location().starts_with("/saml/hop?h="));

    let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    world.fill_up("events").await;
    unavailable(&world, &browser.follow(&answer).await);
    assert_eq!(world.sessions().await, 0);
    world.make_room().await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}

#[tokio::test]
async fn a_refusal_whose_event_is_lost_stays_a_refusal() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    world.fill_up("events").await;
    let mut browser = world.browser();
    let answer =
        browser.arrive(&world, &world.contoso, &person, |message| message.assertion.audiences.clear()).await;
    world.refused(&answer, 403, "audience");
    assert!(world.log().contains("the event of a refusal is lost"));
}

#[tokio::test]
async fn without_randomness_nothing_begins() {
    let world = World::new().await;
    assert_eq!(world.browser().get(&world.contoso.start()).await.status, 303);
    world.lose_randomness();
    let answer = world.browser().get(&world.contoso.start()).await;
    assert_eq!((answer.status, answer.cookies().len()), (503, 0));
}
