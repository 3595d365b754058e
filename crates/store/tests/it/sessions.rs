use landfall_accounts::{
    ConnectionState, EndOutcome, EndReason, EventKind, HopOutcome, SessionId,
    ports::{LoginStore, SessionStore},
};
use landfall_store::SessionsOf;
use time::Duration;

use crate::support::{ADA, NOW, SECOND, World, attempt, committed, idp, opened, signed_in, tenant, token};

/// Ada of contoso is signed in with the first token, Eve of fabrikam with the second.
async fn two_customers() -> World {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.sign_in("ada", ADA, 1).await;
    let record = world.record(&fabrikam, "eve", "eve@fabrikam.example");
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    opened(world.store.hop(attempt(&record, 2), NOW).await.unwrap());
    world
}

#[tokio::test]
async fn a_session_lives_until_its_end() {
    let world = World::new().await;
    let session = world.sign_in("ada", ADA, 1).await;
    world.use_until(1, session.expires_at - SECOND).await;
    for (at, fine) in [(session.expires_at - Duration::milliseconds(1), true), (session.expires_at, false)] {
        assert_eq!(world.store.session_of_token(&token(1), at).await.unwrap().is_some(), fine, "{at}");
        assert_eq!(world.store.sessions_of(&session.user.id, at).await.unwrap().len(), usize::from(fine));
        assert_eq!(world.store.sessions(None, at).await.unwrap().len(), usize::from(fine));
    }
    assert_eq!(world.store.session_of_token(&token(2), NOW).await.unwrap(), None);
}

#[tokio::test]
async fn sessions_are_listed_the_newest_first_and_waiting_ones_not() {
    let world = World::new().await;
    let first = world.sign_in("ada", ADA, 1).await;
    let (record, _) = world.login("ada", ADA).await;
    let second = opened(world.store.hop(attempt(&record, 2), NOW + SECOND).await.unwrap());
    world.login("ada", ADA).await;
    world.sign_in("bob", "bob@contoso.example", 3).await;
    let ids: Vec<_> = world
        .store
        .sessions_of(&first.user.id, NOW)
        .await
        .unwrap()
        .into_iter()
        .map(|session| session.id)
        .collect();
    assert_eq!(ids, [second.session, first.session]);
    let all = world.store.sessions(None, NOW).await.unwrap();
    assert_eq!((all.len(), all[0].session.id, all[0].user.id), (3, second.session, first.user.id));
}

#[tokio::test]
async fn an_owner_ends_only_a_session_of_their_own() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
    let end = async |session: &SessionId, owner| {
        world.store.end_session(session, owner, EndReason::SignedOut, NOW).await.unwrap()
    };
    assert_eq!(end(&ada.session, Some(&bob.user.id)).await, EndOutcome::NotFound);
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some());
    assert_eq!(end(&ada.session, Some(&ada.user.id)).await, EndOutcome::Ended);
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(end(&ada.session, Some(&ada.user.id)).await, EndOutcome::NotFound, "it ended already");
    assert!(world.store.session_of_token(&token(2), NOW).await.unwrap().is_some());
    let event = world.events().await.swap_remove(0);
    assert_eq!((event.kind, event.user), (EventKind::SessionEnded, Some(ada.user.id)));
    assert!(event.detail.as_str().contains("signed-out"));
}

#[tokio::test]
async fn an_operator_revokes_any_session() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(world.store.revoke_session(&ada.session, NOW).await.unwrap_err().code(), "session.unknown");
}

#[tokio::test]
async fn g8_a_disabled_tenant_ends_the_sessions_of_all_its_connections_and_no_others() {
    let world = two_customers().await;
    let (second, trust) = ("second".parse().unwrap(), idp("https://idp.example/"));
    world.store.import_connection(&tenant("contoso"), second, trust, NOW).await.unwrap();

    let disabled = world.store.disable_tenant(&tenant("contoso"), NOW).await.unwrap();
    let names: Vec<_> = disabled.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, ["contoso-entra", "second"]);
    let states = |connections: Vec<landfall_accounts::Connection>| {
        connections.into_iter().map(|one| (one.name.to_string(), one.state.name())).collect::<Vec<_>>()
    };
    let expected = [("contoso-entra", "disabled"), ("fabrikam-entra", "active"), ("second", "disabled")];
    let found = states(world.store.connections().await.unwrap());
    assert_eq!(found, expected.map(|(name, state)| (name.to_owned(), state)));
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert!(world.store.session_of_token(&token(2), NOW).await.unwrap().is_some());
    assert!(world.store.disable_tenant(&tenant("contoso"), NOW).await.unwrap().is_empty());
    let nobody = world.store.disable_tenant(&tenant("nobody"), NOW).await.unwrap_err();
    assert_eq!(nobody.code(), "tenant.unknown");
}

#[tokio::test]
async fn g8_a_connection_that_is_not_active_ends_its_sessions_and_no_others() {
    let world = two_customers().await;
    let name = &world.contoso.name;
    for (n, state) in
        [(1, ConnectionState::Disabled), (3, ConnectionState::Testing), (4, ConnectionState::Draft)]
    {
        if n > 1 {
            world.sign_in("ada", ADA, n).await;
        }
        assert!(world.store.session_of_token(&token(n), NOW).await.unwrap().is_some());
        world.store.set_connection_state(name, state, NOW).await.unwrap();
        assert_eq!(world.store.session_of_token(&token(n), NOW).await.unwrap(), None, "{state}");
        assert!(world.store.session_of_token(&token(2), NOW).await.unwrap().is_some());
        world.store.set_connection_state(name, ConnectionState::Active, NOW).await.unwrap();
        assert_eq!(
            world.store.session_of_token(&token(n), NOW).await.unwrap(),
            None,
            "it does not come back"
        );
    }
}

