//! `landfall audit` and `landfall user erase`, as an operator meets them.

use std::fs;

use super::{Folder, Following};

const ADA: &str = "ada-q@contoso.example";

impl Folder {
    /// A server ran here once, so that there is a master key.
    pub(super) fn served(&self) {
        let server = self.serve();
        server.terminate();
        assert!(server.end().0.success());
    }

    fn audit(&self, arguments: &[&str]) -> String {
        self.succeeds(&[&["audit"], arguments].concat())
    }
}

#[test]
fn the_log_is_read_kept_elsewhere_and_verified() {
    let folder = Folder::with_contoso();
    let said = folder.audit(&["tail"]);
    let [tenant, connection] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert!(
        tenant.starts_with("1 20") && tenant.contains("Z configuration.changed tenant=contoso {"),
        "{said}"
    );
    assert!(
        connection.contains(
            " tenant=contoso connection=contoso-entra {\"by\":\"operator\",\"action\":\"connection.import\""
        ),
        "{said}"
    );
    assert!(said.contains("\"by\":\"operator\""), "{said}");
    assert_eq!(folder.audit(&["tail", "-n", "1"]).trim_end(), connection);
    assert_eq!(folder.audit(&["tail", "--tenant", "contoso", "--since", "2020-01-02T00:00:00Z"]), said);
    assert_eq!(folder.audit(&["tail", "--since", "2999-01-02T00:00:00Z"]), "");
    assert_eq!(folder.audit(&["tail", "--kind", "account.created"]), "");
    folder.run(&["audit", "tail", "--tenant", "nobody"]).failed(&["`nobody`", "landfall tenant list"]);
    assert_eq!(folder.run(&["audit", "tail", "--kind", "nothing"]).status.code(), Some(2));

    let verified = folder.audit(&["verify"]);
    assert!(
        verified.contains("contoso   2") && verified.contains("\n2 events are as they were written\n"),
        "{verified}"
    );
    folder.write("heads", &verified);
    folder.write("export", folder.audit(&["export"]));
    folder.succeeds(&["user", "create", "contoso", ADA]);
    for kept in ["heads", "export"] {
        let said = folder.audit(&["verify", "--against", kept]);
        assert!(
            said.ends_with(
                "\n3 events are as they were written\nall 1 heads that were kept are among them\n"
            ),
            "{said}"
        );
    }
    let head = verified.split_whitespace().find(|word| word.contains(":2:")).unwrap();
    folder.audit(&["verify", "--against", head]);
    folder.run(&["audit", "verify", "--against", "landfall.toml"]).failed(&["no head is in landfall.toml"]);
    folder.run(&["audit", "verify", "--against", "none"]).failed(&["none is no head, and no file"]);
    let later = folder.audit(&["export", "--from", "3"]);
    assert!(
        later.lines().count() == 2 && later.contains("account.created") && !later.contains(ADA),
        "{later}"
    );

    folder.sql("DROP TRIGGER events_never_change; UPDATE events SET detail = '{}' WHERE id = 2");
    folder
        .run(&["audit", "verify"])
        .failed(&["the log is not as it was written: event 2, number 2 of the chain of"]);
}

#[test]
fn the_log_is_followed() {
    let folder = Folder::with_contoso();
    let command = folder.command(&["audit", "tail", "--follow", "-n", "1", "--kind", "account.created"], &[]);
    folder.succeeds(&["user", "create", "contoso", "first@contoso.example"]);
    let following = Following::start(command);
    assert!(following.next().starts_with("3 "));
    folder.succeeds(&["tenant", "create", "fabrikam"]);
    folder.succeeds(&["user", "create", "contoso", "second@contoso.example"]);
    let line = following.next();
    assert!(line.starts_with("5 ") && line.contains("account.created tenant=contoso user="), "{line}");
}

#[test]
fn a_person_is_erased_and_the_log_stays_whole() {
    let folder = Folder::with_contoso();
    folder.succeeds(&["user", "create", "contoso", ADA, "--display-name", "Ada Q. Only"]);
    let erase = ["user", "erase", "contoso", ADA, "--yes"];
    folder.run(&erase).failed(&["without the key of its tombstones"]);
    folder.served();
    folder.run(&erase[..4]).failed(&["nothing brings it back: say --yes"]);
    folder.run(&["user", "erase", "contoso", "nobody@contoso.example", "--yes"]).failed(&["has no account"]);
    folder.succeeds(&["user", "delete", "contoso", ADA]);
    folder.succeeds(&["user", "create", "contoso", ADA]);
    let listed = folder.succeeds(&["user", "list", "contoso"]);
    let ids: Vec<_> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().last()).collect();
    folder.run(&erase).failed(&["say which", ids[0], ids[1], "(deprovisioned)", "(active)"]);
    for id in ids {
        let said = folder.succeeds(&["user", "erase", "contoso", id, "--yes"]);
        assert!(said.starts_with(&format!("{id} is erased: 0 identities")), "{said}");
        assert!(said.contains("written anew without them; backups keep theirs"), "{said}");
    }
    let mut octets = Vec::new();
    for file in fs::read_dir(folder.path("data")).unwrap() {
        octets.extend(fs::read(file.unwrap().path()).unwrap());
    }
    for gone in [ADA, "Ada Q. Only"] {
        assert!(!octets.windows(gone.len()).any(|window| window == gone.as_bytes()), "{gone}");
    }
    assert_eq!(folder.succeeds(&["user", "list", "contoso"]).matches("erased  deprovisioned").count(), 2);
    assert_eq!(folder.audit(&["tail", "--kind", "account.erased"]).lines().count(), 2);
    folder.audit(&["verify"]);
}

/// Under another master key no deleted identity would be recognised.
#[test]
fn nobody_is_deleted_under_another_master_key() {
    let folder = Folder::with_contoso();
    folder.succeeds(&["user", "create", "contoso", ADA]);
    folder.served();
    let key = fs::read(folder.path("data/master.key")).unwrap();
    folder.write("data/master.key", [9; 32]);
    folder.run(&["user", "delete", "contoso", ADA]).failed(&["another master key"]);
    fs::remove_file(folder.path("data/master.key")).unwrap();
    folder.run(&["user", "erase", "contoso", ADA, "--yes"]).failed(&["cannot read", "master.key"]);
    folder.succeeds(&["user", "suspend", "contoso", ADA]);
    folder.write("data/master.key", key);
    folder.succeeds(&["user", "delete", "contoso", ADA]);
}
