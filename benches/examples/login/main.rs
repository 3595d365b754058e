//! The browsers of `cargo xtask bench login`: they sign in at a server, and tell what that cost it.
//!
//! `login metadata` prints the metadata of their identity provider.
//! `login landfall ADDRESS PID` and `login mellon ADDRESS PID` sign in at the server that is this process, as the same
//! person each time, and print a line a round: microseconds of its CPU time for one login.
//! What precedes a login, the request and the signing of its response, is done before the clock is read.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a client of real servers: it prints what it measured and tells its messages the time that it is"
)]

#[allow(dead_code, reason = "what the examples share")]
mod connection;
mod landfall;
mod mellon;
#[allow(dead_code, reason = "what the examples share")]
mod server;

use std::env::args;
use std::process::ExitCode;

use connection::{Connection, at_once};
use landfall_benches::{Failure, Message, Signed, metadata, signing_key};
use landfall_xmldsig::{SigningKey, encode_base64};
use server::Server;
use time::OffsetDateTime;
use url::form_urlencoded;

/// Those that count; one before them does not.
const ROUNDS: usize = 5;
/// In one round.
const LOGINS: usize = 2000;

fn main() -> ExitCode {
    let words: Vec<String> = args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["metadata"] => metadata().map(|xml| println!("{xml}")),
        ["landfall", address, pid] => measure(address, pid, landfall::prepare, landfall::sign_in),
        ["mellon", address, pid] => measure(address, pid, mellon::prepare, mellon::sign_in),
        _ => Err("expected `metadata`, `landfall ADDRESS PID` or `mellon ADDRESS PID`".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure<P: Send>(
    address: &str,
    pid: &str,
    prepare: impl Fn(&mut Connection, &Idp, usize) -> Result<P, Failure> + Sync,
    sign_in: impl Fn(&mut Connection, P) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let (server, idp) = (Server::of(pid)?, Idp { key: signing_key()? });
    for round in 0..=ROUNDS {
        let numbers = (round * LOGINS..(round + 1) * LOGINS).collect();
        let prepared = at_once(address, numbers, |connection, number| prepare(connection, &idp, number))?;
        let before = server.cpu_time()?;
        at_once(address, prepared, &sign_in)?;
        let spent = server.cpu_time()?.saturating_sub(before);
        if round > 0 {
            println!("{:.1}", spent.as_secs_f64() * 1e6 / f64::from(u32::try_from(LOGINS)?));
        }
    }
    Ok(())
}

/// The identity provider of all of them.
struct Idp {
    key: SigningKey,
}

impl Idp {
    /// The form that answers a request, of the usual 6 KB, with IDs that are made of this number.
    fn form(
        &self,
        number: usize,
        audience: &str,
        acs: &str,
        request: &str,
        relay_state: &str,
    ) -> Result<String, Failure> {
        let id = |which: usize| format!("_7a1c0b52-6f0e-4a39-9d84-{:012x}", 2 * number + which);
        let message = Message {
            audience,
            acs,
            request,
            response_id: &id(0),
            assertion_id: &id(1),
            arrives: OffsetDateTime::now_utc(),
            groups: 10,
        };
        let response = encode_base64(message.signed(&self.key, Signed::Assertion)?.as_bytes());
        let mut form = form_urlencoded::Serializer::new(String::new());
        Ok(form.append_pair("SAMLResponse", &response).append_pair("RelayState", relay_state).finish())
    }
}
