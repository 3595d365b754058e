//! `landfall inspect`: what a message is, in whatever dress it was saved.

use landfall_entra_twin::{KeysOf, Seed};
use landfall_xmldsig::encode_base64;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::message::{AT, key_of, says, twin};
use super::{Folder, import};

/// The text in one stored block, which is deflated text too [rfc1951 3.2.4].
fn deflated(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let head = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
    [&head, text.as_bytes()].concat()
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_response_is_found_in_every_dress() {
    let folder = Folder::new();
    let xml = says(|_| ());
    let base64 = encode_base64(xml.as_bytes());
    let redirected = encoded(&encode_base64(&deflated(&xml)));
    for (text, found_as) in [
        (xml.clone(), "XML"),
        (base64.clone(), "base64"),
        (encoded(&base64), "base64"),
        (format!("RelayState=x&SAMLResponse={}", encoded(&base64)), "a form field"),
        (
            format!("https://sso.example/saml/acs?SAMLResponse={redirected}&RelayState=x"),
            "a parameter, deflated",
        ),
    ] {
        folder.inspect(&text, &[]).good(&[
            &format!("{} bytes of XML, found as {found_as}\nSAML Response\n", xml.len()),
            "claims to come from https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/\n",
            "claims to answer _r1\n",
            "not judged: name a --connection, or --metadata with --audience and --acs\n",
        ]);
    }
    let none = "expected XML, base64, or an address or form with SAMLResponse or SAMLRequest";
    folder.inspect("hello, world", &[]).failed(&["message", none]);
    folder.run(&["inspect", "none"]).failed(&["none"]);
    assert_eq!(folder.content(), ["landfall.toml", "message"], "nothing is made");
}

#[test]
fn a_request_is_shown() {
    let folder = Folder::with_contoso();
    let redirect = folder.serve().get("/sso/contoso-entra");
    let (_, location) = redirect.split_once("\r\nlocation: ").unwrap();
    let (location, _) = location.split_once("\r\n").unwrap();
    let ended = folder.inspect(location, &[]);
    ended.good(&["found as a parameter, deflated\nSAML AuthnRequest\n", "none inside"]);
    let request: Value = serde_json::from_str(&folder.succeeds(&["inspect", "message", "--json"])).unwrap();
    assert_eq!((&request["kind"], &request["good"]), (&json!("AuthnRequest"), &json!(true)));
    let fields = &request["fields"];
    assert!(ended.out.contains(fields["ID"].as_str().unwrap()), "{}", ended.out);
    for (name, value) in [
        ("Version", "2.0"),
        ("Issuer", "https://sso.example/saml/metadata"),
        ("AssertionConsumerServiceURL", "https://sso.example/saml/acs"),
        ("Destination", "https://login.microsoftonline.com/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/saml2"),
    ] {
        assert_eq!(fields[name], value, "{name}");
        assert!(ended.out.contains(value), "{name}: {}", ended.out);
    }
}

#[test]
fn the_person_in_a_request_can_be_left_out() {
    let folder = Folder::new();
    let logout = "<p:LogoutRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='_l1' Version='2.0'>\
        <NameID xmlns='urn:oasis:names:tc:SAML:2.0:assertion'>B.Simon</NameID></p:LogoutRequest>";
    folder.inspect(logout, &[]).good(&["SAML LogoutRequest", "_l1", "B.Simon"]);
    for format in [&["--redact"][..], &["--redact", "--json"]] {
        let ended = folder.inspect(logout, format);
        ended.good(&["_l1", "[redacted]"]);
        assert!(!ended.out.contains("Simon"), "{}", ended.out);
    }
}

#[test]
fn metadata_is_described_entity_by_entity() {
    let folder = Folder::new();
    let contoso = import::metadata();
    let key = key_of(Seed::Contoso).to_string();
    folder.inspect(&contoso, &["--at", AT]).good(&[
        "SAML metadata\nidentity provider https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/\n",
        "sign-on address Redirect https://login.microsoftonline.com/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/saml2\n",
        "sign-on address Post ",
        &format!("certificate {key} CN="),
        " to 2049-12-31\n",
    ]);
    let dated = |until: &str| {
        contoso.replacen("<EntityDescriptor", &format!("<EntityDescriptor validUntil='{until}'"), 1)
    };
    folder.inspect(&dated("2030-01-03T00:00:00Z"), &["--at", AT]).good(&[&key]);
    folder
        .inspect(&dated("2030-01-01T00:00:00Z"), &["--at", AT])
        .bad(&["it was valid until 2030-01-01", "fetch it again"]);
    folder
        .inspect(&contoso, &["--at", "2051-01-01T00:00:00Z"])
        .good(&["warning: certificate ", " expired on 2049-12-31"]);

    let fabrikam = twin(Seed::Fabrikam).metadata(KeysOf::App).unwrap();
    let bare = |xml: &str| xml.split_once("?>").unwrap().1.to_owned();
    let keyless = bare(&fabrikam).replace("use=\"signing\"", "use=\"encryption\"");
    let both = format!(
        "<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'>{}{keyless}</EntitiesDescriptor>",
        bare(&contoso)
    );
    let ended = folder.inspect(&both, &["--at", AT, "--json"]);
    ended.bad(&[]);
    let said: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&said["kind"], &said["good"]), (&json!("metadata"), &json!(false)));
    let entities = said["entities"].as_array().unwrap();
    let good = entities.iter().find(|entity| entity["entity_id"].is_string()).unwrap();
    assert_eq!(good["certificates"][0]["fingerprint"], key.as_str());
    let bad = entities.iter().find(|entity| entity["code"].is_string()).unwrap();
    assert_eq!(bad["code"], "metadata.no_key");
}

