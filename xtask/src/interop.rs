//! Landfall against identity providers, clients, directories' suites and proxies that nobody here wrote, and the Entra double
//! against service providers of others, all of it on this machine.
//!
//! Each check is one line on standard output: `ok`, `FAIL` with what came, or `--` with why the peer has no such thing.

mod case;
mod landfall;
mod matrix;
mod nanoidp;
mod oidc;
mod peer;
mod pysaml2;
mod scim;
mod sent;
mod simplesamlphp;
mod twin;

use std::fs;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};
use case::{CASES, Case, Expected, Start, Then};
use landfall::{Came, Landfall, Outcome};
use matrix::{Row, Verdict};
use nanoidp::Nanoidp;
use peer::Peer;
use pysaml2::Pysaml2;
use scim::Suite;
use simplesamlphp::Simplesamlphp;
use twin::keep;

/// Which identity providers and suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    Pysaml2,
    Simplesamlphp,
    Nanoidp,
    Twin,
    Oidc,
    Scim2Tester,
    ScimSanity,
    Schemathesis,
    ForwardAuth,
    All,
}

impl FromStr for Peers {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "pysaml2" => Ok(Self::Pysaml2),
            "simplesamlphp" => Ok(Self::Simplesamlphp),
            "nanoidp" => Ok(Self::Nanoidp),
            "twin" => Ok(Self::Twin),
            "oidc" => Ok(Self::Oidc),
            "scim2-tester" => Ok(Self::Scim2Tester),
            "scim-sanity" => Ok(Self::ScimSanity),
            "schemathesis" => Ok(Self::Schemathesis),
            "forward-auth" => Ok(Self::ForwardAuth),
            "all" => Ok(Self::All),
            other => bail!(
                "{other:?} is none of pysaml2, simplesamlphp, nanoidp, twin, oidc, scim2-tester, scim-sanity, schemathesis, forward-auth and all"
            ),
        }
    }
}

/// Builds Landfall, starts each identity provider beside a fresh one, and runs every case.
///
/// # Errors
/// When something cannot be built or started, or a case failed.
pub(crate) fn run(workspace: &Workspace, peers: Peers) -> Result<()> {
    setup::system(workspace)?;
    if matches!(peers, Peers::Twin | Peers::All) {
        setup::service_providers()?;
    }
    if matches!(peers, Peers::Oidc | Peers::All) {
        setup::clients()?;
    }
    if peers == Peers::Twin {
        to_its_end(&mut workspace.cargo("build --locked -p landfall-entra-twin"))?;
        return finish(tabled(&twin::rows(workspace)?));
    }
    if peers == Peers::ForwardAuth {
        return proxies(workspace);
    }
    if matches!(peers, Peers::Simplesamlphp | Peers::All) {
        setup::simplesamlphp()?;
    }
    if !matches!(peers, Peers::Simplesamlphp | Peers::Oidc) {
        setup::python_suites()?;
    }
    to_its_end(
        &mut workspace.cargo("build --locked -p landfall -p landfall-entra-twin --features landfall/xmlsec"),
    )?;
    let mut rows = Vec::new();
    if matches!(peers, Peers::Pysaml2 | Peers::All) {
        rows.push(at(workspace, |folder, _| Pysaml2::start(workspace, folder))?);
    }
    if matches!(peers, Peers::Simplesamlphp | Peers::All) {
        rows.push(at(workspace, |folder, metadata| Simplesamlphp::start(workspace, folder, metadata))?);
    }
    if matches!(peers, Peers::Nanoidp | Peers::All) {
        rows.push(at(workspace, |folder, _| Nanoidp::start(workspace, folder))?);
    }
    if peers == Peers::All {
        println!("\n{}", matrix::table(&rows));
    }
    let mut failed = sum(&rows);
    if peers == Peers::All {
        failed += tabled(&twin::rows(workspace)?);
    }
    if matches!(peers, Peers::Oidc | Peers::All) {
        failed += tabled(&oidc::rows(workspace)?);
    }
    for (named, suite) in [
        (Peers::Scim2Tester, Suite::Scim2Tester),
        (Peers::ScimSanity, Suite::ScimSanity),
        (Peers::Schemathesis, Suite::Schemathesis),
    ] {
        if peers == named || peers == Peers::All {
            failed += scim::run(workspace, suite)?;
        }
    }
    if peers == Peers::All {
        proxies(workspace)?;
    }
    finish(failed)
}

