//! How far the clock of an identity provider is from ours, as the logins of each key show it.

use sea_orm_migration::{prelude::*, schema::big_integer_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["clock_last", "clock_last_seen", "clock_most", "clock_most_seen"] {
            let mut table = Table::alter();
            table.table("connection_certificates").add_column(big_integer_null(name));
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
