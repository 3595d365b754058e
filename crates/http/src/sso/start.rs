//! The start of a login at a connection.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::{Connection, ConnectionName, Target, TraceId};
use serde::Deserialize;

use super::begin::Begun;
use super::idp::{Prompt, Wish};
use super::outgoing;
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::respond::{refusal, with_cookies};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    target: Option<String>,
    prompt: Option<String>,
}

impl Wanted {
    /// Whether the identity provider is to ask; what else stands there is refused, since it asked for something.
    fn prompt(&self) -> Result<Option<Prompt>, LoginError> {
        match self.prompt.as_deref() {
            None => Ok(None),
            Some("login") => Ok(Some(Prompt::Login)),
            Some("none") => Ok(Some(Prompt::None)),
            Some(found) => Err(LoginError::Prompt { found: found.chars().take(40).collect() }),
        }
    }
}

/// `GET /sso/{connection}?target=&prompt=`: begins a login there, with `prompt=login` anew, with `prompt=none` without a question.
///
/// # Security
/// Whoever makes a link can make a login stricter by it than the connection's settings, and never weaker.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match named(&app, &name, &wanted, &headers).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn named<P: Ports>(
    app: &App<P>,
    name: &str,
    wanted: &Wanted,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    let target = app.settings().target(wanted.target.as_deref()).ok_or(LoginError::Target)?;
    let wish = Wish { login_hint: None, prompt: wanted.prompt()? };
    let name: ConnectionName = name.parse().map_err(|_| LoginError::ConnectionUnknown)?;
    let connection = app.ports().connection_named(&name).await?.ok_or(LoginError::ConnectionUnknown)?;
    begin(app, &connection, target, &wish, &Cookies::of(headers)).await
}

/// Begins a login, and sends the browser to the identity provider with the cookie that binds it.
pub(super) async fn begin<P: Ports>(
    app: &App<P>,
    connection: &Connection,
    target: Target,
    wish: &Wish<'_>,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let begun = app.begin(connection, target, wish, app.environment().now()).await?;
    send(app, &begun, cookies)
}

/// Sends the browser on with the cookie that binds the login.
pub(super) fn send<P: Ports>(app: &App<P>, begun: &Begun, cookies: &Cookies) -> Result<Response, LoginError> {
    let response = outgoing::send(&begun.outgoing, app.settings())?;
    let mut set = cookies.surplus_logins();
    set.push(cookies::login(&begun.handle, &begun.secret));
    Ok(with_cookies(response, set))
}
