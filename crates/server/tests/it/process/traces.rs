//! `landfall connection trace`, `landfall trace` and `landfall replay`: one message, from the door to its end.

use std::io::{Read, Write};

use landfall_entra_twin::{Message, Seed};
use landfall_xmldsig::encode_base64;
use time::Duration;
use url::form_urlencoded::Serializer;

use super::message::{now, says_at, twin};
use super::{Ended, Folder, Server, living};
use crate::world::SIMON;

const TRACE: [&str; 5] = ["connection", "trace", "contoso-entra", "--for", "24h"];

impl Server {
    /// Posts what contoso says of B.Simon, unasked and now; gives the trace id of the answer.
    fn receives(&self, edit: impl FnOnce(&mut Message)) -> String {
        self.receives_with(None, edit)
    }

    /// Begins a login at a connection.
    fn begins(&self, connection: &str) {
        let mut stream = self.connect();
        write!(stream, "GET /sso/{connection} HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    }

    fn receives_with(&self, relay_state: Option<&str>, edit: impl FnOnce(&mut Message)) -> String {
        let message = says_at(now(), |message| {
            (message.response.in_response_to, message.assertion.in_response_to) = (None, None);
            edit(message);
        });
        let xml = twin(Seed::Contoso).sign(&message).unwrap();
        let response = encode_base64(xml.as_bytes());
        let mut body = Serializer::new(String::new());
        body.append_pair("SAMLResponse", &response);
        relay_state.map(|state| body.append_pair("RelayState", state));
        let body = body.finish();
        let mut stream = self.connect();
        write!(
            stream,
            "POST /saml/acs HTTP/1.1\r\nHost: sso.example\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, rest) = answer.split_once("x-trace-id: ").expect("a trace id");
        rest.lines().next().unwrap().to_owned()
    }
}

impl Ended {
    #[track_caller]
    fn ended(&self, status: i32, parts: &[&str]) {
        assert_eq!(self.status.code(), Some(status), "{}{}", self.out, self.err);
        self.says(parts);
    }
}

#[test]
fn a_message_is_kept_listed_shown_and_judged_again() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    server.receives(|_| ());
    assert_eq!(folder.succeeds(&["trace", "list"]).lines().count(), 1, "the heading alone: off by default");

    let said = folder.succeeds(&[&TRACE[..], &["--reason", "ticket 17"]].concat());
    assert!(said.contains("messages of its people are kept until 20") && said.ends_with(": ticket 17\n"));
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert!(shown.contains("TRACED") && shown.contains("ticket 17"), "{shown}");
    let report = folder.succeeds(&["doctor"]);
    assert!(
        report
            .lines()
            .any(|line| line.starts_with("warn  connection contoso-entra") && line.contains("TRACED: "))
    );

    let good = server.receives(|_| ());
    let bad = server.receives(|message| message.assertion.audiences = vec!["urn:x\u{9B}2J".to_owned()]);
    let list = folder.succeeds(&["trace", "list", "contoso-entra"]);
    let line = |trace: &str| list.lines().find(|line| line.starts_with(trace)).unwrap().to_owned();
    assert!(
        line(&good).ends_with("contoso-entra  restarted") && line(&bad).ends_with("contoso-entra  audience")
    );

    let shown = folder.succeeds(&["trace", "show", &bad]);
    for part in [
        "at contoso-entra came 20",
        "answers no request, without RelayState",
        "unsolicited=restart",
        "pass signature [",
        "fail audience [saml-core 2.5.1.4, saml-profiles 4.1.4.2]: expected https://sso.example/saml/metadata, came urn:x\\u{9b}2J\n",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    let raw = folder.run(&["trace", "show", &good, "--raw"]);
    assert!(raw.out.starts_with("<samlp:Response") && raw.out.contains(SIMON), "{}", raw.out);
    assert!(raw.err.starts_with("warning: this message holds personal data"), "{}", raw.err);

    let same = "the same decision as the one that was kept\n";
    folder.run(&["replay", &good]).ended(0, &["pass audience [", "\naccepted, and a login", same]);
    folder.run(&["replay", &bad]).ended(0, &["\nrefused, audience: ", same]);
    let later = folder.run(&["replay", &good, "--at", "2049-01-01T00:00:00Z"]);
    later.ended(
        1,
        &[
            "\nrefused, confirmation.not_on_or_after: ",
            "\n- pass not_on_or_after [",
            "\n+ fail not_on_or_after [",
        ],
    );
    assert_eq!(later.err, "landfall: the decision differs: see above\n");
    for text in [shown, same.to_owned(), later.out] {
        assert!(!text.contains("Simon"), "{text}");
    }
    let unknown = folder.run(&["replay", "0000000000000000"]);
    unknown.failed(&["no message is kept of the trace 0000000000000000"]);
    assert!(!server_said(server).contains("Simon"));
}

/// RelayState of another request: it was not judged, and a replay says what it would have come to.
#[test]
fn what_was_not_judged_says_so() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    folder.succeeds(&TRACE);
    server.begins("contoso-entra");
    let request = folder.query("SELECT request_id AS found FROM pending_logins");
    let trace = server.receives_with(Some("another"), |message| {
        message.response.in_response_to = Some(request.clone());
        message.assertion.in_response_to = Some(request);
    });
    let list = folder.succeeds(&["trace", "list", "contoso-entra"]);
    assert!(list.lines().any(|line| line.starts_with(&trace) && line.ends_with("  relay_state")), "{list}");
    folder.run(&["trace", "show", &trace]).ended(0, &["it was refused before it was judged"]);
    folder.run(&["replay", &trace]).ended(
        0,
        &["\naccepted", "it was not judged when it came, since it was refused before, relay_state: "],
    );
}

/// The second engine is asked where the server has one, as in the login.
#[cfg(feature = "xmlsec")]
#[test]
fn a_replay_asks_the_second_engine_too() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    folder.succeeds(&TRACE);
    let good = server.receives(|_| ());
    let bad = server.receives(|message| message.assertion.audiences = vec!["urn:x".to_owned()]);
    folder.run(&["replay", &good]).ended(0, &["the second engine is not asked: second_opinion is off\n"]);
    let settings = std::fs::read_to_string(folder.path("landfall.toml")).unwrap();
    folder.write("landfall.toml", settings + "second_opinion = \"require\"\n");
    folder.run(&["replay", &good]).ended(0, &["the second engine agrees\n", "the same decision"]);
    let refused = folder.run(&["replay", &bad]);
    assert!(!refused.out.contains("second engine"), "it has the last word alone: {}", refused.out);
}

fn server_said(server: Server) -> String {
    server.terminate();
    server.end().1
}

#[test]
fn by_what_is_trusted_today_a_kept_message_may_fare_otherwise() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    folder.succeeds(&TRACE);
    let trace = server.receives(|_| ());
    folder.run(&["replay", &trace, "--current"]).ended(0, &["the same decision"]);
    folder.write("idp.xml", living::metadata(&[Seed::Fabrikam]));
    folder.succeeds(&["connection", "renew", "contoso-entra", "idp.xml"]);
    folder.run(&["replay", &trace]).ended(0, &["the same decision"]);
    folder.run(&["replay", &trace, "--current"]).ended(
        1,
        &["\nrefused, signature.unknown_key: ", "\n- signer ", "\n+ signer none\n", "\n+ fail signature ["],
    );
    folder.succeeds(&["connection", "state", "contoso-entra", "disabled"]);
    folder.run(&["replay", &trace, "--current"]).ended(1, &["the connection is disabled"]);
    folder.run(&["replay", &trace]).ended(0, &["the same decision"]);
}

