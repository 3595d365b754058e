use landfall_accounts::EventKind;
use landfall_store::{KeyPurpose, SpKey, SpKeys};

use crate::support::{NOW, SECOND, World};

fn key(tag: u8) -> SpKey {
    SpKey { certificate: vec![0x30, tag], sealed: vec![tag, 2, 3], created_at: NOW + SECOND * i32::from(tag) }
}

#[tokio::test]
async fn the_first_key_for_each_purpose_stays() {
    let world = World::new().await;
    for (tag, purpose) in [(1, KeyPurpose::Signing), (2, KeyPurpose::Decryption)] {
        assert_eq!(world.store.sp_keys(purpose).await.unwrap(), SpKeys::default());
        let first = key(tag);
        assert_eq!(world.store.keep_sp_key(purpose, first.clone()).await.unwrap(), first);
        let second = SpKey { created_at: NOW - SECOND, ..key(9) };
        assert_eq!(world.store.keep_sp_key(purpose, second).await.unwrap(), first);
        let kept = world.store.sp_keys(purpose).await.unwrap();
        assert_eq!(kept, SpKeys { current: Some(first), ..SpKeys::default() });
    }
}

#[tokio::test]
async fn a_key_is_staged_activated_and_retired() {
    let world = World::new().await;
    let store = &world.store;
    for purpose in [KeyPurpose::Signing, KeyPurpose::Decryption] {
        let before = world.count(EventKind::ConfigurationChanged).await;
        assert_eq!(store.stage_sp_key(purpose, key(1)).await.unwrap_err().code(), "sp_key.none");
        assert_eq!(store.activate_sp_key(purpose, NOW).await.unwrap_err().code(), "sp_key.not_staged");
        store.keep_sp_key(purpose, key(1)).await.unwrap();

        let staged = store.stage_sp_key(purpose, key(2)).await.unwrap();
        assert_eq!(staged, SpKeys { current: Some(key(1)), next: Some(key(2)), retiring: vec![] });
        assert_eq!(store.stage_sp_key(purpose, key(3)).await.unwrap_err().code(), "sp_key.staged");
        assert_eq!(store.sp_keys(purpose).await.unwrap(), staged);

        let active = store.activate_sp_key(purpose, NOW).await.unwrap();
        assert_eq!(active, SpKeys { current: Some(key(2)), next: None, retiring: vec![key(1)] });
        let in_use = store.retire_sp_key(purpose, &key(2).certificate, NOW).await.unwrap_err();
        assert_eq!(in_use.code(), "sp_key.in_use");
        let unknown = store.retire_sp_key(purpose, &key(3).certificate, NOW).await.unwrap_err();
        assert_eq!(unknown.code(), "sp_key.unknown");

        // One that was staged for nothing goes too.
        store.stage_sp_key(purpose, key(3)).await.unwrap();
        assert_eq!(store.retire_sp_key(purpose, &key(3).certificate, NOW).await.unwrap(), active);
        let alone = store.retire_sp_key(purpose, &key(1).certificate, NOW).await.unwrap();
        assert_eq!(alone, SpKeys { current: Some(key(2)), ..SpKeys::default() });
        assert_eq!(store.sp_keys(purpose).await.unwrap(), alone);
        assert_eq!(
            world.count(EventKind::ConfigurationChanged).await,
            before + 6,
            "each step leaves an event"
        );
    }
}

#[tokio::test]
async fn no_more_keys_are_kept_than_are_tried() {
    let world = World::new().await;
    let (store, purpose) = (&world.store, KeyPurpose::Decryption);
    store.keep_sp_key(purpose, key(0)).await.unwrap();
    for tag in 1..4 {
        store.stage_sp_key(purpose, key(tag)).await.unwrap();
        store.activate_sp_key(purpose, NOW).await.unwrap();
    }
    let four = store.sp_keys(purpose).await.unwrap();
    assert_eq!(four.retiring, [key(2), key(1), key(0)]);
    assert_eq!(store.stage_sp_key(purpose, key(4)).await.unwrap_err().code(), "sp_key.too_many");
    store.retire_sp_key(purpose, &key(0).certificate, NOW).await.unwrap();
    store.stage_sp_key(purpose, key(4)).await.unwrap();
}

#[tokio::test]
async fn the_database_itself_holds_one_current_key_for_each_purpose() {
    use sea_orm::ConnectionTrait;
    let world = World::new().await;
    for purpose in [KeyPurpose::Signing, KeyPurpose::Decryption] {
        world.store.keep_sp_key(purpose, key(1)).await.unwrap();
        world.store.stage_sp_key(purpose, key(2)).await.unwrap();
    }
    let database = world.database.connect().await;
    database.execute_unprepared("UPDATE sp_keys SET state = 'current'").await.unwrap_err();
    database.execute_unprepared("UPDATE sp_keys SET state = 'next'").await.unwrap_err();
    database.execute_unprepared("UPDATE sp_keys SET state = 'retiring'").await.unwrap();
}

#[tokio::test]
async fn a_key_does_not_print() {
    let key = SpKey { certificate: vec![0x30, 1], sealed: vec![201, 202], created_at: NOW };
    let text = format!("{key:?}");
    assert!(!text.contains("201") && !text.contains("202"), "{text}");
}
