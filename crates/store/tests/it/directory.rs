//! People whom a customer's directory pushes.

use std::collections::HashSet;

use landfall_accounts::{
    Activity, Criterion, EventKind, LinkedBy, NewUser, Origin, Push, Refusal, Standing, UserField, UserState,
    ports::{DeleteOutcome, DirectoryStore, LoginStore, PushOutcome, SessionStore},
};
use time::Duration;

use crate::support::{
    ADA, NOW, World, committed, directory, known, new_user, page, person, query, refused, refused_push,
    signed_in, tenant, token,
};

#[tokio::test]
async fn somebody_new_gets_an_account_that_is_linked_and_can_be_read_again() {
    let world = World::new().await;
    let made = world.push(person("ada", ADA)).await;
    assert!(matches!(made, PushOutcome::Created(_)), "{made:?}");
    let made = known(made);
    assert_eq!((made.user.origin, made.user.state), (Origin::Directory, UserState::Active));
    assert_eq!((made.version, made.pushed_at), (1, NOW));
    let contoso = directory(&world.contoso);
    assert_eq!(world.store.find_user(&contoso, &made.user.id).await.unwrap(), Some(made.clone()));
    assert_eq!(made.rest.as_str(), r#"{"title":"Countess"}"#);
    let links = world.store.identities_of(&made.user.id).await.unwrap();
    assert_eq!((links.len(), links[0].how, links[0].subject.as_str()), (1, LinkedBy::Directory, "ada"));
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
    let arrived = signed_in(world.login("ada", ADA).await.1);
    assert_eq!(arrived.id, made.user.id);
}

#[tokio::test]
async fn who_signed_in_first_and_is_pushed_then_has_one_account() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    let outcome = world.push(Push { email: None, ..person("ada", "countess@contoso.example") }).await;
    assert!(matches!(outcome, PushOutcome::Attached(_)), "{outcome:?}");
    let attached = known(outcome);
    assert_eq!((attached.user.id, attached.user.origin), (ada.id, Origin::JustInTime));
    assert_eq!(
        (attached.user.user_name.as_str(), attached.user.email.as_deref()),
        ("countess@contoso.example", None)
    );
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(
        refused_push(&world.push(person("ada", "third@contoso.example")).await),
        "push.external_id_taken"
    );
    let again = Push { external_id: None, ..person("ada", "third@contoso.example") };
    assert_eq!(refused_push(&world.push(again).await), "push.key_taken");
}

#[tokio::test]
async fn h7_h9_names_addresses_and_external_ids_adopt_nobody() {
    let world = World::new().await;
    let made = world.create(ADA).await;
    let bob = signed_in(world.login("bob", "bob@contoso.example").await.1);
    assert_eq!(
        refused_push(&world.push(person("ada", "ADA@CONTOSO.example")).await),
        "collision.not_by_directory"
    );
    assert_eq!(
        refused_push(&world.push(person("x", "BOB@contoso.example")).await),
        "collision.not_by_directory"
    );
    let keyless = Push { subject: None, ..person("bob", "bob@contoso.example") };
    assert_eq!(refused_push(&world.push(keyless).await), "collision.not_by_directory");
    let admin = NewUser { standing: Standing::Administrator, ..new_user("root@contoso.example") };
    world.store.create_user(&tenant("contoso"), admin, NOW).await.unwrap();
    assert_eq!(
        refused_push(&world.push(person("r", "root@contoso.example")).await),
        "collision.administrator"
    );

    let eve = Push { email: Some(ADA.to_owned()), ..person("eve", "eve@contoso.example") };
    let eve = known(world.push(eve).await).user;
    assert!(eve.id != made.id && eve.id != bob.id);
    assert_eq!(world.store.identities_of(&made.id).await.unwrap(), []);
    assert_eq!(refused_push(&world.push(person("f", "EVE@contoso.example")).await), "push.user_name_taken");
    let taken = Push { external_id: Some("eve".parse().unwrap()), ..person("g", "g@contoso.example") };
    assert_eq!(refused_push(&world.push(taken).await), "push.external_id_taken");
    assert_eq!(world.count(EventKind::PushRefused).await, 6);
}

