//! The server as a process: what it makes at its first start, and how it ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use super::{Folder, mode};

#[test]
fn the_first_start_makes_everything_and_says_so_and_the_second_says_nothing() {
    let folder = Folder::new();
    let first = folder.serve();
    let metadata = first.get("/saml/metadata");
    assert!(
        metadata.starts_with("HTTP/1.1 200 OK\r\n")
            && metadata.contains("entityID=\"https://sso.example/saml/metadata\"")
    );
    assert!(first.get("/readyz").ends_with("ready\n"));
    first.terminate();
    let (status, said) = first.end();
    assert!(status.success(), "{status}");
    for made in ["made the database", "made the master key", "made the signing key with the certificate"] {
        assert_eq!(said.matches(made).count(), 1, "{made}: {said}");
    }
    let made = ["data", "data/landfall.db", "data/master.key"].map(|name| mode(&folder.path(name)));
    assert_eq!(made, [0o700, 0o600, 0o600]);
    let key = fs::read(folder.path("data/master.key")).unwrap();
    assert_eq!(key.len(), 32);

    let second = folder.serve();
    let body = |answer: String| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(second.get("/saml/metadata")), body(metadata), "a restart changes no key");
    second.terminate();
    let (status, said) = second.end();
    assert!(status.success() && !said.contains("made"), "{said}");
    assert_eq!(fs::read(folder.path("data/master.key")).unwrap(), key);
}

#[test]
fn sigterm_answers_what_has_begun_and_takes_nothing_new() {
    let folder = Folder::new();
    let mut server = folder.serve();
    let body = "login_name=nobody";
    let mut under_way = server.connect();
    // The server asks for the body when it works on the request: from then on it is under way.
    write!(
        under_way,
        "POST /sso HTTP/1.1\r\nHost: sso.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut asked = [0; 25];
    under_way.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");

    server.terminate();
    server.wait_for("draining");
    under_way.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422 ") && answer.contains("We cannot sign you in"), "{answer}");
    let address = server.address;
    let (status, _) = server.end();
    assert!(status.success(), "{status}");
    assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn a_master_key_that_is_lost_or_another_is_an_error_and_no_new_one_is_made() {
    let folder = Folder::new();
    let server = folder.serve();
    server.terminate();
    assert!(server.end().0.success());
    let path = folder.path("data/master.key");
    let key = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    folder.run(&["serve"]).failed(&["data/master.key is missing", "restore it from a backup"]);
    assert!(!path.exists());
    fs::write(&path, [0; 32]).unwrap();
    folder.run(&["serve"]).failed(&["sealed with another master key"]);
    fs::write(&path, &key[..31]).unwrap();
    folder.run(&["serve"]).failed(&["data/master.key", "32 bytes", "31"]);
    fs::write(&path, &key).unwrap();
    folder.succeeds(&["tenant", "list"]);
    let server = folder.serve();
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = folder.run_with(&["serve"], &[("LANDFALL_LISTEN", &address)]);
    assert_eq!((ended.status.code(), ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains(&format!("listen: cannot listen on {address}")), "{}", ended.err);
}

#[test]
fn a_server_follows_what_commands_change_beside_it() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    assert!(server.get("/sso/contoso-entra").starts_with("HTTP/1.1 303 "));
    folder.succeeds(&["connection", "disable", "contoso-entra"]);
    assert!(server.get("/sso/contoso-entra").starts_with("HTTP/1.1 404 "));
    folder.succeeds(&["connection", "enable", "contoso-entra"]);
    assert!(server.get("/sso/contoso-entra").starts_with("HTTP/1.1 303 "));
}

#[test]
fn figures_are_counted_and_served_apart_from_the_people() {
    let folder = Folder::new();
    let mut server = folder.serve_with(&[("LANDFALL_METRICS", "127.0.0.1:0")]);
    let body = "SAMLResponse=%3F";
    let mut stream = server.connect();
    write!(
        stream,
        "POST /saml/acs HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let figures = server.figures();
    assert!(figures.contains("landfall_logins_total{outcome=\"post.base64\"} 1\n"), "{figures}");
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404"), "not where the people are");

    folder.run_with(&["serve"], &[("LANDFALL_METRICS", "0.0.0.0:9464")]).failed(&["metrics", "loopback"]);
}