/// Proxies before an application, with the configurations of `docs/proxies`; a line for each check that holds.
///
/// # Errors
/// When one cannot be installed, or a check does not hold.
fn proxies(workspace: &Workspace) -> Result<()> {
    setup::proxies()?;
    println!("\n{}", twin::versions(&["nginx", "caddy", "haproxy", "chromium"])?);
    let mut test = workspace.cargo("test --quiet --locked -p landfall --features xmlsec --test proxies");
    // One after the other, so that each line stands with its proxy.
    to_its_end(test.args(["--", "--nocapture", "--test-threads", "1"]))
}

/// Prints a table and the sums; how many cases failed.
fn tabled(rows: &[Row]) -> usize {
    println!("\n{}\n", matrix::table(rows));
    for row in rows {
        println!("{}", row.sum());
    }
    sum(rows)
}

fn sum(rows: &[Row]) -> usize {
    rows.iter().map(Row::failed).sum()
}

fn finish(failed: usize) -> Result<()> {
    ensure!(failed == 0, "{failed} checks failed");
    Ok(())
}

/// Introduces a fresh Landfall and a peer to each other, and runs every case.
fn at<P: Peer>(workspace: &Workspace, start: impl FnOnce(TempDir, &str) -> Result<P>) -> Result<Row> {
    let landfall = Landfall::start(workspace)?;
    let folder =
        tempfile::Builder::new().prefix("landfall-peer-").tempdir().context("cannot make a folder")?;
    let metadata = landfall.metadata()?;
    fs::write(folder.path().join("sp.xml"), &metadata).context("cannot write sp.xml")?;
    let mut peer = start(folder, &metadata)?;
    println!("\n{}: {}", P::NAME, peer.versions()?);
    landfall.connect(P::NAME, P::DOMAIN, &peer.metadata()?, P::SETTINGS)?;
    let verdicts = CASES.iter().map(|case| {
        let verdict = match peer.lacks(case) {
            Some(why) => Verdict::Lacks(why),
            None => match judge(case, &landfall, &mut peer) {
                Ok(()) => Verdict::Passed,
                Err(error) => Verdict::Failed(format!("{error:#}")),
            },
        };
        (case.name, verdict)
    });
    let row = Row::of(P::NAME, verdicts);
    if row.failed() > 0 {
        println!("{}\n{}", peer.log_end(), landfall.log_end());
    }
    Ok(row)
}

/// A folder that somebody else can read too, whom Apache becomes, with keys and certificates under other names.
fn folder(workspace: &Workspace, prefix: &str, keys: &[(&str, &str)]) -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir().context("cannot make a folder")?;
    let kept = workspace.root().join("crates/xmldsig/tests/keys");
    for (name, own) in keys {
        let text = fs::read_to_string(kept.join(own)).with_context(|| format!("cannot read {own}"))?;
        keep(folder.path(), name, &text)?;
    }
    Ok(folder)
}

fn judge<P: Peer>(case: &Case, landfall: &Landfall<'_>, peer: &mut P) -> Result<()> {
    peer.answer(&case.answer)?;
    let start = match case.start {
        Start::Landing => None,
        Start::IdentityProvider => Some(peer.unsolicited().context("it does not begin by itself")?),
    };
    let leave = match case.then {
        Then::Stay => None,
        Then::SignOut => Some(landfall.sign_out()),
        Then::SignOutThere => Some(peer.leave().context("nobody can leave there")?),
    };
    let Came { outcome, response } =
        landfall.visit(start.as_deref(), &P::PERSON, case.change.texts(), leave.as_deref())?;
    sent::check(&response, &case.answer)?;
    match (case.expected, outcome) {
        (Expected::SignedIn { responses }, Outcome::SignedIn { responses: came }) if came == responses => {
            Ok(())
        }
        (Expected::SignedOut, Outcome::SignedOut { passed })
            if passed.contains("/saml/slo") && passed.contains(peer.logout_path()) =>
        {
            Ok(())
        }
        (Expected::Refused { code }, Outcome::Refused { code: came, .. }) if came == code => Ok(()),
        (expected, came) => bail!("expected {expected:?}, got {came:?}"),
    }
}
