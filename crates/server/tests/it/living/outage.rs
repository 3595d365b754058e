//! The address of the metadata does not answer, or not as it should: people sign in all the same.

use landfall_accounts::{Approval, CertificateState, EventKind};
use landfall_entra_twin::KeysOf;
use landfall_store::Store;
use time::Duration;

use super::{connection, key, refresher, signed_by, state, watched};
use crate::metadata::{Urgency, gauges, warnings};
use crate::world::{Publisher, World, publisher_metadata};

/// What an operator is warned of at contoso.
async fn warned(world: &World) -> Vec<(Urgency, String)> {
    let connection = connection(world, &world.contoso).await;
    let source = world.store.metadata_source(&connection.name).await.unwrap().1;
    warnings(&connection, Some(&source), world.clock.now())
}

#[tokio::test]
async fn a_week_without_metadata_costs_no_login_and_warns_across_a_restart() {
    let (mut world, publisher) = watched(Approval::Auto).await;
    assert_eq!(warned(&world).await, []);
    publisher.say(503, &[], "");
    for day in 1..=7 {
        for _ in 0..24 {
            world.clock.advance(Duration::HOUR);
            refresher(&world, &publisher).round().await.unwrap();
        }
        assert_eq!(signed_by(&world, &world.contoso).await.status, 303, "day {day}");
        let warnings = warned(&world).await;
        let [(Urgency::Warn, text)] = warnings.as_slice() else { panic!("one warning, not {warnings:?}") };
        assert!(text.contains("fetch.status") && text.contains("counts on"), "{text}");
        if day == 3 {
            world.restart().await;
        }
    }
    let events = world.events().await;
    let failed = events.iter().filter(|event| event.kind == EventKind::MetadataFailed);
    assert_eq!(failed.count(), 1, "it is told once, not each hour");
    assert!(publisher.asked() > 7 * 20, "it is tried each hour: {}", publisher.asked());

    publisher.publish(&world.contoso, &[&world.contoso, &world.fabrikam]);
    world.clock.advance(Duration::hours(2));
    refresher(&world, &publisher).round().await.unwrap();
    assert_eq!(warned(&world).await, []);
    assert_eq!(signed_by(&world, &world.fabrikam).await.status, 303, "what was missed is made up for");
}

#[tokio::test]
async fn what_is_no_metadata_changes_nothing_and_says_what_it_is() {
    let (world, publisher) = watched(Approval::Auto).await;
    let (contoso, before) = (&world.contoso, connection(&world, &world.contoso).await);
    let good = publisher_metadata(contoso, &[contoso]);
    let no_key = good.replace("use=\"signing\"", "use=\"encryption\"");
    let old = good.replacen("<EntityDescriptor", "<EntityDescriptor validUntil='2020-01-01T00:00:00Z'", 1);
    for (status, body, code) in [
        (200, String::new(), ""),
        (200, "<html><body>Sign in</body></html>".to_owned(), "metadata.root"),
        (200, no_key, "metadata.no_key"),
        (200, old, "metadata.expired"),
        (200, publisher_metadata(&world.fabrikam, &[contoso]), "metadata.no_such_entity"),
        (404, good.clone(), "fetch.status"),
        (302, good.clone(), "fetch.status"),
        (304, good.clone(), "fetch.status"),
    ] {
        publisher.say(status, &[], body);
        world.clock.advance(Duration::DAY);
        refresher(&world, &publisher).round().await.unwrap();
        let failure = world.store.metadata_source(&contoso.connection()).await.unwrap().1.failure.unwrap();
        assert!(failure.code.starts_with(code), "{code}: {failure:?}");
        assert_eq!(connection(&world, contoso).await.idp, before.idp, "{code}");
    }
    assert_eq!(signed_by(&world, contoso).await.status, 303);
}

