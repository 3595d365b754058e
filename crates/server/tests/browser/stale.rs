//! Old pages: the back button, reloading, a bookmark.

use thirtyfour::By;

use crate::world::{Browser, DOUBLE, SIMON, World};

/// What the page of a response that was used before says.
const USED: &str = "This sign-in has already been used.";

/// The page that refuses is open: it opens no session, and leads to one.
async fn leads_to_a_session(world: &World, browser: &Browser) {
    assert_eq!((browser.url().await, browser.status().await), (world.at("/saml/acs"), 403));
    browser.press("Sign in again").await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.term("User name").await, SIMON);
}

/// Goes back once; whether the browser is at the page of the double that carried the response, and asks first.
///
/// Where a page sends its form before it is complete, it has no place in the history: then the page before comes.
async fn back_is_asked(browser: &Browser) -> bool {
    const ASKED: &str = "ERR_CACHE_MISS";
    browser.driver.back().await.unwrap();
    let places = format!("//body[contains(., '{ASKED}')] | //h1[normalize-space()='{USED}']");
    browser.finds(By::XPath(places)).await;
    browser.text().await.contains(ASKED)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_button_onto_the_acs() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.sign_in(&browser, SIMON).await;
    if back_is_asked(&browser).await {
        // Sends the password again, and the double answers the same request once more.
        browser.driver.refresh().await.unwrap();
    }
    browser.sees(USED).await;
    // And the form once more, as it was.
    browser.driver.refresh().await.unwrap();
    browser.sees(USED).await;
    leads_to_a_session(&world, &browser).await;
    // Its address without the form.
    browser.open(&world.at("/saml/acs")).await;
    assert_eq!(browser.status().await, 405);
    browser.press("Sign in again").await;
    browser.sees("Where you are signed in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_button_onto_the_page_of_the_identity_provider() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.sign_in(&browser, SIMON).await;
    if back_is_asked(&browser).await {
        browser.driver.back().await.unwrap();
    }
    browser.sees(USED).await;
    leads_to_a_session(&world, &browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bookmarked_page_of_the_identity_provider_with_an_answered_request() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.begin(&browser, "/account").await;
    let bookmark = browser.url().await;
    world.authenticate(&browser, SIMON).await;
    browser.sees("Where you are signed in").await;

    browser.open(&bookmark).await;
    browser.sees(USED).await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON), "the session lives");
    browser.open(&bookmark).await;
    browser.sees(USED).await;
    leads_to_a_session(&world, &browser).await;

    let tomorrow = Browser::start().await;
    tomorrow.open(&bookmark).await;
    tomorrow.sees(DOUBLE).await;
    world.authenticate(&tomorrow, SIMON).await;
    tomorrow.sees(USED).await;
    assert_eq!(world.who(&tomorrow).await, None);
    tomorrow.open(&bookmark).await;
    tomorrow.sees(USED).await;
    leads_to_a_session(&world, &tomorrow).await;
}
