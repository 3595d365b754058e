//! What a connection lets through in each of its states: people at an active one, and nobody at any other.

use landfall_accounts::ConnectionState::{self, Active, Disabled, Draft, Testing};

use crate::world::{Answer, SIMON, World, pending};

const CLOSED: [ConnectionState; 3] = [Draft, Testing, Disabled];

fn without_trace(page: &Answer) -> String {
    page.body.replace(page.trace(), "")
}

#[tokio::test]
async fn e20_a_connection_that_is_not_active_begins_nothing_and_looks_like_none() {
    let world = World::new().await;
    let unknown = world.browser().get("/sso/nobody").await;
    let foreign = world.browser().enter("b.simon@unknown.example").await;
    for state in CLOSED {
        world.set_state_of(&world.contoso, state).await;
        let named = world.browser().get(&world.contoso.start()).await;
        world.refused(&named, 404, "connection.unknown");
        assert_eq!(without_trace(&named), without_trace(&unknown), "{state}");
        let entered = world.browser().enter(SIMON).await;
        assert_eq!(entered.status, 422, "{state}");
        let same = entered.body.replace(SIMON, "b.simon@unknown.example");
        assert_eq!(same, foreign.body, "{state}");
        world.set_state_of(&world.contoso, Active).await;
        assert_eq!(world.browser().get(&world.contoso.start()).await.status, 303, "{state}");
        assert_eq!(world.browser().enter(SIMON).await.status, 303, "{state}");
    }
}

#[tokio::test]
async fn g8_a_connection_that_is_not_active_takes_no_response() {
    let world = World::new().await;
    for state in CLOSED {
        let mut browser = world.browser();
        let begun = browser.begin(&world, &world.contoso).await;
        let response = world.contoso.answers(SIMON, &begun);
        world.set_state_of(&world.contoso, state).await;
        world.refused(&browser.submit(&response).await, 404, "connection.unknown");
        assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none(), "{state}");
        for policy in ["restart", "accept", "refuse"] {
            world.set("unsolicited", policy).await;
            let unasked = world.contoso.unasked(SIMON);
            world.refused(&world.browser().submit(&unasked).await, 404, "connection.unknown");
        }
        world.set("unsolicited", "restart").await;
        world.set_state_of(&world.contoso, Active).await;
        assert!(browser.submit(&response).await.location().ends_with(&begun.handle), "{state}");
        let unasked = world.browser().submit(&world.contoso.unasked(SIMON)).await;
        assert!(unasked.location().starts_with("/saml/hop?h="), "{state}");
    }
}

#[tokio::test]
async fn g8_a_connection_that_is_not_active_opens_no_session_and_ends_those_that_are() {
    let world = World::new().await;
    for state in CLOSED {
        let (mut arriving, mut known) = (world.browser(), world.browser());
        known.sign_in(&world, &world.contoso, SIMON).await;
        let begun = arriving.begin(&world, &world.contoso).await;
        let answer = arriving.submit(&world.contoso.answers(SIMON, &begun)).await;
        world.set_state_of(&world.contoso, state).await;
        assert!(!known.is_signed_in().await, "{state}");
        world.refused(&arriving.follow(&answer).await, 403, "connection.disabled");
        world.set_state_of(&world.contoso, Active).await;
        assert!(!known.is_signed_in().await, "{state}: what has ended does not come back");
        world.refused(&arriving.follow(&answer).await, 403, "hop.missed");
        known.sign_in(&world, &world.contoso, SIMON).await;
    }
}
