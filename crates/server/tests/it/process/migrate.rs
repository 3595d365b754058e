//! What an earlier version left waits for the operator.

use sea_orm::ConnectionTrait;

use super::Folder;
use crate::database::connect;

const EARLIER: &str = include_str!("../../../../store/tests/schemas/m20261125_000001_first.sqlite.sql");

#[tokio::test]
async fn no_other_command_changes_the_tables_of_an_earlier_version() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("data")).unwrap();
    folder.write("data/landfall.db", "");
    let database = connect(&folder.path("data/landfall.db")).await;
    database.execute_unprepared(EARLIER).await.unwrap();
    database.close().await.unwrap();
    for command in [&["serve"][..], &["tenant", "list"], &["backup", "copy.db"]] {
        folder.run(command).failed(&["data/landfall.db", "m20261125_000002_weakenings", "landfall migrate"]);
    }
    let doctor = folder.run(&["doctor"]);
    assert!(!doctor.status.success() && doctor.out.contains("landfall migrate"), "{}", doctor.out);

    let said = folder.succeeds(&["migrate"]);
    assert!(said.starts_with("made m20261125_000002_weakenings\n"), "{said}");
    assert!(said.ends_with("data/landfall.db is up to date\n"), "{said}");
    assert!(folder.succeeds(&["tenant", "list"]).contains("contoso"));
    assert_eq!(folder.succeeds(&["migrate"]), "data/landfall.db is up to date\n");
    folder.succeeds(&["backup", "copy.db"]);
    folder.run(&["backup", "copy.db"]).failed(&["copy.db exists already"]);
    folder.run(&["restore"]).failed(&["which backup?"]);
    folder.run(&["restore", "copy.db"]).failed(&["data/landfall.db exists already", "stop the server"]);
}
