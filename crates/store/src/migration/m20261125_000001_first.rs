use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, blob_null, text, text_null, uuid, uuid_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            tenants(),
            connections(),
            connection_certificates(),
            domains(),
            pending_logins(),
            used_assertions(),
            users(),
            identity_links(),
            tombstones(),
            sessions(),
            events(),
            sp_keys(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tenants() -> TableCreateStatement {
    Table::create()
        .table("tenants")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(big_integer("created_at"))
        .take()
}

fn connections() -> TableCreateStatement {
    Table::create()
        .table("connections")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(text("name"))
        .col(text("state"))
        .col(text("entity_id"))
        .col(text("sso"))
        .col(text_null("entra_tid"))
        .col(text_null("subject"))
        .col(text_null("login_name"))
        .col(text("preset"))
        .col(text("jit"))
        .col(text("unsolicited"))
        .col(text("certificate_dates"))
        .col(text("guests"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(ForeignKey::create().from("connections", "tenant_id").to("tenants", "id"))
        .take()
}

fn connection_certificates() -> TableCreateStatement {
    Table::create()
        .table("connection_certificates")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(blob("fingerprint"))
        .col(blob("der"))
        .col(big_integer("not_before"))
        .col(big_integer("not_after"))
        .col(text("state"))
        .col(big_integer("first_seen"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("fingerprint"))
        .foreign_key(&mut to_connection("connection_certificates"))
        .take()
}

fn domains() -> TableCreateStatement {
    Table::create()
        .table("domains")
        .col(uuid("tenant_id"))
        .col(text("name"))
        .col(uuid_null("connection_id"))
        .col(big_integer("verified_at"))
        .primary_key(Index::create().col("tenant_id").col("name"))
        .foreign_key(ForeignKey::create().from("domains", "tenant_id").to("tenants", "id"))
        .foreign_key(&mut to_connection("domains"))
        .take()
}

fn pending_logins() -> TableCreateStatement {
    Table::create()
        .table("pending_logins")
        .col(uuid("tenant_id"))
        .col(text("request_id"))
        .col(text("handle"))
        .col(uuid("connection_id"))
        .col(blob("relay_state"))
        .col(blob("browser"))
        .col(text("target"))
        .col(big_integer("begun_at"))
        .col(big_integer("expires_at"))
        .col(text_null("restart"))
        .col(blob("saml"))
        .col(big_integer_null("consumed_at"))
        .primary_key(Index::create().col("tenant_id").col("request_id"))
        .foreign_key(&mut to_connection("pending_logins"))
        .take()
}

fn used_assertions() -> TableCreateStatement {
    Table::create()
        .table("used_assertions")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(text("assertion_id"))
        .col(big_integer("keep_until"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("assertion_id"))
        .foreign_key(&mut to_connection("used_assertions"))
        .take()
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(text("user_name"))
        .col(text("user_name_folded"))
        .col(text("state"))
        .col(text("standing"))
        .col(text("origin"))
        .col(text_null("first_name"))
        .col(text_null("last_name"))
        .col(text_null("email"))
        .col(text_null("display_name"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("last_login_at"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(ForeignKey::create().from("users", "tenant_id").to("tenants", "id"))
        .take()
}

fn identity_links() -> TableCreateStatement {
    Table::create()
        .table("identity_links")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(text("subject"))
        .col(uuid("user_id"))
        .col(big_integer("linked_at"))
        .col(text("how"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("subject"))
        .foreign_key(&mut to_connection("identity_links"))
        .foreign_key(&mut to_user("identity_links"))
        .take()
}

fn tombstones() -> TableCreateStatement {
    Table::create()
        .table("tombstones")
        .col(uuid("tenant_id"))
        .col(uuid("connection_id"))
        .col(text("subject"))
        .col(uuid("user_id"))
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("tenant_id").col("connection_id").col("subject"))
        .foreign_key(&mut to_connection("tombstones"))
        .foreign_key(&mut to_user("tombstones"))
        .take()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(uuid("tenant_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(uuid("connection_id"))
        .col(text("handle"))
        .col(blob_null("hop"))
        .col(blob_null("browser"))
        .col(big_integer("hop_until"))
        .col(blob_null("token"))
        .col(text("target"))
        .col(text_null("user_agent"))
        .col(big_integer_null("opened_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .primary_key(Index::create().col("tenant_id").col("id"))
        .foreign_key(&mut to_connection("sessions"))
        .foreign_key(&mut to_user("sessions"))
        .take()
}

/// The log outlives what it tells of, so it has no foreign keys.
fn events() -> TableCreateStatement {
    Table::create()
        .table("events")
        .col(big_integer("id").auto_increment().primary_key())
        .col(big_integer("at"))
        .col(text("kind"))
        .col(uuid_null("tenant_id"))
        .col(uuid_null("connection_id"))
        .col(uuid_null("user_id"))
        .col(text_null("trace"))
        .col(text("detail"))
        .take()
}

fn sp_keys() -> TableCreateStatement {
    Table::create()
        .table("sp_keys")
        .col(uuid("id").primary_key())
        .col(blob("certificate"))
        .col(blob("sealed"))
        .col(big_integer("created_at"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let mut indexes = vec![
        unique("tenants", &["name"]),
        unique("domains", &["name"]),
        unique("connections", &["id"]),
        unique("connections", &["name"]),
        unique("connections", &["entity_id"]),
        unique("pending_logins", &["request_id"]),
        unique("pending_logins", &["handle"]),
        plain("pending_logins", &["tenant_id", "connection_id", "expires_at"]),
        plain("pending_logins", &["expires_at"]),
        plain("used_assertions", &["keep_until"]),
        unique("users", &["id"]),
        plain("users", &["tenant_id", "user_name_folded"]),
        plain("identity_links", &["tenant_id", "user_id"]),
        plain("tombstones", &["tenant_id", "user_id"]),
        unique("sessions", &["id"]),
        unique("sessions", &["handle"]),
        unique("sessions", &["token"]),
        plain("sessions", &["tenant_id", "user_id"]),
        plain("sessions", &["tenant_id", "connection_id"]),
        plain("sessions", &["expires_at"]),
        plain("events", &["tenant_id", "at"]),
    ];
    // A deleted account leaves its name to the next person who gets it.
    indexes.push(
        Index::create()
            .name("users_living_name")
            .table("users")
            .col("tenant_id")
            .col("user_name_folded")
            .unique()
            .and_where(Expr::col("state").ne("deprovisioned"))
            .take(),
    );
    indexes
}

fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = plain(table, columns);
    index.unique().take()
}

fn plain(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
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
