//! Responses that nobody asked for: the tile of My Apps, and what a connection makes of it.

use landfall_accounts::EventKind::{HopForeign, HopOtherPerson, LoginRefused, LoginReplayed, LoginRestarted};
use time::Duration;

use crate::world::{Answer, Browser, Form, LINDQVIST, MILLISECOND, REYES, SIMON, World};

/// Clicks the tile, signed in at the double.
async fn tile(world: &World, browser: &mut Browser, person: &str) -> Form {
    let page = browser.get(&world.contoso.my_apps()).await;
    let form = page.form("passwd").with("login", person).with("passwd", "Pass-1234");
    let signed_in = browser.submit(&form).await;
    let apps = browser.follow(&signed_in).await;
    let (_, href) = apps.page(200).split_once("/myapps/signin/").expect("a tile");
    let address = format!("{}/signin/{}", world.contoso.my_apps(), href.split_once('"').unwrap().0);
    browser.get(&address).await.form("SAMLResponse")
}

#[tokio::test]
async fn e6_refuse_opens_nothing() {
    let world = World::new().await;
    world.set("unsolicited", "refuse").await;
    let mut browser = world.browser();
    let response = tile(&world, &mut browser, SIMON).await;
    let answer = browser.submit(&response).await;
    world.refused(&answer, 403, "unsolicited");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    assert!(world.users(&world.contoso).await.is_empty());
    world.set("unsolicited", "accept").await;
    let answer = browser.submit(&response).await;
    assert!(answer.location().starts_with("/saml/hop?h="), "a refusal by policy uses up nothing");
}

#[tokio::test]
async fn e6_restart_asks_again_and_stays_one_click() {
    let world = World::new().await;
    let mut browser = world.browser();
    let response = tile(&world, &mut browser, SIMON).await;
    let answer = browser.submit(&response).await;
    assert_eq!(world.kinds_of(&answer).await, [LoginRestarted]);
    assert_eq!((world.users(&world.contoso).await.len(), world.sessions().await), (0, 0));

    let hop = browser.follow(&answer).await;
    assert!(hop.location().starts_with(&world.contoso.twin.saml_url()));
    assert!(hop.location().ends_with("&login_hint=B.Simon%40contoso.example"));
    assert!(browser.cookie("__Host-landfall-session").is_none());
    let asked = browser.follow(&hop).await.form("SAMLResponse");
    let answer = browser.submit(&asked).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
    assert!(browser.is_signed_in().await);
    assert_eq!((world.users(&world.contoso).await.len(), world.sessions().await), (1, 1));

    let answer = browser.submit(&response).await;
    world.refused(&answer, 403, "replayed");
    assert_eq!(world.kinds_of(&answer).await, [LoginReplayed]);
}

#[tokio::test]
async fn accept_signs_in_at_once() {
    let world = World::with(|application| application.relay_state = "https://evil.example/".to_owned()).await;
    world.set("unsolicited", "accept").await;
    let mut browser = world.browser();
    let response = tile(&world, &mut browser, SIMON).await;
    assert_eq!(response.value("RelayState"), Some("https://evil.example/"));
    let answer = browser.submit(&response).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "RelayState leads nowhere");
    assert!(browser.is_signed_in().await);
}

/// Somebody of contoso arrives unasked in a browser, as far as the answer to the hop.
async fn arrives_unasked(world: &World, browser: &mut Browser, person: &str) -> Answer {
    let answer = browser.submit(&world.contoso.unasked(person)).await;
    browser.follow(&answer).await
}

