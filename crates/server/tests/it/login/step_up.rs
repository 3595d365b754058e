//! `max_age`: who has signed in lately enough goes on, and anybody else signs in once more.

use landfall_accounts::EventKind::LoginRefused;
use landfall_entra_twin::Message;
use time::Duration;

use crate::world::{Answer, Browser, LINDQVIST, REYES, SIMON, World, pending};

const LINK: &str = "/sso?target=/vault&max_age=300";

/// Somebody who has signed in, so many seconds ago.
async fn signed_in_ago(world: &World, seconds: i64) -> Browser {
    let mut browser = world.browser();
    browser.sign_in(world, &world.contoso, SIMON).await;
    world.clock.advance(Duration::seconds(seconds));
    browser
}

/// Answers the login that was begun as the double would, with an edit; gives the answer of the hop, or the refusal.
async fn answers(
    world: &World,
    browser: &mut Browser,
    begun: &Answer,
    person: &str,
    edit: impl FnOnce(&mut Message),
) -> Answer {
    let begun = browser.begun(world, begun).await;
    let mut message = world.contoso.says(&world.contoso.person(person), Some(&begun));
    edit(&mut message);
    let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
    if answer.status == 303 { browser.follow(&answer).await } else { answer }
}

#[tokio::test]
async fn who_has_signed_in_lately_goes_on_and_anybody_else_signs_in_anew() {
    let world = World::new().await;
    for (ago, link, goes_on) in [
        (0, LINK, true),
        // The identity provider's clock may be a minute apart from ours.
        (360, LINK, true),
        (361, LINK, false),
        (361, "/sso?target=/vault", true),
        (0, "/sso?target=/vault&max_age=0", false),
        (0, "/sso/contoso-entra?target=/vault&max_age=300", true),
        (361, "/sso/contoso-entra?target=/vault&max_age=300", false),
        (0, "/sso/contoso-entra?target=/vault&max_age=300&prompt=login", false),
        (0, "/sso/contoso-entra?target=/vault&max_age=300&prompt=none", true),
    ] {
        let mut browser = world.browser();
        let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
        browser.follow(&answer).await;
        world.clock.advance(Duration::seconds(ago));
        let answer = browser.get(link).await;
        if goes_on {
            assert_eq!((answer.status, answer.location()), (303, "/vault"), "{ago} {link}");
            continue;
        }
        assert!(answer.location().starts_with("https://login.contoso.example/"), "{ago} {link}");
    }
}

#[tokio::test]
async fn e23_a_step_up_ends_where_the_person_wanted_to_go_with_a_session_that_is_new() {
    let world = World::new().await;
    let mut browser = signed_in_ago(&world, 3600).await;
    let old = browser.cookie("__Host-landfall-session").unwrap().to_owned();
    let begun = browser.get(LINK).await;
    assert!(begun.location().contains("login_hint=B.Simon%40contoso.example"), "{}", begun.location());
    world.clock.advance(Duration::seconds(30));
    let hop = answers(&world, &mut browser, &begun, SIMON, |_| ()).await;
    assert_eq!(hop.location(), "/vault");
    assert_ne!(browser.cookie("__Host-landfall-session"), Some(old.as_str()));
    assert_eq!(world.sessions().await, 1);
    assert_eq!(browser.get(LINK).await.location(), "/vault", "and need not do it twice");
}

/// An identity provider that ignores ForceAuthn and answers from the session that it has.
#[tokio::test]
async fn e23_an_old_session_at_the_identity_provider_is_no_step_up() {
    let world = World::new().await;
    for (ago, accepted) in [(361, false), (360, true)] {
        let mut browser = signed_in_ago(&world, 3600).await;
        let link = browser.get(LINK).await;
        let begun = browser.begun(&world, &link).await;
        let old = |message: &mut Message| message.assertion.authn_instant -= Duration::seconds(ago);
        let answer = answers(&world, &mut browser, &link, SIMON, old).await;
        if accepted {
            assert_eq!(answer.location(), "/vault", "ForceAuthn is the means, and the age the end");
            continue;
        }
        world.refused(&answer, 403, "authn.too_old");
        assert!(answer.body.contains("Your organisation did not ask you to sign in again."));
        assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
        assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
        assert!(browser.is_signed_in().await, "the session goes on as it was");
        assert_ne!(browser.get(LINK).await.location(), "/vault", "and is no younger");
    }
}

