//! Mappings that connections have for themselves, version by version, and what they make of people: roles and groups.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, integer_null, text, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = integer_null("mapping_version");
        manager.alter_table(Table::alter().table("connections").add_column(version).take()).await?;
        for column in [text("roles").default("[]").take(), text("groups").default("[]").take()] {
            manager.alter_table(Table::alter().table("users").add_column(column).take()).await?;
        }
        manager.create_table(mappings()).await
    }
}

fn mappings() -> TableCreateStatement {
    Table::create()
        .table("mappings")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(integer("version"))
        .col(text("text"))
        .col(big_integer("applied_at"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("version"))
        .foreign_key(
            ForeignKey::create()
                .from("mappings", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .take()
}
