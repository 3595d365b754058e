//! What applications are to be told: once each, by one node at a time, and for a day.

use std::collections::HashSet;

use landfall_accounts::{Delivery, EventKind, Lasting, LogoutNotice, NoticeId, Opened, ports::LogoutOutbox};
use sea_orm::{ConnectionTrait, TransactionTrait};
use time::{Duration, OffsetDateTime};

use crate::{
    behind::{LOGOUT, due, new_grant},
    support::{ADA, MILLISECOND, NOW, SECOND, World},
};

/// Ada's session has ended in which she was signed on to payroll.
async fn ended() -> (World, Opened, LogoutNotice) {
    let world = World::new().await;
    let payroll = world.application("payroll").await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    let mut due = world.due(NOW).await;
    assert_eq!(due.len(), 1);
    (world, ada, due.remove(0))
}

async fn settle(world: &World, notice: &NoticeId, delivery: Delivery, now: OffsetDateTime) {
    world.store.settle_notice(notice, delivery, now).await.unwrap();
}

#[tokio::test]
async fn a_notice_says_whose_session_ended_and_where_to_tell_it() {
    let (_, ada, notice) = ended().await;
    assert_eq!((notice.user, notice.session), (ada.user.id, ada.session));
    assert_eq!((notice.app.as_str(), notice.address.as_str()), ("payroll", LOGOUT));
    assert_eq!((notice.ended_at, notice.tries), (NOW, 0));
}

#[tokio::test]
async fn those_are_told_who_signed_somebody_on_and_have_an_address() {
    let world = World::new().await;
    let (payroll, wiki) = (world.application("payroll").await, world.application("wiki").await);
    let silent = world.application_that("silent", |new| new.backchannel_logout = None).await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 2).await;
    world.sign_on(&wiki, &ada, Lasting::OfItself, 3).await;
    world.sign_on(&silent, &ada, Lasting::WithSession, 4).await;
    let unredeemed = world.application("unredeemed").await;
    world.agree(new_grant(&unredeemed, &ada, Lasting::WithSession, 5), NOW).await;
    let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
    world.sign_on(&payroll, &bob, Lasting::WithSession, 6).await;
    assert!(world.due(NOW).await.is_empty());
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    let mut told: Vec<_> = world.due(NOW).await.iter().map(|notice| notice.app.to_string()).collect();
    told.sort();
    assert_eq!(told, ["payroll", "wiki"]);
    assert!(world.counts(3, NOW).await, "it goes on, and is told of the session all the same");
}

#[tokio::test]
async fn a_notice_is_one_node_s_for_a_minute() {
    let (world, _, notice) = ended().await;
    let other = world.database.open().await;
    let lease = NOW + LogoutNotice::LEASE;
    assert!(due(&other, lease - MILLISECOND).await.is_empty());
    let (one, two) = tokio::join!(world.due(lease), due(&other, lease));
    let taken: Vec<_> = one.into_iter().chain(two).collect();
    assert_eq!(taken, [notice], "the node that had it is gone, and another one takes it");
}

#[tokio::test]
async fn what_was_taken_is_forgotten_and_what_failed_comes_again() {
    let (world, _, notice) = ended().await;
    let mut at = NOW;
    for tries in 1..=3 {
        settle(&world, &notice.id, Delivery::Failed, at).await;
        at += LogoutNotice::wait(tries);
        assert!(world.due(at - MILLISECOND).await.is_empty(), "{tries}");
        let again = world.due(at).await;
        assert_eq!(again.iter().map(|notice| notice.tries).collect::<Vec<_>>(), [tries]);
    }
    settle(&world, &notice.id, Delivery::Taken, at).await;
    assert!(world.due(at + Duration::days(2)).await.is_empty());
    settle(&world, &notice.id, Delivery::Failed, at).await;
    settle(&world, &notice.id, Delivery::Taken, at).await;
    assert_eq!(world.count(EventKind::NoticeGivenUp).await, 0);
}

#[tokio::test]
async fn whoever_does_not_answer_gets_no_other_in_the_meantime() {
    let world = World::new().await;
    let payroll = world.application("payroll").await;
    let elsewhere = Some("https://wiki.example/logout".parse().unwrap());
    let wiki = world.application_that("wiki", |new| new.backchannel_logout = elsewhere).await;
    for (n, app, ended_at) in [(1, &payroll, NOW - SECOND), (2, &payroll, NOW), (3, &wiki, NOW)] {
        let one = world.sign_in(&format!("p{n}"), &format!("p{n}@contoso.example"), n).await;
        world.sign_on(app, &one, Lasting::WithSession, n).await;
        world.store.revoke_session(&one.session, ended_at).await.unwrap();
    }
    let addresses = world.store.due_addresses(NOW).await.unwrap();
    assert_eq!(
        addresses.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
        [LOGOUT, "https://wiki.example/logout"]
    );
    let first = world.store.due_notices(&addresses[0], 1, NOW).await.unwrap().remove(0);
    assert_eq!(first.ended_at, NOW - SECOND);
    settle(&world, &first.id, Delivery::Failed, NOW).await;
    let named = |due: &[LogoutNotice]| due.iter().map(|notice| notice.app.to_string()).collect::<Vec<_>>();
    assert_eq!(named(&world.due(NOW).await), ["wiki"]);
    let later = NOW + LogoutNotice::wait(1);
    assert!(world.due(later - MILLISECOND).await.is_empty());
    let mut tries: Vec<_> = world.due(later).await.iter().map(|notice| notice.tries).collect();
    tries.sort();
    assert_eq!(tries, [0, 1], "the other was not tried");
}