#[tokio::test]
async fn e18_accept_asks_before_it_replaces_another_persons_session() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let session = browser.cookie("__Host-landfall-session").unwrap().to_owned();

    let question = arrives_unasked(&world, &mut browser, LINDQVIST).await;
    assert!(question.page(200).contains(SIMON) && question.body.contains(LINDQVIST));
    assert_eq!(world.kinds_of(&question).await, [HopOtherPerson]);
    assert_eq!(browser.cookie("__Host-landfall-session"), Some(session.as_str()));
    assert!(browser.get("/account").await.page(200).contains(SIMON), "whoever does not answer stays");

    let form = question.form("h");
    let forged = browser.clone().post(&form, Some("https://evil.example")).await;
    world.refused(&forged, 403, "origin");
    assert_eq!(browser.submit(&form).await.location(), "/account");
    assert!(browser.get("/account").await.page(200).contains(LINDQVIST));
    assert_eq!(world.sessions().await, 1);
    browser.plant("__Host-landfall-session", &session);
    assert!(!browser.is_signed_in().await, "the replaced session is over");
}

#[tokio::test]
async fn accept_does_not_ask_the_same_person() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(arrives_unasked(&world, &mut browser, SIMON).await.location(), "/account");
    assert_eq!(world.sessions().await, 1);
}

#[tokio::test]
async fn a_login_that_was_begun_here_asks_as_well() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let answer = browser.arrive(&world, &world.fabrikam, &world.fabrikam.person(REYES), |_| ()).await;
    let question = browser.follow(&answer).await;
    assert!(question.page(200).contains("Change account?"));
    assert!(browser.get("/account").await.page(200).contains(SIMON));
}

#[tokio::test]
async fn a_second_restart_within_a_minute_is_a_loop() {
    let world = World::new().await;
    for (later, loops) in [(Duration::minutes(1) - MILLISECOND, true), (Duration::minutes(1), false)] {
        let mut browser = world.browser();
        let hop = arrives_unasked(&world, &mut browser, SIMON).await;
        assert!(hop.location().starts_with("https://login.contoso.example/"));
        world.clock.advance(later);
        let hop = arrives_unasked(&world, &mut browser, SIMON).await;
        if loops {
            world.refused(&hop, 403, "restart.loop");
            assert_eq!(world.kinds_of(&hop).await, [LoginRefused]);
            assert!(hop.body.contains("The sign-in went in a circle."));
        } else {
            assert!(hop.location().starts_with("https://login.contoso.example/"));
        }
    }
    assert!(world.users(&world.contoso).await.is_empty());
}

#[tokio::test]
async fn a_finished_login_is_no_part_of_a_loop() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..2 {
        let hop = arrives_unasked(&world, &mut browser, SIMON).await;
        let sign_in = browser.follow(&hop).await;
        let response = browser.authenticate(&sign_in, SIMON).await;
        let answer = browser.submit(&response).await;
        assert_eq!(browser.follow(&answer).await.location(), "/account");
        browser.forget("ESTSAUTH");
    }
}

#[tokio::test]
async fn e18_a_restart_goes_on_in_its_own_browser_alone() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    let answer = browser.submit(&world.contoso.unasked(SIMON)).await;
    let hop = other.follow(&answer).await;
    world.refused(&hop, 403, "hop.foreign");
    assert_eq!(world.kinds_of(&hop).await, [HopForeign]);
    assert!(browser.follow(&answer).await.location().starts_with("https://login.contoso.example/"));
}

#[tokio::test]
async fn a_restart_where_requests_go_by_post_begins_anew() {
    let world = World::asking_by_post().await;
    let mut browser = world.browser();
    let hop = arrives_unasked(&world, &mut browser, SIMON).await;
    assert_eq!(hop.location(), "https://sso.example/sso/contoso-entra");
    let asked = browser.follow(&hop).await.form("SAMLRequest");
    let sign_in = browser.submit(&asked).await;
    let response = browser.authenticate(&sign_in, SIMON).await;
    let answer = browser.submit(&response).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}

#[tokio::test]
async fn g8_a_disabled_connection_takes_nothing_unasked() {
    let world = World::new().await;
    for policy in ["restart", "accept"] {
        world.set("unsolicited", policy).await;
        let response = world.contoso.unasked(SIMON);
        world.disable(&world.contoso).await;
        world.refused(&world.browser().submit(&response).await, 404, "connection.unknown");
        world.enable(&world.contoso).await;
        assert!(world.browser().submit(&response).await.location().starts_with("/saml/hop?h="));
    }
}
