//! What directories asked for, and what came of it.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, text_null, uuid, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(log()).await?;
        for columns in [&["tenant_id", "user_id"][..], &["tenant_id", "name_folded"], &["at"]] {
            manager.create_index(index(columns)).await?;
        }
        Ok(())
    }
}

/// The log outlives what it tells of, so it has no foreign keys.
fn log() -> TableCreateStatement {
    Table::create()
        .table("provisioning_log")
        .col(big_integer("id").auto_increment().primary_key())
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(uuid("credential_id"))
        .col(text_null("prefix"))
        .col(big_integer("at"))
        .col(text("trace"))
        .col(text("action"))
        .col(text("target"))
        .col(uuid_null("user_id"))
        .col(uuid_null("group_id"))
        .col(text_null("name"))
        .col(text_null("name_folded"))
        .col(text("changes"))
        .col(big_integer("status"))
        .col(text_null("code"))
        .col(big_integer("took"))
        .take()
}

fn index(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("provisioning_log_{}", columns.join("_"))).table("provisioning_log");
    for column in columns {
        index.col(*column);
    }
    index
}
