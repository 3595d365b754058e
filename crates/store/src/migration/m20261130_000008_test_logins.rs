//! What a login was begun for, and the logins that an operator tries.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, blob_null, text, text_null, uuid, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let purpose = text("purpose").default("sign-in").take();
        manager.alter_table(Table::alter().table("pending_logins").add_column(purpose).take()).await?;
        manager.create_table(test_logins()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn test_logins() -> TableCreateStatement {
    let mut to_connection = ForeignKey::create()
        .from("test_logins", ("tenant_id", "connection_id"))
        .to("connections", ("tenant_id", "id"))
        .take();
    Table::create()
        .table("test_logins")
        .col(uuid("tenant_id"))
        .col(blob("link"))
        .col(uuid("connection_id"))
        .col(big_integer("expires_at"))
        .col(text_null("handle"))
        .col(blob_null("hop"))
        .col(big_integer_null("seen_until"))
        .col(text_null("code"))
        .col(text_null("says"))
        .col(uuid_null("user_id"))
        .col(text_null("decision"))
        .primary_key(Index::create().col("tenant_id").col("link"))
        .foreign_key(&mut to_connection)
        .take()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let index = |name: &'static str| Index::create().name(name).table("test_logins").take();
    [
        index("test_logins_link").col("link").unique().take(),
        index("test_logins_handle").col("handle").unique().take(),
        index("test_logins_expires_at").col("expires_at").take(),
    ]
}
