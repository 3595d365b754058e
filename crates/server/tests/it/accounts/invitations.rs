//! An invitation: opened by anybody and anything, redeemed once, by a button; who it is, the identity provider says.

use landfall_accounts::EventKind::{AccountChanged, AccountLinked, InvitationRefused, LoginAccepted};
use landfall_accounts::{InvitationLifetime, UserState};
use landfall_http::InvitationLink;
use time::Duration;

use crate::world::{Answer, Form, HOME, LINDQVIST, MILLISECOND, REYES, SIMON, World};

const DEAD: &str = "This invitation cannot be used any more.";

/// Invites somebody of contoso as an operator would, and gives the address that is sent to them.
async fn invite(world: &World, user_name: &str) -> String {
    let link = InvitationLink::new(&world.environment()).unwrap();
    let (tenant, name, now) = (world.contoso.tenant(), user_name.parse().unwrap(), world.clock.now());
    world.store.invite(&tenant, &name, &link.hash(), InvitationLifetime::default(), now).await.unwrap();
    link.address(&HOME.parse().unwrap())
}

/// The form of the page behind a link.
#[track_caller]
fn button(page: &Answer) -> Form {
    assert_eq!(page.status, 200, "{}", page.body);
    page.form(page.url.path())
}

#[tokio::test]
async fn who_is_invited_activates_the_account_and_signs_in_at_the_identity_provider() {
    let world = World::new().await;
    world.set("jit", "off").await;
    let address = invite(&world, SIMON).await;
    let mut browser = world.browser();
    for _ in 0..3 {
        let page = browser.get(&address).await;
        assert!(page.page(200).contains("Activate your account") && page.cookies().is_empty());
        assert!(!page.body.contains("Simon"), "it does not say whose it is: {}", page.body);
    }
    assert_eq!(world.user(SIMON).await.state, UserState::Pending, "a scanner that opens it changes nothing");
    let arrives = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    world.refused(&arrives, 403, "account.awaiting_activation");

    let form = button(&browser.get(&address).await);
    let done = browser.submit(&form).await;
    assert!(done.page(200).contains("Your account is active"), "{}", done.body);
    assert!(done.cookies().is_empty() && !browser.is_signed_in().await, "it signs nobody in");
    assert_eq!(world.kinds_of(&done).await, [AccountChanged]);
    assert_eq!(world.user(SIMON).await.state, UserState::Active);

    let to_idp = browser.submit(&done.form("login_name")).await;
    assert!(to_idp.location().contains("login_hint=B.Simon%40contoso.example"), "{}", to_idp.location());
    let begun = browser.begun(&world, &to_idp).await;
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_first_login_links_as_ever() {
    let world = World::new().await;
    let address = invite(&world, SIMON).await;
    let mut browser = world.browser();
    let form = button(&browser.get(&address).await);
    browser.submit(&form).await;
    let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountLinked, LoginAccepted]);
}

