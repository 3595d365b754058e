//! Events hang together, nobody changes them unnoticed, and what an operator does is among them.

use std::io;

use landfall_accounts::{
    Detail, EndReason, Event, EventKind, HopOutcome, TenantId,
    ports::{LoginStore, SessionStore},
};
use landfall_store::{
    AuditError, ChainFault, EventFilter, Following, Head, KeyPurpose, SpKey, Store, Verified,
};
use serde_json::Value;

use crate::{
    database::Database,
    support::{ADA, NOW, SECOND, World, attempt, new_user, tenant, token, trace},
};

/// Two tenants in which something happened, and something that belongs to none.
async fn world() -> World {
    let world = World::new().await;
    world.fabrikam().await;
    world.sign_in("ada", ADA, 1).await;
    world.sign_in("bob", "bob@contoso.example", 2).await;
    world.store.note(of_nobody()).await.unwrap();
    world
}

fn of_nobody() -> Event {
    let (tenant, connection, user) = (None, None, None);
    let detail = Detail::new("{}");
    Event { at: NOW, kind: EventKind::LoginRefused, tenant, connection, user, trace: Some(trace(9)), detail }
}

async fn verify(store: &Store, kept: &[Head]) -> Result<Verified, ChainFault> {
    match store.verify_events(kept).await {
        Ok(verified) => Ok(verified),
        Err(AuditError::Chain(fault)) => Err(fault),
        Err(other) => panic!("{other}"),
    }
}

/// What only somebody can do who may change the tables.
async fn unguarded(database: &Database, statement: &str) {
    let drop = match database.is_postgres() {
        true => "DROP TRIGGER events_never_change ON events; DROP TRIGGER events_never_go ON events;",
        false => "DROP TRIGGER events_never_change; DROP TRIGGER events_never_go;",
    };
    database.sql(&format!("{drop} {statement}")).await;
}

