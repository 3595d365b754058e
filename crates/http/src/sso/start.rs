//! The start of a login at a connection.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::{Connection, ConnectionName, SignedIn, Target, TraceId};
use serde::Deserialize;

use super::MaxAge;
use super::begin::Begun;
use super::idp::{Prompt, Wish};
use super::outgoing;
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::respond::{refusal, see_other, with_cookies};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    target: Option<String>,
    prompt: Option<String>,
    max_age: Option<String>,
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

/// `GET /sso/{connection}?target=&prompt=&max_age=`: begins a login there, with `prompt=login` anew, with `prompt=none`
/// without a question; with `max_age` only where the person has not signed in there lately enough.
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
    let (prompt, max_age) = (wanted.prompt()?, MaxAge::read(wanted.max_age.as_deref())?);
    let cookies = Cookies::of(headers);
    let name: ConnectionName = name.parse().map_err(|_| LoginError::ConnectionUnknown)?;
    let connection = app.ports().connection_named(&name).await?.ok_or(LoginError::ConnectionUnknown)?;
    let Some(max_age) = max_age else {
        return begin(app, &connection, target, &Wish { prompt, ..Wish::default() }, &cookies).await;
    };
    let there = app.signed_in(&cookies).await?.filter(|one| one.session.connection == connection.id);
    step_up(app, &connection, target, (max_age, prompt), there.as_ref(), &cookies).await
}

/// Goes on with a person who has signed in at the connection lately enough, and has anybody else do so.
///
/// Who comes back as somebody else is asked at the hop, as ever.
pub(super) async fn step_up<P: Ports>(
    app: &App<P>,
    connection: &Connection,
    target: Target,
    (max_age, prompt): (MaxAge, Option<Prompt>),
    there: Option<&SignedIn>,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let enough = there.is_some_and(|there| max_age.admits(there, app.environment().now()));
    if enough && prompt != Some(Prompt::Login) {
        return Ok(see_other(target.as_str()));
    }
    let login_hint = there.map(|there| there.user.user_name.as_str());
    begin(app, connection, target, &Wish { login_hint, prompt, max_age: Some(max_age) }, cookies).await
}

/// Begins a login, and sends the browser to the identity provider with the cookie that binds it.
pub(crate) async fn begin<P: Ports>(
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
