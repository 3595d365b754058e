//! Applications that a proxy guards, and who is at which of them.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, blob_null, text, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [sites(), site_sessions()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn sites() -> TableCreateStatement {
    Table::create()
        .table("sites")
        .col(uuid("id").primary_key())
        .col(text("origin"))
        .col(text("tenants"))
        .col(text("groups"))
        .col(text("roles"))
        .col(big_integer("created_at"))
        .take()
}

/// A row lives with its session: whatever forgets the one forgets the other.
fn site_sessions() -> TableCreateStatement {
    Table::create()
        .table("site_sessions")
        .col(uuid("tenant_id"))
        .col(blob("code"))
        .col(uuid("session_id"))
        .col(uuid("site_id"))
        .col(blob("state"))
        .col(text("target"))
        .col(big_integer("code_until"))
        .col(blob_null("token"))
        .col(big_integer_null("entered_at"))
        .primary_key(Index::create().col("tenant_id").col("code"))
        .foreign_key(
            ForeignKey::create()
                .from("site_sessions", ("tenant_id", "session_id"))
                .to("sessions", ("tenant_id", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .from("site_sessions", "site_id")
                .to("sites", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

fn indexes() -> [IndexCreateStatement; 5] {
    let index = |name: &'static str, table: &'static str| Index::create().name(name).table(table).take();
    [
        index("sites_origin", "sites").col("origin").unique().take(),
        index("site_sessions_code", "site_sessions").col("code").unique().take(),
        index("site_sessions_token", "site_sessions").col("token").unique().take(),
        index("site_sessions_session", "site_sessions").col("tenant_id").col("session_id").take(),
        index("site_sessions_code_until", "site_sessions").col("code_until").take(),
    ]
}
