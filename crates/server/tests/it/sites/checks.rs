//! What a check says: to a person, to a program, to the application.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Method, Request};
use landfall_accounts::{SiteRules, UserState};
use landfall_http::{Limits, Rate};
use url::Url;

use super::{APP, COOKIE, WIKI, at, enter, guarded, proxy::PROXY, site};
use crate::world::{Answer, Browser, SIMON, World};

const PAGE: (&str, &str) = ("accept", "text/html");

/// What Landfall answers to a proxy that asks about the front page of the application, with these headers of a client.
async fn check(world: &World, path: &str, method: Method, cookie: &str, more: &[(&str, &str)]) -> Answer {
    let url = Url::parse(&format!("https://sso.example{path}")).unwrap();
    let mut request = Request::builder().method(method).uri(url.as_str());
    for (name, value) in
        [("x-forwarded-proto", "https"), ("x-forwarded-host", APP), ("x-forwarded-uri", "/x?y=z")]
            .iter()
            .chain(more)
    {
        request = request.header(*name, *value);
    }
    let mut browser = world.browser().at(PROXY);
    browser.plant(COOKIE, cookie);
    browser.send(&url, None, request.body(Body::empty()).unwrap()).await
}

/// The token of whoever is at the application in a browser.
fn token(browser: &Browser) -> String {
    browser.cookies_at(APP).iter().find(|(name, _)| *name == COOKIE).unwrap().1.to_owned()
}

#[tokio::test]
async fn a_person_is_led_to_the_sign_in_and_a_program_is_not() {
    let world = guarded().await;
    let start = "https://app.example/.landfall/start?rd=%2Fx%3Fy%3Dz";
    for (path, more, expected) in [
        ("/auth/verify", &[PAGE][..], (401, Some(start), None)),
        ("/auth/verify", &[PAGE, ("sec-fetch-mode", "navigate")], (401, Some(start), None)),
        ("/auth/verify/redirect", &[PAGE], (303, None, Some(start))),
        ("/auth/verify/redirect/x", &[PAGE], (303, None, Some(start))),
        ("/auth/verify", &[], (401, None, None)),
        ("/auth/verify/redirect", &[], (401, None, None)),
        ("/auth/verify/redirect", &[PAGE, ("sec-fetch-mode", "cors")], (401, None, None)),
        ("/auth/verify/redirect", &[PAGE, ("x-forwarded-method", "POST")], (401, None, None)),
        ("/auth/verify/redirect", &[PAGE, ("x-requested-with", "XMLHttpRequest")], (401, None, None)),
    ] {
        let answer = check(&world, path, Method::GET, "", more).await;
        let found = (answer.status, answer.header("x-landfall-location"), answer.header("location"));
        assert_eq!(found, expected, "{path} {more:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let challenge = (answer.status == 401).then_some("Landfall realm=\"https://app.example\"");
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert!(answer.cookies().is_empty());
    }
    // A proxy that puts the path behind the address, and asks with the method of the request itself.
    for (path, target) in
        [("/", "%2F"), ("/reports?year=2030", "%2Freports%3Fyear%3D2030"), ("//evil.example", "%2F")]
    {
        let url = Url::parse(&format!("https://sso.example/auth/verify/redirect{path}")).unwrap();
        let request =
            Request::get(url.as_str()).header("x-forwarded-proto", "https").header("x-forwarded-host", APP);
        let request = request.header(PAGE.0, PAGE.1).body(Body::empty()).unwrap();
        let answer = world.browser().at(PROXY).send(&url, None, request).await;
        assert_eq!(answer.location(), format!("https://app.example/.landfall/start?rd={target}"));
    }
    let answer = check(&world, "/auth/verify/redirect/x", Method::POST, "", &[PAGE]).await;
    assert_eq!((answer.status, answer.header("location")), (401, None));
    assert_eq!(check(&world, "/auth/verify/redirect/x", Method::HEAD, "", &[PAGE]).await.status, 303);
}

