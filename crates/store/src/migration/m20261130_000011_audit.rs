//! Events hang together and are only ever added to; tombstones tell nobody whose they are.

use ::uuid::Uuid;
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult};
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob_null},
};
use std::collections::HashMap;

use crate::chain::{EARLIER, Hashed, Link};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// How many events are read at once.
const PAGE: u64 = 1000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [big_integer_null("seq"), big_integer_null("form"), blob_null("hash")] {
            manager.alter_table(Table::alter().table("events").add_column(column).take()).await?;
        }
        chain(manager.get_connection()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let append_only = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        manager.get_connection().execute_unprepared(append_only).await?;
        let keyed = big_integer("keyed").default(0).take();
        manager.alter_table(Table::alter().table("tombstones").add_column(keyed).take()).await
    }
}

/// Puts the events that are there into chains, in the order in which they were written.
async fn chain(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (mut heads, mut last) = (HashMap::new(), 0_i64);
    loop {
        let page = Query::select()
            .columns(["id", "at", "kind", "tenant_id", "connection_id", "user_id", "trace", "detail"])
            .from("events")
            .and_where(Expr::col("id").gt(last))
            .order_by("id", Order::Asc)
            .limit(PAGE)
            .take();
        let rows = conn.query_all(&page).await?;
        for row in &rows {
            last = row.try_get("", "id")?;
            let (tenant, next) = link(row, &heads)?;
            heads.insert(tenant, next);
            let update = Query::update()
                .table("events")
                .values([
                    ("seq", next.seq.into()),
                    ("form", EARLIER.into()),
                    ("hash", next.hash.to_vec().into()),
                ])
                .and_where(Expr::col("id").eq(last))
                .take();
            conn.execute(&update).await?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

fn link(row: &QueryResult, heads: &HashMap<Option<Uuid>, Link>) -> Result<(Option<Uuid>, Link), DbErr> {
    let (kind, detail): (String, String) = (row.try_get("", "kind")?, row.try_get("", "detail")?);
    let (tenant, trace): (_, Option<String>) = (row.try_get("", "tenant_id")?, row.try_get("", "trace")?);
    let event = Hashed {
        form: EARLIER,
        at: row.try_get("", "at")?,
        kind: &kind,
        tenant,
        connection: row.try_get("", "connection_id")?,
        user: row.try_get("", "user_id")?,
        trace: trace.as_deref(),
        detail: &detail,
    };
    Ok((tenant, heads.get(&tenant).copied().unwrap_or_default().next(&event)))
}

/// No chain has two events with one number.
fn indexes() -> [IndexCreateStatement; 2] {
    let index = |name: &'static str| Index::create().name(name).table("events").unique().take();
    [
        index("events_tenant_id_seq").col("tenant_id").col("seq").take(),
        index("events_installation_seq").col("seq").and_where(Expr::col("tenant_id").is_null()).take(),
    ]
}

const SQLITE: &str = "
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;";

const POSTGRES: &str = "
CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are only ever added'; END $$;
CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_stay();
CREATE TRIGGER events_never_go BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_stay();";
