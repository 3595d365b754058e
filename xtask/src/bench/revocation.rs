//! How long a session goes on at one node after somebody has ended it at another.

use anyhow::Result;

use crate::postgres::{Cluster, Durability};
use crate::setup;
use crate::test::POSTGRES;
use crate::workspace::{Workspace, run as to_its_end};

/// How often each way to end a session is tried.
const ROUNDS: &str = "50";

/// Two nodes on PostgreSQL, on this machine: prints a line for each way to end a session.
///
/// # Errors
/// When a request was let through after the order was answered.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    let cluster = Cluster::start(Durability::Full)?;
    let test = "process::revocation::h8_what_ends_on_one_node_is_over_on_the_other_at_the_next_request";
    let mut measured = workspace.cargo("test --quiet --locked -p landfall --features xmlsec --test it --");
    measured.args(["--exact", test, "--nocapture"]);
    measured.envs([("LANDFALL_REVOCATIONS", ROUNDS), (POSTGRES, &cluster.database("landfall")?)]);
    to_its_end(&mut measured)
}
