//! What a check of a proxy costs the server, with one site and 100,000 sessions, and with 1,000 sites and 1,000,000 sessions.

use anyhow::{Context, Result, bail, ensure};

use super::NO_LIMITS;
use super::installation::Installation;
use super::login::Bench;
use crate::server::{fetch, free_port};
use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

/// The proxy, a program of `landfall-benches`.
const PROXY: &str = "release/examples/forward_auth";
/// What fills the database, a program of `landfall-store`.
const FILL: &str = "release/examples/many_sessions";
/// Sessions and sites.
const SIZES: [(u64, u64); 2] = [(100_000, 1), (1_000_000, 1_000)];

/// On SQLite and on PostgreSQL, and prints a line for each size, and how many times as much the larger costs.
///
/// # Errors
/// When something cannot be built or started, or a check is not answered as it must be; with the end of the server's log.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    for words in [
        "build --release --locked -p landfall --features xmlsec",
        "build --release --locked -p landfall-benches --example login --example forward_auth",
        "build --release --locked -p landfall-store --example many_sessions",
    ] {
        to_its_end(&mut workspace.cargo(words))?;
    }
    let bench = Bench::new(workspace);
    for postgres in [false, true] {
        let database = if postgres { "postgresql" } else { "sqlite" };
        let mut costs = Vec::new();
        for (sessions, sites) in SIZES {
            let said = measure(&bench, postgres, sessions, sites)?;
            for line in said.lines() {
                let [what, rate, cpu] = line.split(' ').collect::<Vec<_>>()[..] else {
                    bail!("the proxy said {line:?}")
                };
                println!(
                    "forward-auth  {database:<11} {sessions:>9} sessions {sites:>5} sites  {what:<11} {rate:>6} checks/s  {cpu:>6} us CPU"
                );
                if what == "remembered" {
                    costs.push(cpu.parse::<f64>().with_context(|| format!("{cpu:?} is no number"))?);
                }
            }
        }
        let [small, large] = costs[..] else { bail!("expected two costs, got {costs:?}") };
        println!("forward-auth  {database:<11} {:.2} x    {small:.1} us, {large:.1} us", large / small);
    }
    Ok(())
}

fn measure(bench: &Bench<'_>, postgres: bool, sessions: u64, sites: u64) -> Result<String> {
    let figures = format!("127.0.0.1:{}", free_port()?);
    let settings = format!("metrics = \"{figures}\"\ntrusted_proxies = [\"127.0.0.1\"]\n{NO_LIMITS}");
    let landfall = Installation::make(bench, postgres, &settings)?;
    landfall.fill(FILL, &[sessions, sites])?;
    let server = landfall.serve()?;
    let said = landfall.ask(PROXY, &server, &[sessions.to_string(), sites.to_string()])?;
    // Nobody who was asked about again was looked up again.
    let counted = fetch(&format!("http://{figures}"), "/metrics")?;
    let count = |outcome: &str| {
        let label = format!("landfall_checks_total{{outcome=\"{outcome}\"}} ");
        let line = counted.lines().find_map(|line| line.strip_prefix(&label));
        line.and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
    };
    let (read, remembered) = (count("read"), count("remembered"));
    ensure!(remembered >= 3 * read, "{read} checks were read, and {remembered} remembered");
    Ok(said)
}
