//! A test login: what an operator, or whoever has the link, sees of a connection, and what comes of it: nothing.

use landfall_accounts::ConnectionState::{Active, Disabled, Draft, Testing};
use landfall_accounts::EventKind::{HopForeign, HopMissed, LoginRefused, LoginTested};
use landfall_accounts::{LoginPurpose, UserState};
use landfall_http::TestLink;
use time::Duration;

use crate::world::{
    ACS, Answer, Begun, Browser, Form, HOME, LINDQVIST, MILLISECOND, REYES, SIMON, World, pending,
};

/// A link to test contoso's connection, as an operator gets it.
async fn link(world: &World) -> String {
    let link = TestLink::new(&world.environment()).unwrap();
    let (name, now) = (world.contoso.connection(), world.clock.now());
    world.store.create_test_link(&name, &link.hash(), now).await.unwrap();
    link.address(&HOME.parse().unwrap())
}

/// Opens a link to test contoso's connection.
async fn begin(world: &World, browser: &mut Browser) -> Begun {
    let answer = browser.get(&link(world).await).await;
    browser.begun(world, &answer).await
}

/// At a connection that is being set up.
async fn testing() -> World {
    let world = World::new().await;
    world.set_state_of(&world.contoso, Testing).await;
    world
}

/// The page that a test ends with.
async fn shown(browser: &mut Browser, form: &Form) -> Answer {
    let answer = browser.submit(form).await;
    assert!(answer.location().starts_with("/saml/hop?h="), "{}", answer.location());
    browser.follow(&answer).await
}

/// Nobody was signed in, made or linked.
async fn nothing_came_of_it(world: &World, browser: &mut Browser) {
    assert!(!browser.is_signed_in().await);
    assert!(browser.cookie("__Host-landfall-session").is_none());
    assert_eq!(world.sessions().await, 0);
    assert!(world.users(&world.contoso).await.is_empty());
}

#[tokio::test]
async fn a_test_shows_the_decision_and_signs_nobody_in() {
    for state in [Testing, Active] {
        let world = World::new().await;
        world.set_state_of(&world.contoso, state).await;
        let mut browser = world.browser();
        let begun = begin(&world, &mut browser).await;
        assert_eq!(pending(&world, &begun.handle).await.unwrap().login.purpose, LoginPurpose::Test);
        let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
        assert_eq!(world.kinds_of(&answer).await, [LoginTested]);
        let page = browser.follow(&answer).await;
        let body = page.page(200);
        for part in [
            "This person would be signed in",
            "would.create",
            "contoso-entra",
            state.name(),
            "pass: audience",
            ACS,
            "pass: identity",
            "pass: mapping",
            "from <code>firstName</code>",
        ] {
            assert!(body.contains(part), "{part}: {body}");
        }
        let person = world.contoso.person(SIMON);
        for value in ["Simon", &person.object_id.to_string()] {
            assert!(!body.contains(value), "{value}: {body}");
        }
        let events = format!("{:?}", world.events().await);
        assert!(events.contains("would.create"), "{events}");
        let kept = [world.database_bytes().await, world.log().into_bytes()].concat();
        for value in ["Simon", &person.object_id.to_string()] {
            let found = kept.windows(value.len()).any(|part| part == value.as_bytes());
            assert!(!found, "{value} is kept");
        }
        assert!(page.cookies().is_empty());
        assert_eq!(browser.follow(&answer).await.status, 200, "it can be looked at again");
        nothing_came_of_it(&world, &mut browser).await;
    }
}

