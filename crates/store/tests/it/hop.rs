use landfall_accounts::{
    AwaitingSession, ConnectionState, EventKind, HopAttempt, HopOutcome, LoginRecord, Refusal, Replace,
    UserState,
    ports::{LoginStore, SessionStore},
};
use time::Duration;

use crate::support::{ADA, NOW, SECOND, World, attempt, committed, hash, opened, signed_in, token, trace};

/// A login that was begun here and answered.
async fn answered(world: &World, subject: &str, login_name: &str) -> LoginRecord {
    let pending = world.pending(&world.contoso);
    world.store.begin(pending.clone(), NOW).await.unwrap();
    let record = world.answer(&pending, subject, login_name);
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    record
}

async fn last_event(world: &World) -> (EventKind, String) {
    let event = world.events().await.swap_remove(0);
    (event.kind, event.detail.as_str().to_owned())
}

#[tokio::test]
async fn the_browser_of_the_login_gets_its_session() {
    let world = World::new().await;
    let record = answered(&world, "ada", ADA).await;
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    let later = NOW + SECOND;
    let session = opened(world.store.hop(attempt(&record, 1), later).await.unwrap());
    assert_eq!((&session.target, session.expires_at), (&record.session.target, record.session.expires_at));
    assert_eq!(session.user.last_login_at, Some(later));
    let found = world.store.session_of_token(&token(1), later).await.unwrap().unwrap();
    assert_eq!((found.session.id, found.session.opened_at), (session.session, later));
    assert_eq!((found.session.connection, &found.connection), (world.contoso.id, &world.contoso.name));
    assert_eq!((found.tenant.as_str(), found.session.user_agent), ("contoso", record.session.user_agent));
    assert_eq!(found.user, *session.user);
    let event = &world.events().await[0];
    assert_eq!((event.kind, event.user), (EventKind::SessionOpened, Some(session.user.id)));
    assert_eq!(event.trace, Some(trace(1)));
}

