//! Which request a response answers, and which connection it belongs to.

use landfall_accounts::{EventKind::LoginRefused, PendingLogin};

use crate::world::{Answer, LINDQVIST, MILLISECOND, SIMON, World, pending};

#[tokio::test]
async fn e5_e6_a_response_to_a_request_of_nobody_is_never_unsolicited() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let simon = world.contoso.person(SIMON);
    let unasked = world.contoso.says(&simon, None);
    let unknown = Some("_0123456789abcdef0123456789abcdef01234567".to_owned());
    let (mut both, mut inner, mut outer) = (unasked.clone(), unasked.clone(), unasked.clone());
    (both.response.in_response_to, both.assertion.in_response_to) = (unknown.clone(), unknown.clone());
    inner.assertion.in_response_to = unknown.clone();
    outer.response.in_response_to = unknown;
    let mut empty = unasked.clone();
    empty.assertion.in_response_to = Some(String::new());
    for message in [both, inner, outer, empty] {
        let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
        world.refused(&answer, 403, "request.unknown");
        assert!(world.kinds_of(&answer).await.is_empty(), "what belongs to no connection is logged alone");
    }
    let answer = world.browser().submit(&world.contoso.form(&unasked, None)).await;
    assert!(answer.location().starts_with("/saml/hop?h="));
}

#[tokio::test]
async fn e17_relay_state_may_be_absent_and_names_no_other_request() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (begun, other) =
        (browser.begin(&world, &world.contoso).await, browser.begin(&world, &world.contoso).await);
    let response = world.contoso.answers(SIMON, &begun);
    for wrong in ["https://evil.example/", &other.relay_state, &begun.relay_state.to_lowercase(), "x"] {
        let answer = browser.submit(&response.clone().with("RelayState", wrong)).await;
        world.refused(&answer, 403, "relay_state");
        assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    }
    let answer = browser.submit(&response.with("RelayState", &begun.relay_state)).await;
    assert!(answer.location().ends_with(&begun.handle), "a wrong RelayState consumed nothing");
    let absent = world.contoso.answers(SIMON, &other).without("RelayState");
    assert!(browser.submit(&absent).await.location().ends_with(&other.handle));
    let begun = browser.begin(&world, &world.contoso).await;
    let empty = world.contoso.answers(SIMON, &begun).with("RelayState", "");
    assert!(browser.submit(&empty).await.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn e5_a_request_waits_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (in_time, too_late) =
        (browser.begin(&world, &world.contoso).await, browser.begin(&world, &world.contoso).await);
    world.clock.advance(PendingLogin::LIFETIME - MILLISECOND);
    let answer = browser.submit(&world.contoso.answers(SIMON, &in_time)).await;
    assert!(answer.location().ends_with(&in_time.handle));
    world.clock.advance(MILLISECOND);
    let late = world.contoso.answers(SIMON, &too_late);
    let answer = browser.submit(&late).await;
    world.refused(&answer, 403, "request.expired");
    assert!(answer.body.contains("This sign-in took too long."));
    assert!(answer.body.contains("href=\"/sso/contoso-entra\""), "the way on leads to the same connection");
    world.store.purge(world.clock.now()).await.unwrap();
    world.refused(&browser.submit(&late).await, 403, "request.unknown");
}

#[tokio::test]
async fn e5_a_request_is_answered_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let (first, second) = (world.contoso.answers(SIMON, &begun), world.contoso.answers(LINDQVIST, &begun));
    assert!(browser.submit(&first).await.location().ends_with(&begun.handle));
    let answer = browser.submit(&second).await;
    world.refused(&answer, 403, "request.answered");
    assert!(answer.body.contains("already been used"));
    assert_eq!(world.users(&world.contoso).await.len(), 1, "the second answer makes no account");
}

#[tokio::test]
async fn a_bookmarked_sign_in_page_offers_a_new_start() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.enter(SIMON).await;
    let bookmark = browser.follow(&to_idp).await;
    let response = browser.authenticate(&bookmark, SIMON).await;
    let answer = browser.submit(&response).await;
    browser.follow(&answer).await;
    let response = browser.authenticate(&bookmark, SIMON).await;
    world.refused(&browser.submit(&response).await, 403, "request.answered");
    assert!(browser.is_signed_in().await, "the session that lives goes on living");
}

#[tokio::test]
async fn an_issuer_that_nobody_imported_is_refused_and_leaves_no_event() {
    let world = World::new().await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    let known = world.contoso.form(&message, None);
    message.assertion.issuer = "https://sts.windows.net/00000000-0000-4000-8000-000000000000/".to_owned();
    let before = world.events().await.len();
    let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
    world.refused(&answer, 403, "issuer.unknown");
    assert_eq!(world.events().await.len(), before);
    assert!(world.browser().submit(&known).await.location().starts_with("/saml/hop?h="));
}

#[tokio::test]
async fn g8_a_connection_that_is_disabled_meanwhile_takes_no_answer() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    world.disable(&world.contoso).await;
    world.refused(&browser.submit(&response).await, 404, "connection.unknown");
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    world.enable(&world.contoso).await;
    assert!(browser.submit(&response).await.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn nothing_begins_at_a_connection_that_is_disabled_or_unknown() {
    let world = World::new().await;
    world.refused(&world.browser().get("/sso/nobody").await, 404, "connection.unknown");
    world.refused(&world.browser().get("/sso/No.Name").await, 404, "connection.unknown");
    let unknown = world.browser().get("/sso/nobody").await;
    world.disable(&world.contoso).await;
    let disabled = world.browser().get(&world.contoso.start()).await;
    world.refused(&disabled, 404, "connection.unknown");
    let without_trace = |page: &Answer| page.body.replace(page.trace(), "");
    assert_eq!(without_trace(&disabled), without_trace(&unknown), "nobody learns that it exists");
    world.enable(&world.contoso).await;
    assert_eq!(world.browser().get(&world.contoso.start()).await.status, 303);
}
