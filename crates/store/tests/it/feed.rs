//! What tells those who remember something that it has changed.

use landfall_accounts::{
    Change, EndReason, UserState,
    ports::{ChangeFeed, SessionStore},
};
use landfall_store::{FeedPosition, Store};

use crate::support::{ADA, NOW, World};

/// A node with a position of its own.
struct Reader {
    store: Store,
    position: FeedPosition,
}

impl Reader {
    async fn of(store: Store) -> Self {
        let mut reader = Self { store, position: FeedPosition::default() };
        reader.read().await;
        reader
    }

    /// What is new, to the end.
    async fn read(&mut self) -> Vec<Change> {
        let mut all = Vec::new();
        loop {
            let read = self.store.changes(&mut self.position, NOW).await.unwrap();
            all.extend(read.changes);
            if !read.more {
                return all;
            }
        }
    }
}

#[tokio::test]
async fn each_reader_is_told_each_change_once() {
    let world = World::new().await;
    let (mut here, mut there) =
        (Reader::of(world.store.clone()).await, Reader::of(world.database.open().await).await);
    assert_eq!(here.read().await, []);
    let ada = world.sign_in("ada", ADA, 1).await;
    let person = Change::Person(ada.user.id);
    assert!(here.read().await.contains(&person) && here.read().await.is_empty());
    world.store.set_user_state(&ada.user.id, UserState::Suspended, NOW).await.unwrap();
    world.set("jit", "off").await;
    world.store.limit_tenant(&"contoso".parse().unwrap(), None, NOW).await.unwrap();
    let changes = here.read().await;
    let all = [person, Change::Connection(world.contoso.id), Change::Tenant(world.contoso.tenant)];
    assert!(all.iter().all(|one| changes.contains(one)), "{changes:?}");
    let changes = there.read().await;
    assert!(all.iter().all(|one| changes.contains(one)), "{changes:?}");
    assert_eq!((here.read().await, there.read().await), (vec![], vec![]));
}

#[tokio::test]
async fn each_transaction_of_this_process_is_counted() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let other = world.database.open().await;
    let before = (world.store.written(), other.written());
    let ended = world.store.clone().end_session(&ada.session, None, EndReason::Revoked, NOW).await.unwrap();
    assert_eq!(ended, landfall_accounts::EndOutcome::Ended);
    assert!(world.store.written() > before.0, "clones count together");
    assert_eq!(other.written(), before.1, "another process counts for itself");
    let count = world.store.written();
    world.store.users(&"contoso".parse().unwrap()).await.unwrap();
    assert_eq!(world.store.written(), count, "who reads changes nothing");
}

#[tokio::test]
async fn more_than_a_page_is_read_in_parts() {
    let world = World::new().await;
    let mut reader = Reader::of(world.store.clone()).await;
    for n in 0..700 {
        let tenant = "contoso".parse().unwrap();
        let limit = Some(landfall_accounts::UserLimit::new(n));
        world.store.limit_tenant(&tenant, limit, NOW).await.unwrap();
        world.store.limit_tenant(&tenant, None, NOW).await.unwrap();
    }
    let first = world.store.changes(&mut reader.position, NOW).await.unwrap();
    assert_eq!((first.changes.len(), first.more), (1000, true));
    assert_eq!(reader.read().await.len(), 400);
}

/// Ids that were passed over may come later, and no more than so many are looked for.
#[tokio::test]
async fn who_may_have_missed_a_change_is_told_of_everybody() {
    for (gaps, expected) in [(490, vec![]), (510, vec![Change::Everybody])] {
        let world = World::new().await;
        let mut reader = Reader::of(world.store.clone()).await;
        let sql = format!(
            "INSERT INTO events (id, at, kind, detail)
             WITH RECURSIVE gaps(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM gaps WHERE n < {gaps})
             SELECT 2 * n + (SELECT max(id) FROM events), 0, 'group.changed', '{{}}' FROM gaps"
        );
        world.database.sql(&sql).await;
        assert_eq!(reader.read().await, expected, "{gaps}");
        assert_eq!(reader.read().await, expected, "{gaps}: as long as something may come");
    }
}

/// On PostgreSQL an event may be seen after one that was written later.
#[tokio::test]
async fn a_change_that_comes_late_is_told() {
    let world = World::new().await;
    let database = &world.database;
    if !database.is_postgres() {
        return;
    }
    let ada = world.sign_in("ada", ADA, 1).await;
    let mut reader = Reader::of(world.store.clone()).await;
    let late = database.connect().await;
    let txn = sea_orm::TransactionTrait::begin(&late).await.unwrap();
    let event = format!(
        "INSERT INTO events (at, kind, tenant_id, user_id, detail) VALUES (0, 'session.ended', '{}', '{}', '{{}}')",
        world.contoso.tenant, ada.user.id
    );
    sea_orm::ConnectionTrait::execute_unprepared(&txn, &event).await.unwrap();
    // Somebody who begins now, before that is written for others to see.
    let mut later = FeedPosition::default();
    world.store.changes(&mut later, NOW).await.unwrap();
    world.store.limit_tenant(&"contoso".parse().unwrap(), None, NOW).await.unwrap();
    assert_eq!(reader.read().await, [Change::Tenant(world.contoso.tenant)]);
    world.store.changes(&mut later, NOW).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(reader.read().await, [Change::Person(ada.user.id)]);
    assert_eq!(world.store.changes(&mut later, NOW).await.unwrap().changes, [Change::Person(ada.user.id)]);
    late.close().await.unwrap();
}
