//! Databases as earlier versions made them, with people in them, become this version's.

use landfall_accounts::{ConnectionState, Refusal, UserState, ports::LoginStore};
use landfall_store::{KeyPurpose, Store};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    database::Database,
    support::{ADA, NOW, World, committed, refused, signed_in, tenant},
};

/// What each earlier version left: the last change of its schema, and dumps of both databases.
const EARLIER: [(&str, &str, &str); 6] = [
    (
        "m20261125_000001_first",
        include_str!("../schemas/m20261125_000001_first.sqlite.sql"),
        include_str!("../schemas/m20261125_000001_first.postgres.sql"),
    ),
    (
        "m20261125_000002_weakenings",
        include_str!("../schemas/m20261125_000002_weakenings.sqlite.sql"),
        include_str!("../schemas/m20261125_000002_weakenings.postgres.sql"),
    ),
    (
        "m20261125_000003_restores",
        include_str!("../schemas/m20261125_000003_restores.sqlite.sql"),
        include_str!("../schemas/m20261125_000003_restores.postgres.sql"),
    ),
    (
        "m20261125_000004_key_purposes",
        include_str!("../schemas/m20261125_000004_key_purposes.sqlite.sql"),
        include_str!("../schemas/m20261125_000004_key_purposes.postgres.sql"),
    ),
    (
        "m20261130_000006_living_metadata",
        include_str!("../schemas/m20261130_000006_living_metadata.sqlite.sql"),
        include_str!("../schemas/m20261130_000006_living_metadata.postgres.sql"),
    ),
    (
        "m20261130_000009_traces",
        include_str!("../schemas/m20261130_000009_traces.sqlite.sql"),
        include_str!("../schemas/m20261130_000009_traces.postgres.sql"),
    ),
];

async fn left_by(sqlite: &str, postgres: &str) -> Database {
    let database = Database::fresh().await;
    if !database.is_postgres() {
        std::fs::write(database.path(), "").unwrap();
    }
    database.sql(if database.is_postgres() { postgres } else { sqlite }).await;
    database
}

/// Tables, columns and indexes, as the database describes them.
async fn schema(database: &Database) -> Vec<String> {
    let sql = if database.is_postgres() {
        "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
         FROM information_schema.columns WHERE table_schema = current_schema()
         UNION ALL SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes
         WHERE schemaname = current_schema()
         UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = current_schema()::regnamespace"
    } else {
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    };
    let connection = database.connect().await;
    let asked = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(asked).await.unwrap();
    let mut schema: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    schema.sort();
    schema
}

#[tokio::test]
async fn each_earlier_schema_waits_for_its_upgrade_and_keeps_its_people() {
    let fresh = World::new().await;
    let expected = schema(&fresh.database).await;
    assert!(expected.len() > 20, "{expected:#?}");
    for (version, sqlite, postgres) in EARLIER {
        let database = left_by(sqlite, postgres).await;
        let before = schema(&database).await;
        let error = Store::open(&database.place()).await.unwrap_err();
        assert_eq!(error.code(), "database.older", "{version}");
        assert!(error.to_string().contains("landfall migrate"), "{error}");
        assert_eq!(schema(&database).await, before, "nothing was changed");

        let made = Store::migrate(&database.place()).await.unwrap();
        assert_eq!(made.last().unwrap(), "m20261201_000023_notices_of_applications");
        assert!(!made.contains(&version.to_owned()), "{made:?}");
        assert_eq!(schema(&database).await, expected, "{version}");

        let store = database.open().await;
        let key = store.sp_keys(KeyPurpose::Signing).await.unwrap().current;
        let signs = version >= "m20261125_000003_restores";
        assert_eq!(key.is_some(), signs, "the key still signs");
        let decrypts = version >= "m20261125_000004_key_purposes";
        assert_eq!(store.sp_keys(KeyPurpose::Decryption).await.unwrap().current.is_some(), decrypts);
        let connection = store.connections().await.unwrap().remove(0);
        assert_eq!((connection.state, connection.weakenings.len()), (ConnectionState::Active, 0));
        assert_eq!(connection.idp.certificates.len(), 1);
        let ada = store.user_named(&tenant("contoso"), &ADA.parse().unwrap()).await.unwrap();
        assert_eq!(store.identities_of(&ada.id).await.unwrap().len(), 1);
        let counted = store.tenants().await.unwrap().remove(0).users;
        let people = store.users(&tenant("contoso")).await.unwrap();
        let living = people.iter().filter(|user| user.state != UserState::Deprovisioned).count();
        assert_eq!(counted, u64::try_from(living).unwrap());
        // And she signs in as before.
        let mut record = fresh.record(&fresh.contoso, "ada", ADA);
        (record.connection, record.tenant) = (connection.id, connection.tenant);
        let arrived = signed_in(committed(store.commit(record, NOW).await.unwrap()));
        assert_eq!(arrived.id, ada.id);

        // What happened before is in the chain, which says that it came there later.
        let verified = store.verify_events(&[]).await.unwrap();
        let traced = version >= "m20261130_000009_traces";
        assert_eq!((verified.earlier, verified.events), if traced { (4, 6) } else { (1, 3) }, "{version}");
        if traced {
            // Whom an earlier version deleted is recognised by a tombstone that was there before they were keyed.
            let mut record = fresh.record(&fresh.contoso, "bob", "bob@contoso.example");
            (record.connection, record.tenant) = (connection.id, connection.tenant);
            assert_eq!(
                refused(&committed(store.commit(record, NOW).await.unwrap())),
                Refusal::IdentityDeleted
            );
        }
    }
}
