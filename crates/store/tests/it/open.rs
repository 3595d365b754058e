use landfall_accounts::ports::Health;
use landfall_store::{Place, Store};

use crate::{
    database::Database,
    support::{NOW, World, tenant},
};

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let world = World::new().await;
    world.store.clone().close().await;
    let store = Store::open(&world.database.place()).await.unwrap();
    store.ready().await.unwrap();
    assert_eq!(store.tenants().await.unwrap()[0].name, tenant("contoso"));
    assert_eq!(store.connections().await.unwrap()[0], world.contoso);
}

#[tokio::test]
async fn a_store_that_is_closed_is_not_ready() {
    let world = World::new().await;
    world.store.ready().await.unwrap();
    world.store.clone().close().await;
    assert_eq!(world.store.ready().await.unwrap_err().code(), "store.unavailable");
}

#[tokio::test]
async fn nothing_is_made_unasked() {
    let database = Database::fresh().await;
    let error = Store::open(&database.place()).await.unwrap_err();
    assert_eq!(error.code(), "database.empty");
    assert!(!database.path().exists());
    assert_eq!(Store::migrate(&database.place()).await.unwrap().len(), 18);
    assert_eq!(Store::migrate(&database.place()).await.unwrap(), [""; 0]);
    Store::open(&database.place()).await.unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_kept() {
    let World { store, database, .. } = World::new().await;
    store.close().await;
    let step = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)";
    database.sql(step).await;
    for refused in [
        Store::open(&database.place()).await.unwrap_err(),
        Store::migrate(&database.place()).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), "database.newer");
        let text = refused.to_string();
        assert!(text.contains(&database.place().to_string()), "{text}");
        assert!(text.contains("m29990101_000001_later"), "{text}");
    }
    database.sql("DELETE FROM seaql_migrations WHERE applied_at = 0").await;
    Store::open(&database.place()).await.unwrap().ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_may_make_and_open_a_fresh_database_at_once() {
    let database = Database::fresh().await;
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let place = database.place();
            tokio::spawn(async move {
                Store::migrate(&place).await.unwrap();
                Store::open(&place).await.unwrap()
            })
        })
        .collect();
    let mut stores = Vec::new();
    for opener in openers {
        stores.push(opener.await.unwrap());
    }
    for (n, store) in stores.iter().enumerate() {
        store.create_tenant(tenant(&format!("tenant-{n}")), NOW).await.unwrap();
    }
    assert_eq!(stores[0].tenants().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named() {
    // Nobody listens on a port that was given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://landfall:hunter2@127.0.0.1:{port}/landfall");
    let error = Store::open(&Place::Postgres(Box::new(url.parse().unwrap()))).await.unwrap_err();
    assert_eq!(error.code(), "database.unreachable");
    let text = format!("{error} {error:?}");
    assert!(text.contains("ConnectionRefused"), "{text}");
    assert!(text.contains(&format!("the database landfall of landfall@127.0.0.1:{port}")), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
