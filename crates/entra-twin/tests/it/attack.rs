//! The matrix finds each check that a service provider forgets, and nothing at one that forgets none.

use std::process::Command;
use std::time::Duration;

use landfall_entra_twin::{Attack, AttackError, DataDir, Fault, MetadataSource, Seed, Verdict, Who};
use serde_json::{Value, json};

use crate::attack_sp::{Careless, Check, attack, metadata, misled, prepare, prepare_at, serve};

/// Each is named for what it is, within its time, and the next case is played.
#[tokio::test]
async fn a_careless_answer_is_named_and_bounded() {
    for (careless, reason) in [
        (Careless::FallsOver, "status 500: it fell over"),
        (Careless::Hangs, "it hangs"),
        (Careless::Endless, "an answer of more than 4194304 bytes"),
        (Careless::Loops, "redirects without end"),
        (Careless::Closes, "it closed the connection"),
    ] {
        let attack = attack(&[], Some(careless)).await.with_patience(Duration::from_secs(3));
        let case = attack.run(Fault::find("form-empty").unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Failed(reason.to_owned()), "{careless:?}");
        let case = attack.run(Fault::find("honest-assertion").unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Passed, "{careless:?}: {case}");
    }
}

/// Whom a forgery signs in is told.
#[tokio::test]
async fn the_victim_is_named() {
    let attack = attack(&[Check::Comments], None).await;
    let case = attack.run(Fault::find("comment-in-signed-name-id").unwrap()).await;
    assert_eq!(case.who(), &Who::Person("C.Lindqvist@contoso.example".to_owned()));
    let told = case.to_json();
    assert_eq!((told["verdict"].as_str(), told["class"].as_str()), (Some("failed"), Some("B5")));
    assert_eq!(told["reason"], "signed in as C.Lindqvist@contoso.example");
    let case = attack.run(Fault::find("comment-in-name-id").unwrap()).await;
    assert_eq!(case.who(), &Who::Unknown, "{case}");
}

/// A refusal counts for nothing where the honest form of the same is refused as well.
#[tokio::test]
async fn a_provider_that_refuses_everybody_passes_nothing() {
    let attack = attack(&[], None).await;
    let case = attack.run(Fault::find("logout-unsigned").unwrap()).await;
    assert_eq!(case.verdict(), &Verdict::Passed, "{case}");
    let closed = crate::attack_sp::closed().await;
    for (name, reason) in [
        ("honest-assertion", "expected B.Simon@contoso.example to be signed in, got nobody"),
        (
            "audience-other",
            "without the fault, as honest-assertion: expected B.Simon@contoso.example to be signed in, got nobody",
        ),
        (
            "xsw1-response",
            "without the fault, as honest-response: expected B.Simon@contoso.example to be signed in, got nobody",
        ),
        ("replay-by-another-browser", "the first response, which is honest, does not sign the person in"),
        ("logout-unsigned", "the login before the logout does not sign the person in"),
    ] {
        let case = closed.run(Fault::find(name).unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Failed(reason.to_owned()), "{name}");
    }
}

/// The control is of the fault's own kind: that people can sign in says nothing about logouts and encryption.
#[tokio::test]
async fn a_provider_that_refuses_all_of_a_kind_passes_nothing_of_it() {
    let deaf = attack(&[], Some(Careless::RefusesMore)).await;
    for (name, verdict) in [
        ("audience-other", Verdict::Passed),
        (
            "logout-unsigned",
            Verdict::Failed(
                "without the fault, as logout: the session went on as B.Simon@contoso.example".to_owned(),
            ),
        ),
        (
            "encrypted-changed",
            Verdict::Failed(
                "without the fault, as encrypted: expected B.Simon@contoso.example to be signed in, got nobody"
                    .to_owned(),
            ),
        ),
        (
            "encrypted-after-the-response-was-signed",
            Verdict::Failed(
                "without the fault, as encrypted-response-signed: \
                 expected B.Simon@contoso.example to be signed in, got nobody"
                    .to_owned(),
            ),
        ),
    ] {
        let case = deaf.run(Fault::find(name).unwrap()).await;
        assert_eq!(case.verdict(), &verdict, "{name}");
    }
}

/// Whoever fetches is found by it, even where nobody is signed in.
#[tokio::test]
async fn a_fetch_is_seen() {
    let attack = attack(&[Check::Fetch], None).await;
    for (name, fetched) in
        [("doctype-external", true), ("key-by-reference", true), ("doctype", false), ("honest-both", false)]
    {
        let case = attack.run(Fault::find(name).unwrap()).await;
        let verdict = match fetched {
            true => Verdict::Failed("it fetched an address that the message names".to_owned()),
            false => Verdict::Passed,
        };
        assert_eq!(case.verdict(), &verdict, "{name}");
    }
}

