//! The proxy of `cargo xtask bench forward-auth`: it asks about requests, and tells how fast that is and what it cost the server.
//!
//! `forward_auth ADDRESS PID SESSIONS SITES` asks for people as the store's example `many_sessions` has made them,
//! and prints a line for those who are read from the database and one for those who are remembered:
//! the word, checks per second, and microseconds of the server's CPU time for one, each the median of the rounds.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a client of real servers: it prints what it measured"
)]

#[path = "login/connection.rs"]
#[allow(dead_code, reason = "what the examples share")]
mod connection;
#[path = "login/server.rs"]
mod server;

use std::env::args;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use connection::at_once;
use landfall_benches::Failure;
use server::{Server, median};

/// Those that count; one before them does not.
const ROUNDS: u64 = 5;
/// Whom one round asks about: with all rounds as many as there are sessions in the smaller database, or nearly so.
const PEOPLE: u64 = 16_000;
/// How often each of them is asked about while they are remembered.
const TIMES: u64 = 3;

fn main() -> ExitCode {
    let words: Vec<String> = args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [address, pid, sessions, sites] => measure(address, pid, sessions, sites),
        _ => Err("expected ADDRESS PID SESSIONS SITES".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(address: &str, pid: &str, sessions: &str, sites: &str) -> Result<(), Failure> {
    let (server, sessions, sites) = (Server::of(pid)?, sessions.parse::<u64>()?, sites.parse::<u64>()?);
    let mut figures: [Vec<(Duration, Duration)>; 2] = Default::default();
    for round in 0..=ROUNDS {
        // From all over the table, and each person once.
        let people: Vec<u64> =
            (round * PEOPLE..(round + 1) * PEOPLE).map(|number| number * 7919 % sessions).collect();
        for (kind, times) in figures.iter_mut().zip([1, TIMES]) {
            let asked = (0..times).flat_map(|_| people.iter().copied()).collect();
            let (cpu, begun) = (server.cpu_time()?, Instant::now());
            at_once(address, asked, |connection, person| {
                let (status, body) = connection.call("GET", "/auth/verify", &headers(person, sites), "")?;
                if status == "200" { Ok(()) } else { Err(format!("person {person}: {status} {body}").into()) }
            })?;
            kind.push((begun.elapsed(), server.cpu_time()?.saturating_sub(cpu)));
        }
    }
    for ((name, times), mut kind) in [("read", 1), ("remembered", TIMES)].into_iter().zip(figures) {
        kind.remove(0);
        let each = f64::from(u32::try_from(PEOPLE * times)?);
        let (elapsed, cpu) = median(&kind);
        println!("{name} {:.0} {:.1}", each / elapsed.as_secs_f64(), cpu.as_secs_f64() * 1e6 / each);
    }
    Ok(())
}

/// As nginx sends them of a browser's request.
fn headers(person: u64, sites: u64) -> String {
    format!(
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: site-{}.example\r\nX-Forwarded-Uri: /reports?year=2030\r\n\
         X-Forwarded-Method: GET\r\nX-Forwarded-For: 192.0.2.1\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n\
         Accept-Encoding: gzip, deflate\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n\
         Sec-Fetch-Mode: navigate\r\nCookie: theme=dark; __Host-landfall-site=bench-{person:037}\r\n",
        person % sites
    )
}
