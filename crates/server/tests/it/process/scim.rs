//! What an operator makes for directories, and how it ends.

use super::Folder;

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
    let (prefix, other) = (&first[..12], &second[..12]);

    let listed = folder.succeeds(&["scim", "token", "list", "--connection", "contoso-entra"]);
    assert_eq!(listed, folder.succeeds(&["scim", "token", "list"]));
    let line = |prefix: &str| listed.lines().find(|line| line.starts_with(prefix)).unwrap().to_owned();
    assert!(line(prefix).contains("token  contoso-entra  entra") && line(prefix).contains("  Entra  "));
    assert!(line(other).contains("okta"), "{listed}");
    assert!(!listed.contains(first) && !listed.contains(second), "{listed}");
    let database = std::fs::read(folder.path("data/landfall.db")).unwrap();
    let wal = std::fs::read(folder.path("data/landfall.db-wal")).unwrap_or_default();
    for secret in [&first[12..], &second[12..]] {
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
fn the_doctor_says_what_ends_soon() {
    let folder = Folder::with_contoso();
    let create =
        |expires: &str| folder.succeeds(&["scim", "token", "create", "contoso-entra", "--expires", expires]);
    let soon = create("7d");
    let prefix = &token(&soon)[..12];
    let line = || {
        let said = folder.run(&["doctor"]).out;
        said.lines().find(|line| line.contains(prefix)).unwrap().to_owned()
    };
    assert!(line().starts_with("FAIL") && line().contains("pushes stop"), "{}", line());
    create("never");
    assert!(line().starts_with("warn") && line().contains("the other one"), "{}", line());
    folder.succeeds(&["scim", "token", "revoke", prefix]);
    assert!(!folder.run(&["doctor"]).out.contains(prefix));
}
