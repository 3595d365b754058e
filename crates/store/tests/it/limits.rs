//! How many accounts a tenant may have, whoever makes them.

use landfall_accounts::{
    EventKind, Refusal, UserLimit, UserState,
    ports::{LoginStore, PushOutcome},
};

use crate::support::{ADA, NOW, World, committed, hash, new_user, person, refused, signed_in, tenant};

async fn limit(world: &World, name: &str, limit: u32) -> u64 {
    world.store.limit_tenant(&tenant(name), Some(UserLimit::new(limit)), NOW).await.unwrap().users
}

fn full(limit: u32) -> Refusal {
    Refusal::TenantFull { limit: UserLimit::new(limit) }
}

#[tokio::test]
async fn a_login_makes_no_account_beyond_the_limit() {
    let world = World::new().await;
    assert_eq!(limit(&world, "contoso", 1).await, 0);
    let ada = signed_in(world.login("ada", ADA).await.1);
    let (_, outcome) = world.login("bob", "bob@contoso.example").await;
    assert_eq!((refused(&outcome), outcome.events.as_slice()), (full(1), &[EventKind::LoginRefused][..]));
    let event = world.events().await.remove(0);
    assert!(event.detail.as_str().contains("tenant.full"), "{event:?}");
    signed_in(world.login("ada", ADA).await.1);

    world.store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
    assert_eq!(refused(&world.login("bob", "bob@contoso.example").await.1), full(1), "she lives");
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    signed_in(world.login("bob", "bob@contoso.example").await.1);

    assert_eq!(limit(&world, "contoso", 0).await, 1, "who is there stays");
    signed_in(world.login("bob", "bob@contoso.example").await.1);
    world.store.limit_tenant(&tenant("contoso"), None, NOW).await.unwrap();
    signed_in(world.login("eve", "eve@contoso.example").await.1);
}

#[tokio::test]
async fn an_account_that_waits_counts_and_what_is_linked_is_not_made() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    limit(&world, "contoso", 2).await;
    world.create(ADA).await;
    assert_eq!(refused(&world.login("bob", "bob@contoso.example").await.1), Refusal::AwaitingActivation);
    assert_eq!(refused(&world.login("eve", "eve@contoso.example").await.1), full(2));
    signed_in(world.login("ada", ADA).await.1);
    world.set("jit", "off").await;
    assert_eq!(refused(&world.login("eve", "eve@contoso.example").await.1), Refusal::NoAccount);
}

#[tokio::test]
async fn an_operator_makes_and_invites_nobody_beyond_the_limit() {
    let world = World::new().await;
    limit(&world, "contoso", 1).await;
    let (contoso, bob) = (tenant("contoso"), "bob@contoso.example");
    world.create(ADA).await;
    let error = world.store.create_user(&contoso, new_user(bob), NOW).await.unwrap_err();
    assert_eq!(error.code(), "tenant.full");
    assert!(error.to_string().contains("its limit of 1"), "{error}");
    let name = bob.parse().unwrap();
    let invited = world.store.invite(&contoso, &name, &hash("link", 1), Default::default(), NOW).await;
    assert_eq!(invited.unwrap_err().code(), "tenant.full");
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
}

#[tokio::test]
async fn a_directory_makes_nobody_beyond_the_limit_and_changes_whom_it_has() {
    let world = World::new().await;
    limit(&world, "contoso", 1).await;
    assert!(matches!(world.push(person("ada", ADA)).await, PushOutcome::Created(_)));
    let outcome = world.push(person("bob", "bob@contoso.example")).await;
    let PushOutcome::Refused(refusal) = outcome else { panic!("the limit does not hold: {outcome:?}") };
    assert_eq!(refusal.code(), "tenant.full");
    assert_eq!(world.users().await.len(), 1);
}

