//! The matrix finds each check that a service provider forgets, and nothing at one that forgets none.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use landfall_entra_twin::{Attack, AttackError, DataDir, Fault, MetadataSource, Seed, Verdict, Who};
use serde_json::{Value, json};

use crate::attack_sp::{Careless, Check, attack, metadata, misled, prepare, serve};

/// Plays the whole matrix, and gives the names of the cases that failed.
async fn failing(attack: Attack) -> BTreeSet<&'static str> {
    let mut failing = BTreeSet::new();
    for fault in Fault::all() {
        let case = attack.run(fault).await;
        if let Verdict::Failed(_) = case.verdict() {
            failing.insert(fault.name());
        }
    }
    failing
}

/// The matrix reports exactly these.
async fn reports(off: Check, expected: &str) {
    let failing = failing(attack(Some(off), None).await.without_controls()).await;
    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
    let (missed, more): (Vec<_>, Vec<_>) =
        (expected.difference(&failing).collect(), failing.difference(&expected).collect());
    assert!(missed.is_empty() && more.is_empty(), "{off:?}: missed {missed:?}, reported as well {more:?}");
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_forgotten() {
    assert_eq!(failing(attack(None, None).await).await, BTreeSet::new());
}

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
        let attack = attack(None, Some(careless)).await.with_patience(Duration::from_secs(3));
        let case = attack.run(Fault::find("form-empty").unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Failed(reason.to_owned()), "{careless:?}");
        let case = attack.run(Fault::find("honest-assertion").unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Passed, "{careless:?}: {case}");
    }
}

/// Whom a forgery signs in is told.
#[tokio::test]
async fn the_victim_is_named() {
    let attack = attack(Some(Check::Comments), None).await;
    let case = attack.run(Fault::find("comment-in-signed-name-id").unwrap()).await;
    assert_eq!(case.who(), &Who::Person("C.Lindqvist@contoso.example".to_owned()));
    let told = case.to_json();
    assert_eq!((told["verdict"].as_str(), told["class"].as_str()), (Some("failed"), Some("B5")));
    assert_eq!(told["reason"], "signed in as C.Lindqvist@contoso.example");
    let case = attack.run(Fault::find("comment-in-name-id").unwrap()).await;
    assert_eq!(case.who(), &Who::Unknown, "{case}");
}

