//! What an operator makes for directories, and how it ends.

use super::{Folder, Following};

/// The first line alone, and whether it is a token.
#[track_caller]
fn token(said: &str) -> &str {
    let token = said.lines().next().unwrap();
    assert!(token.len() == 55 && token.starts_with("lfs_"), "{said}");
    assert_eq!(said.matches(token).count(), 1, "{said}");
    token
}

/// [attack H3]
#[test]
fn a_token_is_shown_once_and_ends_at_once() {
    let folder = Folder::with_contoso();
    let said = folder.succeeds(&[
        "scim",
        "token",
        "create",
        "contoso-entra",
        "--name",
        "Entra",
        "--expires",
        "180d",
    ]);
    let first = token(&said);
    for part in
        ["dialect                    entra", "https://sso.example/scim/v2?aadOptscim062020", "Secret Token"]
    {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    let second = folder.succeeds(&["scim", "token", "create", "contoso-entra", "--dialect", "okta"]);
    let second = token(&second);
    let (prefix, other) = (first.split_at(12).0, second.split_at(12).0);

    let listed = folder.succeeds(&["scim", "token", "list", "--connection", "contoso-entra"]);
    assert_eq!(listed, folder.succeeds(&["scim", "token", "list"]));
    let line = |prefix: &str| listed.lines().find(|line| line.starts_with(prefix)).unwrap().to_owned();
    assert!(line(prefix).contains("token  contoso-entra  entra") && line(prefix).contains("  Entra  "));
    assert!(line(other).contains("okta"), "{listed}");
    assert!(!listed.contains(first) && !listed.contains(second), "{listed}");
    let database = std::fs::read(folder.path("data/landfall.db")).unwrap();
    let wal = std::fs::read(folder.path("data/landfall.db-wal")).unwrap_or_default();
    for secret in [first.split_at(12).1, second.split_at(12).1] {
        let found = [&database, &wal]
            .iter()
            .any(|file| file.windows(secret.len()).any(|window| window == secret.as_bytes()));
        assert!(!found, "the database holds a token");
    }

    let revoked = folder.succeeds(&["scim", "token", "revoke", prefix]);
    assert!(revoked.contains(prefix), "{revoked}");
    folder.run(&["scim", "token", "revoke", prefix]).failed(&[prefix, "landfall scim token list"]);
    let id = line(other).split_whitespace().last().unwrap().to_owned();
    folder.succeeds(&["scim", "token", "revoke", &id]);
    let after = folder.succeeds(&["scim", "token", "list"]);
    assert_eq!(after.matches("revoked on").count(), 2, "{after}");
    // Whoever finds one somewhere can paste the whole of it.
    folder.run(&["scim", "token", "revoke", first]).failed(&[prefix]);
    folder.run(&["scim", "token", "create", "nobody"]).failed(&["`nobody`", "contoso-entra"]);
}

#[test]
fn clients_have_secrets_that_roll_over_or_assertions() {
    let folder = Folder::with_contoso();
    let said = folder.succeeds(&["scim", "client", "create", "contoso-entra", "--name", "Entra"]);
    let (id, rest) = said.split_once('\n').unwrap();
    let first = token(rest);
    assert!(id.len() == 36 && said.contains("https://sso.example/scim/oauth/token"), "{said}");
    let second = folder.succeeds(&["scim", "client", "secret", id, "--expires", "1000d"]);
    let listed = folder.succeeds(&["scim", "token", "list"]);
    for secret in [first, token(&second)] {
        let line = listed.lines().find(|line| line.starts_with(secret.split_at(12).0)).unwrap();
        assert!(line.contains("secret  contoso-entra"), "{line}");
    }
    folder.succeeds(&["scim", "token", "revoke", first.split_at(12).0]);

    let trust = ["scim", "trust", "contoso-entra", "--subject", "99999999-2222-4333-8444-555555555555"];
    let trust = [&trust[..], &["--audience", "api://landfall"]].concat();
    let said = folder.succeeds(&trust);
    for part in ["https://login.microsoftonline.com/", "/v2.0\n", "/discovery/v2.0/keys", "api://landfall"] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    folder.run(&trust).failed(&[said.split_at(36).0, "another audience"]);
    let listed = folder.succeeds(&["scim", "client", "list", "--connection", "contoso-entra"]);
    assert!(listed.contains("assertions about 99999999") && listed.contains("secrets"), "{listed}");
    folder.succeeds(&["scim", "client", "revoke", id]);
    folder.run(&["scim", "client", "revoke", id]).failed(&[id, "landfall scim client list"]);
    folder.run(&["scim", "client", "secret", id]).failed(&[id]);
}

#[test]
fn the_doctor_says_what_ends_soon() {
    let folder = Folder::with_contoso();
    let create =
        |expires: &str| folder.succeeds(&["scim", "token", "create", "contoso-entra", "--expires", expires]);
    let soon = create("7d");
    let prefix = token(&soon).split_at(12).0.to_owned();
    let line = || {
        let said = folder.run(&["doctor"]).out;
        said.lines().find(|line| line.contains(&prefix)).unwrap().to_owned()
    };
    assert!(line().starts_with("FAIL") && line().contains("pushes stop"), "{}", line());
    create("never");
    assert!(line().starts_with("warn") && line().contains("the other one"), "{}", line());
    folder.succeeds(&["scim", "token", "revoke", &prefix]);
    assert!(!folder.run(&["doctor"]).out.contains(&prefix));
}

/// What a directory asks for is in the log soon, and is followed.
#[test]
fn what_directories_ask_for_is_read_by_the_operator() {
    let folder = Folder::with_contoso();
    let said = folder.succeeds(&["scim", "token", "create", "contoso-entra"]);
    let token = token(&said).to_owned();
    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    assert_eq!(folder.succeeds(&["scim", "log"]), "");
    let server = folder.serve();
    let follow = ["scim", "log", "--follow", "--failed", "--connection", "contoso-entra"];
    let following = Following::start(folder.command(&follow, &[]));
    let push = |name: &str| {
        let body = format!(r#"{{"userName":"{name}","displayName":"Ada"}}"#);
        server.post_scim("/scim/v2/Users", &token, &body)
    };
    assert_eq!(push("ada@contoso.example"), 201);
    assert_eq!(push("ada@other.example"), 400);
    let line = following.next();
    for part in [
        " create user name=ada@other.example tenant=contoso connection=contoso-entra by=lfs_",
        " 400 domain.not_listed ",
    ] {
        assert!(line.contains(part), "no {part:?} in {line}");
    }
    drop(following);
    assert_eq!(push("bea@contoso.example"), 201);
    server.terminate();
    assert!(server.end().0.success());
    let all = folder.succeeds(&["scim", "log"]);
    let all: Vec<_> = all.lines().collect();
    assert_eq!(all.len(), 3, "what came last is written at the end: {all:?}");
    assert!(
        all[0].contains(" create user=") && all[0].contains("displayName: null -> \"Ada\""),
        "{}",
        all[0]
    );
    assert!(all[2].contains("userName: null -> \"bea@contoso.example\""), "{}", all[2]);
    assert_eq!(folder.succeeds(&["scim", "log", "-n", "1"]).trim_end(), all[2]);
    assert_eq!(folder.succeeds(&["scim", "log", "--failed"]).lines().count(), 1);
    let nobody = ["scim", "log", "--connection", "nobody"];
    folder.run(&nobody).failed(&["`nobody`", "landfall connection list"]);
}
