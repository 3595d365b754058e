//! What is said of the file before SQLite says anything.

use std::{fs, path::Path};

use landfall_accounts::ports::Health;
use landfall_store::{OpenError, Place, Store};

async fn open(path: &Path) -> Result<Store, OpenError> {
    let place = Place::Sqlite(path.to_owned());
    Store::migrate(&place).await?;
    Store::open(&place).await
}

async fn error(path: &Path) -> OpenError {
    let error = open(path).await.unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[tokio::test]
async fn a_fresh_database_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let _store = open(&folder.path().join("landfall.db")).await.unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn the_path_is_taken_literally() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a?mode=memory#%20 b.db");
    open(&path).await.unwrap().close().await;
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
    open(&path).await.unwrap().ready().await.unwrap();
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
