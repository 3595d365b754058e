//! The start of a login at a connection.

use aws_lc_rs::digest::{SHA256, digest};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use landfall_accounts::{Connection, ConnectionName, Target, TraceId};
use landfall_saml::Outgoing;
use serde::Deserialize;

use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::pages::Post;
use crate::respond::{FormTarget, page, refusal, see_other, with_cookies};
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
///
/// # Security
/// The form that posts itself runs one script, named by its hash, and its values are escaped [attack E21].
pub(super) async fn begin<P: Ports>(
    app: &App<P>,
    connection: &Connection,
    target: Target,
    login_hint: Option<&str>,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let begun = app.begin(connection, target, login_hint, app.environment().now()).await?;
    let response = match &begun.outgoing {
        Outgoing::Redirect { url } => see_other(url),
        Outgoing::Post { location, saml_request, relay_state } => {
            let form = Post {
                location: location.as_str(),
                saml_request,
                relay_state: relay_state.expose(),
                script: SUBMIT,
            };
            let script_hash = STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
            let loopback = !app.settings().public_url.is_https();
            page(StatusCode::OK, &form, &FormTarget::Elsewhere { script_hash: &script_hash, loopback })
        }
        _ => return Err(LoginError::NotFound),
    };
    let mut set = cookies.surplus_logins();
    set.push(cookies::login(&begun.handle, &begun.secret));
    Ok(with_cookies(response, set))
}

/// The one script: it presses the button of the one form. The policy names it by its hash.
const SUBMIT: &str = "document.forms[0].submit()";