/// A second response shows something where the first signed somebody in.
#[tokio::test]
async fn a_replay_counts_where_the_first_was_taken() {
    let fault = Fault::find("unsolicited-replay").unwrap();
    let case = attack(&[], None).await.run(fault).await;
    assert!(matches!(case.verdict(), Verdict::Skipped(why) if why.contains("nobody asked for")), "{case}");
    let case = attack(&[Check::InResponseTo], None).await.run(fault).await;
    assert_eq!(case.verdict(), &Verdict::Passed, "{case}");
    let case = attack(&[Check::InResponseTo, Check::Replay], None).await.run(fault).await;
    assert!(matches!(case.verdict(), Verdict::Failed(_)), "{case}");
}

#[tokio::test]
async fn what_a_provider_does_not_offer_is_left_out() {
    let base = serve(&[], None, &Seed::Contoso.app().unwrap().signing).await;
    let least = metadata(&base).replace("use=\"encryption\"", "use=\"signing\"");
    let attack = prepare(&base, &least, |_| {}).await.unwrap();
    let case = attack.run(Fault::find("encrypted-unsigned").unwrap()).await;
    assert!(matches!(case.verdict(), Verdict::Skipped(_)), "{case}");
    assert!(case.to_string().starts_with("--    encrypted-unsigned"), "{case}");
}

#[tokio::test]
async fn what_cannot_be_attacked_is_said() {
    let base = serve(&[], None, &Seed::Contoso.app().unwrap().signing).await;
    let own = metadata(&base);
    let code = |result: Result<Attack, AttackError>| result.err().map(|error| error.code());
    assert_eq!(code(prepare(&base, &own, |_| {}).await), None);
    assert_eq!(code(prepare(&base, "no metadata", |_| {}).await), Some("attack-metadata"));
    assert_eq!(code(prepare(&base, &own, |app| app.assigned.truncate(1)).await), Some("attack-no-people"));
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    assert_eq!(code(prepare(&nobody, &own, |_| {}).await), Some("attack-whoami"));

    let case = misled().await.run(Fault::find("honest-assertion").unwrap()).await;
    assert!(
        matches!(case.verdict(), Verdict::Failed(why) if why.contains("is not in the metadata")),
        "{case}"
    );

    // What a person types goes to the service provider alone.
    let attack = prepare_at(&base, "/form", &own, |_| {}).await.unwrap();
    let case = attack.run(Fault::find("honest-assertion").unwrap()).await;
    assert!(
        matches!(case.verdict(), Verdict::Failed(why) if why.contains("its form leads to http://localhost:1/")),
        "{case}"
    );

    let read = async |path: &str| format!("{base}{path}").parse::<MetadataSource>().unwrap().read().await;
    assert_eq!(read("/saml/metadata").await.unwrap(), own);
    assert_eq!(read("/near").await.unwrap(), own);
    for path in ["/huge", "/loop", "/nothing", "/away"] {
        assert_eq!(read(path).await.unwrap_err().code(), "source-address", "{path}");
    }
}

/// The command, with its own clock: this service provider does not look at one.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_a_line_a_case_and_a_sum() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let base = serve(&[Check::Window], None, &data.app().unwrap().signing).await;
    let (metadata, login, whoami) =
        (format!("{base}/saml/metadata"), format!("{base}/sso"), format!("{base}/account"));
    let file = folder.path().join("sp.xml");
    let run = |metadata: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entra-twin"));
        command.arg("attack").arg("--data").arg(folder.path());
        command.args(["--sp-metadata", metadata, "--login", &login, "--whoami", &whoami]).args(more);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (status, said, _) = run(&metadata, &["--only", "honest-both", "--only", "audience-other"]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("ok    honest-both ") && lines[1].starts_with("ok    audience-other "),
        "{said}"
    );
    assert_eq!((status, lines[2], lines.len()), (Some(0), "2 passed, 0 failed, 0 left out", 3));

    let (status, said, _) = run(&metadata, &["--only", "expired", "--json"]);
    let objects: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, objects[0]["name"].as_str()), (Some(1), Some("expired")));
    assert_eq!(
        (objects[0]["verdict"].as_str(), objects[0]["who"].as_str()),
        (Some("failed"), Some("B.Simon@contoso.example"))
    );
    assert_eq!(objects[1], json!({ "passed": 0, "failed": 1, "skipped": 0 }));

    // What was not played has not passed.
    let (status, said, why) = run(&metadata, &["--only", "unsolicited-replay"]);
    assert!(said.ends_with("0 passed, 0 failed, 1 left out\n"), "{said}");
    assert!(status == Some(1) && why.contains("nothing was played"), "{why}");

    let (status, _, said) = run(&metadata, &["--only", "no-such"]);
    assert!(status == Some(1) && said.contains("there is no fault \"no-such\""), "{said}");
    let (status, _, said) = run(file.to_str().unwrap(), &[]);
    assert!(status == Some(1) && said.contains("cannot read"), "{said}");
    std::fs::write(&file, "no metadata").unwrap();
    let (status, _, said) = run(file.to_str().unwrap(), &[]);
    assert!(status == Some(1) && said.contains("not an EntityDescriptor"), "{said}");
}