#[tokio::test]
async fn a_test_says_which_account_it_would_be() {
    let world = World::new().await;
    let mut person = world.browser();
    person.sign_in(&world, &world.contoso, SIMON).await;
    world.make_user(LINDQVIST, |new| new.state = UserState::Pending).await;
    let before = (world.users(&world.contoso).await, world.sessions().await);
    let simon = world.user(SIMON).await;
    let mut browser = world.browser();
    for (who, code, id) in [
        (SIMON, "would.sign_in", simon.id.to_string()),
        (LINDQVIST, "would.link_pending", world.user(LINDQVIST).await.id.to_string()),
    ] {
        let begun = begin(&world, &mut browser).await;
        let page = shown(&mut browser, &world.contoso.answers(who, &begun)).await;
        assert!(page.page(200).contains(code) && page.body.contains(&id), "{}", page.body);
    }
    world.set("jit", "off").await;
    world.set_state(&simon, UserState::Suspended).await;
    let begun = begin(&world, &mut browser).await;
    let page = shown(&mut browser, &world.contoso.answers(SIMON, &begun)).await;
    assert!(page.page(200).contains("This person would not be signed in"));
    assert!(page.body.contains("account.suspended"), "{}", page.body);
    let (mut users, sessions) = before;
    for user in &mut users {
        if user.id == simon.id {
            *user = world.user(SIMON).await;
        }
    }
    assert_eq!(world.users(&world.contoso).await, users);
    assert_eq!((world.sessions().await, sessions), (0, 1), "only what the suspension ended");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_refused_response_is_shown_and_the_test_waits_on() {
    let world = testing().await;
    let mut browser = world.browser();
    let begun = begin(&world, &mut browser).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    message.assertion.audiences = vec!["https://other.example/".to_owned()];
    let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
    assert_eq!(world.kinds_of(&answer).await, [LoginTested]);
    let page = browser.follow(&answer).await;
    for part in
        ["This person would not be signed in", "fail: audience", "https://other.example/", "What to do"]
    {
        assert!(page.page(200).contains(part), "{part}: {}", page.body);
    }

    let forged =
        world.fabrikam.form(&world.contoso.says(&world.contoso.person(SIMON), Some(&begun)), Some(&begun));
    let page = shown(&mut browser, &forged).await;
    assert!(page.page(200).contains("signature.unknown_key"), "{}", page.body);
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    message.assertion.attributes.retain(|attribute| attribute.name != "email");
    message.assertion.attributes[0].name = "<script>alert(1)</script>".to_owned();
    let page = shown(&mut browser, &world.contoso.form(&message, Some(&begun))).await;
    assert!(page.page(200).contains("fail: mapping") && page.body.contains("claim.missing"), "{}", page.body);
    assert!(page.body.contains("nothing arrived for <code>email</code>"), "{}", page.body);
    assert!(!page.body.contains("<script>") && page.body.contains("&#60;script&#62;"), "{}", page.body);

    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    let page = shown(&mut browser, &world.contoso.answers(SIMON, &begun)).await;
    assert!(page.page(200).contains("This person would be signed in"));
    nothing_came_of_it(&world, &mut browser).await;
}

#[tokio::test]
async fn e20_no_other_browser_sees_a_decision() {
    let world = testing().await;
    let (mut tester, mut stranger) = (world.browser(), world.browser());
    let begun = begin(&world, &mut tester).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    message.assertion.audiences.clear();
    for form in [world.contoso.form(&message, Some(&begun)), world.contoso.answers(SIMON, &begun)] {
        let answer = stranger.submit(&form).await;
        assert!(!answer.body.contains("audience"), "{}", answer.body);
        for browser in [&mut stranger, &mut tester] {
            let hop = browser.follow(&answer).await;
            world.refused(&hop, 403, "hop.foreign");
            assert_eq!(world.kinds_of(&hop).await, [HopForeign]);
            assert!(!hop.body.contains("audience") && !hop.body.contains("would"), "{}", hop.body);
        }
    }
    nothing_came_of_it(&world, &mut tester).await;
    nothing_came_of_it(&world, &mut stranger).await;

    let begun = begin(&world, &mut tester).await;
    let answer = tester.submit(&world.contoso.answers(SIMON, &begun)).await;
    let mut half = tester.clone();
    half.forget("__Host-landfall-login-");
    world.refused(&half.follow(&answer).await, 403, "hop.foreign");
    world.clock.advance(Duration::seconds(60) - MILLISECOND);
    assert_eq!(tester.follow(&answer).await.status, 200);
    world.clock.advance(MILLISECOND);
    let late = tester.follow(&answer).await;
    world.refused(&late, 403, "hop.missed");
    assert_eq!(world.kinds_of(&late).await, [HopMissed]);
}

#[tokio::test]
async fn e1_e5_what_a_test_used_up_signs_nobody_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = begin(&world, &mut browser).await;
    let response = world.contoso.answers(SIMON, &begun);
    assert_eq!(shown(&mut browser, &response).await.status, 200);
    let again = browser.submit(&response).await;
    world.refused(&again, 403, "request.answered");
    assert_eq!(world.kinds_of(&again).await, [LoginRefused]);

    // The same assertion in answer to a login: a hostile identity provider signs what it likes.
    let (test, login) = (begin(&world, &mut browser).await, browser.begin(&world, &world.contoso).await);
    let person = world.contoso.person(SIMON);
    let (tested, mut message) =
        (world.contoso.says(&person, Some(&test)), world.contoso.says(&person, Some(&login)));
    message.assertion.id.clone_from(&tested.assertion.id);
    assert_eq!(shown(&mut browser, &world.contoso.form(&tested, Some(&test))).await.status, 200);
    world.refused(&browser.submit(&world.contoso.form(&message, Some(&login))).await, 403, "replayed");
    nothing_came_of_it(&world, &mut browser).await;
    let login = browser.begin(&world, &world.contoso).await;
    let answer = browser.submit(&world.contoso.answers(SIMON, &login)).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "a login shows no decision");
}

