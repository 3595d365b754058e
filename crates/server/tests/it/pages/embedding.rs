//! An application in the same process that signs people in.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{get, post};
use landfall_accounts::EndReason;
use landfall_accounts::ports::SessionStore;
use landfall_http::{SignedIn, SignedInLayer, router};
use url::Url;

use crate::world::{Answer, Browser, HOME, NOW, SIMON, World};

async fn hello(person: SignedIn) -> String {
    let (user, connection) = (person.user(), person.connection());
    format!("{} of {} by {connection}", user.user_name.as_str(), person.tenant())
}

async fn whoever(person: Option<SignedIn>) -> String {
    person.map_or("nobody".to_owned(), |person| person.user().user_name.as_str().to_owned())
}

/// Landfall with an application beside it.
async fn world() -> World {
    let world = World::new().await;
    world.embed(|app| {
        let own = Router::new()
            .route("/hello", get(hello))
            .route("/write", post(hello))
            .layer(SignedInLayer::new(app.clone()));
        let open = Router::new()
            .route("/home", get(whoever))
            .route("/mine", get(hello))
            .layer(SignedInLayer::open(app.clone()));
        let bare = Router::new().route("/bare", get(hello)).route("/bare/open", get(whoever));
        let nested = Router::new().route("/deep", get(hello)).layer(SignedInLayer::new(app.clone()));
        let nested = Router::new().nest("/own", Router::new().nest("/part", nested));
        own.merge(open).merge(bare).merge(nested).merge(router(app))
    });
    world
}

/// As a browser does that goes somewhere, or as a script in it.
async fn asks(browser: &mut Browser, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let url = Url::parse(HOME).unwrap().join(path).unwrap();
    let mut request = Request::builder().method(method).uri(url.as_str());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(&url, None, request.body(Body::empty()).unwrap()).await
}

const NAVIGATES: (&str, &str) = ("sec-fetch-mode", "navigate");
const FETCHES: (&str, &str) = ("sec-fetch-mode", "cors");

#[tokio::test]
async fn whoever_is_not_signed_in_goes_to_sign_in_and_comes_back() {
    let world = world().await;
    let mut browser = world.browser();
    let away = asks(&mut browser, "GET", "/hello?to=you", &[NAVIGATES]).await;
    assert_eq!((away.status, away.location()), (303, "/sso?target=%2Fhello%3Fto%3Dyou"));
    assert!(browser.follow(&away).await.page(200).contains("/hello?to=you"));
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let onward = browser.follow(&away).await;
    assert_eq!(onward.location(), "/hello?to=you");
    let there = asks(&mut browser, "GET", "/hello?to=you", &[NAVIGATES]).await;
    assert_eq!(there.page(200), format!("{SIMON} of contoso by {}", world.contoso.connection()));
    assert_eq!(there.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_program_is_told_and_not_sent_away() {
    let world = world().await;
    let mut browser = world.browser();
    for path in ["/hello", "/mine"] {
        let answer = asks(&mut browser, "GET", path, &[FETCHES]).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Landfall")));
        assert!(answer.body.contains("signed_out"), "{}", answer.body);
    }
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for path in ["/hello", "/mine"] {
        assert_eq!(asks(&mut browser, "GET", path, &[FETCHES]).await.status, 200);
    }
}

#[tokio::test]
async fn an_open_page_knows_who_comes() {
    let world = world().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/home").await.page(200), "nobody");
    let away = asks(&mut browser, "GET", "/mine", &[NAVIGATES]).await;
    assert_eq!(away.location(), "/sso?target=%2Fmine");
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(browser.get("/home").await.page(200), SIMON);
}

#[tokio::test]
async fn e22_what_may_change_something_comes_from_our_own_pages() {
    let world = world().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let origin = origin.map(|origin| ("origin", origin));
        let answer = asks(&mut browser, "POST", "/write", origin.as_slice()).await;
        assert_eq!(answer.status, 403, "{origin:?}");
    }
    assert_eq!(asks(&mut browser, "POST", "/write", &[("origin", HOME)]).await.status, 200);
}

#[tokio::test]
async fn whoever_is_out_is_out_at_the_next_request() {
    let world = world().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(browser.get("/hello").await.status, 200);
    let found = world.user(SIMON).await;
    let ended = world.store.end_sessions_of(&found.tenant, &found.id, None, EndReason::Revoked, NOW).await;
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(browser.get("/hello").await.status, 401);
}

#[tokio::test]
async fn a_handler_without_a_layer_admits_nobody() {
    let world = world().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for path in ["/bare", "/bare/open"] {
        assert_eq!(browser.get(path).await.status, 500, "{path}");
    }
}

#[tokio::test]
async fn a_layer_within_a_nested_router_leads_back_to_the_whole_address() {
    let world = world().await;
    let mut browser = world.browser();
    let away = asks(&mut browser, "GET", "/own/part/deep?to=you", &[NAVIGATES]).await;
    assert_eq!(away.location(), "/sso?target=%2Fown%2Fpart%2Fdeep%3Fto%3Dyou");
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let there = browser.follow(&away).await;
    let there = browser.follow(&there).await;
    assert!(there.page(200).starts_with(SIMON), "{}", there.body);
}
