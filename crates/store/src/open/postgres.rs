//! A PostgreSQL database, which several nodes may share.

use landfall_accounts::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, SqlxPostgresConnector, Statement,
};
use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use super::{Connections, OpenError, PostgresAddress, QUEUE};

/// How many connections a node has at most.
const CONNECTIONS: u32 = 16;
/// The settings of each session.
///
/// No statement runs, and no lock is waited for, longer than a person waits for a page;
/// a node that stops in the middle of a transaction loses it, and with it the locks that others wait for.
const SETTINGS: [(&str, &str); 5] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("default_transaction_isolation", "read committed"),
    ("synchronous_commit", "on"),
];

/// Connects, and looks whether text can be kept as it is.
pub(super) async fn connect(address: &PostgresAddress) -> Result<Connections, OpenError> {
    let options = address.options();
    let name = options.get_application_name().unwrap_or("landfall").to_owned();
    let options = options.application_name(&name).options(SETTINGS);
    // A pool would go on trying, and then say that it timed out: one connection says what is wrong.
    let encoding = encoding(&options).await.map_err(|source| unreachable(address, source))?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding { database: address.to_string(), encoding });
    }
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(QUEUE)
        // Costs a round trip, and a server that was restarted costs nobody a login.
        .test_before_acquire(true)
        .connect_with(options)
        .await
        .map_err(|source| unreachable(address, source))?;
    let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Connections { write: pool.clone(), read: pool })
}

async fn encoding(options: &PgConnectOptions) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let encoding = sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(encoding)
}

fn unreachable(address: &PostgresAddress, source: sqlx::Error) -> OpenError {
    OpenError::Unreachable { database: address.to_string(), source: Box::new(source) }
}

/// Whom a transaction that writes makes wait until it ends.
///
/// What it decides follows from what it has read, so nobody may change that meanwhile.
/// On SQLite all writers wait for each other anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// Nobody: each of its statements decides by itself, and it writes no event.
    None,
    /// Writers of the same tenant: each event of the tenant follows another one.
    Tenant(TenantId),
    /// Writers of two tenants.
    Tenants(TenantId, TenantId),
    /// Those who write an event that belongs to no tenant.
    Installation,
    /// All others: what an operator changes, which is seldom.
    Alone,
}

impl Turn {
    /// Of those who write an event of this tenant, or of none.
    pub(crate) fn of(tenant: Option<TenantId>) -> Self {
        tenant.map_or(Self::Installation, Self::Tenant)
    }
}

/// Waits for the turn, which ends with the transaction.
///
/// Turns of tenants share the lock of [`Turn::Alone`], which is that of the schema: an installation has one of its own.
pub(super) async fn wait(txn: &DatabaseTransaction, turn: Turn) -> Result<(), DbErr> {
    let (sql, locks) = match turn {
        Turn::None => return Ok(()),
        Turn::Tenant(tenant) => (
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('landfall ' || current_schema(), 0)),
                pg_advisory_xact_lock($1)",
            vec![lock_of(tenant).into()],
        ),
        Turn::Tenants(one, other) => {
            let (one, other) = (lock_of(one), lock_of(other));
            // In one order, so that no two wait for each other.
            (
                "SELECT pg_advisory_xact_lock_shared(hashtextextended('landfall ' || current_schema(), 0)),
                    pg_advisory_xact_lock($1), pg_advisory_xact_lock($2)",
                vec![one.min(other).into(), one.max(other).into()],
            )
        }
        Turn::Installation => (
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('landfall ' || current_schema(), 0)),
                pg_advisory_xact_lock(hashtextextended('landfall installation ' || current_schema(), 0))",
            Vec::new(),
        ),
        Turn::Alone => {
            ("SELECT pg_advisory_xact_lock(hashtextextended('landfall ' || current_schema(), 0))", Vec::new())
        }
    };
    txn.execute_raw(Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, locks)).await?;
    Ok(())
}

/// Two tenants that happen to share a lock wait for each other, and nothing else.
fn lock_of(tenant: TenantId) -> i64 {
    let (high, low) = tenant.as_uuid().as_u64_pair();
    (high ^ low).cast_signed()
}
