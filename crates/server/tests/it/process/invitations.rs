//! Invitations and limits as an operator meets them.

use super::Folder;

const SIMON: &str = "B.Simon@contoso.example";

/// The link that a command printed.
fn link(said: &str) -> String {
    said.lines().find(|line| line.starts_with("https://sso.example/activate/")).unwrap().to_owned()
}

#[test]
fn an_invitation_prints_a_link_once_and_warns_of_what_is_missing() {
    let folder = Folder::with_contoso();
    let ended = folder.run(&["user", "invite", "contoso", SIMON]);
    assert!(ended.status.success(), "{}", ended.err);
    assert!(ended.err.contains("warning") && ended.err.contains("landfall domain list"), "{}", ended.err);
    assert!(ended.out.contains("the first sign-in must come by"), "{}", ended.out);
    let first = link(&ended.out);
    assert_eq!(first.rsplit('/').next().unwrap().len(), 43);
    assert!(folder.succeeds(&["user", "list", "contoso"]).contains("pending  operator"));

    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    let ended = folder.run(&["user", "invite", "contoso", SIMON, "--expires", "30d"]);
    assert_eq!((ended.status.success(), ended.err.as_str()), (true, ""));
    assert_ne!(link(&ended.out), first);

    let withdraw = ["user", "invite", "contoso", SIMON, "--withdraw"];
    assert_eq!(folder.succeeds(&withdraw), format!("the invitation of {SIMON} counts no more\n"));
    folder.run(&withdraw).failed(&["no invitation", "is open"]);
    folder.succeeds(&["user", "activate", "contoso", SIMON]);
    folder.run(&["user", "invite", "contoso", SIMON]).failed(&["is active", "pending"]);
    for expires in ["31d", "0d", "7", "soon"] {
        let ended = folder.run(&["user", "invite", "contoso", SIMON, "--expires", expires]);
        assert_eq!(ended.status.code(), Some(2), "{expires}: {}", ended.err);
    }
}

#[test]
fn a_link_is_opened_at_the_server_that_runs() {
    let folder = Folder::with_contoso();
    let server = folder.serve();
    let address = link(&folder.succeeds(&["user", "invite", "contoso", SIMON]));
    let path = address.strip_prefix("https://sso.example").unwrap();
    let page = server.get(path);
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("Activate your account"), "{page}");
    folder.succeeds(&["user", "invite", "contoso", SIMON, "--withdraw"]);
    let page = server.get(path);
    assert!(page.starts_with("HTTP/1.1 404 ") && page.contains("cannot be used any more"), "{page}");
    let secret = path.rsplit('/').next().unwrap().to_owned();
    server.terminate();
    let (_, said) = server.end();
    assert!(said.contains("/activate/") && !said.contains(&secret), "{said}");
}

#[test]
fn a_limit_holds_until_it_is_lifted() {
    let folder = Folder::with_contoso();
    let said = folder.succeeds(&["tenant", "limit", "contoso", "1"]);
    assert_eq!(said, "contoso: the limit is 1, and accounts there are 0\n");
    assert!(folder.succeeds(&["tenant", "list"]).lines().nth(1).unwrap().ends_with("  1"));
    folder.succeeds(&["user", "create", "contoso", SIMON]);
    let second = ["user", "create", "contoso", "ada@contoso.example"];
    folder.run(&second).failed(&["`contoso`", "its limit of 1", "landfall tenant limit"]);
    folder.run(&["user", "invite", "contoso", "ada@contoso.example"]).failed(&["its limit of 1"]);
    let said = folder.succeeds(&["tenant", "limit", "contoso", "none"]);
    assert_eq!(said, "contoso: the limit is none, and accounts there are 1\n");
    folder.succeeds(&second);
    for limit in ["-1", "many", "4294967296"] {
        assert_eq!(folder.run(&["tenant", "limit", "contoso", limit]).status.code(), Some(2), "{limit}");
    }
    folder.run(&["tenant", "limit", "nobody", "1"]).failed(&["`nobody`", "contoso"]);
}
