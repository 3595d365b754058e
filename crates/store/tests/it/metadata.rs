//! Metadata that are fetched anew: whose turn it is, what a fetch changes, what an operator decides.

use landfall_accounts::{
    ASK_AGAIN, Approval, CertificateState, CommitOutcome, Connection, EventKind, IdpBinding, IdpTrust,
    IdpUrl, LoginRecord, MetadataSource, RefreshRefusal, SsoEndpoint, Validators, Watched,
    ports::{ConnectionDirectory, LoginStore, MetadataSchedule},
};
use landfall_store::Fetched;
use time::{Duration, OffsetDateTime};

use crate::support::{ADA, NOW, World, certificate, committed, signed_in};

const HOUR: Duration = Duration::HOUR;
const DAY: Duration = Duration::DAY;

fn watched(next_attempt: OffsetDateTime) -> Watched {
    Watched {
        url: IdpUrl::new("https://login.example/metadata"),
        approval: Approval::Approve,
        signed_by: Some(vec![0x30, 9]),
        validators: validators("1"),
        next_attempt,
    }
}

fn validators(etag: &str) -> Validators {
    Validators { etag: Some(etag.to_owned()), last_modified: None }
}

fn listing(connection: &Connection, keys: &[u8]) -> IdpTrust {
    IdpTrust { certificates: keys.iter().map(|n| certificate(*n)).collect(), ..connection.idp.clone() }
}

/// Contoso, whose metadata are fetched, the next time in a day.
async fn fetched_daily() -> World {
    let world = World::new().await;
    let idp = world.contoso.idp.clone();
    world.store.renew_watched(&world.contoso.name, idp, &watched(NOW + DAY), NOW).await.unwrap();
    world
}

async fn source(world: &World) -> MetadataSource {
    world.store.metadata_source(&world.contoso.name).await.unwrap().1
}

async fn fetch(
    world: &World,
    idp: IdpTrust,
    approval: Approval,
    now: OffsetDateTime,
) -> Result<(), RefreshRefusal> {
    let fetched = Fetched { idp, approval, validators: validators("2"), next_attempt: now + DAY };
    let source = source(world).await;
    world.store.metadata_fetched(&source, &fetched, now + HOUR, now).await.unwrap().map(|_| ())
}

async fn states(world: &World) -> Vec<(u8, CertificateState)> {
    let connection = world.store.connection(&world.contoso.id).await.unwrap().unwrap();
    let mut states: Vec<_> = connection.idp.certificates.iter().map(|one| (one.der[1], one.state)).collect();
    states.sort_by_key(|(n, _)| *n);
    states
}

use CertificateState::{Gone, Pending, Revoked, Trusted};

#[tokio::test]
async fn a_source_is_kept_until_a_file_is_pinned() {
    let world = fetched_daily().await;
    let kept = source(&world).await;
    let Watched { url, approval, signed_by, validators, next_attempt } = watched(NOW + DAY);
    let expected = MetadataSource {
        tenant: world.contoso.tenant,
        connection: world.contoso.id,
        url,
        approval,
        signed_by,
        validators,
        last_success: kept.last_success,
        failure: None,
        last_attempt: kept.last_attempt,
        next_attempt,
        waiting: None,
    };
    assert_eq!(kept, expected);
    assert_eq!((kept.last_success, kept.last_attempt), (NOW, NOW));
    assert_eq!(world.store.metadata_sources().await.unwrap(), [kept]);
    world.store.renew_connection(&world.contoso.name, world.contoso.idp.clone(), NOW).await.unwrap();
    let none = world.store.metadata_source(&world.contoso.name).await.unwrap_err();
    assert_eq!(none.code(), "metadata.no_source");
    let nobody = world.store.metadata_source(&"nobody".parse().unwrap()).await.unwrap_err();
    assert_eq!(nobody.code(), "connection.unknown");
}

#[tokio::test]
async fn one_node_takes_a_fetch_on_and_another_after_the_lease() {
    let world = fetched_daily().await;
    let (store, due, lease) = (&world.store, NOW + DAY, NOW + DAY + HOUR);
    let seen = source(&world).await;
    let claims =
        tokio::join!(store.claim_metadata(&seen, lease, due), store.claim_metadata(&seen, lease, due));
    let claims = [claims.0.unwrap(), claims.1.unwrap()];
    assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1);
    assert!(!store.claim_metadata(&seen, lease, due).await.unwrap());
    let later = source(&world).await;
    assert_eq!((later.next_attempt, later.last_attempt), (lease, due));
    assert!(store.claim_metadata(&later, lease + HOUR, lease).await.unwrap(), "whoever took it on has died");
}