/// A refusal counts for nothing where the honest login is refused as well.
#[tokio::test]
async fn a_provider_that_refuses_everybody_passes_nothing() {
    let attack = attack(None, None).await;
    let case = attack.run(Fault::find("logout-unsigned").unwrap()).await;
    assert_eq!(case.verdict(), &Verdict::Passed, "{case}");
    let closed = crate::attack_sp::closed().await;
    for (name, reason) in [
        ("honest-assertion", "expected B.Simon@contoso.example to be signed in, got nobody"),
        (
            "audience-other",
            "the same login without the fault: expected B.Simon@contoso.example to be signed in, got nobody",
        ),
        ("replay-by-another-browser", "the first response, which is honest, signs nobody in"),
        ("logout-unsigned", "the login before the logout signs nobody in"),
    ] {
        let case = closed.run(Fault::find(name).unwrap()).await;
        assert_eq!(case.verdict(), &Verdict::Failed(reason.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn what_a_provider_does_not_offer_is_left_out() {
    let attack = attack(None, None).await;
    let case = attack.run(Fault::find("encrypted-unsigned").unwrap()).await;
    assert!(matches!(case.verdict(), Verdict::Skipped(_)), "{case}");
    assert!(case.to_string().starts_with("--    encrypted-unsigned"), "{case}");
}

#[tokio::test]
async fn what_cannot_be_attacked_is_said() {
    let base = serve(None, None, &Seed::Contoso.app().unwrap().signing).await;
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

    let read = async |path: &str| format!("{base}{path}").parse::<MetadataSource>().unwrap().read().await;
    assert_eq!(read("/saml/metadata").await.unwrap(), own);
    for path in ["/huge", "/loop", "/nothing"] {
        assert_eq!(read(path).await.unwrap_err().code(), "source-address", "{path}");
    }
}

/// The command, with its own clock: this service provider does not look at one.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_a_line_a_case_and_a_sum() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let base = serve(Some(Check::Window), None, &data.app().unwrap().signing).await;
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
    assert_eq!((status, lines[2], lines.len()), (Some(0), "2 passed, 0 failed", 3));

    let (status, said, _) = run(&metadata, &["--only", "expired", "--json"]);
    let objects: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, objects[0]["name"].as_str()), (Some(1), Some("expired")));
    assert_eq!(
        (objects[0]["verdict"].as_str(), objects[0]["who"].as_str()),
        (Some("failed"), Some("B.Simon@contoso.example"))
    );
    assert_eq!(objects[1], json!({ "passed": 0, "failed": 1 }));

    let (status, _, said) = run(&metadata, &["--only", "no-such"]);
    assert!(status == Some(1) && said.contains("there is no fault \"no-such\""), "{said}");
    let (status, _, said) = run(file.to_str().unwrap(), &[]);
    assert!(status == Some(1) && said.contains("cannot read"), "{said}");
    std::fs::write(&file, "no metadata").unwrap();
    let (status, _, said) = run(file.to_str().unwrap(), &[]);
    assert!(status == Some(1) && said.contains("not an EntityDescriptor"), "{said}");
}

#[tokio::test]
async fn forgotten_signature() {
    reports(
        Check::Signature,
        "assertions-two-signed digest-md5 attribute-added attribute-changed both-signed-assertion-by-a-stranger \
         both-signed-response-by-a-stranger c14n-inclusive c14n-inclusive-1-1 c14n-with-comments \
         digest-anywhere digest-sha1 digest-value-cut digest-value-empty hmac-of-nothing \
         hmac-of-the-certificate hmac-of-the-public-key hmac-truncated id-in-a-foreign-namespace \
         id-in-lower-case id-twice-forged-first id-twice-forged-last id-twice-in-the-response \
         key-behind-a-chain key-by-reference key-in-key-info key-of-a-cloned-certificate key-of-a-stranger \
         key-of-a-stranger-response key-of-the-directory key-value-in-key-info name-id-changed \
         name-id-changed-response object-in-signature prefix-changed reference-by-xpointer \
         reference-by-xpointer-to-the-root reference-empty reference-to-the-assertion-from-the-response \
         reference-without-uri references-none references-two signature-algorithm-empty \
         signature-algorithm-unknown signature-and-digest-sha1 signature-md5 signature-method-twice \
         signature-sha1 signature-twice signature-value-changed signature-value-empty signature-value-twice \
         signed-info-twice transform-by-default transform-xpath transform-xpath-filter transform-xslt \
         transforms-many unsigned xsw-last-assertion xsw-response-behind-assertion \
         xsw-response-in-extensions xsw-response-in-response xsw-signed-assertion-in-advice \
         xsw-signed-assertion-in-extensions xsw-signed-assertion-in-status xsw1-both xsw1-response \
         xsw2-both xsw2-response xsw3-assertion xsw4-assertion xsw5-assertion xsw6-assertion xsw7-assertion \
         xsw8-assertion",
    )
    .await;
}

#[tokio::test]
async fn forgotten_consumed() {
    reports(
        Check::Consumed,
        "c14n-inclusive c14n-inclusive-1-1 c14n-with-comments id-in-lower-case object-in-signature \
         reference-by-xpointer reference-by-xpointer-to-the-root reference-empty \
         reference-to-the-assertion-from-the-response reference-without-uri transform-by-default \
         transform-xpath transform-xpath-filter transform-xslt transforms-many xsw-last-assertion \
         xsw-response-behind-assertion xsw-response-in-extensions \
         xsw-response-in-response xsw-signed-assertion-in-advice xsw-signed-assertion-in-extensions \
         xsw-signed-assertion-in-status xsw2-both xsw2-response xsw3-assertion xsw4-assertion \
         xsw5-assertion",
    )
    .await;
}

#[tokio::test]
async fn forgotten_algorithms() {
    reports(
        Check::Algorithms,
        "digest-md5 c14n-inclusive c14n-inclusive-1-1 c14n-with-comments digest-sha1 reference-by-xpointer \
         reference-by-xpointer-to-the-root reference-empty reference-to-the-assertion-from-the-response \
         reference-without-uri signature-and-digest-sha1 signature-md5 signature-sha1 transform-by-default \
         transforms-many",
    )
    .await;
}

#[tokio::test]
async fn forgotten_audience() {
    reports(
        Check::Audience,
        "audience-absent audience-in-one-of-two-restrictions audience-longer audience-other audience-spn \
         audience-upper-case",
    )
    .await;
}

#[tokio::test]
async fn forgotten_recipient() {
    reports(Check::Recipient, "recipient-absent recipient-longer recipient-other").await;
}

#[tokio::test]
async fn forgotten_destination() {
    reports(
        Check::Destination,
        "destination-absent-signed destination-empty destination-other destination-other-signed \
         logout-for-another-destination",
    )
    .await;
}

#[tokio::test]
async fn forgotten_window() {
    reports(
        Check::Window,
        "confirmation-without-end expired expired-conditions expired-confirmation issued-in-the-future \
         logout-expired logout-of-yesterday not-yet-valid session-of-the-idp-ended signed-in-in-the-future",
    )
    .await;
}

#[tokio::test]
async fn forgotten_in_response_to() {
    reports(
        Check::InResponseTo,
        "in-response-to-lost in-response-to-of-the-confirmation-lost \
         in-response-to-of-the-confirmation-other in-response-to-of-the-response-other \
         in-response-to-unknown",
    )
    .await;
}

#[tokio::test]
async fn forgotten_browser() {
    reports(Check::Browser, "response-for-another-browser response-for-another-browser-that-waits").await;
}

#[tokio::test]
async fn forgotten_replay() {
    reports(Check::Replay, "replay-by-the-same-browser request-answered-twice").await;
}

#[tokio::test]
async fn forgotten_issuer() {
    reports(
        Check::Issuer,
        "issuer-of-the-assertion-empty issuer-of-the-assertion-other issuer-of-the-response-other \
         issuer-other issuer-without-slash logout-of-another-issuer",
    )
    .await;
}

#[tokio::test]
async fn forgotten_status() {
    reports(Check::Status, "status-failure-signed status-failure-unsigned status-success-under-failure")
        .await;
}

#[tokio::test]
async fn forgotten_comments() {
    reports(
        Check::Comments,
        "comment-in-attribute comment-in-name-id comment-in-name-id-response comment-in-signed-name-id \
         element-in-signed-attribute element-in-signed-name-id instruction-in-signed-name-id",
    )
    .await;
}

#[tokio::test]
async fn forgotten_doctype() {
    reports(Check::Doctype, "doctype doctype-external entity-parameter").await;
}

#[tokio::test]
async fn forgotten_bearer() {
    reports(
        Check::Bearer,
        "confirmation-holder-of-key confirmation-sender-vouches confirmation-with-not-before",
    )
    .await;
}

#[tokio::test]
async fn forgotten_tenant() {
    reports(Check::Tenant, "domain-of-another-customer guest tenant-absent tenant-other").await;
}

#[tokio::test]
async fn forgotten_once() {
    reports(Check::Once, "name-claim-twice name-id-twice object-id-twice tenant-twice").await;
}

#[tokio::test]
async fn forgotten_size() {
    reports(Check::Size, "form-of-two-megabytes groups-5000 logout-deflate-bomb").await;
}

#[tokio::test]
async fn forgotten_logout_signature() {
    reports(
        Check::LogoutSignature,
        "logout-algorithm-unknown logout-by-a-stranger logout-hmac-of-the-certificate \
         logout-relay-state-added logout-signature-cut logout-signature-empty logout-signature-sha1 \
         logout-unsigned",
    )
    .await;
}

#[tokio::test]
async fn forgotten_relay_state() {
    reports(Check::RelayState, "relay-state-of-another-site").await;
}
