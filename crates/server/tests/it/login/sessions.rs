//! Sessions: what the browser holds, how long it lasts, and what ends it.

use landfall_accounts::UserState;
use time::Duration;

use crate::world::{Answer, LINDQVIST, MILLISECOND, SIMON, World};

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_closed_to_scripts() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.enter(SIMON).await;
    let begun = browser.begun(&world, &to_idp).await;
    let acs = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&acs).await;
    let text = |answer: &Answer| answer.cookies().join("\n").replace(&begun.handle, "HANDLE");
    insta::with_settings!({ filters => [(r"=[A-Za-z0-9_-]{43};", "=SECRET;")] }, {
        insta::assert_snapshot!([text(&to_idp), text(&acs), text(&hop)].join("\n\n"), @r"
        __Host-landfall-login-HANDLE=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=900

        __Host-landfall-hop-HANDLE=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60

        __Host-landfall-session=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=43200
        __Host-landfall-restarted=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
        __Host-landfall-login-HANDLE=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
        __Host-landfall-hop-HANDLE=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
        ");
    });
}

#[tokio::test]
async fn secrets_are_stored_by_their_hash_alone() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.enter(SIMON).await;
    let begun = browser.begun(&world, &to_idp).await;
    let acs = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&acs).await;
    let bytes = world.database_bytes().await;
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&begun.handle) && holds(SIMON), "the database is read");
    let set = [to_idp, acs, hop].map(|answer| answer.cookies()[0].to_owned());
    for cookie in set {
        let value = cookie.split_once('=').unwrap().1.split_once(';').unwrap().0;
        assert!(value.len() == 43 && !holds(value), "{cookie}");
    }
    assert!(!holds(&begun.relay_state));
}

#[tokio::test]
async fn e18_each_login_gets_a_new_token_and_ends_the_old_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.plant("__Host-landfall-session", &"A".repeat(43));
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let first = browser.cookie("__Host-landfall-session").unwrap().to_owned();
    assert_ne!(first, "A".repeat(43), "a token that was there before the login is never taken over");
    let mut old = browser.clone();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_ne!(browser.cookie("__Host-landfall-session"), Some(first.as_str()));
    assert!(!old.is_signed_in().await);
    assert_eq!(world.sessions().await, 1);
}

#[tokio::test]
async fn a_session_that_waits_is_in_no_list() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let answer = other.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    assert_eq!(world.sessions().await, 1);
    let listed = |page: &Answer| page.page(200).matches("<time ").count();
    assert_eq!(listed(&browser.get("/account").await), 1);
    assert!(!other.is_signed_in().await);
    let hop = answer.location().replace("/saml/hop?h=", "__Host-landfall-hop-");
    let secret = other.cookie(&hop).unwrap().to_owned();
    other.plant("__Host-landfall-session", &secret);
    assert!(!other.is_signed_in().await, "the secret of the hop is no token");
    other.follow(&answer).await;
    assert_eq!(listed(&browser.get("/account").await), 2);
}

#[tokio::test]
async fn a_session_lasts_twelve_hours() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let token = browser.cookie("__Host-landfall-session").unwrap().to_owned();
    world.clock.advance(Duration::hours(12) - MILLISECOND);
    assert!(browser.is_signed_in().await);
    world.clock.advance(MILLISECOND);
    browser.plant("__Host-landfall-session", &token);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn signing_out_ends_this_session_alone() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    other.sign_in(&world, &world.contoso, SIMON).await;
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    let mut copy = browser.clone();
    let answer = browser.submit(&account.form("/account/sign-out")).await;
    assert_eq!(answer.location(), "/account/signed-out");
    assert!(browser.cookie("__Host-landfall-session").is_none());
    assert!(browser.follow(&answer).await.page(200).contains("You are signed out."));
    assert!(!copy.is_signed_in().await, "the token is dead, not only forgotten");
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn a_person_ends_their_other_sessions() {
    let world = World::new().await;
    let (mut browser, mut other, mut stranger) = (world.browser(), world.browser(), world.browser());
    other.sign_in(&world, &world.contoso, SIMON).await;
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    let end = account.form("/end");
    stranger.sign_in(&world, &world.contoso, LINDQVIST).await;
    let answer = stranger.submit(&end).await;
    world.refused(&answer, 404, "not_found");
    assert!(other.is_signed_in().await, "another person of the same tenant ends nothing");
    assert_eq!(browser.submit(&end).await.location(), "/account");
    assert!(browser.is_signed_in().await && !other.is_signed_in().await);
    world.refused(&browser.submit(&end).await, 404, "not_found");
}

#[tokio::test]
async fn what_an_operator_ends_is_over_at_the_next_request() {
    let world = World::new().await;
    for end in ["revoke", "suspend", "disable", "delete"] {
        let mut browser = world.browser();
        browser.sign_in(&world, &world.contoso, SIMON).await;
        let simon = world.user(SIMON).await;
        match end {
            "revoke" => {
                let session = world.store.sessions(world.clock.now()).await.unwrap().remove(0).session.id;
                world.store.revoke_session(&session, world.clock.now()).await.unwrap();
            }
            "suspend" => world.set_state(&simon, UserState::Suspended).await,
            "disable" => world.disable(&world.contoso).await,
            _ => world.set_state(&simon, UserState::Deprovisioned).await,
        }
        assert!(!browser.is_signed_in().await, "{end}");
        if end == "suspend" {
            world.set_state(&simon, UserState::Active).await;
        }
        world.enable(&world.contoso).await;
        assert!(!browser.is_signed_in().await, "{end}: what has ended does not come back");
    }
}

#[tokio::test]
async fn a_browser_keeps_the_newest_eight_logins() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut begun = Vec::new();
    for _ in 0..9 {
        begun.push(browser.begin(&world, &world.contoso).await);
        world.clock.advance(Duration::seconds(1));
    }
    assert_eq!(browser.cookies().len(), 8);
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun[0])).await;
    world.refused(&browser.follow(&answer).await, 403, "hop.foreign");
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun[1])).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}
