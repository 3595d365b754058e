//! How long Entra's provisioning takes: an initial cycle, a delta cycle, and the way out of quarantine.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::NO_LIMITS;
use super::login::Bench;
use crate::server::{Server, free_port};
use crate::setup;
use crate::workspace::{Workspace, output, run as to_its_end};

/// How many people there are if nobody says another number.
pub(crate) const PEOPLE: u32 = 10_000;
/// How many of them change before the delta cycle; fewer where there are fewer.
const CHANGED: u32 = 100;
/// The directory has people of its own, and this one is in a domain that is nobody's at Landfall.
const GUEST: &str = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.com";
/// Assigned and enabled, besides those who are generated.
const OWN: u32 = 4;

/// Landfall on SQLite, and the double; prints a line for each cycle.
///
/// # Errors
/// When something cannot be built or started, or a cycle does not end as it must; with the end of the server's log.
pub(super) fn run(workspace: &Workspace, people: u32) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(
        &mut workspace
            .cargo("build --release --locked -p landfall -p landfall-entra-twin --features landfall/xmlsec"),
    )?;
    let bench = Bench::new(workspace);
    // Beside what was built: a folder for what is temporary may lie in memory, where nothing costs to be made durable.
    let folder = tempfile::Builder::new().prefix("bench-provisioning-").tempdir_in(workspace.target());
    let folder = folder.context("cannot make a folder")?;
    let site =
        Site { bench: &bench, folder: folder.path(), url: format!("http://127.0.0.1:{}", free_port()?) };
    site.introduce(people)?;
    let mut serve = bench.server(workspace.target().join("release/landfall"), site.folder);
    let server = Server::start("Landfall", serve.arg("serve"), site.folder.join("log"), channel().0)?;
    site.measure(people).with_context(|| server.log_end())
}

/// Landfall and the double in one folder.
struct Site<'a> {
    bench: &'a Bench<'a>,
    folder: &'a Path,
    url: String,
}

impl Site<'_> {
    fn landfall(&self, words: &str) -> Result<String> {
        let program = self.bench.workspace.target().join("release/landfall");
        output(self.bench.workspace.unconfigured(program, self.folder).args(words.split(' ')))
    }

    fn double(&self, words: &[&str]) -> Result<String> {
        let program = self.bench.workspace.target().join("release/entra-twin");
        output(self.bench.client(program, self.folder).args(words))
    }

    fn keep(&self, name: &str, text: &str) -> Result<()> {
        fs::write(self.folder.join(name), text).with_context(|| format!("cannot write {name}"))
    }

    fn introduce(&self, people: u32) -> Result<()> {
        let listen = self.url.trim_start_matches("http://");
        let settings = format!("public_url = \"{}\"\nlisten = \"{listen}\"\n{NO_LIMITS}", self.url);
        self.keep("landfall.toml", &settings)?;
        self.double(&["init", "--data", "twin"])?;
        self.double(&["user", "generate", "--data", "twin", &people.to_string()])?;
        self.double(&["user", "unassign", "--data", "twin", GUEST])?;
        let base = ["metadata", "--data", "twin", "--base-url", "http://localhost:1", "--app"];
        self.keep("idp.xml", &self.double(&base)?)?;
        for words in [
            "tenant create contoso",
            "domain add contoso contoso.example",
            "connection import contoso idp.xml --name contoso",
            "domain bind contoso.example contoso",
        ] {
            self.landfall(words)?;
        }
        let token = self.landfall("scim token create contoso")?;
        self.keep("token", token.lines().next().unwrap_or_default())
    }

    fn measure(&self, people: u32) -> Result<()> {
        let first = self.cycle("token", "initial", &format!(" {} created,", people + OWN))?;
        told(people, "initial cycle, everybody made", &first);

        let changed = CHANGED.min(people);
        let tenant = self.folder.join("twin/tenant.toml");
        let before = fs::read_to_string(&tenant).context("cannot read tenant.toml")?;
        let after = before.replacen("department = \"Sales\"", "department = \"Marketing\"", changed as usize);
        fs::write(&tenant, after).context("cannot write tenant.toml")?;
        let delta = self.cycle("token", "delta", &format!(" {changed} updated,"))?;
        told(people, &format!("delta cycle, {changed} changed"), &delta);

        self.keep("wrong", "lfs_aaaaaaaaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
        let tenant_change = fs::read_to_string(&tenant)?.replacen("department = \"Marketing\"", "", 1);
        fs::write(&tenant, tenant_change).context("cannot write tenant.toml")?;
        self.refused("wrong", "the job is in quarantine, InvalidCredentials")?;
        self.refused("token", "the job is in quarantine until")?;
        self.double(&["provision", "restart", "--data", "twin"])?;
        let again = self.cycle("token", "initial", " 0 failed")?;
        told(people, "out of quarantine, everybody read", &again);
        let status = self.double(&["provision", "status", "--data", "twin"])?;
        ensure!(status.contains("quarantine: none"), "expected no quarantine any more, got\n{status}");
        Ok(())
    }

    /// Runs a cycle, which must say this of itself, and gives its line of requests.
    fn cycle(&self, token: &str, kind: &str, part: &str) -> Result<Cycle> {
        let begun = Instant::now();
        let said = self.double(&self.words(token, &self.tenant_url()))?;
        let took = begun.elapsed();
        let mut lines = said.lines();
        let first = lines.next().unwrap_or_default();
        ensure!(
            first.starts_with(kind) && first.contains(part) && first.ends_with(" 0 failed"),
            "expected a {kind} cycle that says {part:?} and nobody failed, got\n{said}"
        );
        Ok(Cycle { requests: lines.next().unwrap_or_default().to_owned(), whole: took.as_secs_f64() })
    }

    /// Runs a cycle that must not do anything.
    fn refused(&self, token: &str, part: &str) -> Result<()> {
        match self.double(&self.words(token, &self.tenant_url())) {
            Err(error) if error.to_string().contains(part) => Ok(()),
            Err(error) => Err(error.context(format!("expected {part:?}"))),
            Ok(said) => bail!("expected {part:?}, got\n{said}"),
        }
    }

    fn tenant_url(&self) -> String {
        format!("{}/scim/v2?aadOptscim062020", self.url)
    }

    fn words<'a>(&self, token: &'a str, url: &'a str) -> [&'a str; 8] {
        ["provision", "cycle", "--data", "twin", "--tenant-url", url, "--token-file", token]
    }
}

/// What a cycle took.
struct Cycle {
    /// Its own words.
    requests: String,
    /// Seconds of the whole command, with reading and writing of files.
    whole: f64,
}

fn told(people: u32, what: &str, cycle: &Cycle) {
    println!(
        "provisioning  sqlite  {people:>6} people  {what:<34} {}, {:.1} s with the files",
        cycle.requests, cycle.whole
    );
}
