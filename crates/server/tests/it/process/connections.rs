//! `landfall connection weaken`, `strengthen` and `renew`: what a connection demands, and whom it trusts.

use landfall_entra_twin::{KeysOf, Seed};
use time::{Duration, Time};

use super::message::{key_of, now, says, says_at, twin};
use super::{Folder, import};

/// A day so many days from now.
fn day(days: i64) -> String {
    (now() + Duration::days(days)).date().to_string()
}

#[test]
fn a_demand_is_dropped_for_a_reason_and_a_while_alone() {
    let folder = Folder::with_contoso();
    let before = folder.succeeds(&["connection", "show", "contoso-entra"]);
    let weaken = |name: &str, danger: &str, reason: &str, until: &str| {
        folder.run(&["connection", "weaken", name, danger, "--reason", reason, "--until", until])
    };
    let (tomorrow, year) = (day(1), day(366));
    weaken("nobody", "sha1", "why", &tomorrow).failed(&["`nobody`", "the connections are contoso-entra"]);
    for reason in ["", " ", "a\nb", &"x".repeat(201)] {
        weaken("contoso-entra", "sha1", reason, &tomorrow).failed(&["give the reason in one line"]);
    }
    for until in [day(-1), day(0), day(367)] {
        weaken("contoso-entra", "sha1", "why", &until).failed(&["until ", "name a day within the next 366"]);
    }
    for (danger, until) in [("md5", tomorrow.as_str()), ("sha1", "tomorrow"), ("sha1", "2030-02-30")] {
        assert_eq!(weaken("contoso-entra", danger, "why", until).status.code(), Some(2), "{danger} {until}");
    }
    for without in [&["--reason", "why"][..], &["--until", &tomorrow]] {
        let ended = folder.run(&[&["connection", "weaken", "contoso-entra", "sha1"], without].concat());
        assert_eq!(ended.status.code(), Some(2), "{without:?}");
    }
    assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), before);

    let ended = weaken("contoso-entra", "sha1", "old ADFS", &year);
    assert_eq!(
        (ended.out, ended.err),
        (format!("contoso-entra: sha1 is allowed until {year}\n"), String::new())
    );
    let line = |reason: &str, until: &str| {
        format!("  DANGER                     sha1 is allowed until {until}: {reason}\n")
    };
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert_eq!(shown.replace(&line("old ADFS", &year), ""), before, "{shown}");
    assert!(weaken("contoso-entra", "sha1", "newer reason", &tomorrow).status.success());
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert_eq!(
        shown.replace(&line("newer reason", &tomorrow), ""),
        before,
        "the newer one stands alone: {shown}"
    );

    folder.run(&["connection", "strengthen", "nobody", "sha1"]).failed(&["`nobody`"]);
    let said = folder.succeeds(&["connection", "strengthen", "contoso-entra", "sha1"]);
    assert_eq!(said, "contoso-entra: sha1 is refused\n");
    assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), before);
}

#[test]
fn what_is_weakened_is_let_through_until_its_day_and_strengthened_at_once() {
    let folder = Folder::with_contoso();
    let until = (now() + Duration::days(30)).date();
    // The last second of the weakening, and the first one without it.
    let (last, first) =
        (until.with_time(Time::MIDNIGHT).assume_utc() - Duration::SECOND, until.midnight().assume_utc());
    let judge = |at: time::OffsetDateTime| {
        let message = says_at(at, |message| message.assertion.audiences.clear());
        let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
        folder.inspect(
            &twin(Seed::Contoso).sign(&message).unwrap(),
            &["--connection", "contoso-entra", "--at", &at],
        )
    };
    judge(last).bad(&["fail audience [", "refused, audience: "]);
    let until = until.to_string();
    let weaken =
        ["connection", "weaken", "contoso-entra", "missing-audience", "--reason", "why", "--until", &until];
    folder.succeeds(&weaken);
    judge(last).good(&["skip audience [", "\naccepted\n"]);
    judge(first).bad(&["fail audience [", "refused, audience: "]);
    folder.succeeds(&["connection", "strengthen", "contoso-entra", "missing-audience"]);
    judge(last).bad(&["fail audience [", "refused, audience: "]);
}

