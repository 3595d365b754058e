//! What a directory's requests cost the server, with a thousand people and with a million.

use anyhow::Result;

use super::NO_LIMITS;
use super::installation::Installation;
use super::login::Bench;
use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

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
    let landfall = Installation::make(bench, postgres, NO_LIMITS)?;
    let token = landfall.command("scim token create bench --dialect entra")?;
    let token = token.lines().next().unwrap_or_default().to_owned();
    landfall.fill(FILL, &[people])?;
    let server = landfall.serve()?;
    let said = landfall.ask(DIRECTORY, &server, &[token, people.to_string()])?;
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
