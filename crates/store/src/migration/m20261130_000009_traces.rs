//! Which connections keep their messages for a while, and those messages, sealed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, text, text_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [big_integer_null("traced_until"), text_null("traced_because")] {
            manager.alter_table(Table::alter().table("connections").add_column(column).take()).await?;
        }
        manager.create_table(traces()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn traces() -> TableCreateStatement {
    Table::create()
        .table("traces")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(text("trace"))
        .col(big_integer("at"))
        .col(big_integer("keep_until"))
        .col(blob("sealed"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("trace"))
        .foreign_key(
            ForeignKey::create()
                .from("traces", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .take()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &'static str| Index::create().name(name).table("traces").take();
    [
        index("traces_trace").col("trace").take(),
        index("traces_at").col("tenant_id").col("connection_id").col("at").take(),
        index("traces_keep_until").col("keep_until").take(),
    ]
}
