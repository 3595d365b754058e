//! The exact shapes on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_entra_twin::{Cloud, KeysOf, LogoutResponse, Message, SigningOption};

use crate::double::{ask, twin, twin_with};

/// One element a line, certificates by their owner's name; the message itself is on one line.
#[track_caller]
fn lines(xml: &str) -> String {
    assert!(!xml.contains(['\n', '\r', '\t']), "one line on the wire");
    let twin = twin();
    xml.replace(&STANDARD.encode(twin.app().signing.certificate()), "[certificate of the app]")
        .replace(&STANDARD.encode(twin.tenant().signing.certificate()), "[certificate of the tenant]")
        .replace("><", ">\n<")
}

fn response(user: &str, sign: SigningOption) -> String {
    let twin = twin();
    lines(&twin.issue(&ask(&twin, user, sign)).unwrap())
}

#[test]
fn assertion_signed() {
    insta::assert_snapshot!(response("B.Simon@contoso.example", SigningOption::Assertion));
}

#[test]
fn response_signed() {
    insta::assert_snapshot!(response("B.Simon@contoso.example", SigningOption::Response));
}

#[test]
fn both_signed() {
    insta::assert_snapshot!(response("B.Simon@contoso.example", SigningOption::Both));
}

#[test]
fn idp_initiated() {
    let twin = twin();
    let mut request = ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion);
    request.in_response_to = None;
    let xml = twin.issue(&request).unwrap();
    assert!(!xml.contains("InResponseTo"));
    insta::assert_snapshot!(lines(&xml));
}

#[test]
fn a_guest_keeps_the_name_of_her_own_provider() {
    insta::assert_snapshot!(response(
        "ada_fabrikam.example#EXT#@contoso.onmicrosoft.com",
        SigningOption::Assertion
    ));
}

#[test]
fn an_empty_source_leaves_its_claim_out() {
    let names = |user: &str| -> Vec<String> {
        let twin = twin();
        let message = Message::honest(&twin, &ask(&twin, user, SigningOption::Assertion));
        message.assertion.attributes.into_iter().map(|attribute| attribute.name).collect()
    };
    let (full, sparse) = (names("B.Simon@contoso.example"), names("F.Novak@contoso.example"));
    let gone: Vec<&String> = full.iter().filter(|name| !sparse.contains(name)).collect();
    assert_eq!(
        gone,
        [
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "lastName",
        ]
    );
}

#[test]
fn an_identifier_that_is_no_uri_becomes_an_spn() {
    for (identifier, audience) in [
        ("smartconnect", "spn:smartconnect"),
        ("https://sp.example.com", "https://sp.example.com"),
        ("urn:example:sp", "urn:example:sp"),
    ] {
        let twin = twin();
        let mut request = ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion);
        request.audience = identifier;
        assert_eq!(Message::honest(&twin, &request).assertion.audiences, [audience]);
    }
}

#[test]
fn a_lifetime_moves_the_end_of_the_conditions_alone() {
    for (minutes, end) in [("60", "2030-01-02T04:04:05.805Z"), ("10", "2030-01-02T03:14:05.805Z")] {
        let twin = twin_with(|_, app| app.set("lifetime", minutes).unwrap());
        let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion)).unwrap();
        let conditions =
            format!("<Conditions NotBefore=\"2030-01-02T02:59:05.805Z\" NotOnOrAfter=\"{end}\">");
        assert!(xml.contains(&conditions));
        assert!(xml.contains("InResponseTo=\"id7f2c\" NotOnOrAfter=\"2030-01-02T04:04:05.805Z\""));
    }
}

#[test]
fn markup_in_the_directory_stays_text() {
    let twin = twin_with(|tenant, app| {
        tenant.users[0].user_principal_name = "a&<b>@contoso.example".into();
        app.assigned.push("a&<b>@contoso.example".into());
    });
    let xml = twin.issue(&ask(&twin, "a&<b>@contoso.example", SigningOption::Both)).unwrap();
    assert!(xml.contains(">a&amp;&lt;b&gt;@contoso.example</NameID>"));
    assert!(xml.contains("<AttributeValue>a&amp;&lt;b&gt;@contoso.example</AttributeValue>"));
}

#[test]
fn a_message_says_what_it_is_told_to_say() {
    let twin = twin();
    let honest = Message::honest(&twin, &ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion));
    let mut message = honest.clone();
    message.sign = None;
    message.response.destination = None;
    message.response.issuer = "https://evil.example/".into();
    message.assertion.name_id = "a@contoso.example<!-- -->.evil.example".into();
    message.assertion.name_id_format = None;
    message.assertion.recipient = None;
    message.assertion.confirmed_until = None;
    message.assertion.not_before = None;
    message.assertion.not_on_or_after = None;
    message.assertion.audiences.clear();
    message.assertion.attributes.clear();
    message.assertion.session_index = None;
    insta::assert_snapshot!(lines(&twin.sign(&message).unwrap()));
}

#[test]
fn metadata_of_the_tenant() {
    let metadata = twin().metadata(KeysOf::Tenant).unwrap();
    assert!(metadata.starts_with("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor"));
    insta::assert_snapshot!(lines(&metadata));
}

#[test]
fn metadata_of_the_app() {
    let twin = twin().with_base_url("http://localhost:8080");
    insta::assert_snapshot!(lines(&twin.metadata(KeysOf::App).unwrap()));
}

#[test]
fn metadata_of_every_tenant() {
    insta::assert_snapshot!(lines(&twin().metadata(KeysOf::Common).unwrap()));
}

#[test]
fn metadata_with_two_keys_has_them_in_each_role() {
    let twin = twin_with(|tenant, app| {
        app.inactive.push(tenant.signing.clone());
        app.set("metadata-keys", "all").unwrap();
    });
    let metadata = twin.metadata(KeysOf::App).unwrap();
    let keys: Vec<String> = lines(&metadata)
        .lines()
        .filter(|line| line.contains("<X509Certificate>"))
        .map(str::to_owned)
        .collect();
    let (own, other) = (
        "<X509Certificate>[certificate of the app]</X509Certificate>",
        "<X509Certificate>[certificate of the tenant]</X509Certificate>",
    );
    // The first is the signature's own.
    assert_eq!(keys, [own, own, other, own, other, own, other]);
}

#[test]
fn each_cloud_has_hosts_of_its_own() {
    for (cloud, issuer, login) in [
        (Cloud::Global, "https://sts.windows.net/", "https://login.microsoftonline.com/"),
        (Cloud::UsGovernment, "https://sts.windows.net/", "https://login.microsoftonline.us/"),
        (Cloud::China, "https://sts.chinacloudapi.cn/", "https://login.partner.microsoftonline.cn/"),
    ] {
        let twin = twin_with(|tenant, _| tenant.cloud = cloud);
        let id = twin.tenant().id;
        let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion)).unwrap();
        assert_eq!(xml.matches(&format!("{issuer}{id}/</Issuer>")).count(), 2);
        assert_eq!(twin.saml_url(), format!("{login}{id}/saml2"));
        let metadata = twin.metadata(KeysOf::App).unwrap();
        assert!(metadata.contains(&format!("entityID=\"{issuer}{id}/\"")));
        assert!(metadata.contains(&format!("Location=\"{login}{id}/saml2\"")));
        assert_eq!(LogoutResponse::honest(&twin, "_r").issuer, format!("{login}{id}/"));
    }
}
