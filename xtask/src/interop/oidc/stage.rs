//! A fresh Landfall with the double of Entra behind it, and applications that are registered there.

use std::cell::Cell;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::peer::{Asked, At, Method, Peer, encoded};
use crate::interop::folder;
use crate::interop::landfall::Landfall;
use crate::interop::twin::{Double, Keys, PERSON, keep};
use crate::server::{Server, fetch, post};
use crate::workspace::Workspace;

/// The role that the directory gives, and what it is to applications.
const ROLE: &str = "Payroll.Reader";
pub(super) const ROLE_HERE: &str = "reader";
/// The group that the directory puts the person in.
pub(super) const GROUP: &str = "8a1d7c52-3f0b-4e96-9d27-6b5e4f3a2c10";
const TENANT: &str = "contoso";
/// Keys of a program, which the tests of the library use too.
const KEYS: [(&str, &str); 3] =
    [("rp.key", "other.key.pem"), ("rp.crt", "other.crt.pem"), ("rp-p256.key", "p256.key.pem")];
/// The claims that every Entra application sends, and which role is which.
const MAPPING: &str = r#"version = 1

[fields]
first_name = { sources = ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"] }
last_name = { sources = ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"] }
email = { sources = ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"] }
username = { sources = ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"], required = true }
display_name = { sources = ["http://schemas.microsoft.com/identity/claims/displayname"] }

[groups]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"]

[roles]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/role"]
"#;

/// Landfall and the double, each knowing the other.
pub(super) struct Stage<'a> {
    pub(super) landfall: Landfall<'a>,
    // It is asked while people sign in.
    _double: Double<'a>,
    workspace: &'a Workspace,
    sites: Cell<u8>,
}

/// How an application is registered, and what it asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    pub(super) method: Method,
    pub(super) algorithm: &'static str,
    pub(super) scope: &'static str,
    /// Whose people it serves; everybody's if it is none.
    pub(super) tenant: Option<&'static str>,
}

/// A program of a peer that is registered as an application of its own.
pub(super) struct Site {
    // It stands first, so that it ends before its folder goes.
    pub(super) server: Server,
    pub(super) folder: TempDir,
    pub(super) base: String,
    pub(super) client: String,
    secret: Option<String>,
}

impl<'a> Stage<'a> {
    /// Starts both and introduces them to each other.
    ///
    /// # Errors
    /// When one of them does not come up, or refuses what it is told.
    pub(super) fn set(workspace: &'a Workspace) -> Result<Self> {
        let (landfall, double) = (Landfall::start(workspace)?, Double::start(workspace)?);
        double.assign(ROLE, GROUP)?;
        landfall.connect(TENANT, "contoso.example", &double.metadata(Keys::Application)?, &[])?;
        double.introduce(&landfall.metadata()?)?;
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let mapping = format!("{MAPPING}table = {{ {ROLE:?} = [{ROLE_HERE:?}] }}\n");
        keep(folder.path(), "contoso.toml", &mapping)?;
        let file = folder.path().join("contoso.toml").display().to_string();
        landfall.command(&["mapping", "apply", TENANT, &file, "--base", "0"])?;
        landfall.command(&["tenant", "create", "fabrikam"])?;
        Ok(Self { landfall, _double: double, workspace, sites: Cell::new(0) })
    }

    /// The address of the provider, which is its name.
    pub(super) fn issuer(&self) -> String {
        self.landfall.address()
    }

    pub(super) fn workspace(&self) -> &'a Workspace {
        self.workspace
    }

    /// Registers an application, and starts a program of the peer as that.
    ///
    /// # Errors
    /// When Landfall refuses it, or the program does not come up.
    pub(super) fn site(&self, peer: &dyn Peer, client: &Client) -> Result<Site> {
        let number = self.sites.get() + 1;
        self.sites.set(number);
        // Each on a host of its own: cookies do not know ports.
        let host = format!("http://127.0.1.{number}");
        let base = format!("{host}:{}", crate::server::free_port()?);
        let name = format!("client-{number}");
        let folder = folder(self.workspace, "landfall-client-", &KEYS)?;
        let issuer = self.issuer();
        let start = |secret: Option<&str>| {
            let asked = Asked {
                base: &base,
                issuer: &issuer,
                client: &name,
                secret,
                method: client.method,
                algorithm: client.algorithm,
                scope: client.scope,
            };
            peer.start(self.workspace, folder.path(), &asked)
        };
        let keys_file = folder.path().join("keys.json").display().to_string();
        // A native application comes from whatever port is free [RFC 8252 7.3].
        let at = if client.method == Method::None { &host } else { &base };
        let (redirect, out) = (format!("{at}/callback"), format!("{at}/out"));
        let backchannel = format!("{base}{}", peer.path(&base, At::Backchannel));
        let mut words =
            vec!["app", "create", &name, "--title", "A client of others", "--alg", client.algorithm];
        words.extend(["--redirect", &redirect, "--post-logout", &out, "--backchannel", &backchannel]);
        if let Some(tenant) = client.tenant {
            words.extend(["--tenant", tenant]);
        }
        let (server, secret) = match client.method {
            Method::Basic | Method::Post => {
                let said = self.landfall.command(&words)?;
                let secret = said.lines().next().unwrap_or_default().to_owned();
                (start(Some(&secret))?, Some(secret))
            }
            Method::PrivateKeyJwt => {
                let server = start(None)?;
                keep(folder.path(), "keys.json", &fetch(&base, &peer.path(&base, At::Keys))?)?;
                words.extend(["--auth", "private_key_jwt", "--keys", &keys_file]);
                self.landfall.command(&words)?;
                (server, None)
            }
            Method::None => {
                words.extend(["--kind", "native"]);
                self.landfall.command(&words)?;
                (start(None)?, None)
            }
        };
        Ok(Site { server, folder, base, client: name, secret })
    }

    /// Lets the person in again, or no more.
    ///
    /// # Errors
    /// When Landfall refuses.
    pub(super) fn person(&self, order: &str) -> Result<()> {
        self.landfall.command(&["user", order, TENANT, PERSON]).map(drop)
    }

    /// What the provider publishes its signatures to be verified with: names of the keys for this algorithm, the current
    /// one first.
    ///
    /// # Errors
    /// When it publishes none.
    pub(super) fn keys(&self, algorithm: &str) -> Result<Vec<String>> {
        let set: Value = serde_json::from_str(&self.landfall.page("/oidc/jwks")?).context("no key set")?;
        let keys = set.get("keys").and_then(Value::as_array).context("a key set has no keys")?;
        let of = |key: &&Value| key.get("alg").and_then(Value::as_str) == Some(algorithm);
        let name = |key: &Value| key.get("kid").and_then(Value::as_str).map(str::to_owned);
        let names: Vec<String> = keys.iter().filter(of).filter_map(name).collect();
        ensure!(!names.is_empty(), "no key for {algorithm} in {set}");
        Ok(names)
    }

    /// Asks as somebody who has what the application has: at an endpoint, with these fields.
    ///
    /// # Errors
    /// When nobody answers in JSON.
    pub(super) fn ask_as(
        &self,
        site: &Site,
        endpoint: &str,
        fields: &[(&str, &str)],
    ) -> Result<(u16, Value)> {
        let secret = site.secret.as_deref().unwrap_or_default();
        let own = [("client_id", site.client.as_str()), ("client_secret", secret)];
        let pairs = own.iter().chain(fields).map(|(name, value)| format!("{name}={}", encoded(value)));
        let form = pairs.collect::<Vec<_>>().join("&");
        let kind = "application/x-www-form-urlencoded";
        let (status, body) = post(&self.issuer(), &format!("/oidc/{endpoint}"), kind, &form)?;
        let answer = if body.is_empty() { json!(null) } else { serde_json::from_str(&body)? };
        Ok((status, answer))
    }
}