#[tokio::test]
async fn g4_a_user_name_must_be_of_a_bound_domain() {
    let world = World::new().await;
    world.fabrikam().await;
    for (name, code) in [
        ("ada@fabrikam.example", "domain.other_tenant"),
        ("ada@nobody.example", "domain.not_listed"),
        ("ada", "domain.none"),
        ("ada_x#EXT#@contoso.example", "account.guest"),
    ] {
        assert_eq!(refused_push(&world.push(person("ada", name)).await), code);
    }
    let ada = known(world.push(person("ada", ADA)).await).user;
    let moved = world.change(&ada.id, |push| push.user_name = "ada@fabrikam.example".parse().unwrap()).await;
    assert_eq!(refused_push(&moved), "domain.other_tenant");
}

#[tokio::test]
async fn h8_inactive_ends_sessions_in_the_same_transaction_and_active_gives_access_back() {
    let world = World::new().await;
    let ada = known(world.push(person("ada", ADA)).await).user;
    world.sign_in("ada", ADA, 1).await;
    let gone = known(world.change(&ada.id, |push| push.activity = Activity::Inactive).await);
    assert_eq!((gone.user.state, gone.version), (UserState::Suspended, 2));
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(world.count(EventKind::SessionEnded).await, 1);
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::Suspended);
    let back = known(world.change(&ada.id, |push| push.activity = Activity::Active).await);
    assert_eq!(back.user.state, UserState::Active);
    signed_in(world.login("ada", ADA).await.1);
    let same = known(world.change(&ada.id, |_| ()).await);
    assert_eq!(same.version, 3, "nothing changed");
}

#[tokio::test]
async fn operator_and_directory_suspend_each_for_themselves() {
    let world = World::new().await;
    let ada = known(world.push(person("ada", ADA)).await).user;
    let set = async |state| world.store.set_user_state(&ada.id, state, NOW).await;
    set(UserState::Suspended).await.unwrap();
    let says =
        async |activity| known(world.change(&ada.id, |push| push.activity = activity).await).user.state;
    assert_eq!(says(Activity::Active).await, UserState::Suspended, "an operator's word stands");
    assert_eq!(says(Activity::Inactive).await, UserState::Suspended);
    assert_eq!(set(UserState::Active).await.unwrap_err().code(), "user.inactive_in_directory");
    assert_eq!(says(Activity::Active).await, UserState::Suspended);
    assert_eq!(set(UserState::Active).await.unwrap().state, UserState::Active);

    assert_eq!(says(Activity::Inactive).await, UserState::Suspended);
    assert_eq!(set(UserState::Active).await.unwrap_err().code(), "user.inactive_in_directory");
    set(UserState::Suspended).await.unwrap();
    assert_eq!(says(Activity::Active).await, UserState::Suspended, "the operator took over");
    assert_eq!(set(UserState::Suspended).await.unwrap_err().code(), "user.state");
    set(UserState::Active).await.unwrap();
}

#[tokio::test]
async fn whom_an_operator_must_activate_no_directory_activates() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::AwaitingActivation);
    let ada = known(world.push(person("ada", ADA)).await).user;
    assert_eq!(ada.state, UserState::Pending);
    for (activity, state) in
        [(Activity::Inactive, UserState::Suspended), (Activity::Active, UserState::Pending)]
    {
        let after = known(world.change(&ada.id, |push| push.activity = activity).await);
        assert_eq!(after.user.state, state);
    }
}

