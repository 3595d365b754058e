//! The ends of sessions, and of logins that would not end.

use thirtyfour::By;

use crate::appearance::check;
use crate::world::{Browser, DOUBLE, SIMON, World};

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_ends_the_session() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.sign_in(&browser, SIMON).await;
    assert!(world.command("session list").contains(SIMON));
    browser.press("Sign out").await;
    browser.sees("You are signed out.").await;
    assert!(!world.command("session list").contains(SIMON));
    assert!(browser.cookies(&world.at("/")).await.is_empty());
    assert_eq!(world.who(&browser).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_from_another_browser() {
    let world = World::start().await;
    let (here, there) = (Browser::start().await, Browser::start().await);
    world.sign_in(&there, SIMON).await;
    world.sign_in(&here, SIMON).await;
    assert_eq!(here.count("li").await, 2);
    here.press("End").await;
    here.finds(By::Css("li:only-child")).await;
    assert_eq!(here.url().await, world.at("/account"));
    assert_eq!(world.who(&there).await, None);
    assert_eq!(world.who(&here).await.as_deref(), Some(SIMON));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_ends_from_one_browser() {
    let world = World::start().await;
    let (here, there) = (Browser::start().await, Browser::start().await);
    world.sign_in(&there, SIMON).await;
    world.sign_in(&here, SIMON).await;
    check(&here, "Where you are signed in").await;
    here.press("End all others").await;
    here.finds(By::Css("li:only-child")).await;
    assert_eq!(world.who(&here).await.as_deref(), Some(SIMON));
    there.open(&world.at("/account")).await;
    there.finds(By::Css("p[role=status]")).await;
    check(&there, "Sign in").await;
    // The double knows the person still.
    there.open(&world.at("/sso/contoso")).await;
    there.sees("Where you are signed in").await;
    there.press("Sign out everywhere").await;
    there.sees("You are signed out.").await;
    assert_eq!((world.who(&here).await, world.who(&there).await), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_restart_at_once_is_refused_as_a_loop() {
    let (world, browser) = (World::start().await, Browser::start().await);
    let unasked = async || {
        let form = world.unasked(SIMON).await;
        browser.open(&world.outsider.posts(&form)).await;
    };
    unasked().await;
    browser.sees(DOUBLE).await;
    unasked().await;
    check(&browser, "The sign-in went in a circle.").await;
    assert_eq!((browser.status().await, world.requests()), (403, 1));
    // A login that ends signed in is no loop, and the next one may restart again.
    world.sign_in(&browser, SIMON).await;
    unasked().await;
    browser.sees("Where you are signed in").await;
}
