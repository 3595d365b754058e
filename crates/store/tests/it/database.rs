//! A fresh database for each test, on whichever database the tests run.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use landfall_store::{Place, Store, TombstoneKey};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection};
use tempfile::TempDir;

/// Names the PostgreSQL to test on, as `postgres://…`; without it the tests run on SQLite.
const POSTGRES: &str = "LANDFALL_TEST_POSTGRES";

/// A database of its own: a file, or a schema of the PostgreSQL server.
pub(crate) struct Database {
    /// For the file, and for whatever else belongs to the installation.
    pub(crate) folder: TempDir,
    /// The address of its schema, as settings name it; it ends with the name, by which its connections are told too.
    pub(crate) postgres: Option<String>,
}

impl Database {
    /// A file, whichever database the tests run on.
    pub(crate) fn file() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub(crate) async fn fresh() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Self { folder, .. } = Self::file();
        let Ok(server) = std::env::var(POSTGRES) else {
            return Self { folder, postgres: None };
        };
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("test_{}_{n}", std::process::id());
        let connection = SeaOrm::connect(ConnectOptions::new(&server)).await.unwrap();
        connection.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        connection.close().await.unwrap();
        let joint = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{joint}options[search_path]={schema}&application_name={schema}");
        Self { folder, postgres: Some(url) }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    /// As an operator would write it into the settings.
    pub(crate) fn place(&self) -> Place {
        match &self.postgres {
            Some(url) => Place::Postgres(Box::new(url.parse().unwrap())),
            None => Place::Sqlite(self.path()),
        }
    }

    /// Opens it, made if it is empty.
    pub(crate) async fn store(&self) -> Store {
        Store::migrate(&self.place()).await.unwrap();
        self.open().await
    }

    /// Opens it as another node would.
    pub(crate) async fn open(&self) -> Store {
        let store = Store::open(&self.place()).await.unwrap();
        store.with_tombstone_key(TombstoneKey::new(&[7; 32])).await.unwrap()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("landfall.db")
    }

    /// Asks it what no part of Landfall would ask.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        match &self.postgres {
            Some(url) => SeaOrm::connect(ConnectOptions::new(url)).await.unwrap(),
            None => connect(&self.path()).await,
        }
    }

    /// Runs SQL that no part of Landfall would run, and says how many rows it touched.
    pub(crate) async fn sql(&self, statement: &str) -> u64 {
        let connection = self.connect().await;
        let rows = connection.execute_unprepared(statement).await.unwrap().rows_affected();
        connection.close().await.unwrap();
        rows
    }
}

pub(crate) async fn connect(path: &Path) -> DatabaseConnection {
    SeaOrm::connect(format!("sqlite:{}", path.display())).await.unwrap()
}
