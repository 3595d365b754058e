use landfall_accounts::{EventKind, NewUser, Origin, Standing, UserId, UserState, ports::SessionStore};

use crate::support::{ADA, NOW, SECOND, World, new_user, tenant, token};

#[tokio::test]
async fn an_account_reads_back_as_it_was_made() {
    let world = World::new().await;
    let new = NewUser { standing: Standing::Administrator, state: UserState::Pending, ..new_user(ADA) };
    let made = world.store.create_user(&tenant("contoso"), new, NOW).await.unwrap();
    assert_eq!(made.user_name.as_str(), ADA);
    assert_eq!((made.state, made.standing), (UserState::Pending, Standing::Administrator));
    assert_eq!((made.origin, made.tenant), (Origin::Operator, world.contoso.tenant));
    assert_eq!((made.first_name.as_deref(), made.last_name.as_deref()), (Some("Ada"), None));
    assert_eq!((made.created_at, made.updated_at, made.last_login_at), (NOW, NOW, None));
    assert_eq!(world.store.user(&made.id).await.unwrap(), made);
    assert_eq!(world.users().await.as_slice(), std::slice::from_ref(&made));
    let named =
        world.store.user_named(&tenant("contoso"), &"aDA@CONTOSO.example".parse().unwrap()).await.unwrap();
    assert_eq!(named, made);
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
}

#[tokio::test]
async fn a_user_name_is_unique_in_its_tenant_without_case() {
    let world = World::new().await;
    world.fabrikam().await;
    let made = world.create(ADA).await;
    let error =
        world.store.create_user(&tenant("contoso"), new_user("ada@CONTOSO.EXAMPLE"), NOW).await.unwrap_err();
    assert_eq!(error.code(), "user.exists");
    assert!(
        error.to_string().contains(&made.id.to_string()) && !error.to_string().contains("ada"),
        "{error}"
    );
    world.store.create_user(&tenant("fabrikam"), new_user(ADA), NOW).await.unwrap();
}

#[tokio::test]
async fn a_new_account_is_pending_or_active() {
    let world = World::new().await;
    for (state, fine) in [
        (UserState::Pending, true),
        (UserState::Active, true),
        (UserState::Suspended, false),
        (UserState::Deprovisioned, false),
    ] {
        let new = NewUser { state, ..new_user(&format!("{state}@contoso.example")) };
        let made = world.store.create_user(&tenant("contoso"), new, NOW).await;
        assert_eq!(made.is_ok(), fine, "{state}");
    }
}

#[tokio::test]
async fn accounts_that_do_not_exist_are_errors() {
    let world = World::new().await;
    let made = world.create(ADA).await;
    let nobody = UserId::from_uuid(world.contoso.id.as_uuid());
    assert_eq!(world.store.user(&nobody).await.unwrap_err().code(), "user.unknown");
    let error = world.store.set_user_state(&nobody, UserState::Suspended, NOW).await.unwrap_err();
    assert_eq!(error.code(), "user.unknown");
    let unknown = "bob@contoso.example".parse().unwrap();
    assert_eq!(
        world.store.user_named(&tenant("contoso"), &unknown).await.unwrap_err().code(),
        "user.unknown_name"
    );
    assert_eq!(world.store.user_named(&tenant("none"), &unknown).await.unwrap_err().code(), "tenant.unknown");
    assert_eq!(world.store.users(&tenant("none")).await.unwrap_err().code(), "tenant.unknown");
    assert!(world.store.user(&made.id).await.is_ok());
}

#[tokio::test]
async fn an_account_goes_through_its_life_and_no_other_way() {
    let world = World::new().await;
    let user = world.create(ADA).await;
    let later = NOW + SECOND;
    let suspended = world.store.set_user_state(&user.id, UserState::Suspended, later).await.unwrap();
    assert_eq!((suspended.state, suspended.updated_at), (UserState::Suspended, later));
    let error = world.store.set_user_state(&user.id, UserState::Pending, later).await.unwrap_err();
    assert_eq!(error.code(), "user.state");
    assert_eq!(world.store.user(&user.id).await.unwrap(), suspended);
    world.store.set_user_state(&user.id, UserState::Active, later).await.unwrap();
    world.store.set_user_state(&user.id, UserState::Deprovisioned, later).await.unwrap();
    for state in [UserState::Pending, UserState::Active, UserState::Suspended, UserState::Deprovisioned] {
        assert!(world.store.set_user_state(&user.id, state, later).await.is_err(), "{state}");
    }
    assert_eq!(world.count(EventKind::AccountChanged).await, 3);
}

#[tokio::test]
async fn a_deleted_account_leaves_its_name_and_stays_in_the_list() {
    let world = World::new().await;
    let first = world.create(ADA).await;
    world.store.set_user_state(&first.id, UserState::Deprovisioned, NOW).await.unwrap();
    let named = world.store.user_named(&tenant("contoso"), &ADA.parse().unwrap()).await;
    assert_eq!(named.unwrap_err().code(), "user.unknown_name");
    let second = world.create(ADA).await;
    assert_ne!(first.id, second.id);
    assert_eq!(world.users().await.len(), 2);
}

#[tokio::test]
async fn to_suspend_or_delete_somebody_ends_the_sessions_at_once() {
    for state in [UserState::Suspended, UserState::Deprovisioned] {
        let world = World::new().await;
        let ada = world.sign_in("ada", ADA, 1).await.user;
        world.sign_in("ada", ADA, 2).await;
        world.sign_in("bob", "bob@contoso.example", 3).await;
        assert_eq!(world.store.sessions_of(&ada.id, NOW).await.unwrap().len(), 2);
        world.store.set_user_state(&ada.id, state, NOW).await.unwrap();
        assert_eq!(world.store.sessions_of(&ada.id, NOW).await.unwrap(), []);
        for n in [1, 2] {
            assert_eq!(world.store.session_of_token(&token(n), NOW).await.unwrap(), None);
        }
        assert!(
            world.store.session_of_token(&token(3), NOW).await.unwrap().is_some(),
            "somebody else's stays"
        );
        assert_eq!(world.count(EventKind::SessionEnded).await, 2);
    }
}

#[tokio::test]
async fn sessions_that_ended_do_not_come_back_with_the_account() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await.user;
    world.store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
    world.store.set_user_state(&ada.id, UserState::Active, NOW).await.unwrap();
    assert_eq!(world.store.session_of_token(&token(1), NOW).await.unwrap(), None);
    world.sign_in("ada", ADA, 2).await;
    assert!(world.store.session_of_token(&token(2), NOW).await.unwrap().is_some());
}