#[tokio::test]
async fn a_directory_deletes_for_good_and_may_make_the_person_anew() {
    let world = World::new().await;
    let ada = known(world.push(person("ada", ADA)).await).user;
    world.sign_in("ada", ADA, 1).await;
    let by = world.asks(&world.contoso);
    assert_eq!(world.store.delete_user(&by, &ada.id, NOW).await.unwrap(), DeleteOutcome::Deleted);
    assert_eq!(world.store.delete_user(&by, &ada.id, NOW).await.unwrap(), DeleteOutcome::NotFound);
    assert_eq!(world.store.find_user(&by.directory, &ada.id).await.unwrap(), None);
    assert!(matches!(world.change(&ada.id, |_| ()).await, PushOutcome::NotFound));
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(world.store.user(&ada.id).await.unwrap().state, UserState::Deprovisioned);
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::IdentityDeleted);

    let anew = known(world.push(person("ada", ADA)).await).user;
    assert_ne!(anew.id, ada.id);
    assert_eq!(signed_in(world.login("ada", ADA).await.1).id, anew.id);
    assert_eq!(world.store.user(&ada.id).await.unwrap().state, UserState::Deprovisioned);
    assert_eq!(world.store.delete_user(&by, &anew.id, NOW).await.unwrap(), DeleteOutcome::Deleted);
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::IdentityDeleted, "and so on");
}

#[tokio::test]
async fn whom_an_operator_deleted_no_directory_makes_anew() {
    let world = World::new().await;
    let keyless = |name: &str| Push { subject: None, ..person("ada-external", name) };
    for push in [person("ada", ADA), keyless("bob@contoso.example")] {
        let made = known(world.push(push.clone()).await).user;
        world.store.set_user_state(&made.id, UserState::Deprovisioned, NOW).await.unwrap();
        assert_eq!(refused_push(&world.push(push).await), "identity.deleted");
        assert!(matches!(world.change(&made.id, |_| ()).await, PushOutcome::NotFound));
    }
    let other = Push { external_id: Some("another".parse().unwrap()), ..keyless("bob@contoso.example") };
    known(world.push(other).await);
}

#[tokio::test]
async fn row_9_whom_the_directory_pushes_without_a_key_is_linked_at_the_first_login() {
    let world = World::new().await;
    let push = |name| Push { subject: None, ..person(name, &format!("{name}@contoso.example")) };
    let ada = known(world.push(push("ada")).await).user;
    let arrived = signed_in(world.login("a", "ADA@contoso.example").await.1);
    assert_eq!(arrived.id, ada.id);
    assert_eq!(world.store.identities_of(&ada.id).await.unwrap()[0].how, LinkedBy::FirstLink);
    let seen = world.store.find_user(&directory(&world.contoso), &ada.id).await.unwrap().unwrap();
    assert_eq!(seen.version, 2, "a login changed what the directory sees");

    let key = |key: &str| Some(key.parse().unwrap());
    assert_eq!(
        refused_push(&world.change(&ada.id, |push| push.subject = key("b")).await),
        "push.key_changed"
    );
    let bob = known(world.push(push("bob")).await).user;
    assert_eq!(refused_push(&world.change(&bob.id, |push| push.subject = key("a")).await), "push.key_taken");
    known(world.change(&bob.id, |push| push.subject = key("b")).await);
    assert_eq!(signed_in(world.login("b", "bob@contoso.example").await.1).id, bob.id);

    known(world.push(push("late")).await);
    let record = world.record(&world.contoso, "l", "late@contoso.example");
    let late = committed(world.store.commit(record, NOW + Duration::days(15)).await.unwrap());
    assert_eq!(refused(&late).code(), "collision.window_closed");
}