#[test]
fn renewal_trusts_the_keys_of_the_file_and_no_other() {
    let folder = Folder::with_contoso();
    let (xml, old, new) =
        (says(|_| ()), key_of(Seed::Contoso).to_string(), key_of(Seed::Fabrikam).to_string());
    folder.judge(&xml, &[]).good(&["\naccepted\n"]);
    // Contoso has given its application another key, which happens to be fabrikam's.
    let certificate = |seed: Seed| landfall_xmldsig::encode_base64(twin(seed).app().signing.certificate());
    let renewed = import::metadata().replace(&certificate(Seed::Contoso), &certificate(Seed::Fabrikam));
    folder.write("renewed.xml", &renewed);
    let said = folder.succeeds(&["connection", "renew", "contoso-entra", "renewed.xml"]);
    assert!(said.starts_with("contoso-entra trusts what renewed.xml says now\n"), "{said}");
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert!(said.ends_with(&shown) && shown.contains(&new) && !shown.contains(&old), "{said} {shown}");
    folder.judge(&xml, &[]).bad(&["refused, signature.unknown_key: "]);
    let by_new = twin(Seed::Fabrikam).sign(&says_at(super::message::NOW, |_| ())).unwrap();
    folder.judge(&by_new, &[]).good(&["\naccepted\n"]);
}

#[test]
fn renewal_takes_metadata_of_the_same_identity_provider_whole_or_not_at_all() {
    let folder = Folder::with_contoso();
    let before = folder.succeeds(&["connection", "show", "contoso-entra"]);
    let good = import::metadata();
    let other = twin(Seed::Fabrikam).metadata(KeysOf::App).unwrap();
    let renew = |file: &str| folder.run(&["connection", "renew", "contoso-entra", file]);
    for (content, parts) in [
        (String::new(), &["other.xml"][..]),
        ("<html/>".to_owned(), &["other.xml", "EntityDescriptor"]),
        (good.replace("use=\"signing\"", "use=\"encryption\""), &["other.xml", "sign"]),
        (
            good.replacen("<EntityDescriptor", "<EntityDescriptor validUntil='2020-01-01T00:00:00Z'", 1),
            &["other.xml", "fetch it again"],
        ),
        (other, &["other.xml", "https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/ is not in it"]),
    ] {
        folder.write("other.xml", &content);
        renew("other.xml").failed(parts);
        assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), before);
    }
    renew("none.xml").failed(&["cannot read none.xml"]);
    folder.run(&["connection", "renew", "nobody", "idp.xml"]).failed(&["`nobody`", "contoso-entra"]);
    assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), before);
    assert!(renew("idp.xml").status.success());
    assert_eq!(
        folder.succeeds(&["connection", "show", "contoso-entra"]),
        before,
        "the same again changes nothing"
    );
}

#[test]
fn g8_a_revoked_key_signs_nobody_in_whatever_the_metadata_say() {
    let folder = Folder::with_contoso();
    let (xml, old) = (says(|_| ()), key_of(Seed::Contoso).to_string());
    let certificate = |seed: Seed| landfall_xmldsig::encode_base64(twin(seed).app().signing.certificate());
    let revoke = |key: &str| folder.run(&["connection", "revoke", "contoso-entra", key]);
    revoke(&old).failed(&[
        "no key of the connection `contoso-entra`",
        "landfall connection state contoso-entra disabled",
    ]);
    assert_eq!(revoke("abc").status.code(), Some(2));
    revoke(&key_of(Seed::Fabrikam).to_string()).failed(&["has no key", &old]);
    folder.judge(&xml, &[]).good(&["\naccepted\n"]);

    // Both keys are listed while contoso replaces the one that was stolen.
    let one =
        format!("<X509Data><X509Certificate>{}</X509Certificate></X509Data>", certificate(Seed::Contoso));
    let both = import::metadata().replace(
        &one,
        &format!("{one}{}", one.replace(&certificate(Seed::Contoso), &certificate(Seed::Fabrikam))),
    );
    folder.write("both.xml", &both);
    folder.succeeds(&["connection", "renew", "contoso-entra", "both.xml"]);
    let said = folder.succeeds(&["connection", "revoke", "contoso-entra", &old]);
    assert_eq!(
        said,
        format!("contoso-entra: {old} is revoked, and the sessions of the connection have ended\n")
    );
    folder.succeeds(&["connection", "renew", "contoso-entra", "both.xml"]);
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert!(shown.lines().any(|line| line.contains(&old) && line.ends_with("revoked")), "{shown}");
    folder.judge(&xml, &[]).bad(&["refused, signature.unknown_key: "]);
}

