//! What a key of the installation is for; those from before sign.

use sea_orm_migration::{prelude::*, schema::text};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = text("purpose").default("signing").take();
        manager.alter_table(Table::alter().table("sp_keys").add_column(column).take()).await
    }
}