#[tokio::test]
async fn a_copy_that_the_server_still_has_is_not_sent_again() {
    let (world, publisher) = watched(Approval::Auto).await;
    let good = publisher_metadata(&world.contoso, &[&world.contoso, &world.fabrikam]);
    publisher.say(200, &[("etag", "\"v1\"")], good);
    world.clock.advance(Duration::DAY);
    let refresher = refresher(&world, &publisher);
    refresher.round().await.unwrap();
    let counts = || state(&world, &world.contoso, key(&world.fabrikam));
    assert_eq!(counts().await, Some(CertificateState::Trusted));
    // What it would send now is not read, since it says that it is the same.
    publisher.say(200, &[("etag", "\"v1\"")], "not sent");
    world.clock.advance(Duration::DAY);
    refresher.round().await.unwrap();
    let source = world.store.metadata_source(&world.contoso.connection()).await.unwrap().1;
    assert_eq!((source.failure, source.last_success), (None, world.clock.now()));
    assert_eq!(counts().await, Some(CertificateState::Trusted));
}

/// Nodes share the database: whoever comes first fetches.
#[tokio::test]
async fn of_several_nodes_one_fetches() {
    let (world, publisher) = watched(Approval::Auto).await;
    let other = Store::open(&world.place()).await.unwrap();
    let fetcher = super::fetcher(super::rules(&publisher));
    let other = crate::metadata::Refresher::new(other, fetcher, std::sync::Arc::new(world.environment()));
    let asked = publisher.asked();
    for day in 1..=3 {
        world.clock.advance(Duration::DAY);
        let one = refresher(&world, &publisher);
        let (one, other) = tokio::join!(one.round(), other.round());
        one.and(other).unwrap();
        assert_eq!(publisher.asked(), asked + day);
    }
}

/// [saml-metadata 2.3.1, 2.3.2]
#[tokio::test]
async fn f3_past_their_end_metadata_sign_nobody_in_however_good_they_were() {
    let (world, publisher) = watched(Approval::Auto).await;
    let good = publisher_metadata(&world.contoso, &[&world.contoso]);
    let until = |text: &str| {
        let with = format!("<EntityDescriptor validUntil='{text}' cacheDuration='PT6H'");
        good.replacen("<EntityDescriptor", &with, 1)
    };
    let refresh = async || refresher(&world, &publisher).round().await.unwrap();
    publisher.say(200, &[], until("2030-01-05T03:04:05Z"));
    world.clock.advance(Duration::DAY);
    refresh().await;
    let source = world.store.metadata_source(&world.contoso.connection()).await.unwrap().1;
    let (hours, now) = (Duration::hours, world.clock.now());
    assert!(now + hours(5) <= source.next_attempt && source.next_attempt <= now + hours(6), "{source:?}");

    // Two days before the end nothing newer comes any more.
    publisher.say(503, &[], "");
    world.clock.advance(Duration::DAY);
    refresh().await;
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
    let texts = warned(&world).await;
    assert!(texts.iter().any(|(_, text)| text.contains("valid until 2030-01-05")), "{texts:?}");
    let mut browser = world.browser();
    world.clock.set(time::macros::datetime!(2030-01-05 03:04:04 UTC));
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303, "the last second");
    let begun = browser.begin(&world, &world.contoso).await;
    world.clock.advance(Duration::SECOND);
    let answer = browser.submit(&world.contoso.answers(crate::world::SIMON, &begun)).await;
    world.refused(&answer, 403, "metadata.expired");
    let events = world.events_of(&answer).await;
    assert!(events[0].detail.as_str().contains("landfall connection refresh"), "{events:?}");
    let start = world.browser().get(&world.contoso.start()).await;
    world.refused(&start, 403, "metadata.expired");
    assert_eq!(warned(&world).await[0].0, Urgency::Fail);

    // An older copy helps nobody, a newer one everybody.
    publisher.say(200, &[], until("2030-01-05T03:04:05Z"));
    world.clock.advance(Duration::hours(2));
    refresh().await;
    world.refused(&world.browser().get(&world.contoso.start()).await, 403, "metadata.expired");
    publisher.say(200, &[], until("2030-02-01T00:00:00Z"));
    world.clock.advance(Duration::hours(2));
    refresh().await;
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
    publisher.say(200, &[], until("2030-01-31T00:00:00Z"));
    world.clock.advance(Duration::DAY);
    refresh().await;
    let failure = world.store.metadata_source(&world.contoso.connection()).await.unwrap().1.failure;
    assert_eq!(failure.unwrap().code, "metadata.older");
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
}

