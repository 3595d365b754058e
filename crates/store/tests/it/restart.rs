use landfall_accounts::{
    ConnectionState, Detail, Event, EventKind, LoginRecord, PendingLogin, Refusal, RestartOutcome,
    RestartRecord, ports::LoginStore,
};

use crate::support::{ADA, NOW, World, committed, signed_in, trace};

fn restart(world: &World) -> RestartRecord {
    let LoginRecord { used, trace, decision, .. } = world.record(&world.contoso, "ada", ADA);
    RestartRecord { used, pending: world.pending(&world.contoso), trace, decision }
}

async fn is_pending(world: &World, login: &PendingLogin) -> bool {
    world.store.pending(&login.request_id).await.unwrap().is_some()
}

#[tokio::test]
async fn a_restart_begins_a_login_and_makes_no_account() {
    let world = World::new().await;
    let record = restart(&world);
    assert_eq!(world.store.restart(record.clone(), NOW).await.unwrap(), RestartOutcome::Restarted);
    assert!(is_pending(&world, &record.pending).await);
    assert!(world.users().await.is_empty());
    let event = world.events().await.swap_remove(0);
    assert_eq!(
        (event.kind, event.connection, event.user),
        (EventKind::LoginRestarted, Some(world.contoso.id), None)
    );
    assert_eq!((event.at, event.trace.as_ref()), (NOW, Some(&record.trace)));
    assert!(event.detail.as_str().contains(record.used.assertion.as_str()));
    let answer = world.answer(&record.pending, "ada", ADA);
    signed_in(committed(world.store.commit(answer, NOW).await.unwrap()));
}

#[tokio::test]
async fn an_assertion_restarts_once_and_signs_nobody_in_after_that() {
    let world = World::new().await;
    let first = restart(&world);
    assert_eq!(world.store.restart(first.clone(), NOW).await.unwrap(), RestartOutcome::Restarted);
    let again = RestartRecord { used: first.used.clone(), ..restart(&world) };
    assert_eq!(world.store.restart(again.clone(), NOW).await.unwrap(), RestartOutcome::Replayed);
    assert!(!is_pending(&world, &again.pending).await);
    assert_eq!(world.events().await[0].kind, EventKind::LoginReplayed);
    let login = LoginRecord { used: first.used, ..world.record(&world.contoso, "ada", ADA) };
    let outcome = world.store.commit(login, NOW).await.unwrap();
    assert_eq!(outcome, landfall_accounts::CommitOutcome::Replayed);
}

#[tokio::test]
async fn a_connection_that_is_not_active_restarts_nothing() {
    let world = World::new().await;
    let record = restart(&world);
    for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
        world.store.set_connection_state(&world.contoso.name, state, NOW).await.unwrap();
        let outcome = world.store.restart(record.clone(), NOW).await.unwrap();
        assert_eq!(outcome, RestartOutcome::Refused(Refusal::ConnectionDisabled), "{state}");
        assert!(!is_pending(&world, &record.pending).await);
        assert_eq!(world.events().await[0].kind, EventKind::LoginRefused);
    }
    world.store.set_connection_state(&world.contoso.name, ConnectionState::Active, NOW).await.unwrap();
    assert_eq!(world.store.restart(record, NOW).await.unwrap(), RestartOutcome::Restarted);
}

#[tokio::test]
async fn an_event_can_be_noted_by_itself() {
    let world = World::new().await;
    let event = Event {
        at: NOW,
        kind: EventKind::LoginRefused,
        tenant: Some(world.contoso.tenant),
        connection: None,
        user: None,
        trace: Some(trace(7)),
        detail: Detail::new(r#"{"code":"audience"}"#),
    };
    world.store.note(event.clone()).await.unwrap();
    assert_eq!(world.events().await[0], event);
}
