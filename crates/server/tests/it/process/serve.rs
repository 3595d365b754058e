//! The server as a process: what it makes at its first start, and how it ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use landfall_xmldsig::{Certificate, encode_base64};

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
    for made in [
        "made the database",
        "made the master key",
        "made the signing key with the certificate",
        "made the decryption key with the certificate",
    ] {
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

/// The certificates that the metadata announces, by their use.
fn announced(metadata: &str, usage: &str) -> String {
    let (_, descriptor) = metadata.split_once(&format!("<md:KeyDescriptor use=\"{usage}\">")).unwrap();
    let (_, certificate) = descriptor.split_once("<ds:X509Certificate>").unwrap();
    certificate.split_once('<').unwrap().0.to_owned()
}

#[test]
fn two_keys_are_announced_and_printed() {
    let folder = Folder::with_contoso();
    folder
        .run(&["certificate", "decryption"])
        .failed(&["there is no such key yet: `landfall serve` makes it"]);
    let server = folder.serve();
    let metadata = server.get("/saml/metadata");
    server.terminate();
    assert!(server.end().0.success());
    for (usage, purpose) in [("signing", "signing"), ("encryption", "decryption")] {
        let pem = folder.succeeds(&["certificate", purpose]);
        let certificate = Certificate::from_pem(&pem).unwrap();
        assert_eq!(encode_base64(certificate.der()), announced(&metadata, usage));
        assert_eq!(certificate.subject(), format!("CN=Landfall {purpose}, sso.example"));
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    }
    assert_ne!(announced(&metadata, "signing"), announced(&metadata, "encryption"));
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert!(shown.contains("our encryption certificate"), "{shown}");
}

/// An installation from before it decrypted anything.
#[test]
fn a_decryption_key_is_made_where_there_is_a_signing_key_alone() {
    let folder = Folder::new();
    let start = || {
        let server = folder.serve();
        let metadata = server.get("/saml/metadata");
        server.terminate();
        let (status, said) = server.end();
        assert!(status.success(), "{said}");
        (metadata, said)
    };
    let (before, _) = start();
    folder.sql("DELETE FROM sp_keys WHERE purpose = 'decryption'");
    let (after, said) = start();
    assert!(said.contains("made the decryption key") && !said.contains("made the signing key"), "{said}");
    assert_eq!(announced(&before, "signing"), announced(&after, "signing"));
    assert_ne!(announced(&before, "encryption"), announced(&after, "encryption"));
    // Under a master key that does not open the one, the other is not made.
    folder.sql("DELETE FROM sp_keys WHERE purpose = 'decryption'");
    fs::write(folder.path("data/master.key"), [0; 32]).unwrap();
    folder.run(&["serve"]).failed(&["sealed with another master key"]);
    folder.run(&["certificate", "decryption"]).failed(&["there is no such key yet"]);
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
    folder.succeeds(&["connection", "state", "contoso-entra", "disabled"]);
    assert!(server.get("/sso/contoso-entra").starts_with("HTTP/1.1 404 "));
    folder.succeeds(&["connection", "state", "contoso-entra", "active"]);
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

#[test]
fn d12_a_listed_proxy_says_whose_request_it_is() {
    let folder = Folder::new();
    let mut server = folder.serve_with(&[
        ("LANDFALL_METRICS", "127.0.0.1:0"),
        ("LANDFALL_TRUSTED_PROXIES", "[\"127.0.0.1\"]"),
        ("LANDFALL_LIMITS", "{address_burst=2,address_per_second=1}"),
    ]);
    let status = |forwarded: &str| {
        let mut stream = server.connect();
        write!(stream, "GET /sso HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\n{forwarded}\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    // Time goes on meanwhile: as many as no machine sends in so many seconds.
    let refused = (0..50).any(|_| status("X-Forwarded-For: 198.51.100.7\r\n") == "429");
    assert!(refused, "one address, all the time");
    assert_eq!(status("X-Forwarded-For: 198.51.100.8\r\n"), "200", "another address");
    assert!((0..50).all(|_| status("") == "200"), "loopback is nobody's address");
    let figures = server.figures();
    assert!(figures.contains("landfall_limited_total{share=\"address\"} 1\n"), "{figures}");
}
