//! What holds for every request: a trace id, and headers that say what a browser must not do.

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use landfall_accounts::TraceId;

use crate::environment::random;
use crate::error::LoginError;
use crate::forward_auth::{REDIRECT, is_at_a_site, is_quiet};
use crate::invitation_link::ACTIVATE_PATH;
use crate::respond::refusal;
use crate::test_link::TEST_PATH;
use crate::{App, Ports};

const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Gives the request its trace id, and the response the headers that every response carries: none is shown in a frame
/// [rfc9700 4.16].
pub(crate) async fn every_request<P: Ports>(
    State(app): State<App<P>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Ok(bytes) = random::<8>(app.environment()) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let trace = TraceId::new(bytes);
    request.extensions_mut().insert(trace.clone());
    let (method, path) = (request.method().clone(), without_secret(request.uri().path()).to_owned());
    let mut response = readable(next.run(request).await, &trace);
    let status = response.status();
    if is_quiet(&path, status) {
        tracing::debug!(%trace, %method, path, status = status.as_u16(), "request");
    } else {
        tracing::info!(%trace, %method, path, status = status.as_u16(), "request");
    }

    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(OPENER, HeaderValue::from_static("same-origin"));
    // Not `no-referrer`: with that a browser sends no Origin with our own forms, which are checked by it.
    // A page whose own address is a secret has said already that not even we get it.
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    // What holds for the host of a site is for whoever runs it to say.
    if app.settings().public_url.is_https() && !is_at_a_site(&path) {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(trace.as_str()) {
        headers.insert(TRACE_ID, value);
    }
    response
}

/// A path as the log may have it: without our own secrets, and without the path at a site that a proxy puts behind ours,
/// in which the application may have some.
fn without_secret(path: &str) -> &str {
    [TEST_PATH, ACTIVATE_PATH, REDIRECT].into_iter().find(|secret| path.starts_with(secret)).unwrap_or(path)
}

/// The framework refuses what is too large or of another kind in plain words of its own: people get a page.
fn readable(response: Response, trace: &TraceId) -> Response {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if status.is_client_error() && kind.is_some_and(|kind| kind.starts_with(b"text/plain")) {
        return refusal(&LoginError::Unread { status }, trace, "/sso");
    }
    response
}