#[tokio::test]
async fn each_tenant_has_a_chain_and_so_has_the_installation() {
    let world = world().await;
    let verified = verify(&world.store, &[]).await.unwrap();
    let recorded = world.store.events(&EventFilter::default(), 1000).await.unwrap();
    assert_eq!((verified.events, verified.earlier), (recorded.len() as u64, 0));
    let [installation, one, other] = verified.heads[..] else { panic!("{verified:?}") };
    let is_contoso = one.tenant == Some(world.contoso.tenant);
    let (contoso, fabrikam) = if is_contoso { (one, other) } else { (other, one) };
    assert_eq!((installation.tenant, installation.seq), (None, 1));
    assert_eq!((contoso.tenant, contoso.seq), (Some(world.contoso.tenant), 4 + 2 * 3));
    assert_eq!(fabrikam.seq, 4);
    let of_fabrikam = recorded.iter().filter(|recorded| recorded.event.tenant == fabrikam.tenant);
    assert_eq!(of_fabrikam.map(|recorded| recorded.seq).collect::<Vec<_>>(), [4, 3, 2, 1].map(Some));
    assert_eq!(verify(&world.store, &verified.heads).await.unwrap(), verified);
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_an_event() {
    let world = world().await;
    let database = world.database.connect().await;
    let mut statements =
        vec!["UPDATE events SET detail = '{}' WHERE id = 1", "DELETE FROM events WHERE id = 1"];
    if world.database.is_postgres() {
        statements.push("TRUNCATE events");
    }
    for statement in statements {
        let error = sea_orm::ConnectionTrait::execute_unprepared(&database, statement).await.unwrap_err();
        assert!(error.to_string().contains("events are only ever added"), "{error}");
    }
    database.close().await.unwrap();
    verify(&world.store, &[]).await.unwrap();
}

#[tokio::test]
async fn of_a_broken_chain_the_first_wrong_event_is_named() {
    // The fifth event is of contoso, where it has number 5 after the four of its making.
    type Says = fn(Option<TenantId>) -> ChainFault;
    let cases: [(&str, Says); 13] = [
        ("UPDATE events SET detail = '{\"a\":1}' WHERE id = 9", |tenant| ChainFault::Changed {
            id: 9,
            tenant,
            seq: 5,
        }),
        ("UPDATE events SET user_id = NULL WHERE id = 9", |tenant| ChainFault::Changed {
            id: 9,
            tenant,
            seq: 5,
        }),
        ("UPDATE events SET at = at + 1 WHERE id = 9", |tenant| ChainFault::Changed {
            id: 9,
            tenant,
            seq: 5,
        }),
        ("UPDATE events SET trace = NULL WHERE id = 10", |tenant| ChainFault::Changed {
            id: 10,
            tenant,
            seq: 6,
        }),
        ("UPDATE events SET kind = 'login.refused' WHERE id = 10", |tenant| ChainFault::Changed {
            id: 10,
            tenant,
            seq: 6,
        }),
        // With a hash that fits nothing: the next one says so at the latest.
        ("UPDATE events SET hash = (SELECT hash FROM events WHERE id = 8) WHERE id = 9", |tenant| {
            ChainFault::Changed { id: 9, tenant, seq: 5 }
        }),
        ("DELETE FROM events WHERE id = 9", |tenant| ChainFault::Missing { id: 10, tenant, seq: 5 }),
        ("DELETE FROM events WHERE id IN (9, 10)", |tenant| ChainFault::Missing { id: 11, tenant, seq: 5 }),
        (
            "UPDATE events SET id = 1000 WHERE id = 9; UPDATE events SET id = 9 WHERE id = 10; UPDATE events SET id = 10 WHERE id = 1000",
            |tenant| ChainFault::OutOfOrder { id: 9, tenant, seq: 6 },
        ),
        (
            "DROP INDEX events_tenant_id_seq; INSERT INTO events (at, kind, tenant_id, detail, seq, form, hash) SELECT at, kind, tenant_id, '{}', seq, form, hash FROM events WHERE tenant_id = (SELECT tenant_id FROM events WHERE id = 9) ORDER BY seq DESC LIMIT 1",
            |tenant| ChainFault::Forked { id: 16, tenant, seq: 10 },
        ),
        (
            "DROP INDEX events_tenant_id_seq; INSERT INTO events (at, kind, tenant_id, detail, seq, form, hash) SELECT at, kind, tenant_id, detail, seq, form, hash FROM events WHERE id = 9",
            |tenant| ChainFault::Forked { id: 16, tenant, seq: 5 },
        ),
        (
            "INSERT INTO events (at, kind, tenant_id, detail) SELECT at, kind, tenant_id, detail FROM events WHERE id = 9",
            |_| ChainFault::Unchained { id: 16 },
        ),
        ("UPDATE events SET form = 7 WHERE id = 9", |_| ChainFault::Unchained { id: 9 }),
    ];
    for (statement, says) in cases {
        let world = world().await;
        assert_eq!(verify(&world.store, &[]).await.unwrap().events, 15);
        unguarded(&world.database, statement).await;
        let fault = verify(&world.store, &[]).await.unwrap_err();
        assert_eq!(fault, says(Some(world.contoso.tenant)), "{statement}: {fault}");
    }
}

/// Whoever may change the tables can write a whole chain anew, or cut off its end: the chain alone does not show it.
#[tokio::test]
async fn a_head_that_was_kept_shows_what_was_written_anew_or_cut_off() {
    let world = world().await;
    let kept = verify(&world.store, &[]).await.unwrap().heads;
    world.sign_in("ada", ADA, 3).await;
    verify(&world.store, &kept).await.unwrap();
    let now = verify(&world.store, &[]).await.unwrap().heads;
    let contoso = now.iter().find(|head| head.tenant == Some(world.contoso.tenant)).copied().unwrap();
    unguarded(&world.database, "DELETE FROM events WHERE id >= 16").await;
    verify(&world.store, &kept).await.unwrap();
    let fault = verify(&world.store, &[contoso]).await.unwrap_err();
    assert_eq!(fault, ChainFault::CutOff { head: contoso, restores: 0 });

    let other = Head { hash: [7; 32], ..kept[1] };
    let fault = verify(&world.store, &[other]).await.unwrap_err();
    assert_eq!(fault, ChainFault::Rewritten { head: other, restores: 0 });
    // After a restore the words are others, since then it may be no attack.
    world.store.mark_restored(NOW + SECOND).await.unwrap();
    let fault = verify(&world.store, &[other]).await.unwrap_err();
    assert!(fault.to_string().contains("restored from a backup 1 times"), "{fault}");
    let stranger = Head { tenant: Some(TenantId::from_uuid(world.contoso.id.as_uuid())), ..contoso };
    assert!(matches!(verify(&world.store, &[stranger]).await, Err(ChainFault::CutOff { .. })));
}

#[tokio::test]
async fn an_export_has_every_event_and_ends_with_the_heads() {
    let world = world().await;
    let verified = verify(&world.store, &[]).await.unwrap();
    let mut lines = Vec::new();
    let mut keep = |line: &str| {
        lines.push(line.to_owned());
        Ok(())
    };
    world.store.export_events(1, &mut keep).await.unwrap();
    assert_eq!(lines.len(), 15 + 3);
    let line: Value = serde_json::from_str(&lines[8]).unwrap();
    let tenant = world.contoso.tenant.to_string();
    assert_eq!(
        (line["id"].as_i64(), line["seq"].as_i64(), line["form"].as_i64()),
        (Some(9), Some(5), Some(1))
    );
    assert_eq!(
        (line["kind"].as_str(), line["tenant"].as_str()),
        (Some("account.created"), Some(tenant.as_str()))
    );
    assert_eq!(line["at"].as_str(), Some("2030-01-02T03:04:05.678Z"));
    assert!(
        line["detail"].as_str().unwrap().contains("just-in-time")
            && line["hash"].as_str().unwrap().len() == 64
    );
    assert_eq!(Head::kept_in(&lines.join("\n")), verified.heads);

    let mut later = Vec::new();
    let keep = |line: &str| {
        later.push(line.to_owned());
        Ok(())
    };
    world.store.export_events(15, keep).await.unwrap();
    assert_eq!(later, lines[14..]);
    let full = world.store.export_events(1, |_| Err(io::ErrorKind::StorageFull.into())).await;
    assert!(matches!(full, Err(AuditError::Write(_))));
}

#[tokio::test]
async fn events_are_found_by_tenant_kind_and_time_and_followed() {
    let world = world().await;
    let found = async |filter: EventFilter| world.store.events(&filter, 1000).await.unwrap().len();
    let all = EventFilter::default;
    assert_eq!(found(EventFilter { tenant: Some(world.contoso.tenant), ..all() }).await, 10);
    assert_eq!(found(EventFilter { kind: Some(EventKind::SessionOpened), ..all() }).await, 2);
    assert_eq!(found(EventFilter { since: Some(NOW), ..all() }).await, 15);
    assert_eq!(found(EventFilter { since: Some(NOW + SECOND), ..all() }).await, 0);
    let last = world.store.events(&all(), 1).await.unwrap()[0].id;
    let mut following = Following::after(last);
    assert_eq!(world.store.follow_events(&mut following, NOW).await.unwrap(), []);
    world.store.note(of_nobody()).await.unwrap();
    let new = world.store.follow_events(&mut following, NOW).await.unwrap();
    assert_eq!(new.iter().map(|recorded| &recorded.event).collect::<Vec<_>>(), [&of_nobody()]);
    assert_eq!(world.store.follow_events(&mut following, NOW).await.unwrap(), []);
    let filter = EventFilter { kind: Some(EventKind::Restored), ..all() };
    assert!(!filter.takes(&of_nobody()) && all().takes(&of_nobody()));
}

/// On PostgreSQL they write at once: each waits for its turn, and none fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_chain_neither_forks_nor_fails_when_many_write_at_once() {
    let world = std::sync::Arc::new(world().await);
    let fabrikam =
        world.store.connections().await.unwrap().into_iter().find(|c| c.id != world.contoso.id).unwrap();
    let mut writers = Vec::new();
    for n in 10..20_u32 {
        let (one, fabrikam) = (world.clone(), fabrikam.clone());
        writers.push(tokio::spawn(async move {
            let (store, at) = (&one.store, NOW);
            store.note(Event { tenant: Some(one.contoso.tenant), ..of_nobody() }).await.unwrap();
            store.note(of_nobody()).await.unwrap();
            let session = one.sign_in(&format!("p{n}"), &format!("p{n}@contoso.example"), n).await.session;
            // A hop that replaces a session of another tenant writes into both chains.
            let record = one.record(&fabrikam, &format!("f{n}"), &format!("f{n}@fabrikam.example"));
            crate::support::committed(store.commit(record.clone(), at).await.unwrap());
            let hop = landfall_accounts::HopAttempt {
                current: Some(token(n)),
                replace: landfall_accounts::Replace::Confirmed,
                ..attempt(&record, 100 + n)
            };
            assert!(matches!(store.hop(hop, at).await.unwrap(), HopOutcome::Opened(_)));
            let _ = store.end_session(&session, None, EndReason::SignedOut, at).await.unwrap();
            let _ = store
                .hop(attempt(&one.record(&fabrikam, "x", "x@fabrikam.example"), 200 + n), at)
                .await
                .unwrap();
            let new = new_user(&format!("n{n}@contoso.example"));
            store.create_user(&tenant("contoso"), new, at).await.unwrap();
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let verified = verify(&world.store, &[]).await.unwrap();
    assert_eq!(verified.events, 15 + 10 * (2 + 3 + 3 + 1 + 1 + 1));
}

/// What an operator does is in the log, and that it was an operator.
#[tokio::test]
async fn each_change_by_an_operator_leaves_an_event() {
    let world = World::new().await;
    let (store, name) = (&world.store, &world.contoso.name);
    let key = |n: u8| SpKey { certificate: vec![0x30, n], sealed: vec![n], created_at: NOW };
    let signing = KeyPurpose::Signing;
    store.keep_sp_key(signing, key(1)).await.unwrap();
    store.keep_sp_key(signing, key(9)).await.unwrap();
    store.stage_sp_key(signing, key(2)).await.unwrap();
    store.activate_sp_key(signing, NOW).await.unwrap();
    store.retire_sp_key(signing, &[0x30, 1], NOW).await.unwrap();
    store.set_connection(name, &[("jit", "off")], NOW).await.unwrap();
    let state = landfall_accounts::ConnectionState::Disabled;
    store.set_connection_state(name, state, NOW).await.unwrap();
    store.set_connection_state(name, landfall_accounts::ConnectionState::Active, NOW).await.unwrap();
    store.disable_tenant(&tenant("contoso"), NOW).await.unwrap();
    let ada = world.create(ADA).await;
    store.set_user_state(&ada.id, landfall_accounts::UserState::Suspended, NOW).await.unwrap();
    store.trace_connection(name, None, NOW).await.unwrap();
    store.forget_traces(name, NOW).await.unwrap();
    let said: Vec<String> = world
        .events()
        .await
        .iter()
        .rev()
        .map(|event| {
            let detail: Value = serde_json::from_str(event.detail.as_str()).unwrap();
            let what = detail["action"].as_str().unwrap_or(event.kind.code());
            format!("{what} by {}", detail["by"].as_str().unwrap_or("nobody"))
        })
        .collect();
    assert_eq!(
        said,
        [
            "tenant.create by operator",
            "domain.add by operator",
            "connection.import by operator",
            "domain.bind by operator",
            "key.make by installation",
            "key.stage by operator",
            "key.activate by operator",
            "key.retire by operator",
            "connection.set by operator",
            "connection.state by operator",
            "connection.state by operator",
            "connection.state by operator",
            "account.created by operator",
            "account.changed by operator",
            "connection.trace by operator",
            "trace.forget by operator",
        ]
    );
}
