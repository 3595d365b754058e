//! A key is replaced: first staged, then signed with, then the old one is dropped.
//! Contoso's new key happens to be the one that fabrikam has.

use landfall_accounts::{Approval, CertificateState, EventKind};
use time::Duration;

use super::{key, refresher, signed_by, state, watched};
use crate::world::SIMON;

const DAY: Duration = Duration::DAY;

#[tokio::test]
async fn a_rollover_loses_no_login_where_new_keys_count_at_once() {
    let (world, publisher) = watched(Approval::Auto).await;
    let (old, new) = (&world.contoso, &world.fabrikam);
    let refresher = refresher(&world, &publisher);
    assert_eq!(signed_by(&world, old).await.status, 303);
    world.refused(&signed_by(&world, new).await, 403, "signature.unknown_key");

    publisher.publish(&world.contoso, &[old, new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    assert_eq!(signed_by(&world, old).await.status, 303, "staged: the old one signs");
    assert_eq!(signed_by(&world, new).await.status, 303, "signed with: the new one signs");
    assert_eq!(signed_by(&world, old).await.status, 303, "some nodes of the identity provider lag behind");

    publisher.publish(&world.contoso, &[new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    assert_eq!(signed_by(&world, new).await.status, 303, "the old one dropped");
    world.refused(&signed_by(&world, old).await, 403, "signature.unknown_key");
    assert_eq!(state(&world, &world.contoso, key(old)).await, Some(CertificateState::Gone));
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn under_approval_the_refusal_names_the_waiting_key_to_the_operator_alone() {
    let (world, publisher) = watched(Approval::Approve).await;
    let (old, new) = (&world.contoso, &world.fabrikam);
    let refresher = refresher(&world, &publisher);
    publisher.publish(&world.contoso, &[old, new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    assert_eq!(signed_by(&world, old).await.status, 303, "staged: nobody notices");

    let answer = signed_by(&world, new).await;
    world.refused(&answer, 403, "key.waiting");
    let fingerprint = key(new).to_string();
    for secret in [fingerprint.as_str(), "approve", "contoso-entra approve", SIMON] {
        assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
    }
    assert!(answer.body.contains("Your sign-in could not be verified."), "{}", answer.body);
    let events = world.events_of(&answer).await;
    let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
    assert_eq!(event.kind, EventKind::LoginRefused);
    let command = format!("landfall connection approve contoso-entra {fingerprint}");
    assert!(event.detail.as_str().contains(&command), "{:?}", event.detail);

    world.store.approve_key(&world.contoso.connection(), &key(new), world.clock.now()).await.unwrap();
    assert_eq!(signed_by(&world, new).await.status, 303);
    publisher.publish(&world.contoso, &[new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    assert_eq!(signed_by(&world, new).await.status, 303);
    world.refused(&signed_by(&world, old).await, 403, "signature.unknown_key");
}

#[tokio::test]
async fn g6_a_key_that_replaces_all_others_at_once_waits_and_nobody_signs_in_meanwhile() {
    let (world, publisher) = watched(Approval::Approve).await;
    let (old, new) = (&world.contoso, &world.fabrikam);
    publisher.publish(&world.contoso, &[new]);
    world.clock.advance(DAY);
    let refresher = refresher(&world, &publisher);
    refresher.round().await.unwrap();
    for signer in [old, new] {
        let unasked = world.contoso.says(&world.contoso.person(SIMON), None);
        let answer = world.browser().submit(&signer.form(&unasked, None)).await;
        world.refused(&answer, 403, "key.waiting");
        let [event] = <[_; 1]>::try_from(world.events_of(&answer).await).unwrap();
        assert!(event.detail.as_str().contains(&key(new).to_string()), "{:?}", event.detail);
    }
    let begun = world.browser().get(&world.contoso.start()).await;
    world.refused(&begun, 403, "key.waiting");
    world.store.approve_key(&world.contoso.connection(), &key(new), world.clock.now()).await.unwrap();
    assert_eq!(signed_by(&world, new).await.status, 303);
    world.refused(&signed_by(&world, old).await, 403, "signature.unknown_key");
}

#[tokio::test]
async fn g8_where_the_one_key_is_refused_nobody_signs_in_and_the_operator_is_told_what_to_do() {
    let (world, publisher) = watched(Approval::Approve).await;
    let (old, new) = (&world.contoso, &world.fabrikam);
    let refresher = refresher(&world, &publisher);
    publisher.publish(&world.contoso, &[new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    world.store.refuse_key(&world.contoso.connection(), &key(new), world.clock.now()).await.unwrap();
    let begun = world.browser().get(&world.contoso.start()).await;
    world.refused(&begun, 403, "key.none");
    for signer in [old, new] {
        let unasked = world.contoso.says(&world.contoso.person(SIMON), None);
        let answer = world.browser().submit(&signer.form(&unasked, None)).await;
        world.refused(&answer, 403, "key.none");
        let text = "Your organisation's sign-in is not available right now.".replace('\'', "&#39;");
        assert!(answer.body.contains(&text), "{}", answer.body);
        let [event] = <[_; 1]>::try_from(world.events_of(&answer).await).unwrap();
        assert!(event.detail.as_str().contains("landfall connection renew"), "{:?}", event.detail);
    }
    publisher.publish(&world.contoso, &[old, new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    world.store.approve_key(&world.contoso.connection(), &key(old), world.clock.now()).await.unwrap();
    assert_eq!(signed_by(&world, old).await.status, 303);
}

#[tokio::test]
async fn g8_a_refused_key_never_comes_back_whatever_is_published() {
    let (world, publisher) = watched(Approval::Approve).await;
    let (old, new) = (&world.contoso, &world.fabrikam);
    let refresher = refresher(&world, &publisher);
    let publish = async |keys: &[_]| {
        publisher.publish(&world.contoso, keys);
        world.clock.advance(DAY);
        refresher.round().await.unwrap();
    };
    publish(&[old, new]).await;
    world.store.refuse_key(&world.contoso.connection(), &key(new), world.clock.now()).await.unwrap();
    for keys in [&[old, new][..], &[new], &[old], &[new, old]] {
        publish(keys).await;
        world.refused(&signed_by(&world, new).await, 403, "signature.unknown_key");
        assert_eq!(signed_by(&world, old).await.status, 303);
    }
}

#[tokio::test]
async fn f6_a_key_that_is_not_known_has_the_metadata_fetched_soon_and_seldom() {
    let (world, publisher) = watched(Approval::Auto).await;
    let new = &world.fabrikam;
    let refresher = refresher(&world, &publisher);
    publisher.publish(&world.contoso, &[&world.contoso, new]);
    let before = publisher.asked();
    world.clock.advance(Duration::minutes(10));
    refresher.round().await.unwrap();
    assert_eq!(publisher.asked(), before, "nothing is due, and nobody has asked");
    let answer = signed_by(&world, new).await;
    world.refused(&answer, 403, "signature.unknown_key");
    assert!(answer.body.contains("Start again"), "{}", answer.body);
    assert_eq!(publisher.asked(), before, "no request fetches");
    refresher.round().await.unwrap();
    assert_eq!(publisher.asked(), before + 1);
    assert_eq!(signed_by(&world, new).await.status, 303, "the second try");

    // A stranger's key, again and again; and what nobody signed does not count at all.
    publisher.publish(&world.contoso, &[&world.contoso]);
    world.clock.advance(Duration::minutes(10));
    let asked = publisher.asked();
    let mut unsigned = world.contoso.says(&world.contoso.person(SIMON), None);
    unsigned.sign = None;
    for _ in 0..3 {
        world.refused(
            &world.browser().submit(&world.contoso.form(&unsigned, None)).await,
            403,
            "signature.none",
        );
        refresher.round().await.unwrap();
    }
    assert_eq!(publisher.asked(), asked);
    world.store.metadata_sources().await.unwrap();
    let stranger = {
        let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
        message.assertion.id = "_stranger".to_owned();
        world.contoso.twin.sign(&message).unwrap()
    };
    // Contoso's own key was dropped meanwhile, so that its signature is a stranger's.
    publisher.publish(&world.contoso, &[new]);
    world.clock.advance(DAY);
    refresher.round().await.unwrap();
    let asked = publisher.asked();
    for minute in 0..20 {
        let answer = world.browser().submit(&world.contoso.form_of(&stranger, None)).await;
        world.refused(&answer, 403, "signature.unknown_key");
        refresher.round().await.unwrap();
        let at_most = asked + usize::from(minute >= 10);
        assert!(publisher.asked() <= at_most, "minute {minute}: {} > {at_most}", publisher.asked());
        world.clock.advance(Duration::MINUTE);
    }
    assert_eq!(publisher.asked(), asked + 1);
}

#[tokio::test]
async fn f6_what_an_operator_has_fetched_is_not_fetched_again_for_a_stranger() {
    let (world, publisher) = watched(Approval::Approve).await;
    let refresher = refresher(&world, &publisher);
    world.clock.advance(Duration::hours(1));
    let name = world.contoso.connection();
    let (connection, source) = world.store.metadata_source(&name).await.unwrap();
    refresher.refresh_now(&connection, &source).await.unwrap();
    let asked = publisher.asked();
    for (minutes, more) in [(0, 0), (9, 0), (1, 1)] {
        world.clock.advance(Duration::minutes(minutes));
        world.refused(&signed_by(&world, &world.fabrikam).await, 403, "signature.unknown_key");
        refresher.round().await.unwrap();
        assert_eq!(publisher.asked(), asked + more);
    }
}
