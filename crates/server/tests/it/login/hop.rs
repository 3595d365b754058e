//! The hop: a login ends in the browser that began it, once, within a minute.

use landfall_accounts::EventKind::{HopForeign, HopMissed, LoginRefused, SessionOpened};
use landfall_accounts::{AwaitingSession, UserState};

use crate::world::{Answer, Begun, Browser, LINDQVIST, MILLISECOND, REYES, SIMON, World};

/// A login as far as the answer that sends the browser to hop.
async fn accepted(world: &World, browser: &mut Browser, person: &str) -> (Begun, Answer) {
    let begun = browser.begin(world, &world.contoso).await;
    let answer = browser.submit(&world.contoso.answers(person, &begun)).await;
    assert_eq!(answer.location(), format!("/saml/hop?h={}", begun.handle));
    (begun, answer)
}

#[tokio::test]
async fn a_session_waits_for_a_minute() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    world.clock.advance(AwaitingSession::LIFETIME - MILLISECOND);
    assert_eq!(browser.follow(&answer).await.location(), "/account");

    let mut browser = world.browser();
    let (begun, answer) = accepted(&world, &mut browser, SIMON).await;
    let hop = format!("__Host-landfall-hop-{}", begun.handle);
    let secret = browser.cookie(&hop).unwrap().to_owned();
    world.clock.advance(AwaitingSession::LIFETIME);
    // The cookie expires at the same moment: put back, so that the server's own bound decides.
    browser.plant(&hop, &secret);
    let late = browser.follow(&answer).await;
    world.refused(&late, 403, "hop.missed");
    assert_eq!(world.kinds_of(&late).await, [HopMissed]);
}

#[tokio::test]
async fn e18_without_both_cookies_no_session_opens() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (begun, answer) = accepted(&world, &mut browser, SIMON).await;
    let mut without_begin = browser.clone();
    without_begin.forget("__Host-landfall-login-");
    let mut without_hop = browser.clone();
    without_hop.forget("__Host-landfall-hop-");
    let mut with_a_guess = browser.clone();
    with_a_guess.plant(&format!("__Host-landfall-login-{}", begun.handle), "A".repeat(43).as_str());
    for mut other in [world.browser(), without_begin, without_hop, with_a_guess] {
        let hop = other.follow(&answer).await;
        world.refused(&hop, 403, "hop.foreign");
        assert_eq!(world.kinds_of(&hop).await, [HopForeign]);
        assert!(!other.is_signed_in().await);
    }
    let hop = browser.follow(&answer).await;
    assert_eq!(hop.location(), "/account", "strangers who try use nothing up");
    assert_eq!(world.kinds_of(&hop).await, [SessionOpened]);
}

#[tokio::test]
async fn e18_the_cookies_of_another_login_open_nothing() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    let (begun, answer) = accepted(&world, &mut browser, SIMON).await;
    let (others, _) = accepted(&world, &mut other, LINDQVIST).await;
    for kind in ["login", "hop"] {
        let value = other.cookie(&format!("__Host-landfall-{kind}-{}", others.handle)).unwrap().to_owned();
        other.plant(&format!("__Host-landfall-{kind}-{}", begun.handle), &value);
    }
    world.refused(&other.follow(&answer).await, 403, "hop.foreign");
    let (mut both, login) = (browser.clone(), format!("__Host-landfall-login-{}", begun.handle));
    let second = both.begin(&world, &world.contoso).await;
    let value = both.cookie(&format!("__Host-landfall-login-{}", second.handle)).unwrap().to_owned();
    both.plant(&login, &value);
    world.refused(&both.follow(&answer).await, 403, "hop.foreign");
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}

#[tokio::test]
async fn a_session_opens_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    let mut copy = browser.clone();
    assert_eq!(browser.follow(&answer).await.location(), "/account");
    let again = copy.follow(&answer).await;
    world.refused(&again, 403, "hop.missed");
    assert_eq!(world.kinds_of(&again).await, [HopMissed]);
    assert!(!copy.is_signed_in().await);
    assert_eq!(world.sessions().await, 1);
    let names: Vec<&str> = browser.cookies().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["__Host-landfall-session"], "the cookies of the login are gone");
}

#[tokio::test]
async fn two_hops_at_once_open_one_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    let mut copy = browser.clone();
    let (one, other) = tokio::join!(browser.follow(&answer), copy.follow(&answer));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!((statuses, world.sessions().await), ([303, 403], 1));
}

#[tokio::test]
async fn a_hop_that_names_no_login_is_missed() {
    let world = World::new().await;
    for path in ["/saml/hop?h=0000000000000000", "/saml/hop?h=x", "/saml/hop?h=", "/saml/hop"] {
        world.refused(&world.browser().get(path).await, 403, "hop.missed");
    }
}

#[tokio::test]
async fn account_and_connection_are_looked_at_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    browser.forget("__Host-");
    let simon = world.user(SIMON).await;

    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    world.set_state(&simon, UserState::Suspended).await;
    let hop = browser.follow(&answer).await;
    world.refused(&hop, 403, "account.suspended");
    assert_eq!(world.kinds_of(&hop).await, [LoginRefused]);
    world.set_state(&simon, UserState::Active).await;
    world.refused(&browser.follow(&answer).await, 403, "hop.missed");

    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    world.disable(&world.contoso).await;
    world.refused(&browser.follow(&answer).await, 403, "connection.disabled");
    world.enable(&world.contoso).await;

    let (_, answer) = accepted(&world, &mut browser, SIMON).await;
    world.store.purge(world.clock.now()).await.unwrap();
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}

#[tokio::test]
async fn e5_e18_a_response_of_somebody_elses_login_opens_no_session_here() {
    let world = World::new().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    let begun = attacker.begin(&world, &world.fabrikam).await;
    let response = world.fabrikam.answers(REYES, &begun);
    let answer = victim.submit(&response).await;
    let hop = victim.follow(&answer).await;
    world.refused(&hop, 403, "hop.foreign");
    assert!(hop.body.contains("This sign-in was started in another browser."));
    assert!(!victim.is_signed_in().await);
    world.refused(&attacker.follow(&answer).await, 403, "hop.foreign");
    let begun = attacker.begin(&world, &world.fabrikam).await;
    let answer = attacker.submit(&world.fabrikam.answers(REYES, &begun)).await;
    assert_eq!(attacker.follow(&answer).await.location(), "/account");
}
