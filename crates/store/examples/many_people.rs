//! Fills the database of a benchmark: `many_people PLACE PEOPLE`.
//!
//! The only connection of the only tenant gets so many people, who were pushed by its directory, and two groups,
//! of a hundred and of a hundred thousand of them, or of all where there are fewer.
//! They are written in the way that is quickest for the database, past every rule.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool of benchmarks fails by panicking")]

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseBackend};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [place, people] = words.as_slice() else { panic!("expected PLACE PEOPLE") };
    let people: u64 = people.parse().unwrap();
    let url = if place.starts_with("postgres") { place.clone() } else { format!("sqlite:{place}") };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let database = Database::connect(options).await.unwrap();
    let postgres = database.get_database_backend() == DatabaseBackend::Postgres;
    if postgres {
        // The count of living accounts is a trigger's, which a million rows in one transaction would keep for hours.
        database.execute_unprepared("SET session_replication_role = replica").await.unwrap();
    }
    for statement in statements(people, postgres) {
        database.execute_unprepared(&statement).await.unwrap();
    }
    database.close().await.unwrap();
}

fn statements(people: u64, postgres: bool) -> Vec<String> {
    let numbers = if postgres {
        format!("(SELECT generate_series(0, {people} - 1) n) numbers")
    } else {
        format!(
            "(WITH RECURSIVE all_n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM all_n WHERE n < {people} - 1)
             SELECT n FROM all_n) numbers"
        )
    };
    let id = if postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let mut statements = vec![
        format!(
            "INSERT INTO users (tenant_id, id, user_name, user_name_folded, state, standing, origin, first_name,
             last_name, email, display_name, created_at, updated_at)
             SELECT tenants.id, {id}, 'person-' || n || '@contoso.example', 'person-' || n || '@contoso.example',
             'active', 'person', 'directory', 'Augusta', 'King', 'person-' || n || '@contoso.example', NULL, 0, 0
             FROM tenants, {numbers}"
        ),
        "INSERT INTO directory_users (tenant_id, user_id, connection_id, external_id, activity, rest, version,
         pushed_at, changed_at)
         SELECT users.tenant_id, users.id, connections.id, user_name, 'active', '{}', 1, 0, 0
         FROM users, connections"
            .to_owned(),
    ];
    for size in [100, 100_000] {
        statements.push(format!(
            "INSERT INTO directory_groups (tenant_id, id, connection_id, name, name_folded, rest, version,
             created_at, changed_at)
             SELECT tenant_id, {id}, id, 'group-{size}', 'group-{size}', '{{}}', 1, 0, 0 FROM connections"
        ));
        statements.push(format!(
            "INSERT INTO directory_members (tenant_id, group_id, user_id)
             SELECT users.tenant_id, directory_groups.id, users.id FROM users, directory_groups
             WHERE directory_groups.name = 'group-{size}' ORDER BY user_name DESC LIMIT {size}"
        ));
    }
    // PostgreSQL does that by itself, and SQLite never.
    if postgres {
        statements.push("ANALYZE".to_owned());
    }
    statements
}