#[test]
fn g8_a_tenant_is_stopped_by_one_command_and_opened_connection_by_connection() {
    let folder = Folder::with_contoso();
    folder.run(&["tenant", "disable", "nobody"]).failed(&["`nobody`", "contoso"]);
    let said = folder.succeeds(&["tenant", "disable", "contoso"]);
    assert_eq!(said, "contoso-entra is disabled, and its sessions have ended\n");
    assert!(folder.succeeds(&["connection", "list"]).contains("disabled"));
    assert_eq!(
        folder.succeeds(&["tenant", "disable", "contoso"]),
        "each connection of contoso was disabled already\n"
    );
    folder.succeeds(&["connection", "state", "contoso-entra", "active"]);
    assert!(!folder.succeeds(&["connection", "list"]).contains("disabled"));
}

#[test]
fn a_second_connection_to_one_identity_provider_has_a_name_of_ours_for_itself() {
    let folder = Folder::with_contoso();
    let import = |more: &[&str]| {
        folder.run(&[&["connection", "import", "contoso", "idp.xml", "--name", "two"], more].concat())
    };
    import(&[]).failed(&["is used by the connection `contoso-entra`", "--entity-id"]);
    let shared = "https://sso.example/saml/metadata";
    import(&["--entity-id", shared]).failed(&["is what all connections share"]);
    assert_eq!(import(&["--entity-id", ""]).status.code(), Some(2));
    assert!(import(&["--entity-id", "urn:landfall:two"]).status.success());
    let shown = folder.succeeds(&["connection", "show", "two"]);
    for line in [
        "  our Identifier (Entity ID) urn:landfall:two",
        "  our Reply URL (ACS)        https://sso.example/saml/two/acs",
        "  our metadata               https://sso.example/saml/two/metadata",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{shown}");
    }
    let server = folder.serve();
    assert!(server.get("/saml/two/metadata").contains("entityID=\"urn:landfall:two\""));
    let set =
        |name: &str, value: &str| folder.run(&["connection", "set", name, &format!("entity-id={value}")]);
    set("two", "shared").failed(&["is used by the connection `contoso-entra`"]);
    set("two", shared).failed(&["is what all connections share"]);
    set("contoso-entra", "urn:landfall:two").failed(&["is that of the connection `two`"]);
    assert_eq!(folder.succeeds(&["connection", "show", "two"]), shown);

    // It judges by that name, and the other one by the name that is shared.
    let (meant, other) = (
        says(|message| {
            let acs = "https://sso.example/saml/two/acs".to_owned();
            message.response.destination = Some(acs.clone());
            message.assertion.recipient = Some(acs);
            message.assertion.audiences = vec!["urn:landfall:two".to_owned()];
        }),
        says(|_| ()),
    );
    let judge =
        |xml: &str, name: &str| folder.inspect(xml, &["--connection", name, "--at", super::message::AT]);
    judge(&meant, "two").good(&["\naccepted\n"]);
    judge(&other, "two").bad(&["fail audience [", "refused, destination: "]);
    judge(&other, "contoso-entra").good(&["\naccepted\n"]);
    judge(&meant, "contoso-entra").bad(&["fail audience [", "refused, destination: "]);
}

#[test]
fn what_requests_ask_for_is_set_and_shown() {
    let folder = Folder::with_contoso();
    let x509 = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
    let context = format!("authn-context={x509}");
    let set =
        ["connection", "set", "contoso-entra", "force-authn=always", "name-id-format=persistent", &context];
    let said = folder.succeeds(&set);
    assert_eq!(said.lines().last(), Some(format!("contoso-entra: authn-context is {x509}").as_str()));
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    for (key, value) in [("force-authn", "always"), ("name-id-format", "persistent"), ("authn-context", x509)]
    {
        assert!(shown.contains(&format!("  {key:<26} {value}\n")), "{shown}");
    }
    folder.run(&["connection", "set", "contoso-entra", "authn-context=X509"]).failed(&["names no methods"]);
    assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), shown);
}
