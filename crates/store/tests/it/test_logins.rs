//! Logins that an operator tries: judged, told, and never carried out.

use landfall_accounts::{
    CommitOutcome, Connection, ConnectionState, Detail, EventKind, HopOutcome, Judged, LoginPurpose,
    LoginRecord, PendingLogin, TEST_LINK_LIFETIME, TestOutcome, TestRecord, Tested, TokenHash,
    ports::{LoginStore, TestStore},
};
use time::Duration;

use crate::support::{ADA, NOW, SECOND, World, arrival, attempt, certificate, hash, trace};

/// A link that was made for contoso's connection.
async fn link(world: &World, n: u32) -> TokenHash {
    let link = hash("link", n);
    world.store.create_test_link(&world.contoso.name, &link, NOW).await.unwrap();
    link
}

/// A test that was begun at contoso's connection.
async fn begun(world: &World, n: u32) -> PendingLogin {
    let (link, login) = (link(world, n).await, world.pending(&world.contoso));
    assert_eq!(world.store.begin_test(&link, login.clone(), NOW).await.unwrap(), TestOutcome::Kept);
    login
}

fn refused(connection: &Connection, login: &PendingLogin, n: u32) -> TestRecord {
    TestRecord {
        connection: connection.id,
        tenant: connection.tenant,
        request: login.request_id.clone(),
        hop: hash("hop", n),
        judged: Judged::Refused { code: "audience", says: "the response is refused".to_owned() },
        trace: trace(n),
        decision: Detail::new(r#"{"rules":"judged"}"#),
    }
}

/// The same response, accepted.
fn accepted(world: &World, login: &PendingLogin, subject: &str, login_name: &str, n: u32) -> TestRecord {
    let LoginRecord { signer, used, arrival, .. } = world.answer(login, subject, login_name);
    let judged = Judged::Accepted { signer, used, arrival: Box::new(arrival) };
    TestRecord { judged, ..refused(&world.contoso, login, n) }
}

async fn code(world: &World, login: &PendingLogin) -> Option<String> {
    world.store.tested(&login.handle, NOW).await.unwrap().map(|tested| tested.verdict.code)
}

#[tokio::test]
async fn a_link_begins_one_test_in_time_at_its_own_connection() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let link = link(&world, 1).await;
    let of = |link: TokenHash, at| {
        let store = world.store.clone();
        async move { store.connection_of_test_link(&link, at).await.unwrap() }
    };
    assert_eq!(of(link.clone(), NOW + TEST_LINK_LIFETIME - SECOND).await, Some(world.contoso.id));
    assert_eq!(of(link.clone(), NOW + TEST_LINK_LIFETIME).await, None);
    assert_eq!(of(hash("link", 2), NOW).await, None);

    let foreign = world.pending(&fabrikam);
    assert_eq!(world.store.begin_test(&link, foreign.clone(), NOW).await.unwrap(), TestOutcome::Gone);
    assert!(world.store.pending(&foreign.request_id).await.unwrap().is_none());
    let late = world.store.begin_test(&link, world.pending(&world.contoso), NOW + TEST_LINK_LIFETIME).await;
    assert_eq!(late.unwrap(), TestOutcome::Gone);
    let login = world.pending(&world.contoso);
    assert_eq!(world.store.begin_test(&link, login.clone(), NOW).await.unwrap(), TestOutcome::Kept);
    let kept = world.store.pending(&login.request_id).await.unwrap().unwrap().login;
    assert_eq!(kept, PendingLogin { purpose: LoginPurpose::Test, ..login });
    let second = world.store.begin_test(&link, world.pending(&world.contoso), NOW).await.unwrap();
    assert_eq!(second, TestOutcome::Gone);
    assert_eq!(of(link, NOW).await, None);
}

