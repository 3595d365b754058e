//! When a session was used last and how long it lasts without use, how the person signed in, and shorter limits of single connections.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// Two hours, in milliseconds: for the sessions that there are, until the server says otherwise.
const IDLE: i64 = 7_200_000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("sessions", big_integer("idle").default(IDLE).take()),
            ("sessions", big_integer_null("last_seen_at").take()),
            ("sessions", big_integer_null("authenticated_at").take()),
            ("sessions", text_null("authn_context").take()),
            ("connections", text_null("session_idle").take()),
            ("connections", text_null("session_absolute").take()),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        Ok(())
    }
}