#[test]
fn what_was_kept_is_forgotten_when_an_operator_says_so_and_never_by_itself_too_early() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    folder.succeeds(&TRACE);
    let traces: Vec<String> = (0..3).map(|_| server.receives(|_| ())).collect();
    let kept = |folder: &Folder| folder.succeeds(&["trace", "list"]).lines().count() - 1;
    folder.succeeds(&["connection", "trace", "contoso-entra", "--off"]);
    server.receives(|_| ());
    assert_eq!(kept(&folder), 3);
    folder.succeeds(&["trace", "forget", &traces[0]]);
    folder.run(&["trace", "forget", &traces[0]]).failed(&[&traces[0], "landfall trace list"]);
    folder.run(&["trace", "show", &traces[0]]).failed(&["no message is kept"]);
    assert_eq!(kept(&folder), 2);
    let said = folder.succeeds(&["trace", "forget", "--connection", "contoso-entra"]);
    assert_eq!((said.as_str(), kept(&folder)), ("contoso-entra: 2 are forgotten\n", 0));

    folder.succeeds(&TRACE);
    server.receives(|_| ());
    let said = folder.succeeds(&["connection", "trace", "contoso-entra", "--off", "--forget"]);
    assert!(said.contains("no messages are kept from now on") && said.contains("1 are forgotten"), "{said}");
    assert_eq!(kept(&folder), 0);
    for wrong in
        [&["--for", "73h"][..], &["--for", "0h"], &["--for", "4d"], &["--for", "1h", "--reason", " "]]
    {
        let ended = folder.run(&[&TRACE[..3], wrong].concat());
        ended.failed(&[if wrong.len() == 2 { "at most 72h" } else { "one line" }]);
    }
    for wrong in [
        &[][..],
        &["--for", "soon"],
        &["--for", "1h", "--off"],
        &["--for", "1h", "--forget"],
        &["--off", "--reason", "why"],
    ] {
        assert_eq!(folder.run(&[&TRACE[..3], wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn what_was_altered_in_the_database_is_not_taken_for_a_message() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    folder.succeeds(&TRACE);
    let (first, second) = (server.receives(|_| ()), server.receives(|_| ()));
    drop(server);
    let other = format!("(SELECT sealed FROM traces WHERE trace = '{second}')");
    folder.sql(&format!("UPDATE traces SET sealed = {other} WHERE trace = '{first}'"));
    let error = ["another master key, or altered in the database"];
    folder.run(&["trace", "show", &first]).failed(&error);
    folder.run(&["replay", &first]).failed(&error);
    assert!(folder.succeeds(&["trace", "list"]).contains("cannot be opened"));
    folder.run(&["replay", &second]).ended(0, &["the same decision"]);
    folder.sql(&format!(
        "UPDATE traces SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE trace = '{second}'"
    ));
    folder.run(&["replay", &second]).failed(&error);
    // Past its time it is not shown, though nobody has removed it yet.
    let past = (now() - Duration::hours(72)).unix_timestamp() * 1000;
    folder.sql(&format!("UPDATE traces SET at = {past} WHERE trace = '{second}'"));
    folder.run(&["replay", &second]).failed(&["no message is kept"]);
}

/// What another mapping would make of those whose messages are kept: of others nothing can be said.
#[test]
fn another_mapping_is_compared_by_the_messages_that_are_kept() {
    let folder = Folder::with_contoso();
    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    folder.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
    folder.write(
        "m.toml",
        "version = 1\n[fields]\nusername = { sources = [\"username\"] }\nemail = { sources = [\"email\"], transforms = [\"lower\"] }\n\
         [[tests]]\nname = \"ada\"\nattributes = { username = \"ada\", email = \"A@x.example\", lastName = \"L\" }\n\
         expect = { email = \"a@x.example\" }\n",
    );
    let diff = ["mapping", "diff", "contoso-entra", "m.toml"];
    let said = folder.succeeds(&diff);
    for part in [
        "+ email = { sources = [\"email\"], transforms = [\"lower\"] }",
        "the test case `ada`, as it is then would have another profile",
        "  email: `A@x.example` becomes `a@x.example`",
        "  last_name: `L` becomes no value",
        "kept messages that sign somebody in: 0",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    folder.succeeds(&TRACE);
    let server = folder.serve();
    let (trace, refused) =
        (server.receives(|_| ()), server.receives(|message| message.assertion.audiences.clear()));
    let said = folder.succeeds(&diff);
    let user = folder.succeeds(&["user", "list", "contoso"]);
    let id = user.split_whitespace().find(|word| word.len() == 36).expect("an id");
    for part in [
        format!("the account {id}, by the message {trace} would have another profile"),
        "email: `B.Simon@contoso.example` becomes `b.simon@contoso.example`".to_owned(),
        "kept messages that sign somebody in: 1, of which another profile would come: 1".to_owned(),
    ] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    assert!(!said.contains(&refused), "of a refused message nothing is read: {said}");
    let preview = ["mapping", "preview", "contoso-entra", "--mapping", "m.toml", "--trace"];
    let shown = folder.succeeds(&[&preview[..], &[&trace]].concat());
    assert!(shown.contains("email: b.simon@contoso.example, from email\n"), "{shown}");
    folder.run(&[&preview[..], &[&refused]].concat()).failed(&["was refused", "landfall replay"]);
    folder.succeeds(&["mapping", "apply", "contoso-entra", "m.toml"]);
    assert_eq!(folder.succeeds(&diff), "the rules are the same\n");
}
