//! Whether it runs, and whether it can work.

use crate::world::World;

#[tokio::test]
async fn ready_is_who_can_ask_the_store() {
    let mut world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/readyz").await.page(200), "ready\n");
    world.lose_the_store().await;
    assert_eq!(browser.get("/healthz").await.page(200), "ok\n");
    assert_eq!(browser.get("/readyz").await.page(503), "the store cannot answer\n");
    assert!(world.log().contains("not ready"));
    world.restart().await;
    assert_eq!(browser.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn readiness_changes_nothing() {
    let world = World::new().await;
    let before = world.events().await.len();
    world.browser().get("/readyz").await;
    world.browser().get("/healthz").await;
    assert_eq!(world.events().await.len(), before);
}

#[tokio::test]
async fn a_path_that_is_not_there_is_said_so() {
    let world = World::new().await;
    for path in ["/", "/admin", "/saml", "/saml/nothing", "/account/", "/sso/a/b", "/..%2fsso"] {
        let answer = world.browser().get(path).await;
        world.refused(&answer, 404, "not_found");
        assert!(answer.body.contains("There is no such page."));
    }
    assert_eq!(world.browser().get("/sso").await.status, 200);
}
