//! What an operator makes of applications, and how it ends.

use super::Folder;

/// The first line alone, and whether it is a secret.
#[track_caller]
fn secret(said: &str) -> &str {
    let secret = said.lines().next().unwrap();
    assert!(secret.len() == 55 && secret.starts_with("lfa_"), "{said}");
    assert_eq!(said.matches(secret).count(), 1, "{said}");
    secret
}

/// The value of a line that begins with this name.
#[track_caller]
fn value<'a>(said: &'a str, name: &str) -> &'a str {
    let line = said.lines().find_map(|line| line.strip_prefix("  ")?.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {said}")).trim()
}

#[test]
fn an_application_is_made_with_a_secret_that_is_shown_once() {
    let folder = Folder::with_contoso();
    let create =
        ["app", "create", "payroll", "--title", "Payroll", "--redirect", "https://payroll.example/cb"];
    let said = folder.succeeds(&create);
    let first = secret(&said).to_owned();
    for (name, expected) in [
        ("client_id", "payroll"),
        ("issuer", "https://sso.example"),
        ("discovery", "https://sso.example/.well-known/openid-configuration"),
        ("authentication", "secret"),
        ("redirect", "https://payroll.example/cb"),
        ("offline", "never"),
        ("tenant", "all"),
        ("alg", "RS256"),
    ] {
        assert_eq!(value(&said, name), expected, "{name}");
    }
    folder.run(&create).failed(&["there is an application `payroll` already"]);
    let second = folder.succeeds(&["app", "rotate", "payroll"]);
    assert_ne!(secret(&second), first);
    let shown = folder.succeeds(&["app", "show", "payroll"]);
    assert_eq!(shown.matches("lfa_").count(), 2, "{shown}");
    assert!(shown.contains(first.split_at(12).0) && !shown.contains(&first), "{shown}");
    assert_eq!(value(&shown, "live grants"), "0");
    for (keep, said) in
        [("366d", "at most 365 days"), ("4294967295d", "at most 365 days"), ("1y", "24h, 30m or 3d")]
    {
        let ended = folder.run(&["app", "rotate", "payroll", "--keep-old", keep]);
        assert!(ended.status.code() == Some(2) && ended.err.contains(said), "{keep}: {}", ended.err);
    }
    assert_eq!(folder.succeeds(&["app", "show", "payroll"]), shown, "nothing was made");
    let third = folder.succeeds(&["app", "rotate", "payroll", "--keep-old", "0m"]);
    let shown = folder.succeeds(&["app", "show", "payroll"]);
    assert_eq!(shown.matches("lfa_").count(), 1, "those before are over: {shown}");
    let database = std::fs::read(folder.path("data/landfall.db")).unwrap();
    let wal = std::fs::read(folder.path("data/landfall.db-wal")).unwrap_or_default();
    for secret in [first.as_str(), secret(&second), secret(&third)] {
        let secret = secret.split_at(12).1.as_bytes();
        let found = [&database, &wal].iter().any(|file| file.windows(secret.len()).any(|one| one == secret));
        assert!(!found, "the database holds a secret");
    }
    let deleted = folder.succeeds(&["app", "delete", "payroll"]);
    assert!(deleted.contains("payroll"), "{deleted}");
    folder.run(&["app", "show", "payroll"]).failed(&["there is no application `payroll`"]);
}

#[test]
fn applications_of_each_kind_are_made_and_changed() {
    let folder = Folder::with_contoso();
    folder.write("terms.txt", "Be kind.\n");
    let native = folder.succeeds(&[
        "app",
        "create",
        "client",
        "--title",
        "Client",
        "--kind",
        "native",
        "--redirect",
        "com.example.client:/cb",
        "--redirect",
        "http://127.0.0.1/cb",
        "--tenant",
        "contoso",
        "--download",
        "https://client.example/get",
        "--start",
        "com.example.client:/start",
        "--terms",
        "terms.txt",
        "--alg",
        "ES256",
    ]);
    for (name, expected) in [
        ("authentication", "none"),
        ("offline", "allowed"),
        ("tenant", "contoso"),
        ("terms", "8 characters"),
        ("alg", "ES256"),
    ] {
        assert_eq!(value(&native, name), expected, "{name}");
    }
    let keys = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    folder.write("keys.json", keys);
    let create = |name, more: &[&str]| {
        let uri = format!("https://{name}.example/cb");
        let known = ["app", "create", name, "--title", "An application", "--redirect", &uri];
        folder.run(&[&known, more].concat())
    };
    let signs = create("signs", &["--auth", "private_key_jwt", "--keys", "keys.json", "--offline"]);
    assert_eq!(value(&signs.out, "authentication"), "private_key_jwt", "{}", signs.err);
    assert_eq!(value(&signs.out, "offline"), "allowed");
    create("board", &["--kind", "browser", "--auth", "secret"])
        .failed(&["browser application cannot authenticate"]);
    create("more", &["--auth", "private_key_jwt"]).failed(&["--keys FILE"]);
    create("other", &["--tenant", "nobody"]).failed(&["`nobody`", "contoso"]);
    folder.write(
        "private.json",
        keys.replace("\"x\"", "\"d\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"x\""),
    );
    create("leaks", &["--keys", "private.json"]).failed(&["a private key is among them"]);

    let set = |settings: &[&str]| folder.run(&[&["app", "set", "signs"], settings].concat());
    for (settings, parts) in [
        (&["color=red"][..], &["there is no setting `color`"][..]),
        (&["title"], &["expected key=value"]),
        (&["redirect="], &["needs an address"]),
        (&["title=a", "title=b"], &["twice"]),
        (&["offline=maybe"], &["allowed"]),
    ] {
        let ended = set(settings);
        assert!(!ended.status.success(), "{settings:?}");
        parts.iter().for_each(|part| assert!(ended.err.contains(part), "{}", ended.err));
    }
    let settings = [
        "title=It signs",
        "redirect=https://a.example/",
        "redirect=https://b.example/",
        "tenant=contoso",
        "backchannel=https://10.0.0.7/logout",
        "offline=never",
        "alg=ES256",
        "auth=secret",
        "download=https://a.example/get",
        "terms=terms.txt",
        "post-logout=https://a.example/bye",
    ];
    let ended = set(&settings);
    assert!(
        ended.status.success() && ended.out.contains("landfall app rotate signs"),
        "{}{}",
        ended.out,
        ended.err
    );
    let shown = folder.succeeds(&["app", "show", "signs"]);
    for part in [
        "It signs",
        "https://a.example/",
        "https://b.example/",
        "https://10.0.0.7/logout",
        "ES256",
        "https://a.example/bye",
    ] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    assert!(!shown.contains("signs.example"), "{shown}");
    let gone = ["backchannel=", "tenant=", "download=", "terms=", "post-logout="];
    assert!(set(&gone).status.success());
    let shown = folder.succeeds(&["app", "show", "signs"]);
    assert_eq!((value(&shown, "backchannel"), value(&shown, "tenant")), ("none", "all"));
    assert!(!shown.contains("terms") && !shown.contains("bye"), "{shown}");
    let listed = folder.succeeds(&["app", "list"]);
    let rows: Vec<&str> = listed.lines().skip(1).collect();
    assert!(
        rows.len() == 2 && rows[0].starts_with("client  native") && rows[1].starts_with("signs"),
        "{listed}"
    );
}
