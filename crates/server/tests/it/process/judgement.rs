//! `landfall inspect` of a response: every check, with what it expected and what came.

use aws_lc_rs::digest::{SHA256, digest};
use landfall_entra_twin::{Attribute, KeysOf, Seed};
use landfall_xmldsig::{
    Canonicalization, Certificate, ContentAlgorithm, Document, KeyTransport, Limits, XMLDSIG_NAMESPACE,
    canonicalize, encode_base64, encrypt,
};
use serde_json::{Value, json};

use super::message::{AT, NOW, key_of, says, says_at, twin};
use super::{Folder, import};
use crate::world::{ACS, ENTITY_ID, SIMON};

#[track_caller]
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} in {text}");
    text.replacen(from, to, 1)
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

/// The digest of the assertion as it is, without its signature.
fn digest_of_assertion(xml: &str) -> String {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    let assertion = document.root().elements().find(|child| child.local_name() == "Assertion").unwrap();
    let signature = assertion.elements().find(|child| child.is(XMLDSIG_NAMESPACE, "Signature"));
    let octets = canonicalize(assertion, signature, &Canonicalization::default()).unwrap();
    encode_base64(digest(&SHA256, &octets).as_ref())
}

/// With the installation's own key, which waits behind its master key.
#[test]
fn what_was_encrypted_is_judged_like_what_came_in_plain() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    server.terminate();
    assert!(server.end().0.success());
    let certificate = Certificate::from_pem(&folder.succeeds(&["certificate", "decryption"])).unwrap();
    let xml = says(|_| ());
    let assertion = format!("<Assertion{}</Assertion>", between(&xml, "<Assertion", "</Assertion>"));
    let (content, transport) = (ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha1);
    let data = encrypt(&assertion, &[certificate], content, transport).unwrap();
    let around = "EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let encrypted = replaced(&xml, &assertion, &format!("<{around}>{data}</EncryptedAssertion>"));
    folder.judge(&encrypted, &[]).good(&["pass decryption [", "pass signature [", SIMON, "\naccepted\n"]);

    std::fs::remove_file(folder.path("data/master.key")).unwrap();
    folder.judge(&encrypted, &[]).says(&["refused, read.encrypted"]);
    folder.judge(&xml, &[]).says(&["\naccepted\n"]);
}

