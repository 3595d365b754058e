//! Invitations: one open link a person, redeemed once, in time, for an account that waits.

use landfall_accounts::{
    EventKind, InvitationLifetime, InvitationRefusal, Redeemed, TokenHash, User, UserState,
    ports::{InvitationStore, SessionStore},
};
use landfall_store::Invited;
use time::{Duration, OffsetDateTime};

use crate::support::{ADA, NOW, SECOND, World, hash, new_user, signed_in, tenant, token, trace};

async fn invite(world: &World, n: u32) -> (Invited, TokenHash) {
    let link = hash("link", n);
    let (contoso, lasting) = (tenant("contoso"), InvitationLifetime::default());
    (world.store.invite(&contoso, &ADA.parse().unwrap(), &link, lasting, NOW).await.unwrap(), link)
}

async fn redeem(world: &World, link: &TokenHash, at: OffsetDateTime) -> Result<User, &'static str> {
    let shown = world.store.invitation_refusal(link, at).await.unwrap();
    let done = world.store.redeem(link, &trace(7), at).await.unwrap();
    match done {
        Redeemed::Activated(user) => {
            assert_eq!(shown, None);
            Ok(*user)
        }
        Redeemed::Refused(refusal) => {
            assert_eq!(shown, Some(refusal));
            Err(refusal.code())
        }
    }
}

