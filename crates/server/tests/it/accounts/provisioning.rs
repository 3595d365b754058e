//! Just-in-time accounts, and accounts that an operator made before.

use landfall_accounts::EventKind::{
    AccountCollision, AccountCreated, AccountLinked, LoginAccepted, LoginRefused,
};
use landfall_accounts::{FIRST_LINK_WINDOW, Origin, Standing, UserState};
use tokio::task::JoinSet;

use crate::world::{Answer, LINDQVIST, MILLISECOND, SIMON, World, pending};

async fn arrives(world: &World, person: &str) -> Answer {
    world.browser().arrive(world, &world.contoso, &world.contoso.person(person), |_| ()).await
}

#[tokio::test]
async fn jit_active_makes_an_account_with_the_claims_of_the_person() {
    let world = World::new().await;
    let answer = arrives(&world, SIMON).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    let simon = world.user(SIMON).await;
    assert_eq!(
        (simon.state, simon.origin, simon.standing),
        (UserState::Active, Origin::JustInTime, Standing::Person)
    );
    let profile = [&simon.first_name, &simon.last_name, &simon.email, &simon.display_name];
    assert_eq!(
        profile.map(|field| field.as_deref()),
        [Some("B"), Some("Simon"), Some(SIMON), Some("B.Simon")]
    );
}

#[tokio::test]
async fn jit_off_makes_none_and_uses_the_login_up() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.contoso.answers(SIMON, &begun);
    let answer = browser.submit(&response).await;
    world.refused(&answer, 403, "account.none");
    assert!(answer.body.contains("There is no account for you here."));
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    assert!(world.users(&world.contoso).await.is_empty());
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_some());
    world.set("jit", "active").await;
    world.refused(&browser.submit(&response).await, 403, "request.answered");
    assert_eq!(arrives(&world, SIMON).await.status, 303);
}

#[tokio::test]
async fn a_full_tenant_says_so_to_its_operator_and_to_nobody_else() {
    let world = World::new().await;
    let (tenant, limit) = (world.contoso.tenant(), landfall_accounts::UserLimit::new(1));
    world.store.limit_tenant(&tenant, Some(limit), world.clock.now()).await.unwrap();
    assert_eq!(arrives(&world, LINDQVIST).await.status, 303);
    let answer = arrives(&world, SIMON).await;
    world.refused(&answer, 403, "tenant.full");
    assert!(answer.body.contains("There is no account for you here."), "{}", answer.body);
    assert!(!answer.body.contains("limit"), "{}", answer.body);
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn jit_pending_makes_one_that_waits() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    let answer = arrives(&world, SIMON).await;
    world.refused(&answer, 403, "account.awaiting_activation");
    assert!(answer.body.contains("Your account is waiting for activation."));
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginRefused]);
    let simon = world.user(SIMON).await;
    assert_eq!(simon.state, UserState::Pending);
    world.refused(&arrives(&world, SIMON).await, 403, "account.awaiting_activation");
    world.set_state(&simon, UserState::Active).await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn an_account_that_an_operator_made_is_linked_at_the_first_login() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let made = world.make_user("c.lindqvist@CONTOSO.example", |_| ()).await;
    let answer = arrives(&world, LINDQVIST).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountLinked, LoginAccepted]);
    let linked = world.user(LINDQVIST).await;
    assert_eq!((linked.id, linked.user_name.as_str()), (made.id, LINDQVIST));
    assert_eq!(linked.display_name.as_deref(), Some("Clara Lindqvist"));
    assert_eq!(world.store.identities_of(&made.id).await.unwrap().len(), 1);
    let again = arrives(&world, LINDQVIST).await;
    assert_eq!(world.kinds_of(&again).await, [LoginAccepted], "it is linked once");
}

