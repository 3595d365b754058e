//! Logins from their begin to the account page.

use crate::world::{Browser, DOUBLE, LINDQVIST, SIMON, World};

/// Signs in at My Apps and clicks the tile.
async fn click_the_tile(world: &World, browser: &Browser) {
    browser.open(&world.at_double("/myapps")).await;
    browser.sees(DOUBLE).await;
    world.authenticate(browser, SIMON).await;
    browser.sees("My Apps").await;
    browser.press("iPass SmartConnect IdP-initiated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sp_initiated_by_the_domain_of_the_landing_page() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.begin(&browser, "/account?from=a-link").await;
    assert!(browser.url().await.starts_with(&world.at_double("/")));
    world.authenticate(&browser, SIMON).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.url().await, world.at("/account?from=a-link"));
    assert_eq!(browser.term("User name").await, SIMON);
    assert_eq!(browser.cookies(&world.at("/")).await, ["__Host-landfall-session"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn idp_initiated_by_the_tile_restarts_and_ends_signed_in() {
    let (world, browser) = (World::start().await, Browser::start().await);
    click_the_tile(&world, &browser).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(world.requests(), 1, "Landfall asked by itself");
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
    assert_eq!(browser.cookies(&world.at("/")).await, ["__Host-landfall-session"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn idp_initiated_by_the_tile_is_accepted_where_the_connection_says_so() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.command("connection set contoso unsolicited=accept");
    click_the_tile(&world, &browser).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(world.requests(), 0, "Landfall took what it did not ask for");
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
    assert_eq!(browser.cookies(&world.at("/")).await, ["__Host-landfall-session"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_at_once_both_end_signed_in() {
    let (world, browser) = (World::start().await, Browser::start().await);
    let first = browser.driver.window().await.unwrap();
    world.begin(&browser, "/account?tab=1").await;
    let second = browser.driver.new_tab().await.unwrap();
    browser.driver.switch_to_window(second.clone()).await.unwrap();
    world.begin(&browser, "/account?tab=2").await;

    for (tab, target) in [(&first, "/account?tab=1"), (&second, "/account?tab=2")] {
        browser.driver.switch_to_window(tab.clone()).await.unwrap();
        browser.sees(DOUBLE).await;
        world.authenticate(&browser, SIMON).await;
        browser.sees("Where you are signed in").await;
        assert_eq!(browser.url().await, world.at(target));
    }
    for tab in [first, second] {
        browser.driver.switch_to_window(tab).await.unwrap();
        assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_posted_reaches_the_identity_provider() {
    let (world, browser) = (World::with_post_binding(|own, _| own.to_owned()).await, Browser::start().await);
    world.sign_in(&browser, SIMON).await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_posted_reaches_an_identity_provider_that_sends_it_on() {
    let world = World::with_post_binding(|own, outsider| outsider.onward(own)).await;
    let browser = Browser::start().await;
    world.sign_in(&browser, LINDQVIST).await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(LINDQVIST));
}