async fn ada(world: &World) -> User {
    world.store.user_named(&tenant("contoso"), &ADA.parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_invitation_makes_a_pending_account_and_activates_it_once() {
    let world = World::new().await;
    let (invited, link) = invite(&world, 1).await;
    assert_eq!((invited.user.state, invited.expires_at), (UserState::Pending, NOW + Duration::days(7)));
    assert_eq!(invited.first_link_until, Some(NOW + Duration::days(14)));
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
    assert_eq!(world.store.invitation_refusal(&link, NOW).await.unwrap(), None);
    assert_eq!(ada(&world).await.state, UserState::Pending, "to look changes nothing");

    let user = redeem(&world, &link, NOW + SECOND).await.unwrap();
    assert_eq!((user.id, user.state), (invited.user.id, UserState::Active));
    assert_eq!(ada(&world).await, user);
    let changed = world.events().await.remove(0);
    assert_eq!((changed.kind, changed.user), (EventKind::AccountChanged, Some(user.id)));
    assert_eq!(changed.trace, Some(trace(7)));
    assert!(changed.detail.as_str().contains(r#""by":"invitation""#), "{changed:?}");

    assert_eq!(redeem(&world, &link, NOW + SECOND).await, Err("invitation.used"));
    assert_eq!(world.count(EventKind::InvitationRefused).await, 1);
    assert_eq!(world.count(EventKind::AccountChanged).await, 1);
}

#[tokio::test]
async fn an_invitation_signs_nobody_in_and_links_nobody() {
    let world = World::new().await;
    let (invited, link) = invite(&world, 1).await;
    redeem(&world, &link, NOW).await.unwrap();
    assert_eq!(world.store.identities_of(&invited.user.id).await.unwrap(), []);
    assert_eq!(world.store.sessions_of(&invited.user.id, NOW).await.unwrap(), []);
    let (_, committed) = world.login("ada", ADA).await;
    assert_eq!(signed_in(committed).id, invited.user.id, "the first login links as ever");
}

#[tokio::test]
async fn a_link_counts_until_its_end_and_not_at_it() {
    let world = World::new().await;
    let (invited, link) = invite(&world, 1).await;
    assert_eq!(redeem(&world, &link, invited.expires_at).await, Err("invitation.expired"));
    let last = invited.expires_at - Duration::milliseconds(1);
    assert_eq!(redeem(&world, &link, last).await.unwrap().state, UserState::Active);
}

#[tokio::test]
async fn of_two_links_of_a_person_the_last_one_counts() {
    let world = World::new().await;
    let (first, old) = invite(&world, 1).await;
    let (second, new) = invite(&world, 2).await;
    assert_eq!(first.user.id, second.user.id);
    assert_eq!(redeem(&world, &old, NOW).await, Err("invitation.replaced"));
    assert_eq!(redeem(&world, &new, NOW).await.unwrap().id, first.user.id);
    assert_eq!(world.count(EventKind::AccountCreated).await, 1);
    assert_eq!(world.count(EventKind::InvitationMade).await, 2);
}

#[tokio::test]
async fn what_was_withdrawn_activates_nobody() {
    let world = World::new().await;
    let (contoso, name) = (tenant("contoso"), ADA.parse().unwrap());
    let error = world.store.withdraw_invitation(&contoso, &name, NOW).await.unwrap_err();
    assert_eq!(error.code(), "user.unknown_name");
    let (_, link) = invite(&world, 1).await;
    world.store.withdraw_invitation(&contoso, &name, NOW).await.unwrap();
    assert_eq!(redeem(&world, &link, NOW).await, Err("invitation.withdrawn"));
    let error = world.store.withdraw_invitation(&contoso, &name, NOW).await.unwrap_err();
    assert_eq!(error.code(), "invitation.none");
    assert_eq!(world.count(EventKind::InvitationWithdrawn).await, 1);
    assert_eq!(ada(&world).await.state, UserState::Pending);
}

#[tokio::test]
async fn only_a_pending_account_is_invited_or_activated() {
    let world = World::new().await;
    let (invited, link) = invite(&world, 1).await;
    for state in [UserState::Active, UserState::Suspended, UserState::Deprovisioned] {
        world.store.set_user_state(&invited.user.id, state, NOW).await.unwrap();
        assert_eq!(redeem(&world, &link, NOW).await, Err("invitation.not_pending"));
        assert_eq!(world.store.user(&invited.user.id).await.unwrap().state, state, "nothing revives it");
        if state == UserState::Deprovisioned {
            break;
        }
        let error = world
            .store
            .invite(&tenant("contoso"), &ADA.parse().unwrap(), &hash("link", 9), Default::default(), NOW)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "invitation.not_pending");
    }
    let again = invite(&world, 2).await.0;
    assert_ne!(again.user.id, invited.user.id, "the name is free, and the person a new one");
}

#[tokio::test]
async fn an_unknown_link_leaves_no_event() {
    let world = World::new().await;
    invite(&world, 1).await;
    let before = world.events().await;
    assert_eq!(redeem(&world, &hash("link", 2), NOW).await, Err("invitation.unknown"));
    assert_eq!(world.events().await, before);
}

#[tokio::test]
async fn nobody_is_invited_to_an_account_that_no_login_could_reach() {
    let world = World::new().await;
    let old = new_user(ADA);
    let old = landfall_accounts::NewUser { state: UserState::Pending, ..old };
    world.store.create_user(&tenant("contoso"), old, NOW - Duration::days(14) - SECOND).await.unwrap();
    let try_it = |at| {
        let store = world.store.clone();
        async move {
            let (contoso, link) = (tenant("contoso"), hash("link", 1));
            store.invite(&contoso, &ADA.parse().unwrap(), &link, Default::default(), at).await
        }
    };
    assert_eq!(try_it(NOW).await.unwrap_err().code(), "invitation.too_late");
    assert!(try_it(NOW - SECOND).await.is_ok());
}

#[tokio::test]
async fn somebody_who_waits_after_the_first_login_is_invited_at_any_time() {
    let world = World::new().await;
    world.set("jit", "pending").await;
    world.login("ada", ADA).await;
    let late = NOW + Duration::days(100);
    let link = hash("link", 1);
    let invited = world
        .store
        .invite(&tenant("contoso"), &ADA.parse().unwrap(), &link, Default::default(), late)
        .await
        .unwrap();
    assert_eq!(invited.first_link_until, None);
    assert_eq!(redeem(&world, &link, late).await.unwrap().state, UserState::Active);
    let opened = world.sign_in("ada", ADA, 1).await;
    assert_eq!(opened.user.id, invited.user.id);
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some());
}

#[tokio::test]
async fn of_many_who_redeem_a_link_at_once_one_does() {
    let world = World::new().await;
    let (_, link) = invite(&world, 1).await;
    let tries = (0..8).map(|n| {
        let (store, link) = (world.store.clone(), link.clone());
        tokio::spawn(async move { store.redeem(&link, &trace(n), NOW).await.unwrap() })
    });
    let mut activated = 0;
    for done in tries.collect::<Vec<_>>() {
        match done.await.unwrap() {
            Redeemed::Activated(_) => activated += 1,
            Redeemed::Refused(refusal) => assert_eq!(refusal, InvitationRefusal::Used),
        }
    }
    assert_eq!((activated, world.count(EventKind::AccountChanged).await), (1, 1));
}

#[tokio::test]
async fn a_dead_link_says_for_a_month_what_became_of_it() {
    let world = World::new().await;
    let (invited, link) = invite(&world, 1).await;
    redeem(&world, &link, NOW).await.unwrap();
    let end = invited.expires_at + Duration::days(30);
    assert_eq!(world.store.purge(end - SECOND).await.unwrap().invitations, 0);
    assert_eq!(redeem(&world, &link, end).await, Err("invitation.used"));
    assert_eq!(world.store.purge(end).await.unwrap().invitations, 1);
    assert_eq!(redeem(&world, &link, end).await, Err("invitation.unknown"));
}
