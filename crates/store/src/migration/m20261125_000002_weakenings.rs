//! The demands that a connection is freed from for a while, as JSON.

use sea_orm_migration::{prelude::*, schema::text};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text("weakenings").default("[]").take();
        manager.alter_table(Table::alter().table("connections").add_column(column).take()).await
    }
}
