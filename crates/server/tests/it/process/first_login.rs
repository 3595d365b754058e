//! `landfall doctor` before the first login: clocks, the proxy, and what must stand at Entra.

use landfall_entra_twin::Seed;
use time::Duration;
use time::format_description::well_known::Rfc2822;

use super::doctor::CONNECTION;
use super::living::Site;
use super::message::{now, twin};
use super::{Ended, Folder, import};

/// The head of an answer by a server whose clock is ahead so much.
fn dated(ahead: Duration) -> String {
    let time = (now() + ahead).to_offset(time::UtcOffset::UTC).format(&Rfc2822).unwrap();
    format!("200 OK\r\nDate: {}", time.replace("+0000", "GMT"))
}

impl Folder {
    fn online(&self) -> Ended {
        self.run(&["doctor", "--online"])
    }
}

#[test]
fn a_clock_that_is_not_the_identity_providers_is_measured_before_the_first_login() {
    let site = Site::new();
    let folder = site.folder("");
    assert!(folder.import_from(&site.url(), &[]).status.success());
    // That the master key is not there yet is warned of each time.
    folder.doctor().reports("ok", CONNECTION, "does not say what time it is");
    for (ahead, health, part) in [
        (0, "ok", "clock: the identity provider says 20"),
        (-45, "warn", "conditions.not_on_or_after"),
        (45, "warn", "conditions.not_before"),
        (-600, "FAIL", "expected at most 60 s between the clocks, found "),
        (600, "FAIL", "AADSTS76026"),
    ] {
        site.say(&dated(Duration::seconds(ahead)));
        let ended = folder.doctor();
        ended.reports(health, CONNECTION, part);
        ended.sums_up(1 + usize::from(health == "warn"), usize::from(health == "FAIL"));
    }
    let gone = "http://127.0.0.1:1/metadata";
    folder.sql(&format!("UPDATE metadata_sources SET url = '{gone}'"));
    let ended = folder.doctor();
    ended.reports("warn", CONNECTION, &format!("clock: not compared, {gone} does not answer"));
    ended.sums_up(2, 0);
}

/// A file says nothing about where it is from, and nobody is asked unless the operator wants it.
#[test]
fn the_clock_of_a_connection_from_a_file_is_asked_for_online_alone() {
    let site = Site::new();
    site.say(&dated(Duration::seconds(-600)));
    let folder = site.folder("");
    let elsewhere = format!("http://{}/tenant/saml2", site.address);
    folder.write("idp.xml", import::metadata());
    folder.succeeds(&["connection", "import", "contoso", "idp.xml", "--name", "contoso-entra"]);
    let sso = format!("[[\"redirect\",\"{elsewhere}\"]]");
    folder.sql(&format!("UPDATE connections SET sso = '{sso}'"));
    let ended = folder.doctor();
    ended.reports("ok", CONNECTION, "clock: not compared, since the metadata are from a file");
    ended.sums_up(1, 0);
    let settings =
        format!("public_url = \"http://{0}\"\n[metadata]\nallow_private = [\"{0}\"]\n", site.address);
    folder.write("landfall.toml", settings);
    folder.online().reports("FAIL", CONNECTION, "expected at most 60 s between the clocks, found ");
}

#[test]
fn metadata_of_the_directory_are_not_those_of_the_application() {
    let site = Site::new();
    let folder = site.folder("");
    let tenant = format!("http://{}/T/FederationMetadata/2007-06/FederationMetadata.xml", site.address);
    assert!(folder.import_from(&tenant, &[]).status.success());
    let ended = folder.doctor();
    ended.reports("warn", CONNECTION, &format!("`landfall connection renew` with {tenant}?appid="));
    ended.sums_up(2, 0);
    folder.succeeds(&["connection", "renew", "contoso-entra", &format!("{tenant}?appid=1")]);
    let ended = folder.doctor();
    ended.reports("ok", CONNECTION, "?appid=1 has the application's own keys");
    ended.sums_up(1, 0);
}