#[tokio::test]
async fn a_login_shows_no_decision_however_it_is_answered() {
    let world = World::new().await;
    let mut browser = world.browser();
    begin(&world, &mut browser).await;
    let login = browser.begin(&world, &world.contoso).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&login));
    message.assertion.audiences.clear();
    let answer = browser.submit(&world.contoso.form(&message, Some(&login))).await;
    world.refused(&answer, 403, "audience");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    world.refused(&browser.get(&format!("/saml/hop?h={}", login.handle)).await, 403, "hop.missed");
}

#[tokio::test]
async fn g4_another_customer_answers_no_test() {
    let world = testing().await;
    let mut browser = world.browser();
    let begun = begin(&world, &mut browser).await;
    let page = shown(&mut browser, &world.fabrikam.answers(REYES, &begun)).await;
    assert!(page.page(200).contains("This person would not be signed in"), "{}", page.body);
    // Contoso's own identity provider says a name of fabrikam's.
    let page = shown(&mut browser, &{
        let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
        for attribute in &mut message.assertion.attributes {
            if attribute.values == [SIMON] {
                attribute.values = vec![REYES.to_owned()];
            }
        }
        world.contoso.form(&message, Some(&begun))
    })
    .await;
    assert!(page.page(200).contains("domain.other_tenant"), "{}", page.body);
    assert!(!page.body.contains("Reyes"), "{}", page.body);
    nothing_came_of_it(&world, &mut browser).await;
    assert!(world.users(&world.fabrikam).await.is_empty());
}

#[tokio::test]
async fn a_link_opens_once_in_time_and_where_tests_are_taken() {
    let world = testing().await;
    let mut browser = world.browser();
    let address = link(&world).await;
    let (path, secret) = (address.strip_prefix(HOME).unwrap(), address.rsplit('/').next().unwrap());
    assert!(path.starts_with("/sso/test/") && secret.len() == 43, "{path}");
    assert_eq!(browser.get(&address).await.status, 303);
    world.refused(&world.browser().get(&address).await, 404, "test.link");
    world.refused(&world.browser().get("/sso/test/nothing").await, 404, "test.link");
    assert!(!world.log().contains(secret), "the log has the link");
    assert!(!world.database_bytes().await.windows(secret.len()).any(|part| part == secret.as_bytes()));

    for state in [Draft, Disabled] {
        let early = link(&world).await;
        world.set_state_of(&world.contoso, state).await;
        world.refused(&browser.get(&early).await, 404, "test.link");
        let hash = TestLink::new(&world.environment()).unwrap().hash();
        let (name, now) = (world.contoso.connection(), world.clock.now());
        let error = world.store.create_test_link(&name, &hash, now).await.unwrap_err();
        assert_eq!(error.code(), "connection.not_tested");
        world.set_state_of(&world.contoso, Testing).await;
        assert_eq!(browser.get(&early).await.status, 303);
    }
    let (late, last) = (link(&world).await, link(&world).await);
    world.clock.advance(Duration::minutes(15) - MILLISECOND);
    assert_eq!(browser.get(&last).await.status, 303);
    world.clock.advance(MILLISECOND);
    world.refused(&browser.get(&late).await, 404, "test.link");
}

#[tokio::test]
async fn g8_a_connection_that_is_closed_meanwhile_takes_no_test() {
    let world = testing().await;
    for state in [Draft, Disabled] {
        let mut browser = world.browser();
        let begun = begin(&world, &mut browser).await;
        let response = world.contoso.answers(SIMON, &begun);
        world.set_state_of(&world.contoso, state).await;
        world.refused(&browser.submit(&response).await, 404, "connection.unknown");
        world.set_state_of(&world.contoso, Testing).await;
        assert_eq!(shown(&mut browser, &response).await.status, 200);
    }
}