#[tokio::test]
async fn a_first_link_is_open_for_fourteen_days() {
    for (age, closed) in [(FIRST_LINK_WINDOW, false), (FIRST_LINK_WINDOW + MILLISECOND, true)] {
        let world = World::new().await;
        world.make_user(LINDQVIST, |_| ()).await;
        world.clock.advance(age);
        let answer = arrives(&world, LINDQVIST).await;
        if closed {
            world.refused(&answer, 403, "collision.window_closed");
            assert!(answer.body.contains("There is no account for you here."));
            assert_eq!(world.kinds_of(&answer).await, [AccountCollision, LoginRefused]);
        } else {
            assert_eq!(world.kinds_of(&answer).await, [AccountLinked, LoginAccepted]);
        }
    }
}

#[tokio::test]
async fn an_administrator_is_never_linked() {
    for (standing, code) in
        [(Standing::Person, None), (Standing::Administrator, Some("collision.administrator"))]
    {
        let world = World::new().await;
        let made = world.make_user(SIMON, |new| new.standing = standing).await;
        let answer = arrives(&world, SIMON).await;
        match code {
            Some(code) => world.refused(&answer, 403, code),
            None => assert_eq!(answer.status, 303),
        }
        let links = world.store.identities_of(&made.id).await.unwrap().len();
        assert_eq!(links, usize::from(code.is_none()), "{standing}");
    }
}

#[tokio::test]
async fn an_account_that_waits_is_linked_and_goes_on_waiting() {
    let world = World::new().await;
    let made = world.make_user(SIMON, |new| new.state = UserState::Pending).await;
    let answer = arrives(&world, SIMON).await;
    world.refused(&answer, 403, "account.awaiting_activation");
    assert_eq!(world.kinds_of(&answer).await, [AccountLinked, LoginRefused]);
    world.clock.advance(FIRST_LINK_WINDOW + MILLISECOND);
    world.set_state(&made, UserState::Active).await;
    assert_eq!(arrives(&world, SIMON).await.status, 303, "the link outlives the window");
}

#[tokio::test]
async fn g1_a_mail_address_links_nobody() {
    let world = World::new().await;
    let made = world.make_user("somebody@contoso.example", |new| new.email = Some(SIMON.to_owned())).await;
    let mut person = world.contoso.person(SIMON);
    person.mail = Some("somebody@contoso.example".to_owned());
    let answer = world.browser().arrive(&world, &world.contoso, &person, |_| ()).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    assert!(world.store.identities_of(&made.id).await.unwrap().is_empty());
    assert_ne!(world.user(SIMON).await.id, made.id);
}

#[tokio::test]
async fn e20_suspended_and_deleted_people_are_told_no_more_than_strangers() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let simon = world.user(SIMON).await;
    world.set("jit", "off").await;
    let stranger = arrives(&world, LINDQVIST).await;
    world.set("jit", "active").await;
    world.set_state(&simon, UserState::Suspended).await;
    let suspended = arrives(&world, SIMON).await;
    world.refused(&suspended, 403, "account.suspended");
    let page = |answer: &Answer| answer.body.replace(answer.trace(), "");
    assert_eq!(page(&suspended), page(&stranger));
    world.set_state(&simon, UserState::Active).await;
    assert_eq!(arrives(&world, SIMON).await.status, 303);
    world.set_state(&simon, UserState::Deprovisioned).await;
    let deleted = arrives(&world, SIMON).await;
    world.refused(&deleted, 403, "identity.deleted");
    assert_eq!(page(&deleted), page(&stranger));
}

#[tokio::test]
async fn an_account_that_was_deleted_before_anybody_came_stays_deleted() {
    let world = World::new().await;
    let made = world.make_user(SIMON, |_| ()).await;
    world.set_state(&made, UserState::Deprovisioned).await;
    world.refused(&arrives(&world, SIMON).await, 403, "account.name_deleted");
    world.make_user(SIMON, |_| ()).await;
    assert_eq!(arrives(&world, SIMON).await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_logins_at_once_make_one_account() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (mut browser, response) = (world.browser(), world.contoso.unasked(SIMON));
        tasks.spawn(async move { browser.submit(&response).await.status });
    }
    assert_eq!(tasks.join_all().await, [303; 8]);
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}
