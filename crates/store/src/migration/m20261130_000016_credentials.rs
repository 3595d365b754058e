//! What directories show to push people and groups, and the clients that get such tokens anew every hour.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, text, text_null, uuid, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [clients(), credentials()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn clients() -> TableCreateStatement {
    Table::create()
        .table("scim_clients")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(text("dialect"))
        .col(text_null("label"))
        .col(text_null("issuer"))
        .col(text_null("subject"))
        .col(text_null("audience"))
        .col(big_integer("created_at"))
        .col(big_integer_null("revoked_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("scim_clients", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .take()
}

fn credentials() -> TableCreateStatement {
    Table::create()
        .table("scim_credentials")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(uuid_null("client_id"))
        .col(uuid_null("issued_by"))
        .col(text("dialect"))
        .col(text("kind"))
        .col(text("prefix"))
        .col(blob("digest"))
        .col(text_null("label"))
        .col(big_integer("created_at"))
        .col(big_integer_null("expires_at"))
        .col(big_integer_null("last_used"))
        .col(big_integer_null("revoked_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("scim_credentials", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from("scim_credentials", ("tenant_id", "client_id"))
                .to("scim_clients", ("tenant_id", "id")),
        )
        .take()
}

fn indexes() -> [IndexCreateStatement; 6] {
    let index = |name: &'static str, table: &'static str| Index::create().name(name).table(table).take();
    [
        index("scim_clients_id", "scim_clients").col("id").unique().take(),
        index("scim_clients_subject", "scim_clients").col("issuer").col("subject").take(),
        index("scim_credentials_id", "scim_credentials").col("id").unique().take(),
        index("scim_credentials_prefix", "scim_credentials").col("prefix").take(),
        index("scim_credentials_digest", "scim_credentials").col("digest").unique().take(),
        index("scim_credentials_client", "scim_credentials").col("tenant_id").col("client_id").take(),
    ]
}
