//! A Landfall in a fresh folder, which is measured.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::login::Bench;
use crate::postgres::{Cluster, Durability};
use crate::server::{Server, free_port};
use crate::workspace::output;

/// It knows the tenant `bench`, its domain `contoso.example` and its identity provider, at which everybody signs in.
pub(super) struct Installation<'a> {
    bench: &'a Bench<'a>,
    folder: TempDir,
    // It runs as long as this.
    _cluster: Option<Cluster>,
    /// Where the database is, as the programs that fill it take it.
    place: String,
    pub(super) address: String,
}

impl<'a> Installation<'a> {
    /// On PostgreSQL or on SQLite, with these settings besides those that it needs.
    ///
    /// # Errors
    /// When a command is refused, or the database does not start.
    pub(super) fn make(bench: &'a Bench<'a>, postgres: bool, settings: &str) -> Result<Self> {
        // Beside what was built: a folder for what is temporary may lie in memory, where nothing costs to be made durable.
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(bench.workspace.target());
        let folder = folder.context("cannot make a folder")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let (cluster, place, database) = if postgres {
            let cluster = Cluster::start(Durability::Full)?;
            let place = cluster.database("bench")?;
            let database = format!("database = \"{place}\"\n");
            (Some(cluster), place, database)
        } else {
            (None, folder.path().join("data/landfall.db").display().to_string(), String::new())
        };
        let settings =
            format!("public_url = \"http://{address}\"\nlisten = \"{address}\"\n{database}{settings}");
        fs::write(folder.path().join("landfall.toml"), settings).context("cannot write landfall.toml")?;
        fs::write(folder.path().join("idp.xml"), bench.metadata()?).context("cannot write idp.xml")?;
        let made = Self { bench, folder, _cluster: cluster, place, address };
        for words in [
            "tenant create bench",
            "domain add bench contoso.example",
            "connection import bench idp.xml --name bench",
            "domain bind contoso.example bench",
        ] {
            made.command(words)?;
        }
        Ok(made)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a command of `landfall` prints.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) fn command(&self, words: &str) -> Result<String> {
        let landfall = self.bench.workspace.target().join("release/landfall");
        output(self.bench.workspace.unconfigured(landfall, self.folder()).args(words.split(' ')))
    }

    /// Fills the database by a program that takes its place and how many of each kind are wanted.
    ///
    /// # Errors
    /// When it breaks off.
    pub(super) fn fill(&self, program: &str, numbers: &[u64]) -> Result<()> {
        let program = self.bench.workspace.target().join(program);
        let mut fill = self.bench.workspace.unconfigured(program, self.folder());
        output(fill.arg(&self.place).args(numbers.iter().map(u64::to_string)))?;
        Ok(())
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) fn serve(&self) -> Result<Server> {
        let landfall = self.bench.workspace.target().join("release/landfall");
        let mut serve = self.bench.server(landfall, self.folder());
        Server::start("Landfall", serve.arg("serve"), self.folder().join("log"), channel().0)
    }

    /// What a client prints that asks the server, with these words behind its address and its process.
    ///
    /// # Errors
    /// When it breaks off; with the end of the server's log.
    pub(super) fn ask(&self, program: &str, server: &Server, words: &[String]) -> Result<String> {
        let mut client = self.bench.client(self.bench.workspace.target().join(program), self.folder());
        client.args([&self.address, &server.id().to_string()]).args(words);
        output(&mut client).with_context(|| server.log_end())
    }
}
