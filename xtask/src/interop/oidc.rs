//! Landfall as an OpenID provider, and clients that nobody here wrote.

mod browser;
mod case;
mod device;
mod ends;
mod mod_auth_openidc;
mod peer;
mod program;
mod scene;
mod sign_in;
mod stage;
mod tokens;

use anyhow::Result;

use super::matrix::{Row, Verdict};
use super::twin::end;
use crate::workspace::Workspace;
use case::{CASES, Case};
use mod_auth_openidc::ModAuthOpenidc;
use peer::Peer;
use program::Program;
use scene::Scene;
use stage::Stage;

/// Runs every case at every client.
///
/// # Errors
/// When something cannot be started or installed; a case that fails is in its row.
pub(super) fn rows(workspace: &Workspace) -> Result<Vec<Row>> {
    let apache = at(workspace, &ModAuthOpenidc)?;
    let authlib = at(workspace, &Program::authlib(workspace)?)?;
    let openid_client = at(workspace, &Program::openid_client(workspace)?)?;
    Ok(vec![apache, authlib, openid_client])
}

/// A Landfall for this client alone; program, application and browser are others for each case.
fn at(workspace: &Workspace, peer: &dyn Peer) -> Result<Row> {
    println!("\n{}, at Landfall: {}", peer.name(), peer.versions()?);
    let stage = Stage::set(workspace)?;
    let verdicts = CASES.iter().map(|case| {
        let verdict = match peer.cannot(case.wants) {
            Some(why) => Verdict::Lacks(why),
            None => match judge(case, &stage, peer) {
                Ok(()) => peer.named(case.wants).map_or(Verdict::Passed, Verdict::Named),
                Err(error) => Verdict::Failed(format!("{error:#}")),
            },
        };
        (case.name, verdict)
    });
    let row = Row::of(peer.name(), verdicts);
    if row.failed() > 0 {
        println!("{}", stage.landfall.log_end());
    }
    Ok(row)
}

fn judge(case: &Case, stage: &Stage<'_>, peer: &dyn Peer) -> Result<()> {
    let mut scene = Scene::set(stage, peer, case.client)?;
    (case.act)(&mut scene).map_err(|error| match peer.log(scene.site.folder.path(), &scene.site.server) {
        Ok(log) => error.context(end(&log)),
        Err(_) => error,
    })
}
