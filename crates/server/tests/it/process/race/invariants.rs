use std::collections::HashSet;

use landfall_accounts::EventKind;
use landfall_store::EventFilter;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::nodes::Nodes;

/// What stands in the database.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) users: usize,
    pub(super) accepted: usize,
}

/// Whatever happened to whichever node: nothing is half made.
pub(super) async fn hold(nodes: &Nodes) -> Found {
    let connection = nodes.database().connect().await;
    let none = "SELECT count(*) FROM users u WHERE NOT EXISTS
        (SELECT 1 FROM identity_links l WHERE l.tenant_id = u.tenant_id AND l.user_id = u.id)";
    assert_eq!(count(&connection, none).await, 0, "users without a link");
    let none = "SELECT count(*) FROM sessions s WHERE NOT EXISTS
        (SELECT 1 FROM users u WHERE u.tenant_id = s.tenant_id AND u.id = s.user_id)";
    assert_eq!(count(&connection, none).await, 0, "sessions without a user");
    let none = "SELECT count(*) FROM identity_links l WHERE NOT EXISTS
        (SELECT 1 FROM users u WHERE u.tenant_id = l.tenant_id AND u.id = l.user_id)";
    assert_eq!(count(&connection, none).await, 0, "links without a user");
    // One statement sees one moment, while other nodes go on.
    let apart = "SELECT (SELECT count(*) FROM events WHERE kind = 'login.accepted')
        - (SELECT count(*) FROM used_assertions)";
    assert_eq!(count(&connection, apart).await, 0, "assertions used up for nothing");
    // Fewer, since a session whose browser never came is forgotten after a minute.
    let more = "SELECT (SELECT count(*) FROM sessions)
        - (SELECT count(*) FROM events WHERE kind = 'login.accepted')";
    assert!(count(&connection, more).await <= 0, "sessions for nothing");
    let users = count(&connection, "SELECT count(*) FROM users").await;
    connection.close().await.unwrap();

    let events = nodes.store().events(&EventFilter::default(), 1_000_000).await.unwrap();
    let accepted: Vec<String> = events
        .iter()
        .map(|recorded| &recorded.event)
        .filter(|event| event.kind == EventKind::LoginAccepted)
        .map(|event| {
            let detail: serde_json::Value = serde_json::from_str(event.detail.as_str()).unwrap();
            detail.get("assertion").unwrap().as_str().unwrap().to_owned()
        })
        .collect();
    nodes.store().verify_events(&[]).await.unwrap();
    let different: HashSet<&String> = accepted.iter().collect();
    assert_eq!(different.len(), accepted.len(), "an assertion was accepted twice");
    Found { users: users.try_into().unwrap(), accepted: accepted.len() }
}

async fn count(connection: &DatabaseConnection, sql: &str) -> i64 {
    let asked = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