#[tokio::test]
async fn a_hop_works_once() {
    let world = World::new().await;
    let record = answered(&world, "ada", ADA).await;
    opened(world.store.hop(attempt(&record, 1), NOW).await.unwrap());
    assert_eq!(world.store.hop(attempt(&record, 2), NOW).await.unwrap(), HopOutcome::Missed);
    assert_eq!(last_event(&world).await, (EventKind::HopMissed, r#"{"code":"opened_before"}"#.to_owned()));
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some(), "the first one lives");
    assert_eq!(world.store.session_of_token(&token(2), NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_hop_waits_for_a_minute() {
    let world = World::new().await;
    for (at, fine) in [
        (NOW + AwaitingSession::LIFETIME - Duration::milliseconds(1), true),
        (NOW + AwaitingSession::LIFETIME, false),
    ] {
        let record = answered(&world, "ada", ADA).await;
        let outcome = world.store.hop(attempt(&record, u32::from(fine)), at).await.unwrap();
        assert_eq!(outcome != HopOutcome::Missed, fine, "{at}");
    }
    assert_eq!(last_event(&world).await, (EventKind::HopMissed, r#"{"code":"too_late"}"#.to_owned()));
}

#[tokio::test]
async fn a_session_that_would_be_over_is_not_opened() {
    let world = World::new().await;
    let mut record = world.record(&world.contoso, "ada", ADA);
    record.session.expires_at = NOW + SECOND;
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    assert_eq!(world.store.hop(attempt(&record, 1), NOW + SECOND).await.unwrap(), HopOutcome::Missed);
    opened(world.store.hop(attempt(&record, 1), NOW).await.unwrap());
}

#[tokio::test]
async fn an_unknown_handle_is_missed_with_an_event_of_nobody() {
    let world = World::new().await;
    let record = world.record(&world.contoso, "ada", ADA);
    assert_eq!(world.store.hop(attempt(&record, 1), NOW).await.unwrap(), HopOutcome::Missed);
    let event = world.events().await.swap_remove(0);
    assert_eq!((event.kind, event.tenant, event.user), (EventKind::HopMissed, None, None));
}

#[tokio::test]
async fn e18_a_foreign_browser_opens_nothing_and_uses_nothing_up() {
    let world = World::new().await;
    let record = answered(&world, "ada", ADA).await;
    let other = answered(&world, "bob", "bob@contoso.example").await;
    let edits: [fn(&mut HopAttempt, &LoginRecord); 5] = [
        |attempt, _| attempt.hop = None,
        |attempt, _| attempt.hop = Some(hash("guess", 1)),
        |attempt, other| attempt.hop = Some(other.session.hop.clone()),
        |attempt, _| attempt.browser = None,
        |attempt, other| attempt.browser = other.session.browser.clone(),
    ];
    for (n, edit) in edits.iter().enumerate() {
        let mut foreign = attempt(&record, 1);
        edit(&mut foreign, &other);
        assert_eq!(world.store.hop(foreign, NOW).await.unwrap(), HopOutcome::Foreign, "{n}");
        assert_eq!(last_event(&world).await.0, EventKind::HopForeign);
        assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    }
    opened(world.store.hop(attempt(&record, 1), NOW).await.unwrap());
}

#[tokio::test]
async fn e18_an_unsolicited_login_needs_the_cookie_of_the_hop() {
    let world = World::new().await;
    let (record, _) = world.login("ada", ADA).await;
    let mut foreign = attempt(&record, 1);
    foreign.hop = None;
    assert_eq!(world.store.hop(foreign, NOW).await.unwrap(), HopOutcome::Foreign);
    opened(world.store.hop(attempt(&record, 1), NOW).await.unwrap());
}

#[tokio::test]
async fn somebody_who_was_locked_out_between_login_and_hop_stays_out() {
    for (state, refusal) in
        [(UserState::Suspended, Refusal::Suspended), (UserState::Deprovisioned, Refusal::Deprovisioned)]
    {
        let world = World::new().await;
        let record = answered(&world, "ada", ADA).await;
        let ada = world.users().await.swap_remove(0);
        world.store.set_user_state(&ada.id, state, NOW).await.unwrap();
        assert_eq!(world.store.hop(attempt(&record, 1), NOW).await.unwrap(), HopOutcome::Refused(refusal));
        assert_eq!(last_event(&world).await.0, EventKind::LoginRefused);
        assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_session_that_ended_while_it_waited_is_not_opened_when_the_lock_is_gone() {
    let world = World::new().await;
    let record = answered(&world, "ada", ADA).await;
    let ada = world.users().await.swap_remove(0);
    world.store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
    world.store.set_user_state(&ada.id, UserState::Active, NOW).await.unwrap();
    assert_eq!(world.store.hop(attempt(&record, 1), NOW).await.unwrap(), HopOutcome::Missed);
    assert_eq!(last_event(&world).await, (EventKind::HopMissed, r#"{"code":"ended"}"#.to_owned()));
}

#[tokio::test]
async fn a_connection_that_is_not_active_any_more_at_the_hop_opens_nothing() {
    let world = World::new().await;
    let name = &world.contoso.name;
    for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
        let record = answered(&world, "ada", ADA).await;
        world.store.set_connection_state(name, state, NOW).await.unwrap();
        let outcome = world.store.hop(attempt(&record, 1), NOW).await.unwrap();
        assert_eq!(outcome, HopOutcome::Refused(Refusal::ConnectionDisabled), "{state}");
        world.store.set_connection_state(name, ConnectionState::Active, NOW).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_session_replaces_the_one_that_the_browser_had() {
    let world = World::new().await;
    let first = world.sign_in("ada", ADA, 1).await;
    world.sign_in("ada", ADA, 2).await;
    let (record, _) = world.login("ada", ADA).await;
    let rotation = HopAttempt { current: Some(token(1)), ..attempt(&record, 3) };
    opened(world.store.hop(rotation, NOW).await.unwrap());
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    for n in [2, 3] {
        assert!(world.store.session_of_token(&token(n), NOW).await.unwrap().is_some(), "{n}");
    }
    let ended = world.events().await.into_iter().find(|event| event.kind == EventKind::SessionEnded).unwrap();
    assert!(ended.detail.as_str().contains(&first.session.to_string()));
    assert!(ended.detail.as_str().contains("replaced"));
}

#[tokio::test]
async fn an_unsolicited_login_asks_before_it_replaces_another_person() {
    let world = World::new().await;
    let (record, _) = world.login("bob", "bob@contoso.example").await;
    asks_before_it_replaces_ada(&world, &record).await;
}

/// Its identity provider may have been led there by a hostile site.
#[tokio::test]
async fn a_login_that_was_begun_in_the_browser_asks_too() {
    let world = World::new().await;
    let record = answered(&world, "bob", "bob@contoso.example").await;
    asks_before_it_replaces_ada(&world, &record).await;
}

async fn asks_before_it_replaces_ada(world: &World, record: &LoginRecord) {
    let ada = world.sign_in("ada", ADA, 1).await.user;
    let asking = HopAttempt { current: Some(token(1)), ..attempt(record, 2) };
    let outcome = world.store.hop(asking.clone(), NOW).await.unwrap();
    let HopOutcome::OtherPerson { current, arriving } = outcome else {
        panic!("expected a question, got {outcome:?}")
    };
    assert_eq!((current.id, arriving.user_name.as_str()), (ada.id, "bob@contoso.example"));
    assert_eq!(last_event(world).await.0, EventKind::HopOtherPerson);
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some());
    assert_eq!(world.store.session_of_token(&token(2), NOW).await.unwrap(), None);

    let confirmed = HopAttempt { replace: Replace::Confirmed, ..asking };
    opened(world.store.hop(confirmed, NOW).await.unwrap());
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(world.store.session_of_token(&token(2), NOW).await.unwrap().unwrap().user.id, arriving.id);
}

#[tokio::test]
async fn a_session_that_is_over_is_nobody_to_ask_about() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    let (record, _) = world.login("bob", "bob@contoso.example").await;
    let hop = HopAttempt { current: Some(token(1)), ..attempt(&record, 2) };
    opened(world.store.hop(hop, NOW).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_hops_at_once_one_opens() {
    let world = World::new().await;
    let record = answered(&world, "ada", ADA).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (store, attempt) = (world.store.clone(), attempt(&record, n));
        tasks.spawn(async move { store.hop(attempt, NOW).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, HopOutcome::Opened(_))).count(), 1);
    let ada = world.users().await.swap_remove(0);
    assert_eq!(world.store.sessions_of(&ada.id, NOW).await.unwrap().len(), 1);
}
