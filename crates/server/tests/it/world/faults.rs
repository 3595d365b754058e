//! What goes wrong with a database, and what is to be seen in one.

use landfall_store::{Place, Store, TombstoneKey};
use sea_orm::ConnectionTrait;

use super::World;

/// What happens to a database in the middle of a login.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outage {
    /// Nobody answers.
    Down,
    /// There is no room for another row.
    Full,
    /// Somebody else holds what is needed, for longer than a person waits.
    Slow,
    /// It has become a standby, which can be read.
    ReadOnly,
}

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

    /// The server of the database breaks every connection, as when it is restarted; an SQLite file has no server.
    pub(crate) async fn cut_connections(&self) {
        if let Some(url) = &self.database.postgres {
            let name = url.rsplit('=').next().unwrap();
            self.sql(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
            ))
            .await;
        }
    }

    /// From now on the database cannot do what a login needs, until [`World::recover`].
    pub(crate) async fn fail(&mut self, outage: Outage) {
        match outage {
            Outage::Down => self.lose_the_store().await,
            Outage::Full => self.fill_up("events").await,
            // A pending login and a session are what each step of a login writes.
            Outage::Slow => {
                let connection = self.database.connect().await;
                let hold = match self.database.is_postgres() {
                    true => "BEGIN; LOCK TABLE sessions, pending_logins IN ACCESS EXCLUSIVE MODE",
                    false => "BEGIN IMMEDIATE",
                };
                connection.execute_unprepared(hold).await.unwrap();
                self.holder = Some(connection);
            }
            Outage::ReadOnly => {
                let url = self.database.postgres.as_ref().expect("a server");
                self.open(&format!("{url}&options[default_transaction_read_only]=on")).await;
            }
        }
    }

    /// The database works again.
    pub(crate) async fn recover(&mut self, outage: Outage) {
        match outage {
            Outage::Down => self.restart().await,
            Outage::Full => self.make_room().await,
            Outage::Slow => self.holder.take().unwrap().close().await.unwrap(),
            Outage::ReadOnly => {
                let url = self.database.postgres.as_ref().expect("a server").clone();
                self.open(&url).await;
            }
        }
    }

    async fn open(&mut self, url: &str) {
        self.store.clone().close().await;
        let store = Store::open(&Place::Postgres(Box::new(url.parse().unwrap()))).await.unwrap();
        self.store = store.with_tombstone_key(TombstoneKey::new(&[7; 32])).await.unwrap();
        self.serve();
    }

    /// What can happen to this database.
    pub(crate) fn outages(&self) -> &'static [Outage] {
        match self.database.is_postgres() {
            true => &[Outage::Down, Outage::Full, Outage::Slow, Outage::ReadOnly],
            false => &[Outage::Down, Outage::Full, Outage::Slow],
        }
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
