//! pysaml2 and lasso, behind our drivers `xtask/interop/pysaml2_sp.py` and `lasso_sp.py`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;

use anyhow::Result;
use serde_json::json;

use super::case::{Case, Expected, Why};
use super::peer::{Asked, Peer, keep, versions};
use crate::server::Server;
use crate::setup;
use crate::workspace::{Workspace, output};

/// A module of Python with a driver of ours.
pub(super) struct Python {
    library: Library,
    python: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Pysaml2,
    Lasso,
}

impl Python {
    /// pysaml2, in the versions of `requirements-pysaml2.txt`.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub(super) fn pysaml2(workspace: &Workspace) -> Result<Self> {
        let python = setup::python(workspace, "pysaml2")?.join("bin/python");
        Ok(Self { library: Library::Pysaml2, python })
    }

    /// Debian's lasso, which Debian's own Python alone finds.
    pub(super) fn lasso() -> Self {
        Self { library: Library::Lasso, python: PathBuf::from("/usr/bin/python3") }
    }
}

impl Peer for Python {
    fn name(&self) -> &'static str {
        match self.library {
            Library::Pysaml2 => "pysaml2-sp",
            Library::Lasso => "lasso",
        }
    }

    fn versions(&self) -> Result<String> {
        match self.library {
            Library::Pysaml2 => {
                let script = "from importlib.metadata import version; print(version('pysaml2'))";
                let pysaml2 = output(Command::new(&self.python).args(["-c", script]))?;
                let xmlsec1 = output(Command::new("xmlsec1").arg("--version"))?;
                Ok(format!("pysaml2 {}, {}", pysaml2.trim(), xmlsec1.trim()))
            }
            Library::Lasso => versions(&["python3-lasso", "liblasso3", "libxmlsec1-openssl"]),
        }
    }

    fn cannot(&self, case: &Case) -> Option<&'static str> {
        let replay = matches!(case.expected, Expected::RefusedAgain(_));
        (self.library == Library::Lasso && replay)
            .then_some("it remembers no assertion: that is left to the program around it")
    }

    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked) -> Result<Server> {
        let Asked { signs, unsolicited, metadata_url } = asked;
        let text = json!({ "sign": signs, "unsolicited": unsolicited, "metadata_url": metadata_url });
        keep(folder, "asked.json", &text.to_string())?;
        let (name, driver) = match self.library {
            Library::Pysaml2 => ("pysaml2", "pysaml2_sp.py"),
            Library::Lasso => ("lasso", "lasso_sp.py"),
        };
        let mut command = workspace.unconfigured(&self.python, folder);
        // Nothing is to be left beside the drivers.
        command.arg("-B").arg(workspace.root().join("xtask/interop").join(driver)).arg(folder);
        Server::start(name, &mut command, folder.join("log"), channel().0)
    }

    fn metadata_path(&self) -> &'static str {
        "/metadata"
    }

    fn leave_path(&self, _: &str) -> String {
        "/logout".to_owned()
    }

    fn logout_path(&self) -> &'static str {
        "/slo?"
    }

    fn words(&self, why: Why) -> &'static str {
        match (self.library, why) {
            (Library::Pysaml2, Why::BadSignature) => "SignatureError: Failed to verify signature",
            (Library::Pysaml2, Why::NoSignature) => "Neither the response nor the assertions are signed",
            (Library::Pysaml2, Why::UsedAlready) => "UnsolicitedResponse: Unsolicited response",
            (Library::Pysaml2, Why::Issuer) => "list.remove(x): x not in list",
            (Library::Pysaml2, Why::NameId) => "pysaml2 keeps the session",
            (Library::Lasso, Why::BadSignature) => "DsSignatureVerificationFailedError",
            (Library::Lasso, Why::NoSignature) => "DsSignatureNotFoundError",
            (Library::Lasso, Why::UsedAlready) => "used already",
            (Library::Lasso, Why::Issuer) => "ServerProviderNotFoundError",
            (Library::Lasso, Why::NameId) => "ProfileMissingAssertionError",
        }
    }

    fn log(&self, _: &Path, server: &Server) -> Result<String> {
        server.log()
    }
}
