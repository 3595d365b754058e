//! Whose a notice is, though another application gets its name; those from before, which last a day, name it alone.

use sea_orm_migration::{prelude::*, schema::uuid_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = uuid_null("app_id").take();
        manager.alter_table(Table::alter().table("logout_notices").add_column(column).take()).await
    }
}
