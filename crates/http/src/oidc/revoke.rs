//! An application gives up what it was granted [rfc7009].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{Application, TraceId};

use super::client::asking;
use super::cors;
use super::error::Refusal;
use crate::oauth::not_stored;
use crate::secret::hash;
use crate::{App, Ports};

/// `POST /oidc/revoke`: the answer is the same whatever the token was [rfc7009 2.2].
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match answer(&app, &headers, body).await {
        Ok(application) => cors::for_its_pages(not_stored(StatusCode::OK), &application, &headers),
        Err(refusal) => cors::for_all(refusal.response(&trace)),
    }
}

async fn answer<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Application, Refusal> {
    let (application, form, now) = asking(app, headers, body).await?;
    let token = form.one("token")?.ok_or(Refusal::Request { problem: "it has no token" })?;
    app.ports().revoke_token(&application.id, &hash(token), now).await?;
    Ok(application)
}