#[tokio::test]
async fn a_deep_link_that_leads_elsewhere_is_given_up() {
    let world = guarded().await;
    for uri in ["//evil.example", "/\\evil.example", "https://evil.example/", "/.//evil.example"] {
        let url = Url::parse("https://sso.example/auth/verify").unwrap();
        let request = Request::get(url.as_str())
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", APP)
            .header("x-forwarded-uri", uri)
            .header(PAGE.0, PAGE.1);
        let answer = world.browser().at(PROXY).send(&url, None, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-landfall-location"), Some("https://app.example/.landfall/start?rd=%2F"));
    }
}

#[tokio::test]
async fn headers_of_a_client_do_not_reach_the_application() {
    let world = guarded().await;
    let mut browser = world.browser();
    let honest = enter(&world, &mut browser, APP, "/").await.body;
    let url = Url::parse(&at(APP, "/")).unwrap();
    let request = Request::get(url.as_str())
        .header("X-Landfall-User", "root")
        .header("x-landfall-roles", "admin")
        .header("X-LANDFALL-JWT", "forged")
        .header("x-forwarded-host", WIKI)
        .header("x-original-url", "https://wiki.example/");
    let spoofed = browser.send(&url, None, request.body(Body::empty()).unwrap()).await;
    assert_eq!((spoofed.status, spoofed.body), (200, honest));
}

#[tokio::test]
async fn the_cookie_of_one_site_is_worth_nothing_at_another() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let token = token(&browser);
    let elsewhere = |host: &'static str| {
        let mut thief = world.browser();
        thief.plant_at(host, COOKIE, &token);
        async move { thief.get(&at(host, "/")).await.status }
    };
    // Whether or not it is remembered here.
    assert_eq!((elsewhere(WIKI).await, elsewhere(APP).await, elsewhere(WIKI).await), (303, 200, 303));
    let mut thief = world.browser();
    thief.plant("__Host-landfall-session", &token);
    assert!(!thief.is_signed_in().await, "nor at ours");
    let session = browser.cookie("__Host-landfall-session").unwrap().to_owned();
    assert_eq!(
        check(&world, "/auth/verify", Method::GET, &session, &[]).await.status,
        401,
        "and the other way"
    );
}

#[tokio::test]
async fn e22_another_host_in_the_headers_is_another_site() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let token = token(&browser);
    assert_eq!(check(&world, "/auth/verify", Method::GET, &token, &[]).await.status, 200);
    for more in [("x-forwarded-host", WIKI), ("x-forwarded-host", APP), ("x-forwarded-proto", "https")] {
        let answer = check(&world, "/auth/verify", Method::GET, &token, &[more]).await;
        assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.header")), "{more:?}");
    }
    let url = Url::parse("https://sso.example/auth/verify").unwrap();
    let mut outside = world.browser().at("192.0.2.1");
    outside.plant(COOKIE, &token);
    let request =
        Request::get(url.as_str()).header("x-forwarded-proto", "https").header("x-forwarded-host", APP);
    let answer = outside.send(&url, None, request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.no_proxy")));
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("x-landfall")));
}

#[tokio::test]
async fn a_path_of_ours_is_never_asked_about() {
    let world = guarded().await;
    let url = Url::parse("https://sso.example/auth/verify").unwrap();
    let request = Request::get(url.as_str())
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", APP)
        .header("x-forwarded-uri", "/.landfall/start?rd=/");
    let answer = world.browser().at(PROXY).send(&url, None, request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.own_path")));
}

#[tokio::test]
async fn whom_a_site_does_not_admit_any_more_is_refused_at_once() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let only = |roles: &[&str]| {
        let roles = roles.iter().map(|&role| role.to_owned()).collect();
        |before: SiteRules| before.with_roles(roles)
    };
    world.store.set_site(&site(APP), only(&["writer"]), world.clock.now()).await.unwrap();
    let answer = browser.get(&at(APP, "/")).await;
    assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.role")));
    assert!(answer.body.contains("/.landfall/landfall.css") && answer.body.contains(answer.trace()));
    world.store.set_site(&site(APP), only(&[]), world.clock.now()).await.unwrap();
    assert_eq!(browser.get(&at(APP, "/")).await.status, 200, "the cookie is as good as before");
    world.store.delete_site(&site(APP), world.clock.now()).await.unwrap();
    let answer = browser.get(&at(APP, "/")).await;
    assert_eq!((answer.status, world.code(&answer).as_deref()), (403, Some("site.unknown")));
}

#[tokio::test]
async fn a_check_leaves_no_line_in_the_log_if_it_passes() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let token = token(&browser);
    for (cookie, status, logged) in [(token.as_str(), 200, false), ("x", 401, true)] {
        let answer = check(&world, "/auth/verify", Method::GET, cookie, &[]).await;
        assert_eq!(answer.status, status);
        assert_eq!(world.log().contains(answer.trace()), logged);
    }
    assert!(!world.log().contains(&token) && !world.log().contains(SIMON));
}

