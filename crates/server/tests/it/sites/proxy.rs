//! A proxy as its documentation has it, in front of an application that says which headers it got.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, http};
use tower::ServiceExt;

use crate::world::World;

/// Its address.
pub(super) const PROXY: &str = "10.0.0.1";

/// Puts it at a host.
pub(super) fn stand_before(world: &World, host: &str) {
    let state = (world.router(), host.to_owned());
    world.put(host, Router::new().fallback(pass).with_state(state));
}

async fn pass(State((landfall, host)): State<(Router, String)>, mut request: Request) -> Response {
    let uri = request.uri().path_and_query().unwrap().to_string();
    if uri.starts_with("/.landfall/") {
        let headers = request.headers_mut();
        say(headers, &host, &uri, None);
        return ask(&landfall, request).await;
    }
    let mut check = Request::get("https://landfall/auth/verify").body(Body::empty()).unwrap();
    *check.headers_mut() = request.headers().clone();
    say(check.headers_mut(), &host, &uri, Some(request.method()));
    // What any browser says that opens a page, and the one of these tests leaves out.
    check.headers_mut().entry(header::ACCEPT).or_insert(HeaderValue::from_static("text/html"));
    let verdict = ask(&landfall, check).await;
    match verdict.status() {
        StatusCode::OK => application(request.headers(), verdict.headers()).into_response(),
        StatusCode::UNAUTHORIZED => match verdict.headers().get("x-landfall-location") {
            Some(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location.clone())]).into_response(),
            None => verdict,
        },
        _ => verdict,
    }
}

/// What it says of a request, in place of what a client said.
fn say(headers: &mut HeaderMap, host: &str, uri: &str, method: Option<&http::Method>) {
    for (name, value) in [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", host),
        ("x-forwarded-uri", uri),
        ("x-forwarded-method", method.map_or("GET", http::Method::as_str)),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
}

async fn ask(landfall: &Router, mut request: Request) -> Response {
    let address: IpAddr = PROXY.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
    let uri: Uri = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
    *request.uri_mut() = uri;
    landfall.clone().oneshot(request).await.unwrap()
}

/// The identity headers that the application gets, a line each: the client's own are overwritten.
fn application(client: &HeaderMap, verdict: &HeaderMap) -> String {
    let mut headers = client.clone();
    for name in verdict.keys().filter(|name| name.as_str().starts_with("x-landfall-")) {
        headers.insert(name, verdict.get(name).unwrap().clone());
    }
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-landfall-"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.join("\n")
}