#[test]
fn what_must_stand_at_entra_is_printed_letter_for_letter() {
    let folder = Folder::with_contoso();
    let expect = |lines: [&str; 4]| {
        let ended = folder.run(&["doctor", "contoso-entra"]);
        let names = ["Identifier", "Reply URL", "Sign on URL", "Logout URL"];
        for (name, line) in names.into_iter().zip(lines) {
            ended.reports("ok", CONNECTION, &format!("at Entra, {name} must be exactly {line}"));
        }
        ended
    };
    expect([
        "https://sso.example/saml/metadata, else AADSTS700016",
        "https://sso.example/saml/acs, else AADSTS50011",
        "https://sso.example/sso/contoso-entra",
        "https://sso.example/saml/slo",
    ])
    .sums_up(1, 0);
    let set = |setting: &str| folder.succeeds(&["connection", "set", "contoso-entra", setting]);
    set("entity-id=landfall");
    let ended = expect([
        "landfall, else",
        "https://sso.example/saml/contoso-entra/acs, else",
        "https://sso.example/sso/contoso-entra",
        "https://sso.example/saml/contoso-entra/slo",
    ]);
    ended.reports("warn", CONNECTION, "Entra puts spn: before it in Audience");
    ended.sums_up(2, 0);
    set("entity-id=https://SSO.example/contoso/");
    let ended = folder.doctor();
    ended.reports("warn", CONNECTION, "expected a host in lower case");
    ended.reports("warn", CONNECTION, "expected no slash at the end");
    ended.sums_up(3, 0);
    set("entity-id=shared");
    set("authn-context=urn:oasis:names:tc:SAML:2.0:ac:classes:Password");
    let ended = folder.doctor();
    ended.reports("warn", CONNECTION, "AADSTS75011: Ask for no method (authn-context=any)");
    ended.sums_up(2, 0);
    set("force-authn=always");
    folder.doctor().sums_up(1, 0);
}

#[test]
fn one_connection_is_looked_at_or_all_of_them() {
    let folder = Folder::with_contoso();
    folder.write("other.xml", twin(Seed::Fabrikam).metadata(landfall_entra_twin::KeysOf::App).unwrap());
    folder.succeeds(&["connection", "import", "contoso", "other.xml", "--name", "fabrikam"]);
    let one = folder.run(&["doctor", "fabrikam"]);
    assert!(one.out.contains("connection fabrikam") && !one.out.contains(CONNECTION), "{}", one.out);
    let all = folder.doctor();
    assert!(all.out.contains("connection fabrikam") && all.out.contains(CONNECTION), "{}", all.out);
    let none = folder.run(&["doctor", "nobody"]);
    none.reports("FAIL", "connection nobody", "there is no such connection: see `landfall connection list`");
    none.sums_up(1, 1);
}

/// A server of ours behind the address, and then another one.
#[test]
fn public_url_leads_to_us_or_it_is_said_where_to() {
    let folder = Folder::new();
    let server = folder.serve();
    let settings = |address: &dyn std::fmt::Display| {
        folder.write("landfall.toml", format!("public_url = \"http://{address}\"\n"));
    };
    settings(&server.address());
    let ended = folder.online();
    ended.reports("ok", "proxy", &format!("http://{}/healthz is answered by Landfall", server.address()));
    ended.sums_up(1, 0);
    let site = Site::new();
    settings(&site.address);
    for (head, part) in [
        ("200 OK", "another server, which answers 200 OK without x-trace-id"),
        ("502 Bad Gateway", "another server, which answers 502 Bad Gateway"),
        ("404 Not Found\r\nx-trace-id: 0123456789abcdef", "the proxy changes the path"),
        ("301 Moved Permanently\r\nLocation: https://www.example/", "sends on to https://www.example/"),
    ] {
        site.say(head);
        let ended = folder.online();
        ended.reports("FAIL", "proxy", part);
        ended.sums_up(1, 1);
    }
    folder.doctor().sums_up(1, 0);
    settings(&"127.0.0.1:1");
    folder.online().reports(
        "FAIL",
        "proxy",
        "http://127.0.0.1:1/healthz does not answer: 127.0.0.1 cannot be reached",
    );
}
