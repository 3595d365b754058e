//! What a service provider of others must do for a run.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::case::{Case, Why};
use crate::server::Server;
use crate::workspace::{Workspace, output};

/// How a service provider is to be.
pub(super) struct Asked {
    /// Whether it signs its requests.
    pub(super) signs: bool,
    /// Whether it takes a response that it did not ask for.
    pub(super) unsolicited: bool,
    /// Where the double publishes its metadata.
    pub(super) metadata_url: String,
}

/// A service provider whose page `/account` leads to the double whoever is not signed in, and names everybody else.
pub(super) trait Peer {
    fn name(&self) -> &'static str;

    /// Of the peer, and of what verifies and decrypts for it.
    fn versions(&self) -> Result<String>;

    /// Why it cannot be asked for this, if it cannot.
    fn cannot(&self, case: &Case) -> Option<&'static str>;

    /// Starts it in a folder with the double's metadata as `idp.xml`, and its own key as `sp.key` and `sp.crt`.
    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked) -> Result<Server>;

    fn metadata_path(&self) -> &'static str;

    /// Where a person leaves, at a service provider with this address.
    fn leave_path(&self, address: &str) -> String;

    /// The path to which messages for logout go.
    fn logout_path(&self) -> &'static str;

    /// Words of its own that it says, or logs, when it refuses for this reason.
    fn words(&self, why: Why) -> &'static str;

    /// All that it has logged.
    fn log(&self, folder: &Path, server: &Server) -> Result<String>;
}

/// Writes a file that everybody can read, in a folder that everybody can open: nothing here is secret.
pub(super) fn keep(folder: &Path, name: &str, text: &str) -> Result<()> {
    let file = folder.join(name);
    fs::write(&file, text).with_context(|| format!("cannot write {name}"))?;
    for (path, mode) in [(folder, 0o755), (file.as_path(), 0o644)] {
        fs::set_permissions(path, Permissions::from_mode(mode))
            .with_context(|| format!("cannot open {}", path.display()))?;
    }
    Ok(())
}

/// The versions of packages of Debian, on one line.
pub(in crate::interop) fn versions(packages: &[&str]) -> Result<String> {
    let mut command = Command::new("dpkg-query");
    let said = output(command.args(["-W", "-f", "${Package} ${Version}\\n"]).args(packages))?;
    Ok(said.lines().collect::<Vec<_>>().join(", "))
}
