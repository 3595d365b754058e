//! What comes from elsewhere opens nothing here: responses of other people, hops without their cookies.

use landfall_entra_twin::Driver;
use serde_json::json;
use url::Url;

use crate::world::{Browser, DOUBLE, LINDQVIST, SIMON, World};

/// What the page of a login from another browser says.
const FOREIGN: &str = "This sign-in was started in another browser.";

async fn refused_as_foreign(browser: &Browser) {
    browser.sees(FOREIGN).await;
    assert_eq!(browser.status().await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_response_opens_no_session() {
    let (world, browser) = (World::start().await, Browser::start().await);
    let attack = async || {
        let login = world.begun_elsewhere().await;
        let form = world.answer(&login, LINDQVIST).await;
        browser.open(&world.outsider.posts(&form)).await;
        refused_as_foreign(&browser).await;
    };
    attack().await;
    assert_eq!(world.who(&browser).await, None);

    // The same page with the answer to a login of this browser: who began it is what counts.
    world.begin(&browser, "/account").await;
    let login = browser.url().await.parse().unwrap();
    let form = world.answer(&login, SIMON).await;
    browser.open(&world.outsider.posts(&form)).await;
    browser.sees("Where you are signed in").await;

    attack().await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_unsolicited_response_begins_a_login_and_opens_nothing() {
    let (world, browser) = (World::start().await, Browser::start().await);
    let form = world.unasked(LINDQVIST).await;
    browser.open(&world.outsider.posts(&form)).await;
    browser.sees(DOUBLE).await;
    assert_eq!((world.requests(), world.who(&browser).await), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_unsolicited_response_replaces_no_session_unasked() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.command("connection set contoso unsolicited=accept");
    world.sign_in(&browser, SIMON).await;
    let attack = async || {
        let form = world.unasked(LINDQVIST).await;
        browser.open(&world.outsider.posts(&form)).await;
        browser.sees("Change account?").await;
    };
    attack().await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
    attack().await;
    browser.press("Stay signed in").await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.term("User name").await, SIMON);
    attack().await;
    browser.press("Change account").await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.term("User name").await, LINDQVIST);
    // Her own response needs no question.
    let form = world.unasked(LINDQVIST).await;
    browser.open(&world.outsider.posts(&form)).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.term("User name").await, LINDQVIST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hop_without_its_cookies_opens_none() {
    let (world, browser) = (World::start().await, Browser::start().await);

    let login = world.begun_elsewhere().await;
    browser.open(&posted_elsewhere(&world, &login).await).await;
    refused_as_foreign(&browser).await;
    assert_eq!((world.who(&browser).await, browser.cookies(&world.at("/")).await.len()), (None, 0));

    // With the cookie of the begin alone: somebody else posted the response.
    world.begin(&browser, "/account").await;
    let login = browser.url().await.parse().unwrap();
    browser.open(&posted_elsewhere(&world, &login).await).await;
    refused_as_foreign(&browser).await;
    assert_eq!((world.who(&browser).await, browser.cookies(&world.at("/")).await.len()), (None, 1));

    // With the cookie of the hop alone: that of the begin is gone.
    world.begin(&browser, "/account").await;
    for name in browser.cookies(&world.at("/")).await {
        let cookie = json!({ "name": name, "url": world.at("/") });
        browser.devtools("Network.deleteCookies", cookie).await;
    }
    world.authenticate(&browser, SIMON).await;
    refused_as_foreign(&browser).await;
    assert_eq!(world.who(&browser).await, None);

    // With both; the double still knows who it is.
    browser.open(&world.at("/sso/contoso")).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(browser.term("User name").await, SIMON);
}

/// Where the hop of a login is, when its response was posted by a browser that has no cookies.
async fn posted_elsewhere(world: &World, login: &Url) -> String {
    let form = world.answer(login, SIMON).await;
    let page = Driver::new().unwrap().submit(&form, &[]).await.unwrap();
    assert_eq!((page.url.path(), page.status), ("/saml/hop", 403));
    page.url.into()
}
