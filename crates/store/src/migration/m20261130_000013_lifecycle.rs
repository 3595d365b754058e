//! How accounts and domains begin: invitations, of which a person has at most one that is open; challenges of domains,
//! of which a tenant has one for each; what activates an account; how many accounts a tenant may have, and has.
//!
//! The database itself counts living accounts, so that no way to make or delete one can forget it,
//! and to ask how many there are costs the same with three and with a million.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, text, text_null, uuid},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("connections", text("activation").default("operator").take()),
            ("tenants", big_integer_null("user_limit")),
            ("tenants", big_integer("living_users").default(0).take()),
            ("domains", text("verified_by").default("operator").take()),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        let counting: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => &POSTGRES_COUNTS,
            _ => &SQLITE_COUNTS,
        };
        for statement in [&[COUNT_ONCE], counting].concat() {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        manager.create_table(domain_challenges()).await?;
        manager.create_table(invitations()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Counts those that are there already.
const COUNT_ONCE: &str = "UPDATE tenants SET living_users =
    (SELECT COUNT(*) FROM users WHERE users.tenant_id = tenants.id AND users.state <> 'deprovisioned')";

const SQLITE_COUNTS: [&str; 3] = [
    "CREATE TRIGGER users_living_made AFTER INSERT ON users WHEN NEW.state <> 'deprovisioned' BEGIN
        UPDATE tenants SET living_users = living_users + 1 WHERE id = NEW.tenant_id;
    END",
    "CREATE TRIGGER users_living_changed AFTER UPDATE OF state ON users
    WHEN (NEW.state <> 'deprovisioned') <> (OLD.state <> 'deprovisioned') BEGIN
        UPDATE tenants SET living_users = living_users + (NEW.state <> 'deprovisioned') - (OLD.state <> 'deprovisioned')
        WHERE id = NEW.tenant_id;
    END",
    "CREATE TRIGGER users_living_gone AFTER DELETE ON users WHEN OLD.state <> 'deprovisioned' BEGIN
        UPDATE tenants SET living_users = living_users - 1 WHERE id = OLD.tenant_id;
    END",
];

const POSTGRES_COUNTS: [&str; 4] = [
    "CREATE FUNCTION count_living_users() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        change bigint := 0;
        owner uuid;
    BEGIN
        IF TG_OP <> 'DELETE' THEN
            owner := NEW.tenant_id;
            IF NEW.state <> 'deprovisioned' THEN change := change + 1; END IF;
        END IF;
        IF TG_OP <> 'INSERT' THEN
            owner := OLD.tenant_id;
            IF OLD.state <> 'deprovisioned' THEN change := change - 1; END IF;
        END IF;
        IF change <> 0 THEN
            UPDATE tenants SET living_users = living_users + change WHERE id = owner;
        END IF;
        RETURN NULL;
    END $$",
    "CREATE TRIGGER users_living_made AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION count_living_users()",
    "CREATE TRIGGER users_living_changed AFTER UPDATE OF state ON users
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION count_living_users()",
    "CREATE TRIGGER users_living_gone AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION count_living_users()",
];

fn domain_challenges() -> TableCreateStatement {
    let mut to_tenant =
        ForeignKey::create().from("domain_challenges", "tenant_id").to("tenants", "id").take();
    Table::create()
        .table("domain_challenges")
        .col(uuid("tenant_id"))
        .col(text("domain"))
        .col(text("value"))
        .col(big_integer("expires_at"))
        .primary_key(Index::create().col("tenant_id").col("domain"))
        .foreign_key(&mut to_tenant)
        .take()
}

fn invitations() -> TableCreateStatement {
    let mut to_user = ForeignKey::create()
        .from("invitations", ("tenant_id", "user_id"))
        .to("users", ("tenant_id", "id"))
        .take();
    Table::create()
        .table("invitations")
        .col(uuid("tenant_id"))
        .col(blob("link"))
        .col(uuid("user_id"))
        .col(big_integer("expires_at"))
        .col(text_null("ended"))
        .primary_key(Index::create().col("tenant_id").col("link"))
        .foreign_key(&mut to_user)
        .take()
}

fn indexes() -> [IndexCreateStatement; 4] {
    let index = |name: &'static str| Index::create().name(name).table("invitations").take();
    [
        index("invitations_link").col("link").unique().take(),
        index("invitations_open")
            .col("tenant_id")
            .col("user_id")
            .unique()
            .and_where(Expr::col("ended").is_null())
            .take(),
        index("invitations_expires_at").col("expires_at").take(),
        Index::create().name("domain_challenges_domain").table("domain_challenges").col("domain").take(),
    ]
}
