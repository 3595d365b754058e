//! Our own SAML metadata.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use landfall_accounts::TraceId;

use super::idp::service_provider;
use crate::error::LoginError;
use crate::respond::refusal;
use crate::{App, Ports};

/// `GET /saml/metadata`: under the name that connections share.
pub(super) async fn get<P: Ports>(State(app): State<App<P>>) -> Response {
    let own = app.own();
    written(own.sp().metadata(&own.certificates()))
}

/// `GET /saml/{connection}/metadata`: under the name that a connection has for itself.
pub(super) async fn get_own<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
) -> Response {
    match of_connection(&app, &name).await {
        Ok(metadata) => written(metadata),
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn of_connection<P: Ports>(app: &App<P>, name: &str) -> Result<String, LoginError> {
    let connection = app.connection_with_own_name(name).await?;
    let own = app.own();
    let sp = service_provider(own.sp(), &app.settings().public_url, &connection)?;
    Ok(sp.metadata(&own.certificates()))
}

fn written(metadata: String) -> Response {
    ([(CONTENT_TYPE, "application/samlmetadata+xml")], metadata).into_response()
}
