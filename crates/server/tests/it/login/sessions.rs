//! Sessions: what the browser holds, how long it lasts, and what ends it.

use landfall_accounts::{EventKind, SessionLimits, UserState};
use landfall_xmldsig::{SignaturePlace, Signer};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::world::{Answer, LINDQVIST, MILLISECOND, REYES, SIMON, World};

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
    let listed = |page: &Answer| page.page(200).matches("<li>").count();
    assert_eq!(listed(&browser.get("/account").await), 1);
    assert!(!other.is_signed_in().await);
    let hop = answer.location().replace("/saml/hop?h=", "__Host-landfall-hop-");
    let secret = other.cookie(&hop).unwrap().to_owned();
    other.plant("__Host-landfall-session", &secret);
    assert!(!other.is_signed_in().await, "the secret of the hop is no token");
    other.follow(&answer).await;
    assert_eq!(listed(&browser.get("/account").await), 2);
}

/// Somebody who works all day, and looks at a page each hour.
#[tokio::test]
async fn a_session_that_is_used_lasts_twelve_hours() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let token = browser.cookie("__Host-landfall-session").unwrap().to_owned();
    for _ in 0..11 {
        world.clock.advance(Duration::hours(1));
        assert!(browser.is_signed_in().await);
    }
    world.clock.advance(Duration::hours(1) - MILLISECOND);
    assert!(browser.is_signed_in().await);
    world.clock.advance(MILLISECOND);
    browser.plant("__Host-landfall-session", &token);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_session_that_is_not_used_lasts_two_hours() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    world.clock.advance(Duration::seconds(59));
    assert!(browser.is_signed_in().await, "too soon to be written down");
    world.clock.advance(Duration::hours(2) - Duration::minutes(1));
    assert!(browser.is_signed_in().await);
    world.clock.advance(Duration::hours(2) - MILLISECOND);
    assert!(browser.is_signed_in().await);
    world.clock.advance(Duration::hours(2));
    assert!(!browser.is_signed_in().await);
}

