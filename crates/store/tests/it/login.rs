//! Requests are answered once, assertions are used once, whoever tries at the same moment.

use landfall_accounts::{
    AssertionId, CommitOutcome, EventKind, PendingLogin, Refusal, RequestId,
    ports::{LoginStore, PortError},
};
use time::Duration;
use tokio::task::JoinSet;

use crate::support::{ADA, NOW, SECOND, World, attempt, committed, idp, opened, refused, signed_in, tenant};

#[tokio::test]
async fn a_pending_login_reads_back_as_it_was() {
    let world = World::new().await;
    let mut login = world.pending(&world.contoso);
    login.restart = Some(landfall_accounts::IdpUrl::new("https://login.example/saml2?SAMLRequest=x"));
    world.store.begin(login.clone(), NOW).await.unwrap();
    let found = world.store.pending(&login.request_id).await.unwrap().unwrap();
    assert_eq!((&found.login, found.consumed_at), (&login, None));
    assert_eq!(world.store.pending_by_handle(&login.handle).await.unwrap().unwrap(), found);
    let other = world.pending(&world.contoso);
    assert_eq!(world.store.pending(&other.request_id).await.unwrap(), None);
    assert_eq!(world.store.pending_by_handle(&other.handle).await.unwrap(), None);
}

#[tokio::test]
async fn e5_an_answer_consumes_its_request() {
    let world = World::new().await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    let later = NOW + SECOND;
    signed_in(committed(world.store.commit(world.answer(&login, "ada", ADA), later).await.unwrap()));
    let found = world.store.pending(&login.request_id).await.unwrap().unwrap();
    assert_eq!(found.consumed_at, Some(later));

    let again = world.answer(&login, "ada", ADA);
    assert_eq!(world.store.commit(again, later).await.unwrap(), CommitOutcome::RequestGone);
    assert_eq!(world.events().await[0].kind, EventKind::LoginRefused);
    assert!(world.events().await[0].detail.as_str().contains("request_gone"));
}

#[tokio::test]
async fn a_refusal_consumes_request_and_assertion_too() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    let record = world.answer(&login, "ada", ADA);
    assert_eq!(
        refused(&committed(world.store.commit(record.clone(), NOW).await.unwrap())),
        Refusal::NoAccount
    );
    assert!(world.store.pending(&login.request_id).await.unwrap().unwrap().consumed_at.is_some());
    assert_eq!(world.store.commit(record, NOW).await.unwrap(), CommitOutcome::Replayed);
}

#[tokio::test]
async fn a_request_is_answered_before_its_end() {
    let world = World::new().await;
    for (at, fine) in [
        (NOW + PendingLogin::LIFETIME - Duration::milliseconds(1), true),
        (NOW + PendingLogin::LIFETIME, false),
    ] {
        let login = world.pending(&world.contoso);
        world.store.begin(login.clone(), NOW).await.unwrap();
        let outcome = world.store.commit(world.answer(&login, "ada", ADA), at).await.unwrap();
        assert_eq!(outcome != CommitOutcome::RequestGone, fine, "{at}");
    }
}

#[tokio::test]
async fn e5_a_request_is_answered_by_its_own_connection() {
    let world = World::new().await;
    let idp = idp("https://idp.example/");
    let other =
        world.store.import_connection(&tenant("contoso"), "other".parse().unwrap(), idp, NOW).await.unwrap();
    let login = world.pending(&other);
    world.store.begin(login.clone(), NOW).await.unwrap();
    let outcome = world.store.commit(world.answer(&login, "ada", ADA), NOW).await.unwrap();
    assert_eq!(outcome, CommitOutcome::RequestGone);
    assert!(world.users().await.is_empty());
    assert_eq!(world.store.pending(&login.request_id).await.unwrap().unwrap().consumed_at, None);
}

#[tokio::test]
async fn e5_e6_an_unknown_request_is_never_unsolicited() {
    let world = World::new().await;
    let mut record = world.record(&world.contoso, "ada", ADA);
    record.request = Some(RequestId::new("_unknown"));
    assert_eq!(world.store.commit(record, NOW).await.unwrap(), CommitOutcome::RequestGone);
    assert!(world.users().await.is_empty());
}

