//! What goes wrong with a database, and what is to be seen in one.

use sea_orm::ConnectionTrait;

use super::World;

impl World {
    /// Everything that the database holds, as bytes.
    pub(crate) async fn database_bytes(&self) -> Vec<u8> {
        if !self.database.is_postgres() {
            let files = std::fs::read_dir(self.database.folder.path()).unwrap();
            return files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        }
        let connection = self.database.connect().await;
        let asked = |sql: String| {
            let connection = &connection;
            async move {
                let asked = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
                let rows = connection.query_all_raw(asked).await.unwrap();
                rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
            }
        };
        let mut bytes = Vec::new();
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
        for table in asked(tables.to_owned()).await {
            let rows = asked(format!("SELECT row_to_json(one)::text FROM {table} one")).await;
            bytes.extend(rows.concat().into_bytes());
        }
        bytes
    }

    /// Runs SQL that no part of Landfall would run.
    pub(crate) async fn sql(&self, statement: &str) {
        self.database.sql(statement).await;
    }

    /// From now on no row can be written to a table, as if the disk were full.
    pub(crate) async fn fill_up(&self, table: &str) {
        let trigger = if self.database.is_postgres() {
            let body = "BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END";
            self.sql(&format!(
                "CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS '{}'",
                body.replace('\'', "''")
            ))
            .await;
            format!("CREATE TRIGGER is_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full()")
        } else {
            format!("CREATE TRIGGER is_full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")
        };
        self.sql(&trigger).await;
    }

    /// There is room again.
    pub(crate) async fn make_room(&self) {
        if self.database.is_postgres() {
            self.sql("DROP FUNCTION full CASCADE").await;
        } else {
            self.sql("DROP TRIGGER is_full").await;
        }
    }
}
