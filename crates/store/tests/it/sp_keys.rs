use landfall_store::SpKey;

use crate::support::{NOW, SECOND, World};

#[tokio::test]
async fn the_first_key_stays() {
    let world = World::new().await;
    assert_eq!(world.store.sp_key().await.unwrap(), None);
    let first = SpKey { certificate: vec![0x30, 1], sealed: vec![1, 2, 3], created_at: NOW };
    assert_eq!(world.store.keep_sp_key(first.clone()).await.unwrap(), first);
    let second = SpKey { certificate: vec![0x30, 2], sealed: vec![4], created_at: NOW - SECOND };
    assert_eq!(world.store.keep_sp_key(second).await.unwrap(), first);
    assert_eq!(world.store.sp_key().await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_key_does_not_print() {
    let key = SpKey { certificate: vec![0x30, 1], sealed: vec![201, 202], created_at: NOW };
    let text = format!("{key:?}");
    assert!(!text.contains("201") && !text.contains("202"), "{text}");
}
