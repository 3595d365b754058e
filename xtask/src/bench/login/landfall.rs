//! Landfall, in each of the ways in which it can be run.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;

use anyhow::{Context, Result};

use super::{Bench, Figures};
use crate::postgres::{Cluster, Durability};
use crate::server::{Server, free_port};
use crate::workspace::output;

/// Each way.
pub(super) const ROWS: [Row; 4] = [
    Row { database: Database::Sqlite, second_opinion: "off" },
    // Not `advise`, which would let a login pass that libxmlsec1 did not judge.
    Row { database: Database::Sqlite, second_opinion: "require" },
    Row { database: Database::Postgres, second_opinion: "off" },
    Row { database: Database::Postgres, second_opinion: "require" },
];

/// Where people are kept; the figures are those of Landfall's own process.
#[derive(Clone, Copy)]
enum Database {
    Sqlite,
    Postgres,
}

/// A way to run it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    database: Database,
    second_opinion: &'static str,
}

impl Row {
    pub(super) fn name(self) -> String {
        let database = match self.database {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgresql",
        };
        format!("{database}  second opinion {}", self.second_opinion)
    }
}

/// Starts it in a fresh folder, introduces the identity provider, and signs in.
///
/// # Errors
/// When it cannot be started, refuses what it is told, or a login does not end with a session; with the end of its log.
pub(super) fn measure(bench: &Bench<'_>, row: Row) -> Result<Figures> {
    // Beside what was built: a folder for what is temporary may lie in memory, where nothing costs to be made durable.
    let folder = tempfile::Builder::new().prefix("bench-login-").tempdir_in(bench.workspace.target());
    let folder = folder.context("cannot make a folder")?;
    let folder = folder.path();
    let address = format!("127.0.0.1:{}", free_port()?);
    let cluster = match row.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Cluster::start(Durability::Full)?),
    };
    let database = match &cluster {
        Some(cluster) => format!("database = \"{}\"\n", cluster.database("bench")?),
        None => String::new(),
    };
    let settings = format!(
        "public_url = \"http://{address}\"\nlisten = \"{address}\"\nsecond_opinion = \"{}\"\n{database}",
        row.second_opinion
    );
    keep(folder, "landfall.toml", &settings)?;
    keep(folder, "idp.xml", &bench.metadata()?)?;
    let landfall = bench.workspace.target().join("release/landfall");
    for words in [
        "tenant create bench",
        "domain add bench contoso.example",
        "connection import bench idp.xml --name bench",
        "domain bind contoso.example bench",
    ] {
        output(bench.workspace.unconfigured(&landfall, folder).args(words.split(' ')))?;
    }
    let mut serve = bench.server(&landfall, folder);
    let server = Server::start("Landfall", serve.arg("serve"), folder.join("log"), channel().0)?;
    bench.sign_in("landfall", &address, server.id(), folder).with_context(|| server.log_end())
}

fn keep(folder: &Path, name: &str, text: &str) -> Result<()> {
    fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))
}
