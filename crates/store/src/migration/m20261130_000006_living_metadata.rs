//! Where metadata are fetched anew from, when a key was last used, and of which end somebody was warned.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob_null, text, text_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("connections", "metadata_valid_until"),
            ("connection_certificates", "last_used"),
            ("connection_certificates", "expiry_warned"),
        ] {
            let column = big_integer_null(column);
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        manager.create_table(metadata_sources()).await
    }
}

fn metadata_sources() -> TableCreateStatement {
    let mut to_connection = ForeignKey::create()
        .from("metadata_sources", ("tenant_id", "connection_id"))
        .to("connections", ("tenant_id", "id"))
        .take();
    Table::create()
        .table("metadata_sources")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(text("url"))
        .col(text("approval"))
        .col(blob_null("signed_by"))
        .col(text_null("etag"))
        .col(text_null("last_modified"))
        .col(big_integer("last_success"))
        .col(big_integer_null("failed_at"))
        .col(text_null("failure"))
        .col(big_integer("last_attempt"))
        .col(big_integer("next_attempt"))
        .col(text_null("waiting"))
        .primary_key(Index::create().col("tenant_id").col("connection_id"))
        .foreign_key(&mut to_connection)
        .take()
}
