//! Where a person goes after a login: a path of ours, or a listed origin, and nowhere else.

use url::form_urlencoded::byte_serialize;

use crate::world::{SIMON, World};

const EVIL: &[&str] = &[
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\u{0}//evil.example/",
    "/.//evil.example/",
    "/./\\evil.example/",
    "/account/..//evil.example/",
    "/%2e//evil.example/",
    "https://sso.example//evil.example/",
    "https://sso.example@evil.example/",
    "https://sso.example.evil.example/",
    "http://sso.example/account",
    "https://app.example@evil.example/",
    "https://app.example:444/",
    "http://app.example/",
    "https://user@app.example/",
    "https://sub.app.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
];

/// A path with a target in its query.
fn with_target(path: &str, target: &str) -> String {
    let encoded: String = byte_serialize(target.as_bytes()).collect();
    format!("{path}?target={encoded}")
}

#[tokio::test]
async fn a_login_ends_where_it_was_wanted() {
    let world = World::new().await;
    for (target, location) in [
        ("", "/account"),
        ("/account", "/account"),
        ("/reports?year=2030&month=1", "/reports?year=2030&month=1"),
        ("/a/../b", "/b"),
        ("https://sso.example/x", "/x"),
        ("https://app.example", "https://app.example/"),
        ("https://app.example/a?b=c#d", "https://app.example/a?b=c#d"),
    ] {
        let mut browser = world.browser();
        let begun = browser.get(&with_target(&world.contoso.start(), target)).await;
        let begun = browser.begun(&world, &begun).await;
        let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
        assert_eq!(browser.follow(&answer).await.location(), location, "{target}");
    }
}

#[tokio::test]
async fn e17_no_page_takes_a_target_elsewhere() {
    let world = World::new().await;
    let form = world.browser().get("/sso").await.form("login_name").with("login_name", SIMON);
    for target in EVIL {
        for path in ["/sso", "/ClientActivation/ssolanding.go", "/sso/contoso-entra"] {
            let answer = world.browser().get(&with_target(path, target)).await;
            world.refused(&answer, 400, "target");
            assert!(!answer.body.contains("evil") && !answer.body.contains("alert"), "{}", answer.body);
        }
        let answer = world.browser().submit(&form.clone().with("target", target)).await;
        world.refused(&answer, 400, "target");
    }
    assert_eq!(world.browser().submit(&form.with("target", "/account")).await.status, 303);
}

#[tokio::test]
async fn e17_whoever_is_signed_in_is_sent_nowhere_else_either() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for target in EVIL {
        world.refused(&browser.get(&with_target("/sso", target)).await, 400, "target");
    }
    assert_eq!(browser.get(&with_target("/sso", "/x")).await.location(), "/x");
}

#[tokio::test]
async fn a_target_is_bounded() {
    let world = World::new().await;
    let path = |length: usize| with_target("/sso", &format!("/{}", "x".repeat(length - 1)));
    assert_eq!(world.browser().get(&path(2048)).await.status, 200);
    world.refused(&world.browser().get(&path(2049)).await, 400, "target");
}

#[tokio::test]
async fn a_target_stays_with_the_form_that_was_filled_in_wrongly() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/sso?target=/reports").await;
    let again = browser.submit(&page.form("login_name").with("login_name", "nobody")).await;
    let form = again.form("login_name");
    assert_eq!((form.value("target"), form.action.as_str()), (Some("/reports"), "https://sso.example/sso"));
}