#[test]
fn each_failure_of_a_signature_is_told_apart() {
    let folder = Folder::with_contoso();
    let xml = says(|_| ());
    folder.judge(&xml, &[]).good(&["pass signature [", "\naccepted\n"]);

    let (ours, theirs) = (key_of(Seed::Contoso).to_string(), key_of(Seed::Fabrikam).to_string());
    let by_fabrikam = twin(Seed::Fabrikam).sign(&says_at(NOW, |_| ())).unwrap();
    let key_info = format!("<KeyInfo>{}</KeyInfo>", between(&by_fabrikam, "<KeyInfo>", "</KeyInfo>"));
    let value = between(&xml, "<SignatureValue>", "</SignatureValue>");
    let (first, rest) = value.split_at(1);
    let other_value = format!("{}{rest}", if first == "A" { 'B' } else { 'A' });
    let altered = replaced(&xml, SIMON, "C.Simon@contoso.example");
    let (signed, found) = (digest_of_assertion(&xml), digest_of_assertion(&altered));
    assert_eq!(signed, between(&xml, "<DigestValue>", "</DigestValue>"));
    let response_id = format!("#{}", between(&xml, "<samlp:Response ID=\"", "\""));
    let assertion_id = format!("#{}", between(&xml, "<Assertion ID=\"", "\""));

    for (xml, code, parts) in [
        (
            says(|message| message.sign = None),
            "signature.none",
            vec!["neither Response nor Assertion is signed"],
        ),
        (
            replaced(&xml, "xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5"),
            "signature.algorithm",
            vec!["SignatureMethod \"http://www.w3.org/2001/04/xmldsig-more#rsa-md5\" is not accepted"],
        ),
        (
            replaced(&xml, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"),
            "signature.algorithm",
            vec![
                "DigestMethod \"http://www.w3.org/2000/09/xmldsig#sha1\" is not accepted",
                "Entra: Signing Algorithm",
            ],
        ),
        (
            by_fabrikam.clone(),
            "signature.unknown_key",
            vec![&*format!("the message names {theirs}, trusted are [{ours}]"), "Renew the connection"],
        ),
        (
            replaced(&by_fabrikam, &key_info, ""),
            "signature.unknown_key",
            vec![&*format!("the message names no certificate, trusted are [{ours}]")],
        ),
        (
            replaced(&xml, value, &other_value),
            "signature.value",
            vec![&*format!("the signature value is not that of the trusted key {ours}")],
        ),
        (
            replaced(&xml, "<Subject>", "\n<Subject>"),
            "signature.digest",
            vec![
                "white space was put between its elements after signing",
                "Find what formats the message anew",
            ],
        ),
        (altered, "signature.digest", vec![&*format!("signed was {signed}, found {found}")]),
        (
            replaced(&xml, &format!("URI=\"{assertion_id}\""), &format!("URI=\"{response_id}\"")),
            "signature.shape.reference",
            vec![&*format!("the Reference is to {response_id}, expected {assertion_id}")],
        ),
    ] {
        let refused = format!("\nrefused, {code}: ");
        let ended = folder.judge(&xml, &[]);
        ended.bad(&[&["fail signature [", &refused], parts.as_slice()].concat());
        assert!(!ended.out.contains("Simon"), "what nobody signed is not shown: {}", ended.out);
        let said: Value = serde_json::from_str(&folder.judge(&xml, &["--json"]).out).unwrap();
        let checks = said["decision"]["checks"].as_array().unwrap();
        let failed: Vec<_> = checks.iter().filter(|check| check["verdict"] == "fail").collect();
        assert_eq!(failed.len(), 1, "{said}");
        assert_eq!((&failed[0]["rule"], &failed[0]["code"]), (&json!("signature"), &json!(code)));
        assert_eq!((&said["decision"]["signer"], &said["said"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn a_metadata_file_judges_as_a_connection_does() {
    let folder = Folder::new();
    folder.write("idp.xml", import::metadata());
    folder.write("directory.xml", twin(Seed::Contoso).metadata(KeysOf::Tenant).unwrap());
    let judge = |xml: &str, metadata: &str, audience: &str, acs: &str, more: &[&str]| {
        let bench = ["--metadata", metadata, "--audience", audience, "--acs", acs];
        folder.inspect(xml, &[&bench, more].concat())
    };
    let at = ["--at", AT];
    let xml = says(|_| ());
    judge(&xml, "idp.xml", ENTITY_ID, ACS, &at).good(&["pass audience [", "\naccepted\n"]);
    judge(&xml, "directory.xml", ENTITY_ID, ACS, &at).bad(&["refused, signature.unknown_key: "]);
    judge(&xml, "idp.xml", "https://other.example/", ACS, &at).bad(&[
        "fail audience [saml-core 2.5.1.4, saml-profiles 4.1.4.2]: expected https://other.example/, came https://sso.example/saml/metadata\n",
        "refused, audience: ",
    ]);
    judge(&xml, "idp.xml", ENTITY_ID, "https://sso.example/acs", &at).bad(&[
        "fail destination [",
        "fail recipient [",
        "expected https://sso.example/acs, came https://sso.example/saml/acs\n",
    ]);
    judge(&xml, "idp.xml", ENTITY_ID, ACS, &["--at", "2030-01-02T04:05:05Z"])
        .bad(&["fail not_on_or_after ["]);
    judge(&xml, "idp.xml", ENTITY_ID, ACS, &["--at", "2030-01-02T04:05:04Z"]).good(&["\naccepted\n"]);
    judge(&xml, "idp.xml", ENTITY_ID, ACS, &["--at", AT, "--request", "_r1"]).good(&["\naccepted\n"]);
    judge(&xml, "idp.xml", ENTITY_ID, ACS, &["--at", AT, "--request", "_r2"])
        .bad(&["expected _r2, came _r1\n"]);
    let unasked = says(|message| {
        (message.response.in_response_to, message.assertion.in_response_to) = (None, None);
    });
    judge(&unasked, "idp.xml", ENTITY_ID, ACS, &at).good(&["claims to answer no request\n", "\naccepted\n"]);

    judge(&xml, "none.xml", ENTITY_ID, ACS, &at).failed(&["none.xml"]);
    judge(&xml, "message", ENTITY_ID, ACS, &at).failed(&["message", "expected <EntityDescriptor>"]);
    judge(&xml, "idp.xml", "", ACS, &at).failed(&["--audience"]);
    judge(&xml, "idp.xml", ENTITY_ID, "http://sso.example/saml/acs", &at).failed(&["--acs", "https"]);
    for arguments in [
        &["--metadata", "idp.xml", "--audience", ENTITY_ID][..],
        &["--audience", ENTITY_ID, "--acs", ACS],
        &["--metadata", "idp.xml", "--audience", ENTITY_ID, "--acs", ACS, "--connection", "contoso-entra"],
        &["--at", "yesterday"],
    ] {
        assert_eq!(folder.inspect(&xml, arguments).status.code(), Some(2), "{arguments:?}");
    }
    folder.judge(&xml, &[]).failed(&["data/landfall.db", "--config"]);
    assert_eq!(folder.content(), ["directory.xml", "idp.xml", "landfall.toml", "message"], "nothing is made");
}

#[test]
fn a_connection_judges_by_its_own_settings() {
    let folder = Folder::with_contoso();
    let xml = says(|_| ());
    folder.inspect(&xml, &["--connection", "nobody"]).failed(&["`nobody`", "landfall connection list"]);
    let late = ["--connection", "contoso-entra", "--at", "2050-01-02T03:04:05Z"];
    folder.inspect(&xml, &late).bad(&["fail certificate_dates ["]);
    folder.succeeds(&["connection", "set", "contoso-entra", "certificate-dates=warn"]);
    let ended = folder.inspect(&xml, &late);
    ended.bad(&["warn certificate_dates [", "fail not_on_or_after ["]);
    folder.succeeds(&["connection", "set", "contoso-entra", "unsolicited=refuse"]);
    let unasked = says(|message| {
        (message.response.in_response_to, message.assertion.in_response_to) = (None, None);
    });
    folder.judge(&unasked, &[]).good(&["\naccepted\n"]);
}

#[test]
fn what_is_said_of_the_person_can_be_left_out() {
    let folder = Folder::with_contoso();
    let xml = says(|_| ());
    let object_id = twin(Seed::Contoso).tenant().find(SIMON).unwrap().object_id.to_string();
    let open = folder.judge(&xml, &[]);
    open.good(&["  NameID B.Simon@contoso.example\n", "claims/givenname = B\n", &object_id]);
    let said: Value = serde_json::from_str(&folder.judge(&xml, &["--json"]).out).unwrap();
    assert_eq!(said["said"]["name_id"], SIMON);
    let attribute = |said: &Value, name: &str| {
        let attributes = said["said"]["attributes"].as_array().unwrap();
        attributes.iter().find(|one| one["name"].as_str().unwrap().ends_with(name)).unwrap()["values"].clone()
    };
    assert_eq!(attribute(&said, "objectidentifier"), json!([object_id]));
    assert_eq!(said["claims"]["in_response_to"], "_r1");
    assert_eq!(said["decision"]["signer"], key_of(Seed::Contoso).to_string());

    let closed = folder.judge(&xml, &["--redact"]);
    closed.good(&["  NameID [redacted]\n", "claims/givenname = [redacted]\n", "\naccepted\n"]);
    let json = folder.judge(&xml, &["--redact", "--json"]);
    let said: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&said["said"]["name_id"], attribute(&said, "objectidentifier")), (&Value::Null, json!(1)));
    for text in [&closed.out, &json.out] {
        assert!(!text.contains("Simon") && !text.contains(&object_id), "{text}");
    }
}

#[test]
fn nothing_in_a_message_passes_for_a_line_of_the_answer() {
    let folder = Folder::with_contoso();
    let forged = "x\naccepted\n\u{9B}2Jy\u{202E}";
    let ended = folder.judge(&says(|message| message.assertion.audiences = vec![forged.to_owned()]), &[]);
    ended.bad(&["came x\\u{a}accepted\\u{a}\\u{9b}2Jy\\u{202e}\n", "\nrefused, audience: "]);
    assert!(!ended.out.lines().any(|line| line == "accepted"), "{}", ended.out);
    let ended = folder.judge(
        &says(|message| {
            let attribute = Attribute { name: "motto".to_owned(), values: vec![forged.to_owned()] };
            message.assertion.attributes.push(attribute);
        }),
        &[],
    );
    ended.good(&["  motto = x\\u{a}accepted\\u{a}\\u{9b}2Jy\\u{202e}\n"]);
    assert_eq!(ended.out.lines().filter(|line| *line == "accepted").count(), 1, "{}", ended.out);
}
