//! Commands that change what is in the database: each whole or not at all, each refusal with the way on.

use super::Folder;

#[test]
fn a_wrong_setting_of_a_connection_changes_nothing() {
    let folder = Folder::with_contoso();
    let before = folder.succeeds(&["connection", "show", "contoso-entra"]);
    for (settings, parts) in [
        (&["jit"][..], &["KEY=VALUE", "\"jit\""][..]),
        (&["jit=perhaps"], &["contoso-entra", "`jit`", "`perhaps`", "off or active or pending"]),
        (&["jit="], &["`jit`", "off or active or pending"]),
        (&["colour=red"], &["`colour`", "unsolicited"]),
        (&["subject=claim:x"], &["`subject`", "unsolicited"]),
        (&["preset=Entra"], &["`preset`", "entra-smartconnect or entra-default or okta"]),
        (&["unsolicited=accept", "jit=perhaps"], &["`jit`"]),
        (&["unsolicited=accept", "guests"], &["KEY=VALUE"]),
    ] {
        let ended = folder.run(&[&["connection", "set", "contoso-entra"], settings].concat());
        ended.failed(parts);
        assert_eq!(folder.succeeds(&["connection", "show", "contoso-entra"]), before, "{settings:?}");
    }
    folder
        .run(&["connection", "set", "contoso", "jit=off"])
        .failed(&["`contoso`", "the connections are contoso-entra"]);
    let said = folder.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept", "jit=pending"]);
    assert_eq!(said, "contoso-entra: unsolicited is accept\ncontoso-entra: jit is pending\n");
    let after = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert_ne!(after, before);
}

#[test]
fn names_that_exist_or_do_not_are_said() {
    let folder = Folder::with_contoso();
    folder.run(&["tenant", "create", "contoso"]).failed(&["`contoso`", "choose another name"]);
    folder
        .run(&["domain", "add", "nobody", "nobody.example"])
        .failed(&["`nobody`", "the tenants are contoso"]);
    folder
        .run(&["domain", "bind", "contoso.example", "contoso-entra"])
        .failed(&["contoso.example", "not listed"]);
    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.run(&["domain", "add", "contoso", "Contoso.Example"]).failed(&["contoso.example", "already"]);
    folder.run(&["domain", "bind", "contoso.example", "nobody"]).failed(&["`nobody`", "contoso-entra"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    folder.run(&["connection", "state", "nobody", "disabled"]).failed(&["`nobody`"]);
    folder.run(&["user", "list", "nobody"]).failed(&["`nobody`"]);
    folder
        .run(&["user", "activate", "contoso", "nobody@contoso.example"])
        .failed(&["`contoso` has no account"]);
    let session = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
    folder.run(&["session", "revoke", session]).failed(&[session]);
    for command in ["list", "revoke"] {
        folder
            .run(&["session", command, "--tenant", "nobody"])
            .failed(&["`nobody`", "the tenants are contoso"]);
        folder.run(&["session", command, "--connection", "nobody"]).failed(&["`nobody`", "contoso-entra"]);
        let person = ["session", command, "--user", "contoso", "nobody@contoso.example"];
        folder.run(&person).failed(&["`contoso` has no account"]);
    }
    assert_eq!(
        folder.succeeds(&["session", "revoke", "--tenant", "contoso"]),
        "ended 0 sessions, and whatever was granted to applications\n"
    );
    let listed = folder.succeeds(&["session", "list", "--connection", "contoso-entra"]);
    assert!(listed.contains("LAST USED") && listed.lines().count() == 1, "{listed}");
}

#[test]
fn an_account_goes_through_its_life() {
    let folder = Folder::with_contoso();
    let simon = "B.Simon@contoso.example";
    let create = ["user", "create", "contoso", simon, "--display-name", "B.Simon", "--pending"];
    folder.succeeds(&create);
    folder.run(&create).failed(&["has this user name already"]);
    folder.run(&["user", "suspend", "contoso", simon]).failed(&["pending and cannot become suspended"]);
    for (step, state) in [
        ("activate", "active"),
        ("suspend", "suspended"),
        ("activate", "active"),
        ("delete", "deprovisioned"),
    ] {
        assert_eq!(folder.succeeds(&["user", step, "contoso", simon]), format!("{simon} is {state}\n"));
    }
    folder.run(&["user", "activate", "contoso", simon]).failed(&["has no account"]);
    let listed = folder.succeeds(&["user", "list", "contoso"]);
    assert!(listed.contains("deprovisioned  operator"), "{listed}");
}

#[test]
fn a_name_that_somebody_was_given_breaks_no_list() {
    let folder = Folder::with_contoso();
    let name = "x\nroot  active\u{9B}2J";
    folder.succeeds(&["user", "create", "contoso", "ada@contoso.example", "--display-name", name]);
    let listed = folder.succeeds(&["user", "list", "contoso"]);
    assert!(listed.lines().count() == 2 && listed.contains("  x\\u{a}root  active\\u{9b}2J  "), "{listed}");
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_2_and_makes_nothing() {
    let folder = Folder::new();
    for arguments in [
        &["nonsense"][..],
        &["tenant", "create"],
        &["tenant", "create", "No Name"],
        &["domain", "add", "contoso", "m\u{fc}nchen.example"],
        &["connection", "import", "contoso", "idp.xml"],
        &["connection", "set", "contoso"],
        &["session", "revoke", "1"],
        &["session", "revoke"],
        &["session", "revoke", "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64", "--tenant", "contoso"],
        &["session", "revoke", "--tenant", "contoso", "--connection", "contoso-entra"],
        &["session", "list", "--user", "contoso"],
        &["user", "create", "contoso", ""],
    ] {
        let ended = folder.run(arguments);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(ended.err.starts_with("error: "), "{}", ended.err);
    }
    assert_eq!(folder.content(), ["landfall.toml"]);
    assert!(folder.run(&["--help"]).status.success() && folder.run(&["--version"]).status.success());
}
