//! Our own SAML metadata.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use landfall_xmldsig::Signer;

use crate::{App, Ports};

/// `GET /saml/metadata`.
pub(super) async fn get<P: Ports>(State(app): State<App<P>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/samlmetadata+xml")], app.sp().metadata(app.key().certificate()))
}