#[tokio::test]
async fn a_person_signs_out_everywhere_and_nobody_else_does() {
    let world = two_customers().await;
    let ada = world.sign_in("ada", ADA, 3).await;
    world.sign_in("bob", "bob@contoso.example", 4).await;
    let (waits, _) = world.login("ada", ADA).await;
    let lives = async |n| world.store.session_of_token(&token(n), NOW).await.unwrap().is_some();
    let (tenant, user) = (ada.user.tenant, ada.user.id);
    let end = async |tenant, user, but| {
        let reason = EndReason::SignedOutEverywhere;
        world.store.end_sessions_of(tenant, user, but, reason, NOW).await.unwrap()
    };
    let eve = world.store.session_of_token(&token(2), NOW).await.unwrap().unwrap().user;
    assert_eq!(end(&eve.tenant, &user, None).await, 0, "a person belongs to one tenant");
    assert_eq!(end(&tenant, &user, Some(&ada.session)).await, 2, "the first one, and the one that waits");
    assert_eq!([lives(1).await, lives(3).await, lives(2).await, lives(4).await], [false, true, true, true]);
    assert_eq!(world.store.hop(attempt(&waits, 5), NOW).await.unwrap(), HopOutcome::Missed);
    assert_eq!(end(&tenant, &user, None).await, 1);
    assert_eq!([lives(3).await, lives(2).await, lives(4).await], [false, true, true]);
    assert_eq!(end(&tenant, &user, None).await, 0);
    let events = world.events().await;
    let ended = events.iter().filter(|event| event.kind == EventKind::SessionEnded).collect::<Vec<_>>();
    assert_eq!(ended.len(), 3);
    for event in ended {
        assert_eq!((event.tenant, event.user), (Some(tenant), Some(user)));
        assert!(event.detail.as_str().contains("signed-out-everywhere"));
    }
}

#[tokio::test]
async fn an_operator_revokes_the_sessions_of_some_and_of_nobody_else() {
    let contoso = || tenant("contoso");
    let of_ada = SessionsOf::User(contoso(), ADA.parse().unwrap());
    let of_connection = SessionsOf::Connection("contoso-entra".parse().unwrap());
    for (whose, ended) in [(of_ada, 2), (of_connection, 4), (SessionsOf::Tenant(contoso()), 4)] {
        let world = two_customers().await;
        let (waits, _) = world.login("ada", ADA).await;
        world.sign_in("bob", "bob@contoso.example", 3).await;
        let over = world.sign_in("over", "over@contoso.example", 4).await;
        world.store.revoke_session(&over.session, NOW).await.unwrap();
        world.sign_in("cy", "cy@contoso.example", 5).await;
        let listed = world.store.sessions(Some(&whose), NOW).await.unwrap().len();
        assert_eq!(listed, ended - 1, "{whose:?}: the one that waits is not listed");
        assert_eq!(world.store.revoke_sessions(&whose, NOW).await.unwrap(), ended, "{whose:?}");
        assert_eq!(world.store.sessions(Some(&whose), NOW).await.unwrap(), []);
        let lives = async |n| world.store.session_of_token(&token(n), NOW).await.unwrap().is_some();
        let others = ended == 2;
        assert_eq!(
            [lives(1).await, lives(2).await, lives(3).await, lives(5).await],
            [false, true, others, others]
        );
        assert_eq!(world.store.hop(attempt(&waits, 6), NOW).await.unwrap(), HopOutcome::Missed, "{whose:?}");
        assert_eq!(world.store.revoke_sessions(&whose, NOW).await.unwrap(), 0);
        assert_eq!(world.count(EventKind::SessionEnded).await, ended + 1);
        // They come back if they may.
        world.sign_in("ada", ADA, 7).await;
        assert!(lives(7).await);
    }
    let world = World::new().await;
    for (whose, code) in [
        (SessionsOf::Tenant(tenant("nobody")), "tenant.unknown"),
        (SessionsOf::Connection("nobody".parse().unwrap()), "connection.unknown"),
        (SessionsOf::User(contoso(), ADA.parse().unwrap()), "user.unknown_name"),
    ] {
        assert_eq!(world.store.revoke_sessions(&whose, NOW).await.unwrap_err().code(), code);
        assert_eq!(world.store.sessions(Some(&whose), NOW).await.unwrap_err().code(), code);
    }
}

/// As many as one statement of events takes, and one more.
#[tokio::test]
async fn g8_many_sessions_end_at_once() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let copy = "INSERT INTO sessions (tenant_id, id, user_id, connection_id, handle, hop_until, target, opened_at, expires_at)
        SELECT tenant_id, ID, user_id, connection_id, 'copy-' || n, hop_until, target, opened_at, expires_at
        FROM sessions, (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
        SELECT n FROM numbers) AS many";
    let id = if world.database.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    assert_eq!(world.database.sql(&copy.replace("ID,", &format!("{id},"))).await, 500);
    let theirs = SessionsOf::Tenant(tenant("contoso"));
    assert_eq!(world.store.revoke_sessions(&theirs, NOW).await.unwrap(), 501);
    assert_eq!(world.store.sessions_of(&ada.user.id, NOW).await.unwrap(), []);
    assert_eq!(world.count(EventKind::SessionEnded).await, 501);
}
