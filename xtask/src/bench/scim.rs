//! What a directory's requests cost the server, with a thousand people and with a million.

use std::fs;
use std::sync::mpsc::channel;

use anyhow::{Context, Result};

use super::NO_LIMITS;
use super::login::Bench;
use crate::postgres::{Cluster, Durability};
use crate::server::{Server, free_port};
use crate::setup;
use crate::workspace::{Workspace, output, run as to_its_end};

/// The directory, a program of `landfall-benches`.
const DIRECTORY: &str = "release/examples/scim";
/// What fills the database, a program of `landfall-store`.
const FILL: &str = "release/examples/many_people";

/// On SQLite and on PostgreSQL, and prints a line for each kind of request.
///
/// # Errors
/// When something cannot be built or started, or a request is not answered as it must be; with the end of the server's log.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(&mut workspace.cargo("build --release --locked -p landfall --features xmlsec"))?;
    to_its_end(&mut workspace.cargo("build --release --locked -p landfall-benches --example scim"))?;
    to_its_end(&mut workspace.cargo("build --release --locked -p landfall-store --example many_people"))?;
    let bench = Bench::new(workspace);
    for postgres in [false, true] {
        for people in [1_000, 1_000_000] {
            measure(&bench, postgres, people)?;
        }
    }
    Ok(())
}

fn measure(bench: &Bench<'_>, postgres: bool, people: u64) -> Result<()> {
    // Beside what was built: a folder for what is temporary may lie in memory, where nothing costs to be made durable.
    let folder = tempfile::Builder::new().prefix("bench-scim-").tempdir_in(bench.workspace.target());
    let folder = folder.context("cannot make a folder")?;
    let folder = folder.path();
    let cluster = if postgres { Some(Cluster::start(Durability::Full)?) } else { None };
    let (place, database) = match &cluster {
        Some(cluster) => {
            let place = cluster.database("bench")?;
            let setting = format!("database = \"{place}\"\n");
            (place, setting)
        }
        None => (folder.join("data/landfall.db").display().to_string(), String::new()),
    };
    let address = format!("127.0.0.1:{}", free_port()?);
    let settings =
        format!("public_url = \"http://{address}\"\nlisten = \"{address}\"\n{database}{NO_LIMITS}");
    fs::write(folder.join("landfall.toml"), settings).context("cannot write landfall.toml")?;
    fs::write(folder.join("idp.xml"), bench.metadata()?).context("cannot write idp.xml")?;
    let landfall = bench.workspace.target().join("release/landfall");
    let command =
        |words: &str| output(bench.workspace.unconfigured(&landfall, folder).args(words.split(' ')));
    for words in [
        "tenant create bench",
        "domain add bench contoso.example",
        "connection import bench idp.xml --name bench",
        "domain bind contoso.example bench",
    ] {
        command(words)?;
    }
    let token = command("scim token create bench --dialect entra")?;
    let token = token.lines().next().unwrap_or_default().to_owned();
    let fill = bench.workspace.target().join(FILL);
    output(bench.workspace.unconfigured(fill, folder).args([&place, &people.to_string()]))?;

    let mut serve = bench.server(&landfall, folder);
    let server = Server::start("Landfall", serve.arg("serve"), folder.join("log"), channel().0)?;
    let mut directory = bench.client(bench.workspace.target().join(DIRECTORY), folder);
    directory.args([&address, &server.id().to_string(), &token, &people.to_string()]);
    let said = output(&mut directory).with_context(|| server.log_end())?;
    let database = if postgres { "postgresql" } else { "sqlite" };
    for line in said.lines() {
        if let [what, rate, cpu] = line.split(' ').collect::<Vec<_>>().as_slice() {
            println!(
                "scim   {database:<11} {people:>9} people  {what:<17} {rate:>6} requests/s  {cpu:>6} us CPU"
            );
        }
    }
    Ok(())
}
