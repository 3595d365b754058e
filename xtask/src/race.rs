//! Signs many people in at once, at every node of an installation, and kills nodes meanwhile if asked to.

use anyhow::Result;

use crate::postgres::{Cluster, Durability};
use crate::setup;
use crate::test::POSTGRES;
use crate::workspace::{Workspace, run as to_its_end};

/// Whether nodes are killed while people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nodes {
    Live,
    Die,
}

/// On SQLite with one node, on PostgreSQL with two: 2,000 first logins of 200 people by 32 clients,
/// each response sent to every node.
///
/// # Errors
/// When an assertion was accepted twice or not at all, or something was left half made.
pub(crate) fn run(workspace: &Workspace, nodes: Nodes) -> Result<()> {
    setup::system(workspace)?;
    let test = match nodes {
        Nodes::Live => "process::race::each_assertion_is_accepted_once_whichever_node_it_reaches",
        Nodes::Die => "process::race::a_node_that_is_killed_leaves_nothing_half_made",
    };
    // The sum of what is made durable is the point: a server like those that people depend on.
    let cluster = Cluster::start(Durability::Full)?;
    for database in [None, Some(cluster.database("landfall")?)] {
        println!("\n{}", if database.is_none() { "SQLite, one node" } else { "PostgreSQL, two nodes" });
        let mut race = workspace.cargo("test --quiet --locked -p landfall --features xmlsec --test it --");
        race.args(["--exact", test, "--nocapture"]);
        race.envs([
            ("LANDFALL_RACE_LOGINS", "2000"),
            ("LANDFALL_RACE_PEOPLE", "200"),
            ("LANDFALL_RACE_KILLS", "20"),
        ]);
        match database {
            Some(database) => race.env(POSTGRES, database),
            None => race.env_remove(POSTGRES),
        };
        to_its_end(&mut race)?;
    }
    Ok(())
}
