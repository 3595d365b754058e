//! Each row of the table of `decide`, carried out.

use landfall_accounts::{
    Account, ConnectionState, EventKind, How, LinkedBy, NewUser, Origin, Refusal, Standing, UserState,
    ports::{LoginStore, SessionStore},
};
use time::Duration;

use crate::support::{ADA, NOW, World, attempt, committed, new_user, refused, signed_in, tenant};

#[tokio::test]
async fn row_1_a_connection_that_is_not_active_any_more_refuses() {
    let world = World::new().await;
    let name = &world.contoso.name;
    for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
        let record = world.record(&world.contoso, "ada", ADA);
        world.store.set_connection_state(name, state, NOW).await.unwrap();
        let refusal = refused(&committed(world.store.commit(record, NOW).await.unwrap()));
        assert_eq!(refusal, Refusal::ConnectionDisabled, "{state}");
        assert!(world.users().await.is_empty());
    }
    world.store.set_connection_state(name, ConnectionState::Active, NOW).await.unwrap();
    signed_in(world.login("ada", ADA).await.1);
}

#[tokio::test]
async fn g5_row_2_guests_follow_the_setting_of_the_moment() {
    let world = World::new().await;
    let guest = "ada_example.com#EXT#@contoso.example";
    assert_eq!(refused(&world.login("guest", guest).await.1), Refusal::Guest);
    world.set("guests", "admit").await;
    assert_eq!(signed_in(world.login("guest", guest).await.1).user_name.as_str(), guest);
}

#[tokio::test]
async fn g4_row_3_the_domain_of_the_login_name_decides_at_each_login() {
    let world = World::new().await;
    world.fabrikam().await;
    world.store.add_domain(&tenant("contoso"), "contoso.test".parse().unwrap(), NOW).await.unwrap();
    for (login_name, refusal) in [
        ("ada", Refusal::NoDomain),
        ("ada@unknown.example", Refusal::DomainNotListed),
        ("ada@sub.contoso.example", Refusal::DomainNotListed),
        ("ada@contoso.test", Refusal::DomainUnbound),
        ("ada@fabrikam.example", Refusal::DomainOfOtherTenant),
    ] {
        let (_, committed) = world.login("ada", login_name).await;
        assert_eq!(refused(&committed), refusal, "{login_name}");
        assert_eq!(committed.events, [EventKind::LoginRefused]);
    }
    assert!(world.users().await.is_empty());
    signed_in(world.login("ada", "ADA@CONTOSO.EXAMPLE").await.1);

    // The identity is linked by now; its domain is asked for all the same.
    assert_eq!(refused(&world.login("ada", "ada@contoso.test").await.1), Refusal::DomainUnbound);
    let idp = crate::support::idp("https://idp.example/");
    let other =
        world.store.import_connection(&tenant("contoso"), "other".parse().unwrap(), idp, NOW).await.unwrap();
    world.store.bind_domain(&"contoso.example".parse().unwrap(), &other.name, NOW).await.unwrap();
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::DomainBoundElsewhere);
}

#[tokio::test]
async fn row_4_a_known_person_signs_in_and_the_profile_follows() {
    let world = World::new().await;
    let first = signed_in(world.login("ada", "ada.byron@contoso.example").await.1);
    let (_, second) = world.login("ada", ADA).await;
    assert!(matches!(second.account, Account::SignedIn { how: How::Known, .. }));
    assert_eq!(second.events, [EventKind::AccountChanged, EventKind::LoginAccepted]);
    let user = signed_in(second);
    assert_eq!(user.id, first.id);
    assert_eq!((user.user_name.as_str(), user.email.as_deref()), (ADA, Some(ADA)));
    assert_eq!(world.users().await, [user]);
    let (_, third) = world.login("ada", ADA).await;
    assert_eq!(third.events, [EventKind::LoginAccepted], "nothing was new");
}

#[tokio::test]
async fn row_4_a_user_name_that_another_account_has_is_left_to_it() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", "ada.byron@contoso.example").await.1);
    let other = world.create(ADA).await;
    let (_, committed) = world.login("ada", ADA).await;
    assert_eq!(
        committed.events,
        [EventKind::AccountChanged, EventKind::AccountCollision, EventKind::LoginAccepted]
    );
    let user = signed_in(committed);
    assert_eq!((user.id, user.user_name.as_str()), (ada.id, "ada.byron@contoso.example"));
    assert_eq!(world.store.user(&other.id).await.unwrap(), other);
    let collision = world.events().await.into_iter().find(|event| event.kind == EventKind::AccountCollision);
    assert!(collision.unwrap().detail.as_str().contains(&other.id.to_string()));
}