/// What a proxy asks about may hold a secret of the application.
#[tokio::test]
async fn h12_a_path_at_a_site_is_not_in_the_log() {
    let world = guarded().await;
    for (path, method, status) in [
        ("/auth/verify/redirect/reset/s3cret-of-theirs", Method::GET, 303),
        ("/auth/verify/redirect/reset/s3cret-of-theirs", Method::POST, 401),
    ] {
        let answer = check(&world, path, method, "", &[PAGE]).await;
        assert_eq!(answer.status, status);
        let log = world.log();
        let line = log.lines().find(|line| line.contains(answer.trace())).unwrap();
        assert!(line.contains("/auth/verify/redirect"), "{line}");
        assert!(!log.contains("s3cret"), "{log}");
    }
}

/// Whether the host of a site is reached by https alone is not ours to say.
#[tokio::test]
async fn what_goes_out_at_a_site_says_nothing_of_its_transport() {
    let world = guarded().await;
    let strict = |answer: &Answer| {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{}", answer.url);
        answer.header("strict-transport-security").map(str::to_owned)
    };
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let token = token(&browser);
    for (path, cookie, status) in [
        ("/auth/verify", token.as_str(), 200),
        ("/auth/verify", "", 401),
        ("/auth/verify/redirect", "", 303),
        ("/auth/verify/redirect/x", "", 303),
    ] {
        let answer = check(&world, path, Method::GET, cookie, &[PAGE]).await;
        assert_eq!((answer.status, strict(&answer)), (status, None), "{path}");
    }
    for (path, status) in
        [("start", 303), ("callback", 400), ("sign-out", 303), ("landfall.css", 200), ("nothing", 404)]
    {
        let answer = browser.get(&at(APP, &format!("/.landfall/{path}"))).await;
        assert_eq!((answer.status, strict(&answer)), (status, None), "{path}");
    }
    for path in ["/auth/start", "/auth/sign-out", "/sso"] {
        assert_eq!(strict(&browser.get(path).await).as_deref(), Some("max-age=31536000"), "{path}");
    }
}

/// [attack D12]
#[tokio::test]
async fn d12_an_address_has_its_share_of_the_ways_to_sites() {
    let mut world = guarded().await;
    let mut limits = Limits::default();
    limits.address = Rate { burst: NonZeroU32::new(2).unwrap(), per_second: NonZeroU32::MIN };
    for path in
        ["/auth/start", "/auth/sign-out", "/.landfall/start", "/.landfall/callback", "/.landfall/sign-out"]
    {
        world.limit(limits);
        let mut one = world.browser().at("192.0.2.1");
        for _ in 0..2 {
            assert_ne!(one.get(path).await.status, 429, "{path}");
        }
        let answer = one.get(path).await;
        assert_eq!((answer.status, world.code(&answer).as_deref()), (429, Some("limit.address")), "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"));
        // It may be read at the host of a site, where the other paths are the application's.
        assert!(answer.body.contains("Too many requests came at this moment."), "{}", answer.body);
        assert!(!answer.body.contains("/sso") && answer.body.contains("/.landfall/landfall.css"));
        assert_ne!(world.browser().at("192.0.2.2").get(path).await.status, 429, "{path}");
    }
    // What a proxy asks about is not counted by its address.
    for _ in 0..5 {
        assert_eq!(check(&world, "/auth/verify", Method::GET, "", &[]).await.status, 401);
    }
}

#[tokio::test]
async fn a_store_that_cannot_answer_is_no_yes() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    let token = token(&browser);
    assert_eq!(check(&world, "/auth/verify", Method::GET, &token, &[]).await.status, 200);
    world.lose_the_store().await;
    // What is remembered counts for a moment, and then nothing does.
    assert_eq!(check(&world, "/auth/verify", Method::GET, &token, &[]).await.status, 200);
    world.clock.advance(time::Duration::milliseconds(250));
    for cookie in [token.as_str(), "x", ""] {
        let answer = check(&world, "/auth/verify", Method::GET, cookie, &[PAGE]).await;
        assert_eq!(
            (answer.status, world.code(&answer).as_deref()),
            (503, Some("store.unavailable")),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn a_suspended_person_is_led_to_the_sign_in() {
    let world = guarded().await;
    let mut browser = world.browser();
    enter(&world, &mut browser, APP, "/").await;
    world.set_state(&world.user(SIMON).await, UserState::Suspended).await;
    assert_eq!(browser.get(&at(APP, "/")).await.location(), "https://app.example/.landfall/start?rd=%2F");
}
