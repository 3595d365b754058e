//! An invitation: the link is opened as often as mail scanners like, and redeemed once, by a button.
//!
//! # Security
//! It relies on no cookie and signs nobody in: what it activates can be signed in to by the identity provider alone.
//! A link that is unknown, used, withdrawn or too old is answered with one sentence [attack E20].

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use landfall_accounts::{Redeemed, TraceId, User};

use super::origin;
use crate::error::LoginError;
use crate::pages::{Activate, Activated};
use crate::respond::{FormTarget, page, refusal};
use crate::secret::hash;
use crate::settings::DEFAULT_TARGET;
use crate::{App, Ports};

/// `GET /activate/{link}`: shows a button, and changes nothing.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(link): Path<String>,
) -> Response {
    let response = match ask(&app, &link).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    };
    unreferred(response)
}

async fn ask<P: Ports>(app: &App<P>, link: &str) -> Result<Response, LoginError> {
    match app.ports().invitation_refusal(&hash(link), app.environment().now()).await? {
        None => Ok(page(StatusCode::OK, &Activate { link }, &FormTarget::Own)),
        Some(refusal) => Err(LoginError::Invitation(refusal)),
    }
}

/// `POST /activate/{link}`: redeems the link.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Response {
    let response = match redeem(&app, &link, &headers, &trace).await {
        Ok(user) => activated(&app, &user),
        Err(error) => refusal(&error, &trace, "/sso"),
    };
    unreferred(response)
}

async fn redeem<P: Ports>(
    app: &App<P>,
    link: &str,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Box<User>, LoginError> {
    origin::own(headers, &app.settings().public_url)?;
    match app.ports().redeem(&hash(link), trace, app.environment().now()).await? {
        Redeemed::Activated(user) => Ok(user),
        Redeemed::Refused(refusal) => Err(LoginError::Invitation(refusal)),
    }
}

/// Leads to the sign-in at the connection of the person's domain, as if the name had been entered.
fn activated<P: Ports>(app: &App<P>, user: &User) -> Response {
    let done = Activated { login_name: user.user_name.as_str(), target: DEFAULT_TARGET };
    let target = FormTarget::ThenAnywhere { loopback: !app.settings().public_url.is_https() };
    page(StatusCode::OK, &done, &target)
}

/// The address is a secret: no request that the page causes repeats it.
fn unreferred(mut response: Response) -> Response {
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    response
}
