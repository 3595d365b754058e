//! What the directories of customers push: people, groups and their members; and which identities wait to be merged.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text, text_null, uuid},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Until now nobody else changed the state of an account.
        let state_by = text("state_by").default("operator").take();
        manager.alter_table(Table::alter().table("users").add_column(state_by).take()).await?;
        for table in
            [directory_users(), directory_groups(), directory_members(), merge_proposals(), merge_overflows()]
        {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// One directory an account; the row of a deleted account stays, without what the directory said of the person.
fn directory_users() -> TableCreateStatement {
    Table::create()
        .table("directory_users")
        .col(uuid("tenant_id"))
        .col(uuid("user_id"))
        .col(uuid("connection_id"))
        .col(text_null("external_id"))
        .col(text("activity"))
        .col(text_null("suspended_from"))
        .col(text("rest"))
        .col(big_integer("version"))
        .col(big_integer("pushed_at"))
        .col(big_integer("changed_at"))
        .col(big_integer_null("removed_at"))
        .primary_key(Index::create().col("tenant_id").col("user_id"))
        .foreign_key(&mut to_connection("directory_users"))
        .foreign_key(&mut to_user("directory_users"))
        .take()
}

fn directory_groups() -> TableCreateStatement {
    Table::create()
        .table("directory_groups")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(text("name"))
        .col(text("name_folded"))
        .col(text_null("external_id"))
        .col(text("rest"))
        .col(big_integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("changed_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(&mut to_connection("directory_groups"))
        .take()
}

fn directory_members() -> TableCreateStatement {
    Table::create()
        .table("directory_members")
        .col(uuid("tenant_id"))
        .col(uuid("group_id"))
        .col(uuid("user_id"))
        .primary_key(Index::create().col("tenant_id").col("group_id").col("user_id"))
        .foreign_key(
            ForeignKey::create()
                .from("directory_members", ("tenant_id", "group_id"))
                .to("directory_groups", ("tenant_id", "id")),
        )
        .foreign_key(&mut to_user("directory_members"))
        .take()
}

fn merge_proposals() -> TableCreateStatement {
    Table::create()
        .table("merge_proposals")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(text("subject"))
        .col(uuid("user_id"))
        .col(text("why"))
        .col(text("state"))
        .col(big_integer("times"))
        .col(big_integer("first_seen"))
        .col(big_integer("last_seen"))
        .col(big_integer_null("decided_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(&mut to_connection("merge_proposals"))
        .foreign_key(&mut to_user("merge_proposals"))
        .take()
}

/// How many proposals of a connection found no room.
fn merge_overflows() -> TableCreateStatement {
    Table::create()
        .table("merge_overflows")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(big_integer("times"))
        .col(big_integer("last_seen"))
        .primary_key(Index::create().col("tenant_id").col("connection_id"))
        .foreign_key(&mut to_connection("merge_overflows"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let living = || Expr::col("removed_at").is_null();
    vec![
        index("directory_users_list", "directory_users", &["tenant_id", "connection_id", "user_id"])
            .and_where(living())
            .take(),
        index(
            "directory_users_external_id",
            "directory_users",
            &["tenant_id", "connection_id", "external_id", "user_id"],
        ),
        index(
            "directory_users_living_external_id",
            "directory_users",
            &["tenant_id", "connection_id", "external_id"],
        )
        .unique()
        .and_where(living())
        .take(),
        index("users_email", "users", &["tenant_id", "email"]),
        index("directory_groups_list", "directory_groups", &["tenant_id", "connection_id", "id"]),
        index("directory_groups_name", "directory_groups", &["tenant_id", "connection_id", "name_folded"])
            .unique()
            .take(),
        index(
            "directory_groups_external_id",
            "directory_groups",
            &["tenant_id", "connection_id", "external_id"],
        )
        .unique()
        .take(),
        index("directory_members_user", "directory_members", &["tenant_id", "user_id"]),
        index("merge_proposals_id", "merge_proposals", &["id"]).unique().take(),
        index(
            "merge_proposals_key",
            "merge_proposals",
            &["tenant_id", "connection_id", "subject", "user_id"],
        )
        .unique()
        .take(),
        index("merge_proposals_state", "merge_proposals", &["tenant_id", "connection_id", "state"]),
    ]
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

fn to_connection(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, ("tenant_id", "connection_id"))
        .to("connections", ("tenant_id", "id"))
        .take()
}

fn to_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, ("tenant_id", "user_id")).to("users", ("tenant_id", "id")).take()
}