/// Whatever the identity provider asserts, its session here ends with the first limit that is reached.
#[tokio::test]
async fn e7_an_identity_provider_shortens_a_session_and_never_lengthens_it() {
    let world = World::new().await;
    for (end, lasts) in [(Duration::minutes(90), 90), (Duration::days(20), 120)] {
        let mut browser = world.browser();
        let begun = browser.begin(&world, &world.contoso).await;
        let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
        message.sign = None;
        let until = (world.clock.now() + end).format(&Rfc3339).unwrap();
        let (statement, ended) =
            ("<AuthnStatement", format!("<AuthnStatement SessionNotOnOrAfter=\"{until}\""));
        let xml = world.contoso.twin.sign(&message).unwrap().replace(statement, &ended);
        let signer = world.contoso.signing_key();
        let xml = signer.sign_element(&xml, &message.assertion.id, SignaturePlace::Second).unwrap();
        let answer = browser.submit(&world.contoso.form_of(&xml, Some(&begun))).await;
        assert_eq!(browser.follow(&answer).await.location(), "/account", "{end}");
        world.clock.advance(Duration::minutes(lasts) - MILLISECOND);
        assert_eq!(world.sessions().await, 1, "{end}");
        world.clock.advance(MILLISECOND);
        assert_eq!(world.sessions().await, 0, "{end}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_installation_and_a_connection_have_limits_of_their_own() {
    let mut world = World::new().await;
    let limits = ["20m", "1h"].map(|text| text.parse().unwrap());
    world.let_last(SessionLimits { idle: limits[0], absolute: limits[1] });
    let (mut simon, mut reyes) = (world.browser(), world.browser());
    simon.sign_in(&world, &world.contoso, SIMON).await;
    reyes.sign_in(&world, &world.fabrikam, REYES).await;
    world.set("session-idle", "5m").await;
    world.clock.advance(Duration::minutes(5));
    assert!(!simon.is_signed_in().await, "at once");
    assert!(reyes.is_signed_in().await);
    world.clock.advance(Duration::minutes(20));
    assert!(!reyes.is_signed_in().await);
    world.set("session-idle", "2h").await;
    simon.sign_in(&world, &world.contoso, SIMON).await;
    world.clock.advance(Duration::minutes(20));
    assert!(!simon.is_signed_in().await, "a connection shortens, and never lengthens");
}

/// The page says so of any token that counts for nothing, so that it says nothing about one that was guessed.
#[tokio::test]
async fn e20_who_comes_with_a_session_that_is_over_is_told_and_forgets_it() {
    let world = World::new().await;
    const ENDED: &str = "Your session has ended.";
    let mut browser = world.browser();
    assert!(!browser.get("/sso").await.page(200).contains(ENDED));
    browser.sign_in(&world, &world.contoso, SIMON).await;
    world.clock.advance(Duration::hours(2));
    let mut guess = world.browser();
    guess.plant("__Host-landfall-session", &"A".repeat(43));
    let [over, guessed] = [browser.get("/sso").await, guess.get("/sso").await];
    assert!(over.page(200).contains(ENDED));
    assert_eq!((over.body, over.headers.len()), (guessed.body, guessed.headers.len()));
    assert!(browser.cookie("__Host-landfall-session").is_none());
    assert!(!browser.get("/sso").await.page(200).contains(ENDED), "once");
}

#[tokio::test]
async fn the_account_page_tells_when_each_session_was_used() {
    let world = World::new().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    other.sign_in(&world, &world.contoso, SIMON).await;
    world.clock.advance(Duration::minutes(61));
    let alone = browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(alone.page(200).matches("2030-01-02 03:04 UTC").count(), 3, "{}", alone.body);
    other.get("/account").await;
    let page = browser.get("/account").await;
    assert_eq!(page.page(200).matches("last used <time datetime=\"2030-01-02T04:05Z\">").count(), 2);
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
async fn a_person_signs_out_everywhere() {
    let world = World::new().await;
    let [mut browser, mut other, mut waits, mut lindqvist, mut reyes] =
        std::array::from_fn(|_| world.browser());
    lindqvist.sign_in(&world, &world.contoso, LINDQVIST).await;
    reyes.sign_in(&world, &world.fabrikam, REYES).await;
    let alone = browser.sign_in(&world, &world.contoso, SIMON).await;
    assert!(!alone.body.contains("Sign out everywhere"), "nowhere else");
    other.sign_in(&world, &world.contoso, SIMON).await;
    let account = browser.get("/account").await;
    let (others, all) =
        (account.form("/account/sessions/end-others"), account.form("/account/sign-out/everywhere"));

    let arrived = waits.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    let answer = browser.submit(&others).await;
    assert_eq!(answer.location(), "/account");
    assert!(browser.is_signed_in().await && !other.is_signed_in().await);
    world.refused(&waits.follow(&arrived).await, 403, "hop.missed");

    other.sign_in(&world, &world.contoso, SIMON).await;
    let mut copy = browser.clone();
    let answer = browser.submit(&all).await;
    assert_eq!(answer.location(), "/account/signed-out");
    assert!(browser.cookie("__Host-landfall-session").is_none());
    assert!(!copy.is_signed_in().await && !other.is_signed_in().await);
    assert!(lindqvist.is_signed_in().await && reyes.is_signed_in().await, "nobody else");
    let reasons = world.events().await.into_iter().filter(|event| event.kind == EventKind::SessionEnded);
    let reasons = reasons.map(|event| event.detail.as_str().contains("signed-out-everywhere"));
    assert_eq!(reasons.collect::<Vec<_>>(), [false, false, true, true]);
    assert_eq!(
        copy.submit(&all).await.location(),
        "/account/signed-out",
        "and once more, which ends nothing"
    );
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
                let session =
                    world.store.sessions(None, world.clock.now()).await.unwrap().remove(0).session.id;
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