#[tokio::test]
async fn after_a_day_a_notice_is_given_up_and_the_log_says_so() {
    let (world, ada, notice) = ended().await;
    let end = NOW + LogoutNotice::GIVEN_UP;
    settle(&world, &notice.id, Delivery::Failed, end - MILLISECOND).await;
    assert_eq!(world.due(end + LogoutNotice::wait(1)).await.len(), 1);
    settle(&world, &notice.id, Delivery::Failed, end).await;
    assert!(world.due(end + Duration::DAY).await.is_empty());
    let events = world.events().await;
    assert_eq!((events[0].kind, events[0].user), (EventKind::NoticeGivenUp, Some(ada.user.id)));
    assert!(events[0].detail.as_str().contains("payroll"));
}

#[tokio::test]
async fn a_notice_follows_its_application_to_another_address() {
    let (world, _, notice) = ended().await;
    settle(&world, &notice.id, Delivery::Failed, NOW).await;
    let later = NOW + LogoutNotice::wait(1);
    let new = "https://payroll.example/logout-2";
    let name = "payroll".parse().unwrap();
    let to = |address: Option<&str>| {
        let address = address.map(|address| address.parse().unwrap());
        move |app: &mut landfall_accounts::Application| app.backchannel_logout = address
    };
    world.store.change_application(&name, to(Some(new)), NOW).await.unwrap();
    assert_eq!(world.due(later).await[0].address.as_str(), new);
    world.store.change_application(&name, to(None), NOW).await.unwrap();
    assert!(world.due(later + LogoutNotice::LEASE).await.is_empty());
}

/// The address of one is nothing to another, though it gets the same name.
#[tokio::test]
async fn a_notice_does_not_follow_another_application_of_the_same_name() {
    let (world, _, notice) = ended().await;
    settle(&world, &notice.id, Delivery::Failed, NOW).await;
    let (name, other) = ("payroll".parse().unwrap(), "https://other.example/logout".parse().unwrap());
    world.store.delete_application(&name, NOW).await.unwrap();
    world.application("payroll").await;
    let to_other = |app: &mut landfall_accounts::Application| app.backchannel_logout = Some(other);
    world.store.change_application(&name, to_other, NOW).await.unwrap();
    let due = world.due(NOW + LogoutNotice::wait(1)).await;
    assert_eq!(due.iter().map(|notice| notice.address.as_str()).collect::<Vec<_>>(), [LOGOUT]);
}

/// On PostgreSQL two nodes may want the same ones, each in its own order.
#[tokio::test]
async fn what_another_node_holds_is_passed_over() {
    let (world, _, notice) = ended().await;
    if !world.database.is_postgres() {
        return;
    }
    let other = world.database.connect().await;
    let holds = other.begin().await.unwrap();
    holds.execute_unprepared("UPDATE logout_notices SET tries = 1").await.unwrap();
    let later = NOW + LogoutNotice::LEASE;
    assert!(world.due(later).await.is_empty());
    holds.rollback().await.unwrap();
    assert_eq!(world.due(later).await, [notice]);
    other.close().await.unwrap();
}

#[tokio::test]
async fn at_most_so_many_are_taken_and_the_rest_are_next() {
    let world = World::new().await;
    let payroll = world.application("payroll").await;
    for n in 1..=5 {
        let one = world.sign_in(&format!("p{n}"), &format!("p{n}@contoso.example"), n).await;
        world.sign_on(&payroll, &one, Lasting::WithSession, n).await;
        world
            .store
            .revoke_session(&one.session, NOW + MILLISECOND * i32::try_from(n).unwrap())
            .await
            .unwrap();
    }
    let at = NOW + Duration::SECOND;
    let (mut seen, address) = (HashSet::new(), LOGOUT.parse().unwrap());
    let elsewhere = "https://wiki.example/logout".parse().unwrap();
    assert!(world.store.due_notices(&elsewhere, 9, at).await.unwrap().is_empty());
    for expected in [2, 2, 1, 0] {
        let taken = world.store.due_notices(&address, 2, at).await.unwrap();
        assert_eq!(taken.len(), expected);
        assert!(taken.iter().all(|notice| seen.insert(notice.session)));
        assert!(taken.is_sorted_by_key(|notice| notice.ended_at));
    }
}
