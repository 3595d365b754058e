//! Shows logins from end to end, on this machine alone: Landfall, the Entra double, a browser without a screen.
//!
//! Each step is one line on standard output, which begins with the step's word.

mod people;
mod provisioning;
mod stage;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::server::News;
use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};
use stage::{ALIAS, Stage, step};

/// What follows the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Landfall and the double stay up until Ctrl-C.
    StayUp,
    /// They end.
    End,
}

const B_SIMON: &str = "B.Simon@contoso.example";
/// An operator makes her account before she arrives.
const C_LINDQVIST: &str = "C.Lindqvist@contoso.example";
const D_OKAFOR: &str = "D.Okafor@contoso.example";
/// Everybody's at the double.
const PASSWORD: &str = "Pass-1234";

/// Builds both programs, starts them in a fresh folder, and signs people in.
///
/// # Errors
/// At the first step that does not end as it must, with what was expected and what came.
pub(crate) fn run(workspace: &Workspace, then: Then) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(
        &mut workspace.cargo("build --locked -p landfall -p landfall-entra-twin --features landfall/xmlsec"),
    )?;
    let (sender, news) = channel();
    report_signals(sender.clone())?;
    let stage = Stage::set(workspace, &sender)?;
    let outcome = prove(&stage).and_then(|()| match then {
        Then::StayUp => stay_up(&stage, &news),
        Then::End => Ok(()),
    });
    if outcome.is_err() {
        stage.print_logs();
    }
    outcome
}

fn prove(stage: &Stage<'_>) -> Result<()> {
    from_landing(stage, "sp-initiated", ALIAS, B_SIMON)?;
    step("just in time", &stage.account(B_SIMON, &["active", "just-in-time"])?);

    // The account has no name yet: the one that it has afterwards came with the login that was linked to it.
    stage.landfall(&["user", "create", "contoso", C_LINDQVIST])?;
    from_landing(stage, "sp-initiated", "/sso", C_LINDQVIST)?;
    step("first link", &stage.account(C_LINDQVIST, &["active", "operator", "Clara Lindqvist"])?);

    for policy in ["restart", "accept"] {
        from_my_apps(stage, policy)?;
    }
    stage.landfall(&["connection", "set", "contoso", "unsolicited=restart"])?;

    from_landing(stage, "replay", "/sso", B_SIMON)?;
    let landing = stage.page("/sso");
    let typed = ["--landing", &landing, "--login-name", D_OKAFOR];
    drive(stage, "not-assigned", D_OKAFOR, &typed, "")?;
    from_landing(stage, "sign-out", "/sso", B_SIMON)?;
    people::prove(stage)?;
    provisioning::prove(stage)
}

/// A scenario that begins where the person types a name, whose domain tells the connection.
fn from_landing(stage: &Stage<'_>, scenario: &str, path: &str, user: &str) -> Result<()> {
    let (landing, account) = (stage.page(path), stage.page("/account"));
    let more = ["--landing", &landing, "--login-name", user, "--expect-account", &account];
    drive(stage, scenario, user, &more, "")
}

/// A click on the tile, which is IdP-initiated because the Sign on URL of the application is empty.
fn from_my_apps(stage: &Stage<'_>, policy: &str) -> Result<()> {
    stage.landfall(&["connection", "set", "contoso", &format!("unsolicited={policy}")])?;
    let (my_apps, account) = (stage.my_apps(), stage.page("/account"));
    let more = ["--my-apps", &my_apps, "--expect-account", &account, "--policy", policy];
    drive(stage, "idp-initiated", B_SIMON, &more, &format!("unsolicited={policy}: "))
}

/// Walks through one scenario in a fresh browser, and prints the line with which it ends, and under what it did.
fn drive(stage: &Stage<'_>, scenario: &str, user: &str, more: &[&str], under: &str) -> Result<()> {
    let words = [&["drive", scenario, "--user", user, "--password", PASSWORD], more].concat();
    let said = stage.double(&words).with_context(|| format!("the scenario {scenario} of {user}"))?;
    let (word, rest) = said.trim().split_once(": ").with_context(|| format!("{scenario} said {said:?}"))?;
    step(word, &format!("{under}{rest}"));
    Ok(())
}

/// Says what a person can do now, until a signal comes.
fn stay_up(stage: &Stage<'_>, news: &Receiver<News>) -> Result<()> {
    println!(
        "
Landfall and the doubles stay up; Ctrl-C ends them.
  landing page  {landing}
  account       {account}
  My Apps       {my_apps}
  sign in as    {B_SIMON}, {C_LINDQVIST} or F.Novak@contoso.example
  at fabrikam   {fabrikam} takes M.Reyes@fabrikam.example, and not the B.Simon of its administrator
  refused       {D_OKAFOR} is not assigned, G.Silva@contoso.example and H.Tanaka@contoso.example are disabled, E.Martin@contoso.example was deleted
  password      {PASSWORD}, everybody's
  command line  {shell}
",
        landing = stage.page("/sso"),
        account = stage.page("/account"),
        my_apps = stage.my_apps(),
        fabrikam = stage.page("/sso/fabrikam"),
        shell = stage.shell("landfall user list contoso"),
    );
    match news.recv().context("nobody is left to send a signal")? {
        News::Signal => Ok(()),
        News::Ended(name) => bail!("{name} ended by itself, expected it to stay up"),
    }
}

/// From here on SIGINT and SIGTERM end nothing by themselves: all servers are to end before this process.
fn report_signals(sender: Sender<News>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot wait for signals")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            if sender.send(News::Signal).is_err() {
                break;
            }
        }
    });
    Ok(())
}
