//! What identity tokens are verified with [rfc7517 5].

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use super::cors;
use crate::{App, Ports};

/// `GET /oidc/jwks`: kept for minutes and no longer, so that a key which is announced is known before it signs [openid-core 10.1.1].
pub(super) async fn get<P: Ports>(State(app): State<App<P>>) -> Response {
    let mut response = cors::for_all(Json(app.own().tokens().jwks()));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
