//! One customer's logins do not crowd out another's.

use landfall_accounts::PendingLogin;

use crate::world::{REYES, SIMON, World};

/// Copies a login that waits, which is quicker than to begin each one.
async fn fill(world: &World, request_id: &str, copies: u64) {
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies})
         INSERT INTO pending_logins
         SELECT tenant_id, 'copy-' || i, 'copy-' || i, connection_id, relay_state, browser, target, begun_at,
                expires_at, restart, saml, consumed_at, purpose
         FROM pending_logins, n WHERE request_id = '{request_id}'"
    );
    world.sql(&statement).await;
}

#[tokio::test]
async fn d11_ten_thousand_logins_of_fabrikam_wait_and_contoso_goes_on() {
    let world = World::new().await;
    let mut reyes = world.browser();
    let begun = reyes.begin(&world, &world.fabrikam).await;
    fill(&world, &begun.request_id, PendingLogin::MAX_OPEN - 2).await;
    assert_eq!(world.browser().get(&world.fabrikam.start()).await.status, 303, "the last one");

    world.refused(&world.browser().get(&world.fabrikam.start()).await, 503, "store.full");
    let unasked = world.fabrikam.unasked(REYES);
    world.refused(&world.browser().submit(&unasked).await, 503, "store.full");
    world.browser().sign_in(&world, &world.contoso, SIMON).await;

    let answer = reyes.submit(&world.fabrikam.answers(REYES, &begun)).await;
    assert_eq!(reyes.follow(&answer).await.location(), "/account", "who has begun comes to an end");
    assert!(world.browser().submit(&unasked).await.location().starts_with("/saml/hop?h="), "and makes room");
    world.refused(&world.browser().get(&world.fabrikam.start()).await, 503, "store.full");
    world.clock.advance(PendingLogin::LIFETIME);
    assert_eq!(
        world.browser().get(&world.fabrikam.start()).await.status,
        303,
        "so does a quarter of an hour"
    );
}
