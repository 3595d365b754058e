//! Applications that a proxy guards: who gets in, what they are told of whom, and who does not.

mod checks;
mod entries;
mod proxy;
mod remembered;
mod sign_out;

use landfall_accounts::{SiteOrigin, SiteRules};

use crate::world::{Answer, Browser, SIMON, World};
use proxy::PROXY;

/// The host of the application.
pub(super) const APP: &str = "app.example";
pub(super) const WIKI: &str = "wiki.example";
pub(super) const COOKIE: &str = "__Host-landfall-site";

/// Landfall with a proxy in front of two applications, which admit whoever is signed in.
pub(super) async fn guarded() -> World {
    let mut world = World::new().await;
    world.trust(PROXY);
    for host in [APP, WIKI] {
        world.store.create_site(site(host), SiteRules::default(), world.clock.now()).await.unwrap();
        proxy::stand_before(&world, host);
    }
    world
}

pub(super) fn site(host: &str) -> SiteOrigin {
    format!("https://{host}").parse().unwrap()
}

pub(super) fn at(host: &str, path: &str) -> String {
    format!("https://{host}{path}")
}

/// Follows redirects as far as they lead by themselves.
pub(super) async fn follow_all(browser: &mut Browser, mut answer: Answer) -> Answer {
    for _ in 0..10 {
        if answer.status != 303 {
            return answer;
        }
        answer = browser.follow(&answer).await;
    }
    panic!("a circle at {}", answer.url)
}

/// Opens a page of the application, signs B.Simon in on the way, and gives the page.
pub(super) async fn enter(world: &World, browser: &mut Browser, host: &str, path: &str) -> Answer {
    let answer = browser.get(&at(host, path)).await;
    let landing = follow_all(browser, answer).await;
    let form = landing.form("login_name").with("login_name", SIMON);
    let to_idp = browser.submit(&form).await;
    let begun = browser.begun(world, &to_idp).await;
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let page = follow_all(browser, answer).await;
    assert_eq!((page.status, page.url.as_str()), (200, at(host, path).as_str()), "{}", page.body);
    page
}
