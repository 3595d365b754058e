//! The start of a login at a connection.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::{Connection, ConnectionName, Target, TraceId};
use serde::Deserialize;

use super::outgoing;
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::respond::{refusal, with_cookies};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    target: Option<String>,
}

/// `GET /sso/{connection}`: begins a login there.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match named(&app, &name, wanted.target.as_deref(), &headers).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn named<P: Ports>(
    app: &App<P>,
    name: &str,
    wanted: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    let target = app.settings().target(wanted).ok_or(LoginError::Target)?;
    let name: ConnectionName = name.parse().map_err(|_| LoginError::ConnectionUnknown)?;
    let connection = app.ports().connection_named(&name).await?.ok_or(LoginError::ConnectionUnknown)?;
    begin(app, &connection, target, None, &Cookies::of(headers)).await
}

/// Begins a login, and sends the browser to the identity provider with the cookie that binds it.
pub(super) async fn begin<P: Ports>(
    app: &App<P>,
    connection: &Connection,
    target: Target,
    login_hint: Option<&str>,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let begun = app.begin(connection, target, login_hint, app.environment().now()).await?;
    let response = outgoing::send(&begun.outgoing, app.settings())?;
    let mut set = cookies.surplus_logins();
    set.push(cookies::login(&begun.handle, &begun.secret));
    Ok(with_cookies(response, set))
}
