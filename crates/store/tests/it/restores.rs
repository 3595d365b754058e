//! After a restore from a backup, nobody knows what was used and revoked since: none of it may count.

use std::{fs, path::PathBuf};

use landfall_accounts::{
    AssertionUse, CommitOutcome, EventKind, LoginRecord, RestartOutcome, RestartRecord,
    ports::{LoginStore, SessionStore},
};
use landfall_store::{BackupError, Store};

use crate::database::Database;
use crate::support::{ADA, NOW, SECOND, World, attempt, committed, opened, signed_in, token};

#[tokio::test]
async fn an_assertion_from_before_is_refused_and_a_later_one_accepted() {
    let world = World::new().await;
    assert_eq!(world.store.restored_at().await.unwrap(), None);
    world.store.mark_restored(NOW).await.unwrap();
    assert_eq!(world.store.restored_at().await.unwrap(), Some(NOW));
    for (issued_since, accepted) in [(NOW - SECOND, false), (NOW, true)] {
        let record = world.record(&world.contoso, "ada", ADA);
        let used = AssertionUse { issued_since, ..record.used.clone() };
        let outcome = world.store.commit(LoginRecord { used, ..record }, NOW).await.unwrap();
        if accepted {
            signed_in(committed(outcome));
        } else {
            assert_eq!(outcome, CommitOutcome::BeforeRestore);
            assert!(world.users().await.is_empty());
            assert_eq!(world.events().await[0].kind, EventKind::LoginRefused);
            assert!(world.events().await[0].detail.as_str().contains("before_restore"));
        }
        let LoginRecord { used, trace, decision, .. } = world.record(&world.contoso, "ada", ADA);
        let used = AssertionUse { issued_since, ..used };
        let restart = RestartRecord { used, pending: world.pending(&world.contoso), trace, decision };
        let expected = if accepted { RestartOutcome::Restarted } else { RestartOutcome::BeforeRestore };
        assert_eq!(world.store.restart(restart, NOW).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn sessions_and_logins_from_before_are_over() {
    let world = World::new().await;
    world.sign_in("ada", ADA, 1).await;
    let (waiting, _) = world.login("bob", "bob@contoso.example").await;
    let begun = world.pending(&world.contoso);
    world.store.begin(begun.clone(), NOW).await.unwrap();
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some());
    world.store.mark_restored(NOW + SECOND).await.unwrap();
    let after = NOW + SECOND;
    assert!(world.store.session_of_token(&token(1), after).await.unwrap().is_none());
    let hop = world.store.hop(attempt(&waiting, 2), after).await.unwrap();
    assert_eq!(hop, landfall_accounts::HopOutcome::Missed);
    assert_eq!(world.store.pending(&begun.request_id).await.unwrap(), None);
    assert_eq!(world.count(EventKind::Restored).await, 1);

    let mut record = world.record(&world.contoso, "ada", ADA);
    record.used.issued_since = after;
    signed_in(committed(world.store.commit(record.clone(), after).await.unwrap()));
    opened(world.store.hop(attempt(&record, 3), after).await.unwrap());
}

/// An installation on SQLite with one signed-in person, and where a copy of its database may go.
async fn copied() -> (World, tempfile::TempDir, PathBuf) {
    let world = World::on(Database::file()).await;
    world.sign_in("ada", ADA, 1).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    (world, folder, file)
}

#[tokio::test]
async fn a_backup_holds_one_moment_and_its_restore_marks_it() {
    let (world, folder, file) = copied().await;
    world.store.backup(&file).await.unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let lost = world.record(&world.contoso, "bob", "bob@contoso.example");
    signed_in(committed(world.store.commit(lost.clone(), NOW).await.unwrap()));

    let to = folder.path().join("landfall.db");
    Store::restore(&file, &to, NOW + SECOND).await.unwrap();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let store = Store::open(&landfall_store::Place::Sqlite(to.clone())).await.unwrap();
    let store = store.with_tombstone_key(landfall_store::TombstoneKey::new(&[7; 32])).await.unwrap();
    assert_eq!(store.restored_at().await.unwrap(), Some(NOW + SECOND));
    assert_eq!(store.users(&crate::support::tenant("contoso")).await.unwrap().len(), 1);
    assert_eq!(store.commit(lost, NOW + SECOND).await.unwrap(), CommitOutcome::BeforeRestore);
    assert!(store.session_of_token(&token(1), NOW + SECOND).await.unwrap().is_none());

    let over = Store::restore(&file, &to, NOW).await.unwrap_err();
    assert_eq!(over.code(), "backup.exists");
    let over = world.store.backup(&file).await.unwrap_err();
    assert_eq!(over.code(), "backup.exists");
}

#[tokio::test]
async fn whoever_runs_postgres_is_told_its_own_way() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let copied = world.store.backup(&folder.path().join("backup.db")).await;
    match world.database.is_postgres() {
        true => assert!(copied.unwrap_err().to_string().contains("pg_dump")),
        false => copied.unwrap(),
    }
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, usize::from(!world.database.is_postgres()));
}

#[tokio::test]
async fn what_is_no_backup_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (file, to) = (folder.path().join("backup.db"), folder.path().join("landfall.db"));
    let refused = async |code: &str| {
        let error: BackupError = Store::restore(&file, &to, NOW).await.unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "backup.db"), "{left:?}");
    };
    refused("backup.file").await;
    for other in ["", "not a database at all, but some other file"] {
        fs::write(&file, other).unwrap();
        refused("backup.foreign").await;
    }
}

#[tokio::test]
async fn a_damaged_backup_is_told_and_a_whole_one_is_taken() {
    let (world, folder, file) = copied().await;
    world.store.backup(&file).await.unwrap();
    let whole = fs::read(&file).unwrap();
    let to = folder.path().join("landfall.db");
    // A page with rows in it: the tables are found, and something in them is wrong.
    let mut damaged = whole.clone();
    let row = whole.windows(15).rposition(|bytes| bytes == b"contoso.example").unwrap();
    let from = row - row % 4096;
    damaged[from..from + 4096].fill(0xff);
    fs::write(&file, damaged).unwrap();
    let error = Store::restore(&file, &to, NOW).await.unwrap_err();
    assert_eq!(error.code(), "backup.damaged");
    assert!(!to.exists());
    fs::write(&file, whole).unwrap();
    Store::restore(&file, &to, NOW).await.unwrap();
}