#[tokio::test]
async fn f6_strangers_have_metadata_fetched_once_in_ten_minutes() {
    let world = fetched_daily().await;
    let millisecond = Duration::MILLISECOND;
    let next = async |at| {
        world.store.want_metadata(&world.contoso, at).await.unwrap();
        source(&world).await.next_attempt
    };
    assert_eq!(next(NOW + ASK_AGAIN - millisecond).await, NOW + DAY);
    let asked = NOW + ASK_AGAIN;
    assert_eq!(next(asked).await, asked);
    assert_eq!(next(asked + HOUR).await, asked, "it is due already");
    let seen = source(&world).await;
    assert!(world.store.claim_metadata(&seen, asked + DAY, asked).await.unwrap());
    assert_eq!(next(asked + ASK_AGAIN - millisecond).await, asked + DAY);
    assert_eq!(next(asked + ASK_AGAIN).await, asked + ASK_AGAIN);
    let fabrikam = world.fabrikam().await;
    world.store.want_metadata(&fabrikam, NOW).await.unwrap();
    assert_eq!(world.store.metadata_sources().await.unwrap().len(), 1, "a file is fetched from nowhere");
}

#[tokio::test]
async fn a_fetch_changes_what_the_decision_says_and_leaves_an_event() {
    let world = fetched_daily().await;
    fetch(&world, listing(&world.contoso, &[1]), Approval::Approve, NOW).await.unwrap();
    assert_eq!(world.count(EventKind::MetadataChanged).await, 0, "nothing new");
    fetch(&world, listing(&world.contoso, &[1, 2]), Approval::Approve, NOW + DAY).await.unwrap();
    assert_eq!(states(&world).await, [(1, Trusted), (2, Pending)]);
    let event = world.events().await.remove(0);
    assert_eq!((event.kind, event.connection), (EventKind::MetadataChanged, Some(world.contoso.id)));
    assert!(event.detail.as_str().contains("key.waits"), "{:?}", event.detail);
    assert!(event.detail.as_str().contains(&certificate(2).fingerprint.to_string()));
    let kept = source(&world).await;
    assert_eq!((kept.validators, kept.next_attempt), (validators("2"), NOW + DAY + DAY));
    assert_eq!(kept.last_success, NOW + DAY);

    let name = &world.contoso.name;
    let approved = world.store.approve_key(name, &certificate(2).fingerprint, NOW + DAY).await.unwrap();
    assert_eq!(world.store.connection_named(name).await.unwrap().unwrap(), approved);
    assert_eq!(states(&world).await, [(1, Trusted), (2, Trusted)]);
    let again = source(&world).await;
    assert_eq!(
        (again.validators, again.next_attempt),
        (validators("2"), NOW + DAY + DAY),
        "nothing waits for it"
    );
    fetch(&world, listing(&world.contoso, &[2]), Approval::Approve, NOW + DAY).await.unwrap();
    assert_eq!(states(&world).await, [(1, Gone), (2, Trusted)]);
}

/// A login that the first key signed and that was verified before the fetch.
#[tokio::test]
async fn g8_a_key_that_leaves_the_metadata_signs_nobody_in_at_once() {
    let world = fetched_daily().await;
    fetch(&world, listing(&world.contoso, &[1, 2]), Approval::Auto, NOW).await.unwrap();
    let late = world.record(&world.contoso, "ada", ADA);
    fetch(&world, listing(&world.contoso, &[2]), Approval::Auto, NOW).await.unwrap();
    assert_eq!(world.store.commit(late, NOW).await.unwrap(), CommitOutcome::KeyGone);
    let new = LoginRecord { signer: certificate(2).fingerprint, ..world.record(&world.contoso, "ada", ADA) };
    signed_in(committed(world.store.commit(new, NOW).await.unwrap()));
}

#[tokio::test]
async fn g6_the_only_key_counts_no_more_once_it_has_left_though_the_new_one_waits() {
    let world = fetched_daily().await;
    fetch(&world, listing(&world.contoso, &[2]), Approval::Approve, NOW).await.unwrap();
    assert_eq!(states(&world).await, [(1, Gone), (2, Pending)]);
    let login = world.record(&world.contoso, "ada", ADA);
    assert_eq!(world.store.commit(login, NOW).await.unwrap(), CommitOutcome::KeyGone);
    world.store.approve_key(&world.contoso.name, &certificate(2).fingerprint, NOW).await.unwrap();
    assert_eq!(states(&world).await, [(1, Gone), (2, Trusted)]);
}

