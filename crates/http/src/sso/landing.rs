//! The landing page: a name, whose domain tells the connection.

use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{Connection, LoginName, Target, TraceId};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::idp::Wish;
use super::start;
use crate::cookies::Cookies;
use crate::error::LoginError;
use crate::pages::Landing;
use crate::respond::{FormTarget, page, refusal, see_other};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    target: Option<String>,
}

/// `GET /sso?target=`: asks, unless somebody is signed in already.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match answer(&app, wanted.target.as_deref(), &headers).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn answer<P: Ports>(
    app: &App<P>,
    wanted: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    let target = app.settings().target(wanted).ok_or(LoginError::Target)?;
    if app.signed_in(&Cookies::of(headers)).await?.is_some() {
        return Ok(see_other(target.as_str()));
    }
    Ok(ask(app, &Landing { target: target.as_str(), ..Landing::default() }))
}

#[derive(Deserialize)]
pub(super) struct Entered {
    login_name: Option<String>,
    target: Option<String>,
}

/// `POST /sso`: begins a login at the connection of the name's domain.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Response {
    match begin(&app, &entered, &headers).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn begin<P: Ports>(
    app: &App<P>,
    entered: &Entered,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    let target = app.settings().target(entered.target.as_deref()).ok_or(LoginError::Target)?;
    let name = entered.login_name.as_deref().unwrap_or_default().trim();
    match connection_of(app, name).await? {
        Some(connection) => {
            let wish = Wish { login_hint: Some(name), prompt: None };
            start::begin(app, &connection, target, &wish, &Cookies::of(headers)).await
        }
        // No '@', an unknown domain and a connection that is not active look the same.
        None => {
            let landing = Landing { target: target.as_str(), login_name: name, unknown: true, onward: None };
            Ok(ask(app, &landing))
        }
    }
}

async fn connection_of<P: Ports>(app: &App<P>, name: &str) -> Result<Option<Connection>, LoginError> {
    let Some(domain) = name.parse::<LoginName>().ok().and_then(|name| name.domain()) else {
        return Ok(None);
    };
    let connection = app.ports().connection_of_domain(&domain).await?;
    Ok(connection.filter(|connection| connection.state.admits_people()))
}

/// The landing page for somebody who was to be signed in without a question, which was not possible.
pub(super) fn ask_after_all<P: Ports>(app: &App<P>, connection: &Connection, target: &Target) -> Response {
    let query = Serializer::new(String::new()).append_pair("target", target.as_str()).finish();
    let onward = format!("/sso/{}?{query}", connection.name);
    ask(app, &Landing { target: target.as_str(), onward: Some(&onward), ..Landing::default() })
}

fn ask<P: Ports>(app: &App<P>, landing: &Landing<'_>) -> Response {
    let status = if landing.unknown { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, landing, &FormTarget::ThenAnywhere { loopback: !app.settings().public_url.is_https() })
}
