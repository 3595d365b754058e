//! What a login and the look-ups in it cost with a million people, beside a thousand.

use anyhow::Result;

use super::least;
use crate::postgres::{Cluster, Durability};
use crate::setup;
use crate::test::POSTGRES;
use crate::workspace::{Workspace, run as to_its_end};

/// What is done, each with a thousand people and with a million.
const WHAT: [&str; 4] = ["login", "user-name", "subject", "token"];

/// On SQLite and on PostgreSQL, and prints how many times as much a million costs.
///
/// # Errors
/// When it cannot be built, or breaks off.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    let cluster = Cluster::start(Durability::Full)?;
    let server = cluster.database("landfall")?;
    let mut lines = Vec::new();
    for (database, server) in [("sqlite", None), ("postgresql", Some(server))] {
        let mut bench = workspace.cargo("bench --quiet --locked -p landfall-store --bench store -- --noplot");
        match server {
            Some(server) => bench.env(POSTGRES, server),
            None => bench.env_remove(POSTGRES),
        };
        to_its_end(&mut bench)?;
        for what in WHAT {
            let of = |people: &str| {
                least(&workspace.target().join("criterion/store").join(what).join(people))
                    .map(|nanoseconds| nanoseconds / 1000.0)
            };
            let (thousand, million) = (of("1000")?, of("1000000")?);
            let ratio = million / thousand;
            lines.push(format!(
                "store  {database:<11} {what:<10} {ratio:.2} x    {thousand:.1} us with 1,000 people, {million:.1} us with 1,000,000"
            ));
        }
    }
    println!("\n{}", lines.join("\n"));
    Ok(())
}
