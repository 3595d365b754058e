//! What one address, and one connection, may ask for.

use std::num::NonZeroU32;

use landfall_http::{Limits, Rate};
use time::Duration;

use crate::world::{Answer, Browser, REYES, SIMON, World};

const SECOND: Duration = Duration::SECOND;
/// The pages of the share of an address, each as it answers somebody who brings nothing.
const LIMITED: [(&str, u16); 5] = [
    ("/sso", 200),
    ("/ClientActivation/ssolanding.go", 200),
    ("/sso/nobody", 404),
    ("/activate/nothing", 404),
    ("/saml/slo", 400),
];

/// So many at once, and one a second.
fn rate(burst: u32) -> Rate {
    Rate { burst: NonZeroU32::new(burst).unwrap(), per_second: NonZeroU32::MIN }
}

async fn limited(edit: impl FnOnce(&mut Limits)) -> World {
    let mut limits = Limits::default();
    edit(&mut limits);
    let mut world = World::new().await;
    world.limit(limits);
    world
}

#[track_caller]
fn used_up(world: &World, answer: &Answer, code: &str) {
    world.refused(answer, 429, code);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(answer.body.contains("Too many requests came at this moment."), "{}", answer.body);
}

async fn get(browser: &mut Browser, path: &str, status: u16) {
    assert_eq!(browser.get(path).await.status, status, "{path}");
}

#[tokio::test]
async fn d12_one_address_uses_up_its_own_share() {
    let world = limited(|limits| limits.address = rate(5)).await;
    let mut one = world.browser().at("192.0.2.1");
    for (path, status) in LIMITED {
        get(&mut one, path, status).await;
    }
    let events = world.events().await.len();
    for (path, _) in LIMITED {
        used_up(&world, &one.get(path).await, "limit.address");
    }
    let unasked = world.contoso.unasked(SIMON);
    used_up(&world, &one.submit(&unasked).await, "limit.address");
    assert_eq!(world.events().await.len(), events, "nothing is written for them");
    // What costs next to nothing, and what somebody has begun, goes on.
    for (path, status) in [("/saml/metadata", 200), ("/account", 303), ("/healthz", 200), ("/saml/hop", 403)]
    {
        get(&mut one, path, status).await;
    }

    get(&mut world.browser().at("192.0.2.2"), "/sso", 200).await;
    get(&mut world.browser(), "/sso", 200).await;
    world.clock.advance(SECOND);
    get(&mut one, "/sso", 200).await;
    used_up(&world, &one.get("/sso").await, "limit.address");
}

#[tokio::test]
async fn d12_one_subscriber_of_ipv6_has_one_share() {
    let world = limited(|limits| limits.address = rate(2)).await;
    get(&mut world.browser().at("2001:db8:1:2::1"), "/sso", 200).await;
    get(&mut world.browser().at("2001:db8:1:2::2"), "/sso", 200).await;
    used_up(&world, &world.browser().at("2001:db8:1:2:ffff::3").get("/sso").await, "limit.address");
    get(&mut world.browser().at("2001:db8:1:3::1"), "/sso", 200).await;
}

#[tokio::test]
async fn d12_logins_that_begin_use_up_the_share_of_their_connection() {
    let world = limited(|limits| limits.connection = rate(2)).await;
    let mut simon = world.browser();
    let begun = simon.begin(&world, &world.contoso).await;
    assert_eq!(world.browser().enter(SIMON).await.status, 303);
    used_up(&world, &world.browser().get(&world.contoso.start()).await, "limit.connection");
    used_up(&world, &world.browser().enter(SIMON).await, "limit.connection");

    // Who has begun comes to an end, and another customer is not concerned.
    let answer = simon.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(simon.follow(&answer).await.location(), "/account");
    world.browser().sign_in(&world, &world.fabrikam, REYES).await;
    world.clock.advance(SECOND);
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
}

#[tokio::test]
async fn d12_responses_that_nobody_asked_for_do_not_hold_up_those_that_somebody_did() {
    let world = limited(|limits| limits.connection = rate(2)).await;
    let mut simon = world.browser();
    let begun = simon.begin(&world, &world.contoso).await;
    for _ in 0..2 {
        let answer = world.browser().submit(&world.contoso.unasked(SIMON)).await;
        assert!(answer.location().starts_with("/saml/hop?h="));
    }
    let events = world.events().await.len();
    used_up(&world, &world.browser().submit(&world.contoso.unasked(SIMON)).await, "limit.connection");
    assert_eq!(world.events().await.len(), events, "nothing is written for it");

    let answer = simon.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(simon.follow(&answer).await.location(), "/account");
    // The login that such a response begins counts as that response alone.
    world.browser().begin(&world, &world.contoso).await;
}

#[tokio::test]
async fn d12_answers_to_one_request_are_bounded() {
    let world = limited(|limits| limits.connection = rate(2)).await;
    let mut simon = world.browser();
    let begun = simon.begin(&world, &world.contoso).await;
    let honest = world.contoso.answers(SIMON, &begun);
    let forged = honest.clone().with("SAMLResponse", &damaged(honest.value("SAMLResponse").unwrap()));
    for _ in 0..2 {
        world.refused(&world.browser().submit(&forged).await, 403, "signature.digest");
    }
    used_up(&world, &world.browser().submit(&forged).await, "limit.connection");
    world.clock.advance(SECOND);
    let answer = simon.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(simon.follow(&answer).await.location(), "/account");
}

/// The response with another name in it.
fn damaged(response: &str) -> String {
    let xml = String::from_utf8(landfall_xmldsig::decode_base64(response).unwrap()).unwrap();
    landfall_xmldsig::encode_base64(xml.replace(">Simon<", ">Other<").as_bytes())
}
