//! The landing page: a name, whose domain tells the connection.

use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{Connection, LoginName, Target, TraceId};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::idp::Wish;
use super::{MaxAge, start};
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::pages::Landing;
use crate::respond::{FormTarget, page, refusal, see_other, with_cookies};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    target: Option<String>,
    max_age: Option<String>,
}

/// `GET /sso?target=&max_age=`: asks, unless somebody is signed in already; with `max_age`, lately enough.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match answer(&app, &wanted, &headers).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn answer<P: Ports>(
    app: &App<P>,
    wanted: &Wanted,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    let target = app.settings().target(wanted.target.as_deref()).ok_or(LoginError::Target)?;
    let (max_age, cookies) = (MaxAge::read(wanted.max_age.as_deref())?, Cookies::of(headers));
    match (app.signed_in(&cookies).await?, max_age) {
        (Some(_), None) => return Ok(see_other(target.as_str())),
        (Some(there), Some(max_age)) => {
            let found = app.ports().connection(&there.session.connection).await?;
            let connection = found.ok_or(LoginError::ConnectionUnknown)?;
            return start::step_up(app, &connection, target, (max_age, None), Some(&there), &cookies).await;
        }
        (None, _) => {}
    }
    // Of any token that counts for nothing, whether or not it ever did: it says nothing about one that was guessed.
    let ended = cookies.session().is_some();
    let page = ask(app, &Landing { target: target.as_str(), max_age, ended, ..Landing::default() });
    Ok(with_cookies(page, ended.then(cookies::session_ended)))
}

#[derive(Deserialize)]
pub(super) struct Entered {
    login_name: Option<String>,
    target: Option<String>,
    max_age: Option<String>,
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
    let max_age = MaxAge::read(entered.max_age.as_deref())?;
    let name = entered.login_name.as_deref().unwrap_or_default().trim();
    match connection_of(app, name).await? {
        Some(connection) => {
            let wish = Wish { login_hint: Some(name), prompt: None, max_age };
            start::begin(app, &connection, target, &wish, &Cookies::of(headers)).await
        }
        // No '@', an unknown domain and a connection that is not active look the same.
        None => {
            let landing = Landing {
                target: target.as_str(),
                login_name: name,
                max_age,
                unknown: true,
                ..Landing::default()
            };
            Ok(ask(app, &landing))
        }
    }
}

/// The connection of the domain of a name, by which people can sign in.
pub(crate) async fn connection_of<P: Ports>(
    app: &App<P>,
    name: &str,
) -> Result<Option<Connection>, LoginError> {
    let Some(domain) = name.parse::<LoginName>().ok().and_then(|name| name.domain()) else {
        return Ok(None);
    };
    let connection = app.ports().connection_of_domain(&domain).await?;
    Ok(connection.filter(|connection| connection.state.admits_people()))
}

/// Where a sign-in begins that leads to this address: the landing page, or a connection's own.
pub(crate) fn sign_in_at(path: &str, target: &str, max_age: Option<MaxAge>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("target", target);
    if let Some(max_age) = max_age {
        query.append_pair("max_age", &max_age.to_string());
    }
    format!("{path}?{}", query.finish())
}

/// The landing page for somebody who was to be signed in without a question, which was not possible.
pub(super) fn ask_after_all<P: Ports>(
    app: &App<P>,
    connection: &Connection,
    target: &Target,
    max_age: Option<MaxAge>,
) -> Response {
    let onward = sign_in_at(&format!("/sso/{}", connection.name), target.as_str(), max_age);
    ask(app, &Landing { target: target.as_str(), max_age, onward: Some(&onward), ..Landing::default() })
}

/// The landing page for a person who is to say who they are, whoever is signed in already.
pub(crate) fn ask_whom<P: Ports>(
    app: &App<P>,
    target: &Target,
    login_name: &str,
    max_age: Option<MaxAge>,
) -> Response {
    ask(app, &Landing { target: target.as_str(), login_name, max_age, ..Landing::default() })
}

fn ask<P: Ports>(app: &App<P>, landing: &Landing<'_>) -> Response {
    let status = if landing.unknown { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, landing, &FormTarget::ThenAnywhere { loopback: !app.settings().public_url.is_https() })
}
