//! A PostgreSQL database, which several nodes may share.

use std::time::Duration;

use landfall_accounts::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, SqlxPostgresConnector, Statement,
};
use sqlx::{
    Connection,
    pool::PoolConnectionMetadata,
    postgres::{PgConnection, PgPoolOptions},
};

use super::{Connections, OpenError, PostgresAddress, QUEUE};

/// How many connections a node has at most.
const CONNECTIONS: u32 = 16;
/// A connection that was idle for so long is tried before it is used: the server may have been restarted.
const IDLE: Duration = Duration::from_secs(1);
/// The settings of each session.
///
/// No statement runs, and no lock is waited for, longer than a person waits for a page;
/// a node that stops in the middle of a transaction loses it, and with it the locks that others wait for.
const SETTINGS: [(&str, &str); 5] = [
    ("statement_timeout", "10s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("default_transaction_isolation", "read committed"),
    ("synchronous_commit", "on"),
];

/// Connects, and looks whether text can be kept as it is.
pub(super) async fn connect(address: &PostgresAddress) -> Result<Connections, OpenError> {
    let options = address.options().application_name("landfall").options(SETTINGS);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(QUEUE)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| Box::pin(is_alive(connection, idle)))
        .connect_with(options)
        .await
        .map_err(|source| OpenError::Unreachable {
            database: address.to_string(),
            source: Box::new(source),
        })?;
    let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    let failed = |source: DbErr| OpenError::database(address, source);
    let encoding = Statement::from_string(DatabaseBackend::Postgres, "SHOW server_encoding");
    let encoding = pool.query_one_raw(encoding).await.map_err(failed)?;
    let encoding: String =
        encoding.map_or(Ok(String::new()), |row| row.try_get_by_index(0)).map_err(failed)?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding { database: address.to_string(), encoding });
    }
    Ok(Connections { write: pool.clone(), read: pool })
}

async fn is_alive(connection: &mut PgConnection, idle: PoolConnectionMetadata) -> Result<bool, sqlx::Error> {
    Ok(idle.idle_for < IDLE || connection.ping().await.is_ok())
}

/// Whom a transaction that writes makes wait until it ends.
///
/// What it decides follows from what it has read, so nobody may change that meanwhile.
/// On SQLite all writers wait for each other anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// Nobody: each of its statements decides by itself.
    None,
    /// Writers of the same tenant.
    Tenant(TenantId),
    /// All others: what an operator changes, which is seldom.
    Alone,
}

/// The lock of [`Turn::Alone`], which every turn of a tenant shares; the number spells `Landfall`.
const INSTALLATION: i64 = i64::from_be_bytes(*b"Landfall");

/// Waits for the turn, which ends with the transaction.
pub(super) async fn wait(txn: &DatabaseTransaction, turn: Turn) -> Result<(), DbErr> {
    let (sql, locks) = match turn {
        Turn::None => return Ok(()),
        Turn::Tenant(tenant) => (
            "SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2)",
            vec![INSTALLATION.into(), lock_of(tenant).into()],
        ),
        Turn::Alone => ("SELECT pg_advisory_xact_lock($1)", vec![INSTALLATION.into()]),
    };
    txn.execute_raw(Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, locks)).await?;
    Ok(())
}

/// Two tenants that happen to share a lock wait for each other, and nothing else.
fn lock_of(tenant: TenantId) -> i64 {
    let (high, low) = tenant.as_uuid().as_u64_pair();
    (high ^ low).cast_signed()
}