/// What a login was begun for is kept here: a browser that comes back with anything else changes nothing about it.
#[tokio::test]
async fn e23_a_browser_takes_no_age_away() {
    let world = World::new().await;
    let mut browser = signed_in_ago(&world, 3600).await;
    let link = browser.get(LINK).await;
    let begun = browser.begun(&world, &link).await;
    let plain = browser.begin(&world, &world.contoso).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    message.assertion.authn_instant -= Duration::hours(1);
    let form = world.contoso.form(&message, Some(&begun));
    let bare = form.clone().without("RelayState");
    for form in [bare, form.clone(), form.clone().with("max_age", "99999"), form] {
        world.refused(&browser.submit(&form).await, 403, "authn.too_old");
    }
    // The RelayState of a login without an age.
    let form = world.contoso.form(&message, Some(&plain));
    world.refused(&browser.submit(&form).await, 403, "relay_state");
    // And the age is of the login that is answered, not of the last one that was begun.
    assert_eq!(browser.submit(&world.contoso.answers(SIMON, &plain)).await.status, 303);
}

#[tokio::test]
async fn somebody_else_who_steps_up_is_asked_first() {
    let world = World::new().await;
    let mut browser = signed_in_ago(&world, 3600).await;
    let begun = browser.get(LINK).await;
    let page = answers(&world, &mut browser, &begun, LINDQVIST, |_| ()).await;
    assert!(page.page(200).contains("Change account?"), "{}", page.body);
    assert!(browser.get("/account").await.page(200).contains(SIMON));
    let hop = browser.submit(&page.form("/saml/hop")).await;
    assert_eq!(hop.location(), "/vault");
    assert!(browser.get("/account").await.page(200).contains(LINDQVIST));
}

/// A young session of one customer says nothing at the connection of another.
#[tokio::test]
async fn e12_a_sign_in_elsewhere_is_no_step_up_here() {
    let world = World::new().await;
    let mut browser = signed_in_ago(&world, 0).await;
    let answer = browser.get("/sso/fabrikam-entra?target=/vault&max_age=300").await;
    assert!(answer.location().starts_with("https://login.fabrikam.example/"), "{}", answer.location());
    assert!(!answer.location().contains("login_hint"), "who is signed in here is nobody's business there");
    let begun = browser.begun(&world, &answer).await;
    let arrived = browser.submit(&world.fabrikam.answers(REYES, &begun)).await;
    assert!(browser.follow(&arrived).await.page(200).contains("Change account?"));
}

#[tokio::test]
async fn who_is_not_signed_in_brings_the_age_along() {
    let world = World::new().await;
    let mut browser = world.browser();
    let form = browser.get(LINK).await.form("login_name");
    assert_eq!((form.value("target"), form.value("max_age")), (Some("/vault"), Some("300")));
    let unknown = browser.submit(&form.clone().with("login_name", "x@unknown.example")).await;
    assert_eq!(unknown.form("login_name").value("max_age"), Some("300"));
    let begun = browser.submit(&form.with("login_name", SIMON)).await;
    let old = |message: &mut Message| message.assertion.authn_instant -= Duration::hours(1);
    world.refused(&answers(&world, &mut browser, &begun, SIMON, old).await, 403, "authn.too_old");
    assert!(
        !browser
            .get("/sso?target=/vault")
            .await
            .form("login_name")
            .fields
            .iter()
            .any(|(name, _)| name == "max_age")
    );
}

#[tokio::test]
async fn an_age_is_a_number_of_seconds() {
    let world = World::new().await;
    for link in [
        "/sso?max_age=",
        "/sso?max_age=5m",
        "/sso/contoso-entra?max_age=-1",
        "/sso/contoso-entra?max_age=1.5",
    ] {
        world.refused(&world.browser().get(link).await, 400, "max_age");
    }
    let form = world.browser().get("/sso").await.form("login_name").with("login_name", SIMON);
    world.refused(&world.browser().submit(&form.with("max_age", "x")).await, 400, "max_age");
}