#[tokio::test]
async fn g8_an_operators_no_is_for_good() {
    let world = fetched_daily().await;
    let (store, name) = (&world.store, &world.contoso.name);
    fetch(&world, listing(&world.contoso, &[1, 2, 3]), Approval::Approve, NOW).await.unwrap();
    store.refuse_key(name, &certificate(2).fingerprint, NOW).await.unwrap();
    for approval in [Approval::Approve, Approval::Auto] {
        fetch(&world, listing(&world.contoso, &[1, 2]), approval, NOW).await.unwrap();
        assert_eq!(states(&world).await, [(1, Trusted), (2, Revoked), (3, Gone)]);
    }
    let code = |n| {
        let key = certificate(n).fingerprint;
        async move {
            let approved = store.approve_key(name, &key, NOW).await;
            let refused = store.refuse_key(name, &key, NOW).await;
            (approved.map_err(|error| error.code()).err(), refused.map_err(|error| error.code()).err())
        }
    };
    assert_eq!(code(1).await, (Some("key.state"), Some("key.state")), "it counts: only revoke takes it");
    assert_eq!(code(2).await, (Some("key.state"), Some("key.state")));
    assert_eq!(code(9).await, (Some("key.unknown"), Some("key.unknown")));
    assert_eq!(code(3).await, (Some("key.state"), None), "one that is gone can be refused");
    assert_eq!(states(&world).await, [(1, Trusted), (2, Revoked), (3, Revoked)]);
}

#[tokio::test]
async fn a_refusal_and_a_failure_change_nothing_and_are_told_once() {
    let world = fetched_daily().await;
    let before = world.store.connection(&world.contoso.id).await.unwrap();
    let fabrikam = world.fabrikam().await;
    for _ in 0..2 {
        let theirs = listing(&fabrikam, &[2]);
        let refused = fetch(&world, theirs, Approval::Auto, NOW).await.unwrap_err();
        assert_eq!(refused.code(), "metadata.other_entity");
    }
    assert_eq!(world.count(EventKind::MetadataRefused).await, 1);
    let failure = source(&world).await.failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.at), ("metadata.other_entity", NOW));
    for (code, events) in [("fetch.status", 1), ("fetch.status", 1), ("fetch.connect", 2)] {
        let seen = source(&world).await;
        world.store.metadata_failed(&seen, code, NOW + HOUR, NOW).await.unwrap();
        assert_eq!(world.count(EventKind::MetadataFailed).await, events);
    }
    let seen = source(&world).await;
    assert_eq!((seen.next_attempt, seen.last_success), (NOW + HOUR, NOW));
    assert_eq!(seen.validators, validators("1"));
    assert_eq!(world.store.connection(&world.contoso.id).await.unwrap(), before);
    assert_eq!(world.store.connection(&fabrikam.id).await.unwrap(), Some(fabrikam));
    world.store.metadata_unchanged(&seen, NOW + DAY, NOW + HOUR).await.unwrap();
    let well = source(&world).await;
    assert_eq!((well.failure, well.last_success, well.next_attempt), (None, NOW + HOUR, NOW + DAY));
}

#[tokio::test]
async fn addresses_at_another_host_wait_for_an_operator() {
    let world = fetched_daily().await;
    let (store, name) = (&world.store, &world.contoso.name);
    let none = store.approve_endpoints(name, NOW).await.unwrap_err();
    assert_eq!(none.code(), "endpoints.none_wait");
    let other =
        vec![SsoEndpoint { binding: IdpBinding::Post, location: IdpUrl::new("https://new.example/sso") }];
    let moved = IdpTrust { sso: other.clone(), ..listing(&world.contoso, &[1]) };
    for _ in 0..2 {
        fetch(&world, moved.clone(), Approval::Auto, NOW).await.unwrap();
        assert_eq!(source(&world).await.waiting, Some(moved.endpoints()));
    }
    assert_eq!(world.count(EventKind::MetadataChanged).await, 1);
    let before = store.connection_named(name).await.unwrap().unwrap();
    assert_eq!(before.idp.sso, world.contoso.idp.sso);
    assert_eq!(store.approve_endpoints(name, NOW).await.unwrap().idp.sso, other);
    assert_eq!(store.connection_named(name).await.unwrap().unwrap().idp.sso, other);
    assert_eq!(source(&world).await.waiting, None);
}

#[tokio::test]
async fn the_end_of_metadata_is_kept_and_a_file_has_none() {
    let world = fetched_daily().await;
    let until = NOW + DAY;
    let ends = IdpTrust { valid_until: Some(until), ..listing(&world.contoso, &[1]) };
    fetch(&world, ends, Approval::Approve, NOW).await.unwrap();
    let valid_until =
        async || world.store.connection(&world.contoso.id).await.unwrap().unwrap().idp.valid_until;
    assert_eq!(valid_until().await, Some(until));
    world.store.renew_connection(&world.contoso.name, listing(&world.contoso, &[1]), NOW).await.unwrap();
    assert_eq!(valid_until().await, None);
}

