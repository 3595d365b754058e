//! What an identity provider of others must do for a run.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::case::{Answer, Case, Signed, Signer};
use super::landfall::Person;

/// A running identity provider; whoever drops it ends it.
pub(super) trait Peer {
    const NAME: &'static str;
    /// The domain of its people.
    const DOMAIN: &'static str;
    const PERSON: Person<'static>;
    /// Settings of the connection, as `connection set` takes them.
    const SETTINGS: &'static [&'static str];

    /// Of the peer, and of what signs and encrypts for it.
    fn versions(&self) -> Result<String>;

    /// As it publishes it.
    fn metadata(&self) -> Result<String>;

    /// Why it cannot be asked for this, if it cannot.
    fn lacks(&self, case: &Case) -> Option<&'static str>;

    /// Makes responses so from now on.
    fn answer(&mut self, answer: &Answer) -> Result<()>;

    /// The address at which a person begins who has not been at Landfall.
    fn unsolicited(&self) -> Option<String>;

    /// The address at which a person leaves there.
    fn leave(&self) -> Option<String>;

    /// The path to which requests and answers for logout go.
    fn logout_path(&self) -> &'static str;

    /// The last that it logged.
    fn log_end(&self) -> String;
}

/// Writes `answer.json`, which our drivers of pysaml2 and SimpleSAMLphp read for each response.
pub(super) fn write_answer(folder: &Path, answer: &Answer) -> Result<()> {
    let signed = match answer.signed {
        Signed::Assertion => "assertion",
        Signed::Response => "response",
        Signed::Both => "both",
    };
    let key = match answer.signer {
        Signer::Own => "own",
        Signer::Foreign => "foreign",
    };
    let encrypted = answer.encrypted.map(super::case::Encryption::name);
    let text = json!({ "sign": signed, "encrypt": encrypted, "key": key }).to_string();
    fs::write(folder.join("answer.json"), text).context("cannot write answer.json")
}
