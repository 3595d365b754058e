//! Attributes that tenants declare beyond the standard.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, text_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(extensions()).await
    }
}

/// Without a text the tenant declares nothing any more; the row stays for its number, which must not be given twice.
fn extensions() -> TableCreateStatement {
    Table::create()
        .table("scim_extensions")
        .col(uuid("tenant_id").primary_key())
        .col(integer("version"))
        .col(text_null("text"))
        .col(big_integer("changed_at"))
        .foreign_key(ForeignKey::create().from("scim_extensions", "tenant_id").to("tenants", "id"))
        .take()
}
