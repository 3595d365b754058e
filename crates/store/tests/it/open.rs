use std::{fs, path::Path};

use landfall_accounts::ports::Health;
use landfall_store::{OpenError, Store};
use sea_orm::{ConnectionTrait, Database};

use crate::support::{NOW, World, tenant};

async fn error(path: &Path) -> OpenError {
    let error = Store::open(path).await.unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[tokio::test]
async fn a_fresh_database_is_for_its_owner_alone() {
    let world = World::new().await;
    for file in fs::read_dir(world.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let world = World::new().await;
    world.store.clone().close().await;
    let store = Store::open(&world.path()).await.unwrap();
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
async fn the_path_is_taken_literally() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a?mode=memory#%20 b.db");
    Store::open(&path).await.unwrap().close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn the_folder_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none").join("landfall.db");
    assert_eq!(error(&path).await.code(), "database.no_folder");
    assert!(!path.parent().unwrap().exists());
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(error(folder.path()).await.code(), "database.not_a_file");
}

#[tokio::test]
async fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("landfall.toml");
    for text in ["public_url = \"https://sp.example\"\n", "x"] {
        fs::write(&path, text).unwrap();
        assert_eq!(error(&path).await.code(), "database.foreign");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("landfall.db");
    fs::write(&path, "").unwrap();
    Store::open(&path).await.unwrap().ready().await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named() {
    // A link to itself can be opened by nobody, not even by root, whom no mode stops.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("landfall.db");
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let error = error(&path).await;
    assert_eq!(error.code(), "database.file");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("landfall.db");
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.extend([0xff; 4096]);
    fs::write(&path, bytes).unwrap();
    let error = error(&path).await;
    assert_eq!(error.code(), "database");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_kept() {
    let world = World::new().await;
    world.store.clone().close().await;
    let url = format!("sqlite:{}", world.path().display());
    let database = Database::connect(&url).await.unwrap();
    let step = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)";
    database.execute_unprepared(step).await.unwrap();
    let refused = error(&world.path()).await;
    assert_eq!(refused.code(), "database.newer");
    assert!(refused.to_string().contains("m29990101_000001_later"), "{refused}");
    database.execute_unprepared("DELETE FROM seaql_migrations WHERE applied_at = 0").await.unwrap();
    database.close().await.unwrap();
    Store::open(&world.path()).await.unwrap().ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_may_open_a_fresh_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("landfall.db");
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { Store::open(&path).await.unwrap() })
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
