//! What lives is found among what lives: a grant that ended stays a day, and a planner that has counted nothing took the
//! index of those that ended for the living. Devices are found by when they end, and what is open at a site by the site.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [
            ("grants_ended_at", "grants"),
            ("grants_tenant_id_session_id", "grants"),
            ("device_requests_app_id", "device_requests"),
        ] {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn indexes() -> [IndexCreateStatement; 8] {
    let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    let living = |name: &'static str, columns: &[&'static str]| {
        index(name, "grants", columns).and_where(Expr::col("ended_at").is_null()).take()
    };
    [
        living("grants_living_in_session", &["tenant_id", "session_id"]),
        living("grants_living_of_user", &["tenant_id", "user_id", "app_id"]),
        living("grants_living_of_connection", &["tenant_id", "connection_id"]),
        living("grants_living_at_application", &["app_id"]),
        index("grants_ended_at", "grants", &["ended_at"])
            .and_where(Expr::col("ended_at").is_not_null())
            .take(),
        index("device_requests_of_application", "device_requests", &["app_id", "expires_at"]),
        index("device_requests_expires_at", "device_requests", &["expires_at"]),
        index("site_sessions_site", "site_sessions", &["site_id"]),
    ]
}
