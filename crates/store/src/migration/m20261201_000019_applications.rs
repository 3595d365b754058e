//! Applications, what people grant them, devices that wait, logouts that applications are told of, and by which methods a session was proved.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, blob_null, integer, text, text_null, uuid, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = [applications(), app_secrets(), app_assertions()];
        for table in own.into_iter().chain([grants(), grant_tokens(), device_requests(), logout_notices()]) {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let methods = text_null("authn_methods").take();
        manager.alter_table(Table::alter().table("sessions").add_column(methods).take()).await
    }
}

fn applications() -> TableCreateStatement {
    Table::create()
        .table("applications")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(text("title"))
        .col(text("kind"))
        .col(text("authentication"))
        .col(text_null("jwks"))
        .col(uuid_null("tenant_id"))
        .col(text("redirect_uris"))
        .col(text("post_logout_uris"))
        .col(text_null("backchannel_logout"))
        .col(text("offline"))
        .col(text("signed_with"))
        .col(text_null("download"))
        .col(text_null("start"))
        .col(text_null("terms"))
        .col(big_integer("created_at"))
        .foreign_key(ForeignKey::create().from("applications", "tenant_id").to("tenants", "id"))
        .take()
}

fn app_secrets() -> TableCreateStatement {
    Table::create()
        .table("app_secrets")
        .col(uuid("id").primary_key())
        .col(uuid("app_id"))
        .col(text("prefix"))
        .col(blob("digest"))
        .col(big_integer("created_at"))
        .col(big_integer_null("expires_at"))
        .foreign_key(&mut to_application("app_secrets"))
        .take()
}

fn app_assertions() -> TableCreateStatement {
    Table::create()
        .table("app_assertions")
        .col(uuid("app_id"))
        .col(blob("jti"))
        .col(big_integer("until"))
        .primary_key(Index::create().col("app_id").col("jti"))
        .foreign_key(&mut to_application("app_assertions"))
        .take()
}

fn grants() -> TableCreateStatement {
    Table::create()
        .table("grants")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("app_id"))
        .col(uuid("user_id"))
        .col(uuid("connection_id"))
        .col(uuid("session_id"))
        .col(text("scopes"))
        .col(text_null("nonce"))
        .col(text("lasting"))
        .col(text_null("redirect"))
        .col(text_null("challenge"))
        .col(blob_null("code"))
        .col(big_integer_null("code_until"))
        .col(big_integer_null("redeemed_at"))
        .col(big_integer_null("authenticated_at"))
        .col(text_null("authn_context"))
        .col(text_null("authn_methods"))
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("user_agent"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(&mut to_application("grants"))
        .foreign_key(
            ForeignKey::create().from("grants", ("tenant_id", "user_id")).to("users", ("tenant_id", "id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from("grants", ("tenant_id", "connection_id"))
                .to("connections", ("tenant_id", "id")),
        )
        .take()
}

fn grant_tokens() -> TableCreateStatement {
    Table::create()
        .table("grant_tokens")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("grant_id"))
        .col(text("kind"))
        .col(blob("digest"))
        .col(text_null("scopes"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("grant_tokens", ("tenant_id", "grant_id"))
                .to("grants", ("tenant_id", "id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

fn device_requests() -> TableCreateStatement {
    Table::create()
        .table("device_requests")
        .col(blob("device_code").primary_key())
        .col(text("user_code"))
        .col(uuid("app_id"))
        .col(text("scopes"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer("interval"))
        .col(big_integer_null("last_asked_at"))
        .col(text_null("decision"))
        .col(uuid_null("tenant_id"))
        .col(uuid_null("grant_id"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut to_application("device_requests"))
        .take()
}

/// It outlives what it tells of, so it has no foreign keys.
fn logout_notices() -> TableCreateStatement {
    Table::create()
        .table("logout_notices")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(text("app"))
        .col(text("address"))
        .col(text("signed_with"))
        .col(uuid("user_id"))
        .col(uuid("session_id"))
        .col(big_integer("ended_at"))
        .col(integer("tries"))
        .col(big_integer("due_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .take()
}

fn to_application(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "app_id")
        .to("applications", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(format!("{table}_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index.take()
    };
    vec![
        index("applications", &["name"]).unique().take(),
        index("app_secrets", &["digest"]).unique().take(),
        index("app_secrets", &["app_id"]),
        index("app_assertions", &["until"]),
        index("grants", &["id"]).unique().take(),
        index("grants", &["code"]).unique().take(),
        index("grants", &["tenant_id", "session_id"]),
        index("grants", &["tenant_id", "user_id"]),
        index("grants", &["app_id"]),
        index("grants", &["expires_at"]),
        index("grants", &["ended_at"]),
        index("grants", &["redeemed_at", "created_at"]),
        index("grant_tokens", &["digest"]).unique().take(),
        index("grant_tokens", &["tenant_id", "grant_id"]),
        index("grant_tokens", &["expires_at"]),
        index("device_requests", &["user_code"]).unique().take(),
        index("device_requests", &["app_id"]),
        index("logout_notices", &["id"]).unique().take(),
        index("logout_notices", &["due_at"]),
    ]
}