/// [saml-profiles 4.1.4.5]
#[tokio::test]
async fn e1_an_assertion_is_used_once_in_its_connection() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let (record, first) = world.login("ada", ADA).await;
    signed_in(first);
    let mut again = world.record(&world.contoso, "bob", "bob@contoso.example");
    again.used.assertion = record.used.assertion.clone();
    assert_eq!(world.store.commit(again, NOW).await.unwrap(), CommitOutcome::Replayed);
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(world.events().await[0].kind, EventKind::LoginReplayed);

    let mut elsewhere = world.record(&fabrikam, "eve", "eve@fabrikam.example");
    elsewhere.used.assertion = record.used.assertion;
    signed_in(committed(world.store.commit(elsewhere, NOW).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn e1_of_many_who_use_one_assertion_at_once_one_signs_in() {
    let world = World::new().await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    let assertion = AssertionId::new("_the-one");
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let mut record = world.answer(&login, "ada", ADA);
        record.used.assertion = assertion.clone();
        let store = world.store.clone();
        tasks.spawn(async move { store.commit(record, NOW).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let won = outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Committed(_))).count();
    let replayed = outcomes.iter().filter(|outcome| **outcome == CommitOutcome::Replayed).count();
    assert_eq!((won, replayed), (1, 19));
    assert_eq!(world.count(EventKind::LoginReplayed).await, 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn e5_of_many_answers_to_one_request_at_once_one_signs_in() {
    let world = World::new().await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let record = world.answer(&login, "ada", ADA);
        let store = world.store.clone();
        tasks.spawn(async move { store.commit(record, NOW).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let won = outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Committed(_))).count();
    assert_eq!(won, 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == CommitOutcome::RequestGone).count(), 19);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_first_logins_of_one_person_at_once_make_one_account() {
    let world = World::new().await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let record = world.record(&world.contoso, "ada", ADA);
        let store = world.store.clone();
        tasks.spawn(async move { store.commit(record, NOW).await.unwrap() });
    }
    let mut ids: Vec<_> =
        tasks.join_all().await.into_iter().map(|one| signed_in(committed(one)).id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(world.store.identities_of(&ids[0]).await.unwrap().len(), 1);
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_write_without_failing() {
    let world = World::new().await;
    let other = landfall_store::Store::open(&world.database.place()).await.unwrap();
    let mut tasks = JoinSet::new();
    for n in 0..20 {
        let record =
            world.record(&world.contoso, &format!("person-{n}"), &format!("person-{n}@contoso.example"));
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        tasks.spawn(async move {
            signed_in(committed(store.commit(record.clone(), NOW).await.unwrap()));
            // It reads before it writes, which fails if the lock is not taken first.
            opened(store.hop(attempt(&record, n), NOW).await.unwrap())
        });
    }
    assert_eq!(tasks.join_all().await.len(), 20);
    assert_eq!(world.users().await.len(), 20);
    assert_eq!(world.store.sessions(None, NOW).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_login_that_fails_half_way_leaves_nothing() {
    let world = World::new().await;
    let (first, _) = world.login("ada", ADA).await;
    // The handle is taken, so that the last step of the transaction fails.
    let mut second = world.record(&world.contoso, "bob", "bob@contoso.example");
    let handle = std::mem::replace(&mut second.session.handle, first.session.handle);
    let events = world.events().await;
    let error = world.store.commit(second.clone(), NOW).await.unwrap_err();
    assert_eq!(error.code(), "store.unavailable");
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(world.events().await, events);
    second.session.handle = handle;
    signed_in(committed(world.store.commit(second, NOW).await.unwrap()));
}

#[tokio::test]
async fn d11_a_connection_has_room_for_so_many_open_logins() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    fill(&world, &login, PendingLogin::MAX_OPEN - 2).await;
    world.store.begin(world.pending(&world.contoso), NOW).await.unwrap();
    let error = world.store.begin(world.pending(&world.contoso), NOW).await.unwrap_err();
    assert!(matches!(error, PortError::Full { limit: PendingLogin::MAX_OPEN }), "{error}");
    world.store.begin(world.pending(&fabrikam), NOW).await.unwrap();

    let later = NOW + SECOND;
    signed_in(committed(world.store.commit(world.answer(&login, "ada", ADA), later).await.unwrap()));
    world.store.begin(world.pending(&world.contoso), later).await.expect("a consumed login makes room");
    let mut after = world.pending(&world.contoso);
    after.expires_at = NOW + PendingLogin::LIFETIME * 2;
    world.store.begin(after, NOW + PendingLogin::LIFETIME).await.expect("expired logins make room");
}

/// Copies a pending login, which is faster than to begin each one.
async fn fill(world: &World, login: &PendingLogin, copies: u64) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies})
         INSERT INTO pending_logins
         SELECT tenant_id, 'copy-' || i, 'copy-' || i, connection_id, relay_state, browser, target, begun_at,
                expires_at, restart, saml, consumed_at, purpose
         FROM pending_logins, n WHERE request_id = '{}'",
        login.request_id.as_str()
    );
    assert_eq!(world.database.sql(&sql).await, copies);
}
