//! The directory of `cargo xtask bench scim`: it pushes people by SCIM, and tells how fast that is and what it cost the server.
//!
//! `scim ADDRESS PID TOKEN PEOPLE` measures a server with so many people, `person-0@contoso.example` and so on,
//! and two groups, `group-100` and `group-100000`, and prints a line for each kind of request:
//! its name, requests per second, and microseconds of the server's CPU time for one, each the median of the rounds.
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
use std::time::Instant;

use connection::{Connection, at_once};
use landfall_benches::Failure;
use server::{Server, median};

/// Those that count; one before them does not.
const ROUNDS: usize = 5;
/// In one round.
const REQUESTS: usize = 1000;

fn main() -> ExitCode {
    let words: Vec<String> = args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [address, pid, token, people] => measure(address, pid, token, people),
        _ => Err("expected ADDRESS PID TOKEN PEOPLE".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A request, and the status with which it must be answered.
struct Request {
    method: &'static str,
    path: String,
    body: String,
    expected: &'static str,
}

fn measure(address: &str, pid: &str, token: &str, people: &str) -> Result<(), Failure> {
    let (server, people) = (Server::of(pid)?, people.parse::<usize>()?);
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/scim+json\r\n");
    // Each time another one, from all over the table.
    let person = |number: usize| number * 7919 % people;
    let found = |query: &str, connection: &mut Connection| {
        let (status, body) = connection.call("GET", &format!("/scim/v2/{query}"), &headers, "")?;
        let id = body.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next());
        id.map(str::to_owned).ok_or_else(|| Failure::from(format!("{query}: {status} {body}")))
    };
    let by_name = |number: usize| {
        format!("Users?filter=userName%20eq%20%22person-{}@contoso.example%22", person(number))
    };
    let mut first = Connection::open(address)?;
    let small =
        found("Groups?filter=displayName%20eq%20%22group-100%22&excludedAttributes=members", &mut first)?;
    let large =
        found("Groups?filter=displayName%20eq%20%22group-100000%22&excludedAttributes=members", &mut first)?;
    let numbers: Vec<usize> = (0..REQUESTS * (ROUNDS + 1)).collect();
    let ids = at_once(address, numbers, |connection, number| found(&by_name(number), connection))?;
    let id = |number: usize| ids.get(number).cloned().unwrap_or_default();

    let patch = |operations: String| {
        format!(
            "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{operations}]}}"
        )
    };
    let member = |group: &str, number: usize| Request {
        method: "PATCH",
        path: format!("/scim/v2/Groups/{group}"),
        body: patch(format!(
            "{{\"op\":\"Add\",\"path\":\"members\",\"value\":[{{\"value\":\"{}\"}}]}}",
            id(number)
        )),
        expected: "204",
    };
    let kinds: [(&str, &dyn Fn(usize) -> Request); 5] = [
        ("look-up", &|number| Request {
            method: "GET",
            path: format!("/scim/v2/{}", by_name(number)),
            body: String::new(),
            expected: "200",
        }),
        ("create", &|number| Request {
            method: "POST",
            path: "/scim/v2/Users".to_owned(),
            body: new_person(number),
            expected: "201",
        }),
        ("patch", &|number| Request {
            method: "PATCH",
            path: format!("/scim/v2/Users/{}", id(number)),
            body: patch(format!(
                "{{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":\"Person {number}\"}}"
            )),
            expected: "200",
        }),
        ("member-of-100", &|number| member(&small, number)),
        ("member-of-100000", &|number| member(&large, number)),
    ];
    for (name, request) in kinds {
        let mut figures = Vec::new();
        for round in 0..=ROUNDS {
            let requests = (round * REQUESTS..(round + 1) * REQUESTS).map(request).collect();
            let (cpu, begun) = (server.cpu_time()?, Instant::now());
            at_once(address, requests, |connection, Request { method, path, body, expected }: Request| {
                let (status, answer) = connection.call(method, &path, &headers, &body)?;
                if status == expected {
                    Ok(())
                } else {
                    Err(format!("{method} {path}: {status} {answer}").into())
                }
            })?;
            figures.push((begun.elapsed(), server.cpu_time()?.saturating_sub(cpu)));
        }
        figures.remove(0);
        let each = f64::from(u32::try_from(REQUESTS)?);
        let (elapsed, cpu) = median(&figures);
        println!("{name} {:.0} {:.0}", each / elapsed.as_secs_f64(), cpu.as_secs_f64() * 1e6 / each);
    }
    Ok(())
}

/// As Entra sends it, with the object id as externalId.
fn new_person(number: usize) -> String {
    let name = format!("made-{number}");
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\
         \"externalId\":\"7a1c0b52-6f0e-4a39-9d84-{number:012x}\",\"userName\":\"{name}@contoso.example\",\
         \"active\":true,\"displayName\":\"Made {number}\",\"name\":{{\"givenName\":\"Made\",\"familyName\":\"{number}\"}},\
         \"emails\":[{{\"primary\":true,\"type\":\"work\",\"value\":\"{name}@contoso.example\"}}]}}"
    )
}
