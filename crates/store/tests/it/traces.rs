//! Messages of connections that are traced: sealed, few, and not for long.

use landfall_accounts::{
    Connection, EventKind, SealedTrace, TracePlace, TraceWindow,
    ports::{ConnectionDirectory, TraceStore},
};
use sea_orm::{ConnectionTrait, Statement};
use time::{Duration, OffsetDateTime};

use crate::support::{NOW, SECOND, World, trace};

impl World {
    async fn traced(&self, lasting: Duration) {
        let window = TraceWindow::new(lasting, Some("ticket 17"), NOW).unwrap();
        self.store.trace_connection(&self.contoso.name, Some(window), NOW).await.unwrap();
    }

    async fn keep(&self, connection: &Connection, n: u32, at: OffsetDateTime) {
        self.store.keep_trace(kept(connection, n, at)).await.unwrap();
    }

    /// The traces that are kept, the newest first.
    async fn kept(&self, now: OffsetDateTime) -> Vec<TracePlace> {
        self.store.traces(None, now).await.unwrap().into_iter().map(|(place, _)| place).collect()
    }

    /// How many rows there are, whatever may be read of them.
    async fn rows(&self) -> i64 {
        let connection = self.database.connect().await;
        let asked = Statement::from_string(connection.get_database_backend(), "SELECT count(*) FROM traces");
        connection.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}

fn kept(connection: &Connection, n: u32, at: OffsetDateTime) -> SealedTrace {
    let place = TracePlace { tenant: connection.tenant, connection: connection.id, trace: trace(n) };
    SealedTrace { place, at, sealed: n.to_be_bytes().to_vec() }
}

#[tokio::test]
async fn nothing_is_kept_of_a_connection_that_is_not_traced() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.keep(&world.contoso, 1, NOW).await;
    assert_eq!(world.rows().await, 0, "off by default");
    world.traced(Duration::HOUR).await;
    world.keep(&world.contoso, 2, NOW).await;
    world.keep(&fabrikam, 3, NOW).await;
    world.keep(&world.contoso, 4, NOW + Duration::HOUR - SECOND).await;
    world.keep(&world.contoso, 5, NOW + Duration::HOUR).await;
    let found: Vec<_> = world.kept(NOW).await.into_iter().map(|place| place.trace).collect();
    assert_eq!(found, [trace(4), trace(2)], "neither another's, nor after its end");
    assert_eq!(world.rows().await, 2);
    world.store.trace_connection(&world.contoso.name, None, NOW).await.unwrap();
    world.keep(&world.contoso, 6, NOW).await;
    assert_eq!(world.kept(NOW).await.len(), 2, "what was kept stays, and nothing comes to it");
}

#[tokio::test]
async fn a_window_is_stored_with_its_connection_and_said() {
    let world = World::new().await;
    world.traced(Duration::HOUR).await;
    let found = world.store.connection(&world.contoso.id).await.unwrap().unwrap();
    let window = found.traced.unwrap();
    assert_eq!((window.until(), window.reason()), (NOW + Duration::HOUR, Some("ticket 17")));
    let event = world.events().await.remove(0);
    assert_eq!((event.kind, event.connection), (EventKind::ConfigurationChanged, Some(world.contoso.id)));
    assert!(
        event.detail.as_str().contains("connection.trace") && event.detail.as_str().contains("ticket 17")
    );
    let nobody = "nobody".parse().unwrap();
    let error = world.store.trace_connection(&nobody, None, NOW).await.unwrap_err();
    assert_eq!(error.code(), "connection.unknown");
}

#[tokio::test]
async fn three_days_are_the_most_whatever_a_row_says() {
    let world = World::new().await;
    world.traced(Duration::hours(72)).await;
    world.keep(&world.contoso, 1, NOW).await;
    world.keep(&world.contoso, 2, NOW + SECOND).await;
    world.database.sql("UPDATE traces SET keep_until = keep_until + 1000000000").await;
    let end = NOW + SealedTrace::LIFETIME;
    for (now, read, purged) in
        [(end - Duration::MILLISECOND, 2, 0), (end, 1, 1), (end + SECOND - Duration::MILLISECOND, 1, 0)]
    {
        assert_eq!(world.kept(now).await.len(), read, "{now}");
        assert_eq!(
            world.store.trace(&trace(1), now).await.unwrap().is_some(),
            read == 2,
            "before a purge too"
        );
        assert_eq!(world.store.purge(now).await.unwrap().traces, purged, "{now}");
    }
    // And a row that says less is gone sooner.
    world.database.sql("UPDATE traces SET keep_until = at + 1000").await;
    let early = NOW + SECOND * 2;
    assert!(world.kept(early).await.is_empty());
    assert_eq!(world.store.purge(early).await.unwrap().traces, 1);
    assert_eq!(world.rows().await, 0);
}