#[tokio::test]
async fn a_full_customer_takes_no_room_from_another() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    limit(&world, "fabrikam", 1).await;
    limit(&world, "contoso", 1).await;
    for (subject, name) in [("one", "one@fabrikam.example"), ("two", "two@fabrikam.example")] {
        let record = world.record(&fabrikam, subject, name);
        let outcome = committed(world.store.commit(record, NOW).await.unwrap());
        match subject {
            "one" => drop(signed_in(outcome)),
            _ => assert_eq!(refused(&outcome), full(1)),
        }
    }
    // And what it sends in the name of others makes nothing at all.
    let foreign = world.record(&fabrikam, "three", "three@contoso.example");
    let outcome = committed(world.store.commit(foreign, NOW).await.unwrap());
    assert_eq!(refused(&outcome), Refusal::DomainOfOtherTenant);
    signed_in(world.login("ada", ADA).await.1);
}

#[tokio::test]
async fn of_many_first_logins_at_once_as_many_get_an_account_as_there_is_room() {
    let world = World::new().await;
    limit(&world, "contoso", 3).await;
    let logins = (0..12).map(|n| {
        let record =
            world.record(&world.contoso, &format!("subject-{n}"), &format!("person-{n}@contoso.example"));
        let store = world.store.clone();
        tokio::spawn(async move { committed(store.commit(record, NOW).await.unwrap()) })
    });
    let by_hand = (0..4).map(|n| {
        let store = world.store.clone();
        tokio::spawn(async move {
            let new = new_user(&format!("made-{n}@contoso.example"));
            store.create_user(&tenant("contoso"), new, NOW).await.map_err(|error| error.code())
        })
    });
    let (logins, by_hand) = (logins.collect::<Vec<_>>(), by_hand.collect::<Vec<_>>());
    let mut made = 0;
    for login in logins {
        let outcome = login.await.unwrap();
        match outcome.account {
            landfall_accounts::Account::SignedIn { .. } => made += 1,
            landfall_accounts::Account::Refused { refusal, .. } => assert_eq!(refusal, full(3)),
        }
    }
    for account in by_hand {
        match account.await.unwrap() {
            Ok(_) => made += 1,
            Err(code) => assert_eq!(code, "tenant.full"),
        }
    }
    assert_eq!((made, world.users().await.len()), (3, 3));
}

#[tokio::test]
async fn a_limit_is_kept_and_leaves_an_event() {
    let world = World::new().await;
    limit(&world, "contoso", 250).await;
    let found = world.store.tenants().await.unwrap().remove(0);
    assert_eq!(found.user_limit, Some(UserLimit::new(250)));
    let event = world.events().await.remove(0);
    assert!(event.detail.as_str().contains(r#""limit":250"#), "{event:?}");
    let error = world.store.limit_tenant(&tenant("none"), None, NOW).await.unwrap_err();
    assert_eq!(error.code(), "tenant.unknown");
    world.store.limit_tenant(&tenant("contoso"), None, NOW).await.unwrap();
    assert_eq!(world.store.tenants().await.unwrap().remove(0).user_limit, None);
}

#[tokio::test]
async fn the_database_counts_by_itself_whoever_makes_and_deletes_accounts() {
    let world = World::new().await;
    world.fabrikam().await;
    let count = || async {
        let tenants = world.store.tenants().await.unwrap();
        let counted: Vec<u64> = tenants.iter().map(|tenant| tenant.users).collect();
        counted
    };
    let ada = world.create(ADA).await;
    world.login("bob", "bob@contoso.example").await;
    assert_eq!(count().await, [2, 0]);
    for state in [UserState::Suspended, UserState::Active] {
        world.store.set_user_state(&ada.id, state, NOW).await.unwrap();
        assert_eq!(count().await, [2, 0]);
    }
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    assert_eq!(count().await, [1, 0]);
    // What no part of Landfall would do is counted too.
    world.database.sql("UPDATE users SET state = 'active' WHERE state = 'deprovisioned'").await;
    assert_eq!(count().await, [2, 0]);
}