/// Contoso's metadata carry the signature of its application's key, as Entra's do.
#[tokio::test]
async fn f1_metadata_of_a_pinned_key_are_read_from_what_it_signed() {
    let (world, publisher) = (World::new().await, Publisher::start().await);
    let signed = world.contoso.twin.metadata(KeysOf::App).unwrap();
    publisher.say(200, &[], signed.clone());
    let url = url::Url::parse(&publisher.url()).unwrap();
    let refresher = refresher(&world, &publisher);
    let by = |customer: &crate::world::Customer| Some(customer.twin.app().signing.certificate().to_vec());
    let refused = refresher.import(&url, Approval::Approve, by(&world.fabrikam), None).await.unwrap_err();
    assert!(refused.code().starts_with("signature."), "{}", refused.code());
    let (_, watched) = refresher.import(&url, Approval::Approve, by(&world.contoso), None).await.unwrap();
    let (name, trust) = (world.contoso.connection(), connection(&world, &world.contoso).await.idp);
    world.store.renew_watched(&name, trust.clone(), &watched, world.clock.now()).await.unwrap();

    let altered = publisher_metadata(&world.contoso, &[&world.contoso, &world.fabrikam]);
    for (text, failure) in [(altered, Some("signature.digest")), (signed, None)] {
        publisher.say(200, &[], text);
        world.clock.advance(Duration::DAY);
        refresher.round().await.unwrap();
        let source = world.store.metadata_source(&name).await.unwrap().1;
        assert_eq!(source.failure.map(|failure| failure.code).as_deref(), failure);
        assert_eq!(connection(&world, &world.contoso).await.idp.certificates, trust.certificates);
    }
}

#[tokio::test]
async fn the_ends_of_trust_are_figures_and_are_told_in_time() {
    let (world, publisher) = watched(Approval::Approve).await;
    publisher.publish(&world.contoso, &[&world.contoso, &world.fabrikam]);
    world.clock.advance(Duration::DAY);
    let refresher = refresher(&world, &publisher);
    refresher.round().await.unwrap();
    let figures = async || {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let (connections, sources) =
            (world.store.connections().await.unwrap(), world.store.metadata_sources().await.unwrap());
        metrics::with_local_recorder(&recorder, || gauges::set(&connections, &sources));
        recorder.handle().render()
    };
    let end = connection(&world, &world.contoso).await.idp.certificates[0].not_after;
    let shown = figures().await;
    for (figure, of, value) in [
        ("landfall_keys_end_timestamp_seconds", "contoso-entra", end.unix_timestamp()),
        ("landfall_keys_waiting", "contoso-entra", 1),
        ("landfall_keys_waiting", "fabrikam-entra", 0),
        (
            "landfall_metadata_refreshed_timestamp_seconds",
            "contoso-entra",
            world.clock.now().unix_timestamp(),
        ),
    ] {
        let line = format!("{figure}{{connection=\"{of}\"}} {value}\n");
        assert!(shown.contains(&line), "{line} {shown}");
    }
    assert!(!shown.contains("refreshed_timestamp_seconds{connection=\"fabrikam-entra\"}"), "{shown}");

    let told = async || {
        refresher.survey().await.unwrap();
        let events = world.events().await;
        events.iter().filter(|event| event.kind == EventKind::KeyExpires).count()
    };
    assert_eq!(told().await, 0);
    world.clock.set(end - Duration::days(30));
    assert_eq!((told().await, told().await), (2, 2), "each connection's key, and once");
    assert!(world.log().contains("a certificate that counts ends soon"));
}
