use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use landfall_entra_twin::{KeysOf, Seed, Twin};
use landfall_store::Store;
use landfall_xmldsig::encode_base64;

use crate::database::Database;
use crate::process::message::now;
use crate::process::{Folder, Server};
use crate::world::{ACS, ENTITY_ID};

/// The server processes of one installation: two that share a PostgreSQL, or one with an SQLite file.
#[derive(Clone)]
pub(crate) struct Nodes(Arc<Shared>);

struct Shared {
    database: Database,
    folder: Folder,
    twin: Twin,
    store: Store,
    running: Mutex<Vec<Option<Server>>>,
}

impl Nodes {
    pub(crate) async fn start() -> Self {
        Self::on(Database::fresh().await).await
    }

    pub(crate) async fn on(database: Database) -> Self {
        let folder = Folder::new();
        let mut settings =
            "public_url = \"https://sso.example\"\ntrusted_proxies = [\"127.0.0.1\"]\n".to_owned();
        match &database.postgres {
            Some(url) => settings.push_str(&format!("database = \"{url}\"\n")),
            None => settings.push_str(&format!("data_dir = {:?}\n", database.folder.path())),
        }
        folder.write("landfall.toml", settings);
        let mut app = Seed::Contoso.app().unwrap();
        app.register(ENTITY_ID, vec![ACS.to_owned()]);
        let twin = Twin::new(Seed::Contoso.tenant().unwrap(), app, now);
        folder.write("idp.xml", twin.metadata(KeysOf::App).unwrap());
        for line in [
            "tenant create contoso",
            "connection import contoso idp.xml --name contoso-entra",
            "domain add contoso contoso.example",
            "domain bind contoso.example contoso-entra",
        ] {
            folder.succeeds(&line.split(' ').collect::<Vec<_>>());
        }
        let store = Store::open(&database.place()).await.unwrap();
        let count = if database.is_postgres() { 2 } else { 1 };
        let running = Mutex::new((0..count).map(|n| Some(serve(&folder, &database, n))).collect());
        Self(Arc::new(Shared { database, folder, twin, store, running }))
    }

    /// Where each node that runs listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.running.lock().unwrap().iter().flatten().map(Server::address).collect()
    }

    pub(crate) fn twin(&self) -> &Twin {
        &self.0.twin
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// Runs a command of an operator, with what the nodes have in their environment.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let key = master_key();
        let shared = [("LANDFALL_MASTER_KEY", key.as_str())];
        let environment = if self.0.database.is_postgres() { &shared[..] } else { &[] };
        let ended = self.0.folder.run_with(arguments, environment);
        assert!(ended.status.success(), "{arguments:?}: {}", ended.err);
        ended.out
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.folder.path(name)
    }

    /// Ends every node.
    pub(crate) fn stop(&self) {
        self.0.running.lock().unwrap().iter_mut().for_each(|node| drop(node.take()));
    }

    pub(crate) async fn start_again(&self) {
        for n in 0..self.count() {
            self.restart(n).await;
        }
    }

    /// Starts the only node again, where no file can grow beyond so many blocks.
    pub(crate) fn start_on_a_full_disk(&self, blocks: u32) {
        self.put(0, Some(self.0.folder.serve_on_a_full_disk(blocks)));
    }

    /// Ends a node without a warning.
    pub(crate) fn kill(&self, n: usize) {
        drop(self.put(n, None));
    }

    /// Starts the node that was killed.
    pub(crate) async fn restart(&self, n: usize) {
        let (this, n) = (self.clone(), n % self.count());
        let server = tokio::task::spawn_blocking(move || serve(&this.0.folder, &this.0.database, n));
        self.put(n, Some(server.await.unwrap()));
    }

    fn count(&self) -> usize {
        self.0.running.lock().unwrap().len()
    }

    /// Puts a server in the place of a node, counted round, and gives the one that was there.
    fn put(&self, n: usize, server: Option<Server>) -> Option<Server> {
        let mut running = self.0.running.lock().unwrap();
        let count = running.len();
        std::mem::replace(running.get_mut(n % count).unwrap(), server)
    }
}

fn master_key() -> String {
    encode_base64(&[7; 32])
}

/// Each node has a folder of its own; what they share is the database and the master key.
fn serve(folder: &Folder, database: &Database, n: usize) -> Server {
    if !database.is_postgres() {
        return folder.serve();
    }
    let key = master_key();
    folder.serve_with(&[("LANDFALL_DATA_DIR", &format!("node-{n}")), ("LANDFALL_MASTER_KEY", &key)])
}