#[tokio::test]
async fn rows_5_to_7_a_linked_account_that_is_not_active_is_refused() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    let (_, first) = world.login("ada", ADA).await;
    assert_eq!(refused(&first), Refusal::AwaitingActivation);
    let Account::Refused { user: Some(ada), .. } = first.account else { panic!("the account was made") };
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::AwaitingActivation);
    world.store.set_user_state(&ada, UserState::Active, NOW).await.unwrap();
    signed_in(world.login("ada", ADA).await.1);
    world.store.set_user_state(&ada, UserState::Suspended, NOW).await.unwrap();
    let (_, suspended) = world.login("ada", ADA).await;
    assert_eq!(suspended.account, Account::Refused { refusal: Refusal::Suspended, user: Some(ada) });
    assert_eq!(suspended.events, [EventKind::LoginRefused]);
}

#[tokio::test]
async fn row_8_a_deleted_identity_is_not_revived_and_its_name_goes_to_the_next_person() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    assert_eq!(world.store.identities_of(&ada.id).await.unwrap(), []);
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::IdentityDeleted);

    let (_, next) = world.login("another-ada", ADA).await;
    assert!(matches!(next.account, Account::SignedIn { how: How::Created, .. }));
    assert_ne!(signed_in(next).id, ada.id);

    let other = signed_in(world.login("bob", "bob@contoso.example").await.1);
    world.store.set_user_state(&other.id, UserState::Deprovisioned, NOW).await.unwrap();
    world.create("bob@contoso.example").await;
    let (_, revived) = world.login("bob", "bob@contoso.example").await;
    assert_eq!(
        refused(&revived),
        Refusal::IdentityDeleted,
        "not even by an account that an operator made anew"
    );
}

#[tokio::test]
async fn row_9_an_account_that_an_operator_made_is_linked_at_its_first_login() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let made = world.create("ada@contoso.example").await;
    let (_, committed) = world.login("ada", ADA).await;
    assert!(matches!(committed.account, Account::SignedIn { how: How::Linked, .. }));
    assert_eq!(committed.events, [EventKind::AccountLinked, EventKind::LoginAccepted]);
    let user = signed_in(committed);
    assert_eq!((user.id, user.first_name.as_deref()), (made.id, Some("Augusta")));
    assert_eq!(user.display_name.as_deref(), Some("Ada L."), "what did not arrive stays");
    let links = world.store.identities_of(&user.id).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!((links[0].how, links[0].subject.as_str()), (LinkedBy::FirstLink, "ada"));
    assert_eq!((links[0].connection, links[0].linked_at), (world.contoso.id, NOW));
    assert!(matches!(world.login("ada", ADA).await.1.account, Account::SignedIn { how: How::Known, .. }));
}

#[tokio::test]
async fn row_9_a_pending_account_is_linked_and_waits() {
    let world = World::new().await;
    let new = NewUser { state: UserState::Pending, ..new_user(ADA) };
    let made = world.store.create_user(&tenant("contoso"), new, NOW).await.unwrap();
    let (record, committed) = world.login("ada", ADA).await;
    assert_eq!(
        committed.account,
        Account::Refused { refusal: Refusal::AwaitingActivation, user: Some(made.id) }
    );
    assert_eq!(committed.events, [EventKind::AccountLinked, EventKind::LoginRefused]);
    assert_eq!(world.store.identities_of(&made.id).await.unwrap().len(), 1);
    let hop = world.store.hop(attempt(&record, 1), NOW).await.unwrap();
    assert_eq!(hop, landfall_accounts::HopOutcome::Missed, "no session waits");
    let later = NOW + Duration::days(30);
    world.store.set_user_state(&made.id, UserState::Active, later).await.unwrap();
    let record = world.record(&world.contoso, "ada", ADA);
    signed_in(committed_at(&world, record, later).await);
}

async fn committed_at(
    world: &World,
    record: landfall_accounts::LoginRecord,
    now: time::OffsetDateTime,
) -> landfall_accounts::Committed {
    committed(world.store.commit(record, now).await.unwrap())
}

#[tokio::test]
async fn row_10_every_other_namesake_is_refused_with_an_event() {
    let world = World::new().await;
    let linked = signed_in(world.login("bob", "bob@contoso.example").await.1);
    let (_, committed) = world.login("eve", "BOB@contoso.example").await;
    assert_eq!(refused(&committed).code(), "collision.linked");
    assert_eq!(
        committed.events,
        [EventKind::AccountCollision, EventKind::MergeProposed, EventKind::LoginRefused]
    );
    assert_eq!(world.store.identities_of(&linked.id).await.unwrap().len(), 1);

    let admin = NewUser { standing: Standing::Administrator, ..new_user("root@contoso.example") };
    let admin = world.store.create_user(&tenant("contoso"), admin, NOW).await.unwrap();
    let (_, committed) = world.login("eve", "root@contoso.example").await;
    assert_eq!(refused(&committed).code(), "collision.administrator");
    assert_eq!(world.store.identities_of(&admin.id).await.unwrap(), []);

    world.create(ADA).await;
    let record = world.record(&world.contoso, "ada", ADA);
    let late = committed_at(&world, record, NOW + Duration::days(15)).await;
    assert_eq!(refused(&late).code(), "collision.window_closed");
}

