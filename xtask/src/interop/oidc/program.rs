//! authlib and openid-client, behind our programs `xtask/interop/authlib_rp.py` and `openid-client/rp.mjs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;

use anyhow::{Context, Result};
use serde_json::json;

use super::peer::{Ability, Asked, At, Peer, Why, encoded};
use crate::interop::twin::keep;
use crate::server::Server;
use crate::setup;
use crate::workspace::{Workspace, output};

/// A library with a program of ours around it.
pub(super) struct Program {
    library: Library,
    /// What runs it.
    runs: PathBuf,
    /// The program, where it finds its library.
    script: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Authlib,
    OpenidClient,
}

impl Program {
    /// authlib, in the versions of `requirements-authlib.txt`.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub(super) fn authlib(workspace: &Workspace) -> Result<Self> {
        let runs = setup::python(workspace, "authlib")?.join("bin/python");
        let script = workspace.root().join("xtask/interop/authlib_rp.py");
        Ok(Self { library: Library::Authlib, runs, script })
    }

    /// openid-client, in the versions of its `package-lock.json`.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub(super) fn openid_client(workspace: &Workspace) -> Result<Self> {
        let script = setup::node(workspace, "openid-client")?.join("rp.mjs");
        // A module looks for its packages from where it lies.
        let own = workspace.root().join("xtask/interop/openid-client/rp.mjs");
        fs::copy(&own, &script).with_context(|| format!("cannot copy {}", own.display()))?;
        Ok(Self { library: Library::OpenidClient, runs: PathBuf::from("node"), script })
    }
}

impl Peer for Program {
    fn name(&self) -> &'static str {
        match self.library {
            Library::Authlib => "authlib",
            Library::OpenidClient => "openid-client",
        }
    }

    fn versions(&self) -> Result<String> {
        let mut said = Command::new(&self.runs);
        match self.library {
            Library::Authlib => {
                let script = "from importlib.metadata import version as v; \
                    print(', '.join(f'{name} {v(name)}' for name in ('authlib', 'joserfc', 'flask')))";
                said.args(["-c", script]);
            }
            Library::OpenidClient => {
                let script = "const lock = require('./package-lock.json').packages; \
                    const names = ['openid-client', 'oauth4webapi', 'jose']; \
                    const all = names.map((name) => `${name} ${lock[`node_modules/${name}`].version}`); \
                    console.log([...all, `Node.js ${process.version}`].join(', '));";
                said.args(["-e", script]).current_dir(self.script.parent().context("it lies nowhere")?);
            }
        }
        Ok(output(&mut said)?.trim().to_owned())
    }

    fn cannot(&self, what: Ability) -> Option<&'static str> {
        match (self.library, what) {
            (_, Ability::Common | Ability::Errors) | (Library::OpenidClient, _) => None,
            (Library::Authlib, Ability::Issuer) => Some("it does not look at iss"),
            (Library::Authlib, Ability::Device) => Some("it has the server's side of it alone"),
        }
    }

    fn named(&self, _: Ability) -> Option<&'static str> {
        None
    }

    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked<'_>) -> Result<Server> {
        let text = json!({
            "base": asked.base,
            "issuer": asked.issuer,
            "client_id": asked.client,
            "client_secret": asked.secret,
            "method": asked.method.name(),
            "scope": asked.scope,
        });
        keep(folder, "asked.json", &text.to_string())?;
        let mut command = workspace.unconfigured(&self.runs, folder);
        // Nothing is to be left beside the program.
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(&self.script).arg(folder);
        Server::start(self.name(), &mut command, folder.join("log"), channel().0)
    }

    fn path(&self, _: &str, at: At<'_>) -> String {
        match at {
            At::Account => "/account",
            At::Silently => "/account?prompt=none",
            At::Anew => "/account?max_age=0",
            At::WithinAnHour => "/account?max_age=3600",
            At::Refresh { .. } => "/refresh",
            At::Introspect { token } => return format!("/introspect?token={}", encoded(token)),
            At::Revoke => "/revoke",
            At::Leave => "/logout",
            At::Backchannel => "/backchannel",
            At::Keys => "/jwks",
            At::Device => "/device",
            At::DeviceToken => "/device/token",
        }
        .to_owned()
    }

    fn words(&self, why: Why) -> &'static str {
        match (self.library, why) {
            (_, Why::Answered(words)) => words,
            (Library::Authlib, Why::State) => "MismatchingStateError",
            (Library::Authlib, Why::Issuer) => "it does not look at iss",
            (Library::Authlib, Why::Nonce) => "InvalidClaimError: invalid_claim: Invalid claim: 'nonce'",
            (Library::OpenidClient, Why::State) => "unexpected \"state\" response parameter value",
            (Library::OpenidClient, Why::Issuer) => "unexpected \"iss\" (issuer) response parameter value",
            (Library::OpenidClient, Why::Nonce) => "unexpected ID Token \"nonce\" claim value",
        }
    }

    fn log(&self, _: &Path, server: &Server) -> Result<String> {
        server.log()
    }
}
