//! How SQLite finds what a statement asks for, for tests.

use sea_orm::{ConnectionTrait, DbBackend, Statement, sea_query::SelectStatement};

use crate::{Place, Store};

/// The steps in a database that nobody ever had count what is in it, as an installation's is.
pub(super) async fn plan(query: &SelectStatement) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(folder.path().join("landfall.db"));
    Store::migrate(&place).await.unwrap();
    let store = Store::open(&place).await.unwrap();
    let asked = DbBackend::Sqlite.build(query);
    let explain = format!("EXPLAIN QUERY PLAN {}", asked.sql);
    let explain = Statement::from_sql_and_values(DbBackend::Sqlite, explain, asked.values.unwrap());
    let rows = store.reader().query_all_raw(explain).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}
