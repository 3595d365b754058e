//! The control: this browser treats the sites of these tests as any other, or the tests would show nothing.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::world::{Browser, SIMON, World, form, listen, serve};

const SESSION: &str = "__Host-landfall-session";
/// One that arrives from wherever a request comes.
const CONTROL: &str = "control";

/// Requests as they arrived: method, and the names of the cookies, sorted.
type Arrived = Arc<Mutex<Vec<(String, Vec<String>)>>>;

#[tokio::test(flavor = "multi_thread")]
async fn the_session_cookie_does_not_arrive_at_the_acs() {
    let (world, browser) = (World::start().await, Browser::start().await);
    // A cookie belongs to a host and all its ports, so what arrives here would arrive at Landfall.
    let arrived = Arrived::default();
    let (listener, origin) = listen("127.0.0.1", "127.0.0.1").await;
    let router = Router::new().route("/typed", get(record)).route("/saml/acs", post(record));
    serve(listener, router.with_state(arrived.clone()));
    world.sign_in(&browser, SIMON).await;

    browser.open(&format!("{origin}/typed")).await;
    let acs = format!("{origin}/saml/acs");
    browser.open(&world.outsider.posts(&form(&acs))).await;
    browser.sees("Request 2").await;
    browser.press("Post from here").await;
    browser.sees("Request 3").await;

    let arrived = arrived.lock().unwrap();
    let arrived: Vec<(&str, Vec<&str>)> = arrived
        .iter()
        .map(|(method, names)| (method.as_str(), names.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        arrived,
        [("GET", vec![SESSION]), ("POST", vec![CONTROL]), ("POST", vec![SESSION, CONTROL])],
        "typed; posted from another site; posted from this site"
    );
}

async fn record(State(arrived): State<Arrived>, request: Request) -> Response {
    let cookies = request.headers().get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|text| text.split("; ")).filter_map(|pair| pair.split_once('='));
    let mut names: Vec<String> = pairs.map(|(name, _)| name.to_owned()).collect();
    names.sort();
    let mut arrived = arrived.lock().unwrap();
    arrived.push((request.method().to_string(), names));
    let page = Html(format!(
        "<!doctype html><title>A recorder</title><h1>Request {}</h1>\
         <form method=\"post\" action=\"/saml/acs\"><button>Post from here</button></form>",
        arrived.len()
    ));
    ([(SET_COOKIE, format!("{CONTROL}=1; Path=/; Secure; HttpOnly; SameSite=None"))], page).into_response()
}