#[tokio::test]
async fn a_key_is_written_down_as_used_once_an_hour() {
    let world = fetched_daily().await;
    let used = async |now| {
        signed_in(committed(
            world.store.commit(world.record(&world.contoso, "ada", ADA), now).await.unwrap(),
        ));
        world.store.connection(&world.contoso.id).await.unwrap().unwrap().idp.certificates[0].last_used
    };
    assert_eq!(world.contoso.idp.certificates[0].last_used, None);
    assert_eq!(used(NOW).await, Some(NOW));
    assert_eq!(used(NOW + HOUR - Duration::MILLISECOND).await, Some(NOW));
    assert_eq!(used(NOW + HOUR).await, Some(NOW + HOUR));
    // It outlives whatever else is said of the key.
    fetch(&world, listing(&world.contoso, &[1, 2]), Approval::Auto, NOW).await.unwrap();
    fetch(&world, listing(&world.contoso, &[2]), Approval::Auto, NOW).await.unwrap();
    let connection = world.store.connection(&world.contoso.id).await.unwrap().unwrap();
    let gone = connection.idp.in_state(Gone).next().unwrap();
    assert_eq!((gone.der[1], gone.last_used), (1, Some(NOW + HOUR)));
}

/// Of each key apart, and of the key that was used last; another tenant's connection learns nothing from it.
#[tokio::test]
async fn what_logins_show_of_a_clock_is_kept_with_the_key() {
    let world = fetched_daily().await;
    let fabrikam = world.fabrikam().await;
    let login = async |ahead: i64, key: u8, now| {
        let (clock_ahead, signer) = (Duration::seconds(ahead), certificate(key).fingerprint);
        let record = LoginRecord { clock_ahead, signer, ..world.record(&world.contoso, "ada", ADA) };
        signed_in(committed(world.store.commit(record, now).await.unwrap()));
        let skew = world.store.clock_skews().await.unwrap().remove(&world.contoso.id).unwrap();
        (skew.last.whole_seconds(), skew.most.whole_seconds(), skew.last_seen, skew.most_seen)
    };
    assert!(world.store.clock_skews().await.unwrap().is_empty());
    let soon = NOW + Duration::MINUTE;
    assert_eq!(login(-3, 1, NOW).await, (-3, -3, NOW, NOW));
    assert_eq!(login(-9, 1, soon).await, (-3, -3, NOW, NOW));
    assert_eq!(login(42, 1, soon).await, (42, 42, soon, soon));
    let later = soon + HOUR;
    assert_eq!(login(40, 1, later).await, (40, 42, later, soon));
    fetch(&world, listing(&world.contoso, &[1, 2]), Approval::Auto, later).await.unwrap();
    assert_eq!(world.store.clock_skews().await.unwrap()[&world.contoso.id].most, Duration::seconds(42));
    let last = later + HOUR;
    assert_eq!(login(1, 2, last).await, (1, 1, last, last));
    assert!(!world.store.clock_skews().await.unwrap().contains_key(&fabrikam.id));
}

#[tokio::test]
async fn the_end_of_a_certificate_is_told_four_times_and_each_once() {
    let world = fetched_daily().await;
    let end = certificate(1).not_after;
    let told = async |left: Duration| world.store.warn_of_expiry(end - left).await.unwrap().len();
    assert_eq!(told(DAY * 61).await, 0);
    for days in [60, 30, 7, 1] {
        assert_eq!((told(DAY * days).await, told(DAY * days).await), (1, 0), "{days}");
        fetch(&world, listing(&world.contoso, &[1]), Approval::Approve, NOW).await.unwrap();
    }
    assert_eq!(told(-DAY).await, 0);
    assert_eq!(world.count(EventKind::KeyExpires).await, 4);
    let event = world.events().await.into_iter().find(|event| event.kind == EventKind::KeyExpires).unwrap();
    assert!(event.detail.as_str().contains("\"days\":1"), "{:?}", event.detail);
    // One that does not count is nobody's worry, and one that is seen late is told of at once.
    fetch(&world, listing(&world.contoso, &[1, 2]), Approval::Approve, NOW).await.unwrap();
    assert_eq!(told(DAY * 5).await, 0);
    world.store.approve_key(&world.contoso.name, &certificate(2).fingerprint, NOW).await.unwrap();
    let left = certificate(1).not_after - certificate(2).not_after;
    assert_eq!((told(left + DAY * 5).await, told(left + DAY * 5).await), (1, 0));
}
