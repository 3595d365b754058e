//! What requests ask for, names of ours for single connections, and the states of the installation's keys.
//!
//! An issuer is unique among the connections that share our name, and our other names are unique among themselves;
//! of the keys for one purpose one is current and at most one is next.

use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text("force_authn").default("as-asked").take(),
            text("name_id_format").default("any").take(),
            text("authn_context").default("any").take(),
            text_null("own_entity_id").take(),
        ] {
            manager.alter_table(Table::alter().table("connections").add_column(column).take()).await?;
        }
        let state = text("state").default("current").take();
        manager.alter_table(Table::alter().table("sp_keys").add_column(state).take()).await?;
        manager
            .drop_index(Index::drop().name("connections_entity_id").table("connections").to_owned())
            .await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn indexes() -> [IndexCreateStatement; 3] {
    [
        Index::create()
            .name("connections_shared_entity_id")
            .table("connections")
            .col("entity_id")
            .unique()
            .and_where(Expr::col("own_entity_id").is_null())
            .take(),
        Index::create()
            .name("connections_own_entity_id")
            .table("connections")
            .col("own_entity_id")
            .unique()
            .take(),
        Index::create()
            .name("sp_keys_purpose_state")
            .table("sp_keys")
            .col("purpose")
            .col("state")
            .unique()
            .and_where(Expr::col("state").ne("retiring"))
            .take(),
    ]
}