#[tokio::test]
async fn people_are_found_and_listed_in_a_stable_order() {
    let world = World::new().await;
    let contoso = directory(&world.contoso);
    let mut ids = Vec::new();
    for n in 0..7 {
        let push = Push {
            activity: if n % 2 == 0 { Activity::Active } else { Activity::Inactive },
            ..person(&format!("key-{n}"), &format!("User-{n}@contoso.example"))
        };
        let by = world.asks(&world.contoso);
        let made = world.store.push_user(&by, push, NOW + Duration::seconds(n)).await.unwrap();
        ids.push(known(made).user.id);
    }
    world.create("operators@contoso.example").await;
    let all = || Criterion::everything();
    for (offset, limit) in [(0, 3), (3, 3), (6, 3), (7, 3), (0, 100)] {
        let found = world.store.users_page(&contoso, &query(all(), page(offset, limit))).await.unwrap();
        let got: Vec<_> = found.items.iter().map(|one| one.user.id).collect();
        let end = (offset as usize + limit as usize).min(7);
        assert_eq!((found.total, got), (7, ids[offset as usize..end].to_vec()));
    }
    let find = async |filter: Criterion<UserField>| {
        let found = world.store.users_page(&contoso, &query(filter, page(0, 10))).await.unwrap();
        assert_eq!(found.total as usize, found.items.len());
        found.items.iter().map(|one| one.user.id).collect::<Vec<_>>()
    };
    let name = |name: &str| Criterion::equal(UserField::UserName, name);
    let called = |id: &str| Criterion::equal(UserField::ExternalId, id);
    assert_eq!(find(name("USER-3@contoso.EXAMPLE")).await, [ids[3]]);
    assert_eq!(find(name("operators@contoso.example")).await, []);
    assert_eq!(find(called("key-4")).await, [ids[4]]);
    assert_eq!(find(called("KEY-4")).await, []);
    assert_eq!(find(Criterion::equal(UserField::Email, "user-5@contoso.example")).await, [ids[5]]);
    let both = |name| Criterion::All(vec![Criterion::equal(UserField::Id, ids[6].as_uuid()), name]);
    assert_eq!(find(both(name("User-6@contoso.example"))).await, [ids[6]]);
    assert_eq!(find(both(name("User-5@contoso.example"))).await, []);
}

#[tokio::test]
async fn what_edit_refuses_is_not_changed() {
    let world = World::new().await;
    let ada = known(world.push(person("ada", ADA)).await);
    let by = world.asks(&world.contoso);
    let events = world.events().await.len();
    let answer = world.store.edit_user(&by, &ada.user.id, |_| Err::<Push, _>("no such version"), NOW).await;
    assert_eq!(answer.unwrap().unwrap_err(), "no such version");
    assert_eq!(world.store.find_user(&by.directory, &ada.user.id).await.unwrap(), Some(ada));
    assert_eq!(world.events().await.len(), events);
}

/// Must hold 500 times on each database: the push and the login begin at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_pushed_and_signs_in_at_the_same_moment_has_one_account_with_both() {
    let world = World::new().await;
    let contoso = directory(&world.contoso);
    let mut outcomes = HashSet::new();
    for n in 0..500 {
        let (key, name) = (format!("key-{n}"), format!("person-{n}@contoso.example"));
        let record = world.record(&world.contoso, &key, &name);
        let (by, push) = (world.asks(&world.contoso), person(&key, &name));
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
        let (store, gate) = (world.store.clone(), barrier.clone());
        let login = tokio::spawn(async move {
            gate.wait().await;
            store.commit(record, NOW).await.unwrap()
        });
        let (store, gate) = (world.store.clone(), barrier);
        let pushed = tokio::spawn(async move {
            gate.wait().await;
            store.push_user(&by, push, NOW).await.unwrap()
        });
        let (arrived, pushed) = (signed_in(committed(login.await.unwrap())), pushed.await.unwrap());
        outcomes.insert(matches!(pushed, PushOutcome::Created(_)));
        let pushed = known(pushed);
        assert_eq!(arrived.id, pushed.user.id, "{n}");
        assert_eq!(world.store.identities_of(&arrived.id).await.unwrap().len(), 1);
        assert!(world.store.find_user(&contoso, &arrived.id).await.unwrap().is_some());
    }
    assert_eq!(world.users().await.len(), 500);
    assert_eq!(outcomes.len(), 2, "each of them was first at times");
}