#[tokio::test]
async fn e20_dead_links_read_the_same_and_the_operator_sees_which_is_which() {
    let world = World::new().await;
    let mut browser = world.browser();
    let tenant = world.contoso.tenant();
    let used = invite(&world, SIMON).await;
    let form = button(&browser.get(&used).await);
    browser.submit(&form).await;
    let replaced = invite(&world, LINDQVIST).await;
    let withdrawn = invite(&world, LINDQVIST).await;
    let name = LINDQVIST.parse().unwrap();
    world.store.withdraw_invitation(&tenant, &name, world.clock.now()).await.unwrap();
    let activated = invite(&world, LINDQVIST).await;
    world.set_state(&world.user(LINDQVIST).await, UserState::Active).await;
    let unknown = InvitationLink::new(&world.environment()).unwrap().address(&HOME.parse().unwrap());

    let apart = |answer: &Answer| answer.body.replace(answer.trace(), "");
    let expected = apart(&browser.get(&unknown).await);
    for (address, code) in [
        (&used, "invitation.used"),
        (&replaced, "invitation.replaced"),
        (&withdrawn, "invitation.withdrawn"),
        (&activated, "invitation.not_pending"),
        (&unknown, "invitation.unknown"),
        (&format!("{HOME}/activate/x"), "invitation.unknown"),
    ] {
        let shown = browser.get(address).await;
        world.refused(&shown, 404, code);
        let pressed = browser.submit(&Form::own(address.strip_prefix(HOME).unwrap())).await;
        world.refused(&pressed, 404, code);
        for answer in [&shown, &pressed] {
            assert!(answer.body.contains(DEAD));
            assert_eq!(apart(answer), expected, "{code}");
        }
        assert_eq!(world.kinds_of(&shown).await, [], "to look leaves nothing");
        let events = world.events_of(&pressed).await;
        match code {
            "invitation.unknown" => assert!(events.is_empty(), "strangers fill no log: {events:?}"),
            _ => {
                assert_eq!(events[0].kind, InvitationRefused);
                assert!(events[0].detail.as_str().contains(code) && events[0].user.is_some(), "{events:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_link_counts_for_seven_days() {
    let world = World::new().await;
    let (late, last) = (invite(&world, SIMON).await, invite(&world, LINDQVIST).await);
    let mut browser = world.browser();
    let page = browser.get(&late).await;
    world.clock.advance(Duration::days(7) - MILLISECOND);
    let form = button(&browser.get(&last).await);
    assert_eq!(browser.submit(&form).await.status, 200);
    world.clock.advance(MILLISECOND);
    world.refused(&browser.get(&late).await, 404, "invitation.expired");
    world.refused(&browser.submit(&button(&page)).await, 404, "invitation.expired");
    assert_eq!(world.user(SIMON).await.state, UserState::Pending);
}

#[tokio::test]
async fn a_link_is_redeemed_from_its_own_page_alone() {
    let world = World::new().await;
    let address = invite(&world, SIMON).await;
    let mut browser = world.browser();
    let form = button(&browser.get(&address).await);
    for origin in [None, Some("null"), Some("https://evil.example"), Some("http://sso.example")] {
        world.refused(&browser.post(&form, origin).await, 403, "origin");
    }
    assert_eq!(world.user(SIMON).await.state, UserState::Pending);
    assert_eq!(browser.post(&form, Some(HOME)).await.status, 200);
}

#[tokio::test]
async fn h12_the_link_is_in_no_log_no_database_and_no_referer() {
    let world = World::new().await;
    let address = invite(&world, SIMON).await;
    let (path, secret) = (address.strip_prefix(HOME).unwrap(), address.rsplit('/').next().unwrap());
    assert!(path.starts_with("/activate/") && secret.len() == 43, "{path}");
    let mut browser = world.browser();
    let page = browser.get(&address).await;
    let done = browser.submit(&button(&page)).await;
    let dead = browser.get(&address).await;
    for answer in [&page, &done, &dead] {
        assert_eq!(answer.header("referrer-policy"), Some("strict-origin"), "{}", answer.status);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert!(!done.body.contains(secret) && !dead.body.contains(secret));
    assert!(world.log().contains("/activate/"), "{}", world.log());
    assert!(!world.log().contains(secret), "the log has the link");
    assert!(!world.database_bytes().await.windows(secret.len()).any(|part| part == secret.as_bytes()));
    let events = format!("{:?}", world.events().await);
    assert!(!events.contains(secret) && !events.contains("Simon"), "{events}");
}

#[tokio::test]
async fn g4_another_customer_gains_nothing_by_an_invitation() {
    let world = World::new().await;
    let address = invite(&world, SIMON).await;
    // Its administrator learns the link, and redeems it: the account is active, and still contoso's alone.
    let mut mallory = world.browser();
    let form = button(&mallory.get(&address).await);
    assert_eq!(mallory.submit(&form).await.status, 200);
    let impostor = world.fabrikam.person(SIMON);
    let answer = mallory.arrive(&world, &world.fabrikam, &impostor, |_| ()).await;
    world.refused(&answer, 403, "domain.other_tenant");
    assert!(!mallory.is_signed_in().await);
    let simon = world.user(SIMON).await;
    assert!(world.store.identities_of(&simon.id).await.unwrap().is_empty());
    // Nor does an invitation of fabrikam make a login of contoso's identity provider fabrikam's.
    let link = InvitationLink::new(&world.environment()).unwrap();
    let (tenant, now) = (world.fabrikam.tenant(), world.clock.now());
    let name = SIMON.parse().unwrap();
    world.store.invite(&tenant, &name, &link.hash(), InvitationLifetime::default(), now).await.unwrap();
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert!(world.users(&world.fabrikam).await.iter().all(|user| user.state == UserState::Pending));
    world.browser().sign_in(&world, &world.fabrikam, REYES).await;
}
