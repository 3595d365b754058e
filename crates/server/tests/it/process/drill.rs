//! The drill: a backup, a day that is lost, and the way back, as an operator does it.

use std::process::Command;

use super::race::{Client, Nodes};

/// Runs a program of PostgreSQL's client.
fn postgres(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{program}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// The address of the whole database, and the name of the schema.
fn parts(url: &str) -> (&str, &str) {
    let (server, _) = url.split_once("?options").unwrap();
    (server, url.rsplit('=').next().unwrap())
}

impl Nodes {
    /// Copies the database while the nodes run.
    fn back_up(&self) {
        match &self.database().postgres {
            None => drop(self.succeeds(&["backup", "backup.db"])),
            Some(url) => {
                let (server, schema) = parts(url);
                let file = self.path("backup.db");
                let file = file.to_str().unwrap();
                postgres("pg_dump", &["--format=custom", "--schema", schema, "--file", file, server]);
            }
        }
    }

    /// Loses the database, and takes the copy back.
    async fn lose_and_restore(&self) -> String {
        match &self.database().postgres {
            None => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{ending}", self.database().path().display()));
                }
                self.succeeds(&["restore", "backup.db"])
            }
            Some(url) => {
                let (server, schema) = parts(url);
                self.database().sql(&format!("DROP SCHEMA {} CASCADE", schema)).await;
                let file = self.path("backup.db");
                postgres("pg_restore", &["--exit-on-error", "--dbname", server, file.to_str().unwrap()]);
                self.succeeds(&["restore"])
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_and_opened_after_the_backup_counts_no_more() {
    let nodes = Nodes::start().await;
    nodes.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
    let client = Client::new(nodes.clone(), 1);
    let signed_in = async |cookie: &str| client.get("/account", cookie).await.status == 200;

    let (first, before) = client.unasked(1).await;
    nodes.back_up();
    let (second, after) = client.unasked(2).await;
    assert!(signed_in(&before).await && signed_in(&after).await);
    assert!(client.again(&second).await.is_none(), "it was used already");

    nodes.stop();
    let said = nodes.lose_and_restore().await;
    assert!(said.contains("every session has ended") && said.contains("must be so again"), "{said}");
    nodes.start_again().await;
    assert!(!signed_in(&before).await && !signed_in(&after).await);
    for used in [&first, &second] {
        assert!(client.again(used).await.is_none(), "nobody knows any more that it was used");
    }
    assert!(nodes.succeeds(&["user", "list", "contoso"]).contains("person-1@"));
    assert!(!nodes.succeeds(&["user", "list", "contoso"]).contains("person-2@"));

    // A minute later, by which clocks may differ.
    assert_eq!(nodes.database().sql("UPDATE restores SET at = at - 61000").await, 1);
    let (_, again) = client.unasked(2).await;
    assert!(signed_in(&again).await);
}