#[tokio::test]
async fn of_many_who_open_a_link_at_once_one_begins() {
    let world = World::new().await;
    let link = link(&world, 1).await;
    let tries = (0..8).map(|_| {
        let (store, link, login) = (world.store.clone(), link.clone(), world.pending(&world.contoso));
        tokio::spawn(async move { store.begin_test(&link, login, NOW).await.unwrap() })
    });
    let mut kept = 0;
    for one in tries.collect::<Vec<_>>() {
        kept += usize::from(one.await.unwrap() == TestOutcome::Kept);
    }
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_test_tells_each_decision_and_carries_none_out() {
    let world = World::new().await;
    let linked = world.sign_in("ada", ADA, 1).await.user;
    let expected = world.create("bob@contoso.example").await;
    let before = (world.users().await, world.store.sessions(None, NOW).await.unwrap().len());
    for (n, (subject, login_name, code, user)) in (2..).zip([
        ("ada", ADA, "would.sign_in", Some(linked.id)),
        ("bob", "bob@contoso.example", "would.link", Some(expected.id)),
        ("new", "new@contoso.example", "would.create", None),
        ("guest", "ada_example.com#EXT#@contoso.example", "account.guest", None),
        ("mallory", ADA, "collision.linked", Some(linked.id)),
        ("mallory", "eve@unlisted.example", "domain.not_listed", None),
    ]) {
        let login = begun(&world, n).await;
        let outcome = world.store.conclude_test(accepted(&world, &login, subject, login_name, n), NOW).await;
        assert_eq!(outcome.unwrap(), TestOutcome::Kept, "{login_name}");
        let tested = world.store.tested(&login.handle, NOW).await.unwrap().unwrap();
        assert_eq!((tested.verdict.code.as_str(), tested.verdict.user), (code, user), "{login_name}");
        assert_eq!((&tested.hop, tested.decision.as_str()), (&hash("hop", n), r#"{"rules":"judged"}"#));
        assert!(world.store.pending(&login.request_id).await.unwrap().unwrap().consumed_at.is_some());
        let event = world.events().await.swap_remove(0);
        assert_eq!((event.kind, event.connection), (EventKind::LoginTested, Some(world.contoso.id)));
        assert!(event.detail.as_str().contains(code) && !event.detail.as_str().contains(login_name));
    }
    assert_eq!((world.users().await, world.store.sessions(None, NOW).await.unwrap().len()), before);
    assert!(world.store.identities_of(&expected.id).await.unwrap().is_empty());
    assert_eq!(world.count(EventKind::AccountCollision).await, 0);
}

#[tokio::test]
async fn a_test_is_decided_as_if_its_connection_were_active_and_not_where_it_is_closed() {
    let world = World::new().await;
    let name = &world.contoso.name;
    for (n, state) in (1..).zip([ConnectionState::Draft, ConnectionState::Disabled]) {
        let login = begun(&world, n).await;
        let record = accepted(&world, &login, "ada", ADA, n);
        world.store.set_connection_state(name, state, NOW).await.unwrap();
        assert_eq!(
            world.store.conclude_test(record.clone(), NOW).await.unwrap(),
            TestOutcome::Gone,
            "{state}"
        );
        assert_eq!(code(&world, &login).await, None);
        assert_eq!(world.events().await[0].kind, EventKind::LoginRefused);
        let error = world.store.create_test_link(name, &hash("other", n), NOW).await.unwrap_err();
        assert_eq!(error.code(), "connection.not_tested");
        world.store.set_connection_state(name, ConnectionState::Testing, NOW).await.unwrap();
        assert_eq!(world.store.conclude_test(record, NOW).await.unwrap(), TestOutcome::Kept, "{state}");
        assert_eq!(code(&world, &login).await.as_deref(), Some("would.create"));
    }
    assert!(world.users().await.is_empty());
}

#[tokio::test]
async fn e5_a_test_is_never_committed_and_a_login_never_told() {
    let world = World::new().await;
    let test = begun(&world, 1).await;
    let record = world.answer(&test, "ada", ADA);
    assert_eq!(world.store.commit(record.clone(), NOW).await.unwrap(), CommitOutcome::RequestGone);
    assert_eq!(world.store.hop(attempt(&record, 1), NOW).await.unwrap(), HopOutcome::Missed);
    assert!(world.store.pending(&test.request_id).await.unwrap().unwrap().consumed_at.is_none());
    assert!(world.users().await.is_empty());

    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    for record in [refused(&world.contoso, &login, 2), accepted(&world, &login, "ada", ADA, 2)] {
        assert_eq!(world.store.conclude_test(record, NOW).await.unwrap(), TestOutcome::Gone);
    }
    assert_eq!(code(&world, &login).await, None);
    assert!(world.store.pending(&login.request_id).await.unwrap().unwrap().consumed_at.is_none());
    let outcome = world.store.commit(world.answer(&login, "ada", ADA), NOW).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}

#[tokio::test]
async fn g4_another_connection_concludes_no_test() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let test = begun(&world, 1).await;
    let outcome = world.store.conclude_test(refused(&fabrikam, &test, 1), NOW).await.unwrap();
    assert_eq!(outcome, TestOutcome::Gone);
    assert_eq!(code(&world, &test).await, None);
    let outcome = world.store.conclude_test(refused(&world.contoso, &test, 1), NOW).await.unwrap();
    assert_eq!(outcome, TestOutcome::Kept);
}

#[tokio::test]
async fn a_refused_response_uses_nothing_up_and_an_accepted_one_all() {
    let world = World::new().await;
    let test = begun(&world, 1).await;
    for n in [1, 2] {
        let outcome = world.store.conclude_test(refused(&world.contoso, &test, n), NOW).await.unwrap();
        assert_eq!(outcome, TestOutcome::Kept);
        assert_eq!(code(&world, &test).await.as_deref(), Some("audience"));
    }
    let record = accepted(&world, &test, "ada", ADA, 3);
    assert_eq!(world.store.conclude_test(record.clone(), NOW).await.unwrap(), TestOutcome::Kept);
    assert_eq!(world.store.conclude_test(record.clone(), NOW).await.unwrap(), TestOutcome::Gone);
    let outcome = world.store.conclude_test(refused(&world.contoso, &test, 4), NOW).await.unwrap();
    assert_eq!(outcome, TestOutcome::Gone, "nobody writes over what was accepted");
    assert_eq!(code(&world, &test).await.as_deref(), Some("would.create"));

    let Judged::Accepted { used, .. } = record.judged else { panic!("an accepted one") };
    let login = LoginRecord { used: used.clone(), ..world.record(&world.contoso, "ada", ADA) };
    assert_eq!(world.store.commit(login, NOW).await.unwrap(), CommitOutcome::Replayed);
    let second = begun(&world, 2).await;
    let judged = Judged::Accepted {
        signer: certificate(1).fingerprint,
        used,
        arrival: Box::new(arrival(&world.contoso, "ada", ADA)),
    };
    let again = TestRecord { judged, ..refused(&world.contoso, &second, 5) };
    assert_eq!(world.store.conclude_test(again, NOW).await.unwrap(), TestOutcome::Kept);
    assert_eq!(code(&world, &second).await.as_deref(), Some("replayed"));
}

#[tokio::test]
async fn g8_a_key_that_was_revoked_meanwhile_is_told() {
    let world = World::new().await;
    let test = begun(&world, 1).await;
    let mut record = accepted(&world, &test, "ada", ADA, 1);
    if let Judged::Accepted { signer, .. } = &mut record.judged {
        *signer = certificate(7).fingerprint;
    }
    assert_eq!(world.store.conclude_test(record, NOW).await.unwrap(), TestOutcome::Kept);
    assert_eq!(code(&world, &test).await.as_deref(), Some("key_gone"));
}

#[tokio::test]
async fn a_result_is_seen_for_a_minute_and_then_forgotten() {
    let world = World::new().await;
    let (test, _unopened) = (begun(&world, 1).await, link(&world, 2).await);
    let last = NOW + PendingLogin::LIFETIME - SECOND;
    let record = refused(&world.contoso, &test, 1);
    let late = world.store.conclude_test(record.clone(), NOW + PendingLogin::LIFETIME).await.unwrap();
    assert_eq!(late, TestOutcome::Gone);
    assert_eq!(world.store.conclude_test(record, last).await.unwrap(), TestOutcome::Kept);
    let seen = last + Tested::LIFETIME;
    assert!(world.store.tested(&test.handle, seen - SECOND).await.unwrap().is_some());
    assert_eq!(world.store.tested(&test.handle, seen).await.unwrap(), None);
    assert_eq!(world.store.purge(seen).await.unwrap().test_logins, 1, "the link that nobody opened");
    assert_eq!(world.store.purge(seen + Duration::seconds(1)).await.unwrap().test_logins, 1);
}

#[tokio::test]
async fn a_restored_database_knows_no_tests() {
    let world = World::new().await;
    let (test, unopened) = (begun(&world, 1).await, link(&world, 2).await);
    assert_eq!(
        world.store.conclude_test(refused(&world.contoso, &test, 1), NOW).await.unwrap(),
        TestOutcome::Kept
    );
    world.store.mark_restored(NOW).await.unwrap();
    assert_eq!(code(&world, &test).await, None);
    assert_eq!(world.store.connection_of_test_link(&unopened, NOW).await.unwrap(), None);
}