#[tokio::test]
async fn of_too_many_the_oldest_go() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.traced(Duration::hours(72)).await;
    let window = TraceWindow::new(Duration::HOUR, None, NOW).unwrap();
    world.store.trace_connection(&fabrikam.name, Some(window), NOW).await.unwrap();
    world.keep(&fabrikam, 1_000_000, NOW).await;
    let most = u32::try_from(SealedTrace::MOST).unwrap();
    world.keep(&world.contoso, 0, NOW).await;
    // The others like it at once, a millisecond after each other.
    let others: Vec<_> = (1..most).map(|n| format!("('{}', {n})", trace(n))).collect();
    let (others, first) = (others.join(","), trace(0));
    world
        .database
        .sql(&format!(
            "WITH others(trace, later) AS (VALUES {others})
             INSERT INTO traces (tenant_id, connection_id, trace, at, keep_until, sealed)
             SELECT tenant_id, connection_id, others.trace, at + later, keep_until, sealed
             FROM traces, others WHERE traces.trace = '{first}'"
        ))
        .await;
    assert_eq!(world.kept(NOW).await.len(), 1001, "none has gone");
    world.keep(&world.contoso, most, NOW + SECOND * 2).await;
    let found = world.kept(NOW).await;
    assert_eq!(found.len(), 1001);
    assert!(!found.iter().any(|place| place.trace == trace(0)), "the oldest has gone");
    assert!(found.iter().any(|place| place.trace == trace(1)) && found[0].trace == trace(most));
    assert!(found.iter().any(|place| place.connection == fabrikam.id), "the other's stays");
}

#[tokio::test]
async fn an_operator_forgets_one_or_all_of_a_connection() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    for name in [&world.contoso.name, &fabrikam.name] {
        let window = TraceWindow::new(Duration::HOUR, None, NOW).unwrap();
        world.store.trace_connection(name, Some(window), NOW).await.unwrap();
    }
    for n in 0..3 {
        world.keep(&world.contoso, n, NOW).await;
    }
    world.keep(&fabrikam, 7, NOW).await;
    assert_eq!(world.store.trace(&trace(7), NOW).await.unwrap(), Some(kept(&fabrikam, 7, NOW)));
    world.store.forget_trace(&trace(1), NOW).await.unwrap();
    assert_eq!(world.kept(NOW).await.len(), 3);
    assert_eq!(world.store.forget_trace(&trace(1), NOW).await.unwrap_err().code(), "trace.unknown");
    assert_eq!(world.store.forget_traces(&world.contoso.name, NOW).await.unwrap(), 2);
    let left: Vec<_> = world.kept(NOW).await.into_iter().map(|place| place.trace).collect();
    assert_eq!(left, [trace(7)]);
    let events = world.events().await;
    assert_eq!(events.iter().filter(|event| event.detail.as_str().contains("trace.forget")).count(), 2);
}

#[tokio::test]
async fn a_backup_lives_longer_and_has_none_of_them() {
    let world = World::new().await;
    world.traced(Duration::HOUR).await;
    let mut sealed = kept(&world.contoso, 1, NOW);
    sealed.sealed = b"sealed octets that must not live on".to_vec();
    world.store.keep_trace(sealed).await.unwrap();
    let file = world.database.folder.path().join("copy.db");
    if world.database.is_postgres() {
        assert_eq!(world.store.backup(&file).await.unwrap_err().code(), "backup.server");
        return;
    }
    world.store.backup(&file).await.unwrap();
    let copied = std::fs::read(&file).unwrap();
    assert!(copied.windows(8).any(|octets| octets == b"contoso-"), "it is a copy");
    assert!(!copied.windows(13).any(|octets| octets == b"sealed octets"), "not even where rows were deleted");
    assert_eq!(world.rows().await, 1, "here it stays");
    world.store.backup(&file.with_extension("again")).await.unwrap();
}
