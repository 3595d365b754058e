//! An assertion signs in once, whoever brings it, however often, whatever happens in between.

use landfall_accounts::EventKind::{LoginRefused, LoginReplayed};
use time::Duration;
use tokio::task::JoinSet;

use crate::world::{Form, LINDQVIST, MILLISECOND, SIMON, World};

/// An unsolicited response on a connection that accepts those: the guard stands alone, without a request.
async fn world_with_response() -> (World, Form) {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let response = world.contoso.unasked(SIMON);
    (world, response)
}

#[tokio::test]
async fn e1_the_second_time_is_a_replay() {
    let (world, response) = world_with_response().await;
    assert!(world.browser().submit(&response).await.location().starts_with("/saml/hop?h="));
    let answer = world.browser().submit(&response).await;
    world.refused(&answer, 403, "replayed");
    assert!(answer.body.contains("This sign-in has already been used."));
    assert_eq!(world.kinds_of(&answer).await, [LoginReplayed]);
}

#[tokio::test]
async fn e1_another_response_around_the_same_assertion_is_a_replay() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    assert_eq!(world.browser().submit(&world.contoso.form(&message, None)).await.status, 303);
    message.response.id = "_another".to_owned();
    world.refused(&world.browser().submit(&world.contoso.form(&message, None)).await, 403, "replayed");
    message.assertion.id = "_another-assertion".to_owned();
    assert_eq!(world.browser().submit(&world.contoso.form(&message, None)).await.status, 303);
}

#[tokio::test]
async fn e5_an_answer_signs_in_once_too() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    let answer = browser.submit(&response).await;
    world.refused(&browser.submit(&response).await, 403, "request.answered");
    assert_eq!(browser.follow(&answer).await.location(), "/account", "the replay does not disturb the login");
    world.refused(&browser.submit(&response).await, 403, "request.answered");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn e1_an_assertion_that_answered_one_request_answers_no_other() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = browser.begin(&world, &world.contoso).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&first));
    assert_eq!(browser.submit(&world.contoso.form(&message, Some(&first))).await.status, 303);
    let second = browser.begin(&world, &world.contoso).await;
    for field in [&mut message.response.in_response_to, &mut message.assertion.in_response_to] {
        *field = Some(second.request_id.clone());
    }
    let answer = browser.submit(&world.contoso.form(&message, Some(&second))).await;
    world.refused(&answer, 403, "replayed");
}

/// Posts each response from a browser of its own, all at once, and gives the statuses, sorted.
async fn at_once(world: &World, responses: Vec<Form>) -> Vec<u16> {
    let mut tasks = JoinSet::new();
    for response in responses {
        let mut browser = world.browser();
        tasks.spawn(async move { browser.submit(&response).await.status });
    }
    let mut statuses = tasks.join_all().await;
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn e1_e5_of_many_at_once_one_gets_in() {
    let one = [vec![303], vec![403; 11]].concat();
    let (world, response) = world_with_response().await;
    assert_eq!(at_once(&world, vec![response; 12]).await, one);
    world.set("unsolicited", "restart").await;
    assert_eq!(at_once(&world, vec![world.contoso.unasked(SIMON); 12]).await, one);
    let begun = world.browser().begin(&world, &world.contoso).await;
    assert_eq!(at_once(&world, vec![world.contoso.answers(SIMON, &begun); 12]).await, one);
    let begun = world.browser().begin(&world, &world.contoso).await;
    let different = (0..12).map(|_| world.contoso.answers(SIMON, &begun)).collect();
    assert_eq!(at_once(&world, different).await, one, "different answers to one request");
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn e1_a_restart_of_the_process_forgets_nothing() {
    let (mut world, response) = world_with_response().await;
    assert_eq!(world.browser().submit(&response).await.status, 303);
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let mut signed_in = world.browser();
    signed_in.sign_in(&world, &world.contoso, LINDQVIST).await;
    world.restart().await;
    assert!(signed_in.is_signed_in().await);
    world.refused(&world.browser().submit(&response).await, 403, "replayed");
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "a login that was begun goes on");
}

/// [saml-profiles 4.1.4.5]
#[tokio::test]
async fn e1_a_replay_is_known_for_as_long_as_the_assertion_could_pass() {
    let (world, response) = world_with_response().await;
    assert_eq!(world.browser().submit(&response).await.status, 303);
    let end = Duration::minutes(60) + Duration::seconds(60);
    world.clock.advance(end - MILLISECOND);
    world.store.purge(world.clock.now()).await.unwrap();
    let answer = world.browser().submit(&response).await;
    world.refused(&answer, 403, "replayed");
    world.clock.advance(MILLISECOND);
    world.store.purge(world.clock.now()).await.unwrap();
    let answer = world.browser().submit(&response).await;
    world.refused(&answer, 403, "confirmation.not_on_or_after");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
}

#[tokio::test]
async fn e1_an_assertion_that_would_pass_longest_is_remembered_longest() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let end = world.clock.now() + Duration::hours(25);
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    (message.assertion.confirmed_until, message.assertion.not_on_or_after) = (Some(end), Some(end));
    let longest = world.contoso.form(&message, None);
    assert_eq!(world.browser().submit(&longest).await.status, 303);
    world.clock.set(end + Duration::seconds(60) - MILLISECOND);
    world.store.purge(world.clock.now()).await.unwrap();
    world.refused(&world.browser().submit(&longest).await, 403, "replayed");

    let end = world.clock.now() + Duration::hours(25) + MILLISECOND;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    (message.assertion.confirmed_until, message.assertion.not_on_or_after) = (Some(end), Some(end));
    world.refused(&world.browser().submit(&world.contoso.form(&message, None)).await, 403, "lifetime");
}
