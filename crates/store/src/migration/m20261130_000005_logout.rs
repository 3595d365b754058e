//! What identity providers call our sessions, where their logout messages go, and the logouts that wait for an answer.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, blob_null, text, text_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let slo = text("slo").default("[]").take();
        for (table, column) in [
            ("connections", slo),
            ("sessions", text_null("name_id")),
            ("sessions", blob_null("name_id_saml")),
            ("sessions", text_null("session_index")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        manager.create_table(pending_logouts()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn pending_logouts() -> TableCreateStatement {
    Table::create()
        .table("pending_logouts")
        .col(uuid("tenant_id"))
        .col(text("request_id"))
        .col(uuid("connection_id"))
        .col(big_integer("expires_at"))
        .col(blob("saml"))
        .primary_key(Index::create().col("tenant_id").col("request_id"))
        .foreign_key(
            ForeignKey::create()
                .from("pending_logouts", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .take()
}

fn indexes() -> [IndexCreateStatement; 4] {
    let index = |name: &'static str, table: &'static str| Index::create().name(name).table(table).take();
    let mut by_index = index("sessions_session_index", "sessions");
    let mut by_name = index("sessions_name_id", "sessions");
    let mut by_request = index("pending_logouts_request_id", "pending_logouts");
    let mut by_end = index("pending_logouts_expires_at", "pending_logouts");
    [
        by_index.col("tenant_id").col("connection_id").col("session_index").take(),
        by_name.col("tenant_id").col("connection_id").col("name_id").take(),
        by_request.col("request_id").unique().take(),
        by_end.col("expires_at").take(),
    ]
}