#[test]
fn broken_xml_is_shown_where_it_breaks_with_what_was_expected() {
    let folder = Folder::new();
    for (xml, parts) in [
        (
            "<a>\n  <b>B.Simon</c>\n</a>",
            &["line 2, column 13: expected </b>, found </c>\n    <b>B.Simon</c>\n              ^\n"][..],
        ),
        ("<a>", &["line 1, column 4: the document ends where ", " was expected"]),
        ("", &["line 1, column 1: the document ends where ", " was expected"]),
        ("<a b>", &["expected ", ", found '>'\n  <a b>\n      ^\n"]),
        ("<!DOCTYPE a><a/>", &["a DOCTYPE is refused: send the message without it"]),
        (
            "<a>\u{1B}[31m</a>",
            &["line 1, column 4: character U+001B is not allowed", "\n  <a>\u{FFFD}[31m</a>\n     ^\n"],
        ),
        ("<a/><b/>", &["line 1, column 5: content after the root element"]),
    ] {
        folder.inspect(xml, &[]).bad(&[&["not readable as XML: "], parts].concat());
    }
    let wide = format!("<a>{}&{}", "x".repeat(300), "y".repeat(300));
    let ended = folder.inspect(&wide, &[]);
    let lines: Vec<&str> = ended.out.lines().collect();
    let [.., shown, mark] = lines.as_slice() else { panic!("{}", ended.out) };
    assert!(shown.len() == 62 && mark.len() <= 62, "{}", ended.out);
    folder.inspect("<a/>", &[]).bad(&["<a> of \"\": expected a SAML 2.0 message or metadata"]);

    let ended = folder.inspect("<a>\n<b>B.Simon</c>", &["--json"]);
    let said: Value = serde_json::from_str(&ended.out).unwrap();
    let expected = json!({
        "kind": "unreadable", "good": false, "found_as": "XML", "bytes": 18,
        "code": "xml.end_tag", "error": "expected </b>, found </c>", "offset": 14, "line": 2, "column": 11,
    });
    assert_eq!(said, expected);
    for format in [&["--redact"][..], &["--redact", "--json"]] {
        let ended = folder.inspect("<a>\n<b>B.Simon</c>", format);
        ended.bad(&["expected </b>, found </c>"]);
        assert!(!ended.out.contains("Simon"), "{}", ended.out);
    }
}

#[test]
fn a_recording_of_a_browser_is_explained_message_by_message() {
    let folder = Folder::with_contoso();
    let acs = "https://sso.example/saml/acs?year=2030";
    let (xml, at) = (says(|_| ()), ["--connection", "contoso-entra", "--at", AT]);
    let redirect = folder.serve().get("/sso/contoso-entra");
    let (_, location) = redirect.split_once("\r\nlocation: ").unwrap();
    let (location, _) = location.split_once("\r\n").unwrap();
    let value = encode_base64(xml.as_bytes());
    let cookies = json!([{ "name": "Cookie", "value": "__Host-landfall=c00kie" }]);
    let posted = |name: &str| format!("RelayState=s3cret&{name}={}", encoded(&value));
    let archive = |name: &str, location: &str| {
        let get = json!({ "method": "GET", "url": location, "headers": cookies });
        let post =
            json!({ "method": "POST", "url": acs, "headers": cookies, "postData": { "text": posted(name) } });
        json!({ "log": { "entries": [{ "request": get }, { "request": post }] } }).to_string()
    };
    let tracer = json!({ "requests": [
        { "method": "GET", "url": location, "requestHeaders": cookies },
        { "method": "POST", "url": acs, "requestHeaders": cookies, "post": [["RelayState", "s3cret"], ["SAMLResponse", value]] },
    ]});
    for recording in [archive("SAMLResponse", location), tracer.to_string()] {
        let ended = folder.inspect(&recording, &at);
        ended.good(&["message 1 of 2: GET ", "SAML AuthnRequest\n", "message 2 of 2: POST ", "\naccepted\n"]);
        for secret in ["s3cret", "c00kie", "SAMLRequest="] {
            assert!(!ended.out.contains(secret), "{secret}: {}", ended.out);
        }
    }
    let said = folder.succeeds(&[&["inspect", "message", "--json"], &at[..]].concat());
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said[0]["kind"], &said[1]["good"]), (&json!("AuthnRequest"), &json!(true)));

    let (huge, most) = (std::fs::File::create(folder.path("huge")).unwrap(), 64 << 20);
    huge.set_len(most + 1).unwrap();
    folder.run(&["inspect", "huge"]).failed(&["huge has more than 67108864 bytes"]);
    let none = archive("Other", "https://idp.example/?Other=1");
    folder.inspect(&none, &at).failed(&["message", "no request in it carries SAMLRequest or SAMLResponse"]);
    // One that is refused is told, and all are explained.
    let late = ["--connection", "contoso-entra", "--at", "2040-01-01T00:00:00Z"];
    let ended = folder.inspect(&tracer.to_string(), &late);
    assert_eq!(ended.err, "landfall: 1 of 2 messages are not good: see above\n");
    ended.says(&["message 1 of 2: ", "refused, confirmation.not_on_or_after: "]);
}