#[tokio::test]
async fn row_11_a_name_that_was_deleted_before_its_first_login_is_not_made_anew() {
    let world = World::new().await;
    let made = world.create(ADA).await;
    world.store.set_user_state(&made.id, UserState::Deprovisioned, NOW).await.unwrap();
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::NameDeleted);
    let again = world.create(ADA).await;
    assert_eq!(signed_in(world.login("ada", ADA).await.1).id, again.id);
}

#[tokio::test]
async fn rows_12_to_14_somebody_new_follows_the_policy_of_the_moment() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let (_, committed) = world.login("ada", ADA).await;
    assert_eq!(committed.account, Account::Refused { refusal: Refusal::NoAccount, user: None });
    assert!(world.users().await.is_empty());

    world.set("jit", "pending").await;
    let (_, committed) = world.login("ada", ADA).await;
    assert_eq!(refused(&committed), Refusal::AwaitingActivation);
    assert_eq!(committed.events, [EventKind::AccountCreated, EventKind::LoginRefused]);
    assert_eq!(world.users().await[0].state, UserState::Pending);

    world.set("jit", "active").await;
    let (_, committed) = world.login("bob", "bob@contoso.example").await;
    assert_eq!(committed.events, [EventKind::AccountCreated, EventKind::LoginAccepted]);
    let user = signed_in(committed);
    assert_eq!(
        (user.origin, user.standing, user.state),
        (Origin::JustInTime, Standing::Person, UserState::Active)
    );
    assert_eq!(user.last_login_at, None, "nobody is signed in before the hop");
    assert_eq!(world.store.identities_of(&user.id).await.unwrap()[0].how, LinkedBy::JustInTime);
    assert_eq!(world.store.sessions_of(&user.id, NOW).await.unwrap(), [], "the session is not listed");
}

#[tokio::test]
async fn the_events_of_a_login_carry_codes_and_ids_and_no_personal_data() {
    let world = World::new().await;
    world.login("ada-subject", ADA).await;
    world.login("eve-subject", ADA).await;
    let events = world.events().await;
    let accepted = events.iter().find(|event| event.kind == EventKind::LoginAccepted).unwrap();
    assert_eq!((accepted.connection, accepted.tenant), (Some(world.contoso.id), Some(world.contoso.tenant)));
    assert!(accepted.user.is_some() && accepted.trace.is_some());
    assert!(accepted.detail.as_str().contains(r#""decision":{"rules":"passed"}"#), "{accepted:?}");
    assert!(accepted.detail.as_str().contains("_assertion-0"), "{accepted:?}");
    let log = format!("{events:?}").to_lowercase();
    for personal in ["ada@", "augusta", "king", "subject"] {
        assert!(!log.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn rows_4_and_9_a_first_login_activates_where_the_settings_say_so() {
    let world = World::new().await;
    let pending = |name: &str| NewUser { state: UserState::Pending, ..new_user(name) };
    let bob = "bob@contoso.example";
    for name in [ADA, bob] {
        world.store.create_user(&tenant("contoso"), pending(name), NOW).await.unwrap();
    }
    assert_eq!(refused(&world.login("bob", bob).await.1), Refusal::AwaitingActivation, "linked, and waits");
    world.set("activation", "first-login").await;
    let (_, outcome) = world.login("ada", ADA).await;
    let kinds = [EventKind::AccountLinked, EventKind::AccountChanged, EventKind::LoginAccepted];
    assert_eq!(outcome.events, kinds);
    assert_eq!(signed_in(outcome).state, UserState::Active);
    let (_, outcome) = world.login("bob", bob).await;
    assert_eq!(outcome.events, [EventKind::AccountChanged, EventKind::LoginAccepted]);
    let bob = signed_in(outcome);
    assert_eq!(world.store.user(&bob.id).await.unwrap().state, UserState::Active);
    let activated = world.events().await.into_iter().filter(|event| {
        event.kind == EventKind::AccountChanged && event.detail.as_str().contains(r#""by":"first-login""#)
    });
    assert_eq!(activated.count(), 2);

    for state in [UserState::Suspended, UserState::Deprovisioned] {
        world.store.set_user_state(&bob.id, state, NOW).await.unwrap();
        refused(&world.login("bob", "bob@contoso.example").await.1);
        assert_eq!(world.store.user(&bob.id).await.unwrap().state, state, "a login revives nobody");
    }
}

#[tokio::test]
async fn row_5_what_a_login_made_pending_waits_for_an_operator_whatever_the_settings_say() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    world.set("activation", "first-login").await;
    for _ in 0..2 {
        assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::AwaitingActivation);
    }
}
