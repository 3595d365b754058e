use landfall_store::{KeyPurpose, SpKey};

use crate::support::{NOW, SECOND, World};

#[tokio::test]
async fn the_first_key_for_each_purpose_stays() {
    let world = World::new().await;
    for (tag, purpose) in [(1, KeyPurpose::Signing), (2, KeyPurpose::Decryption)] {
        assert_eq!(world.store.sp_key(purpose).await.unwrap(), None);
        let first = SpKey { certificate: vec![0x30, tag], sealed: vec![tag, 2, 3], created_at: NOW };
        assert_eq!(world.store.keep_sp_key(purpose, first.clone()).await.unwrap(), first);
        let second = SpKey { certificate: vec![0x30, 9], sealed: vec![4], created_at: NOW - SECOND };
        assert_eq!(world.store.keep_sp_key(purpose, second).await.unwrap(), first);
        assert_eq!(world.store.sp_key(purpose).await.unwrap(), Some(first));
    }
}

#[tokio::test]
async fn a_key_does_not_print() {
    let key = SpKey { certificate: vec![0x30, 1], sealed: vec![201, 202], created_at: NOW };
    let text = format!("{key:?}");
    assert!(!text.contains("201") && !text.contains("202"), "{text}");
}
