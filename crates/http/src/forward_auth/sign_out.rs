//! Signing out from a site: the session ends, and with it what it had opened at every site.

use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{EndReason, SiteOrigin, TraceId};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::asked::Asked;
use super::error::SiteError;
use crate::cookies::{self, Cookies};
use crate::pages::SignOutOfSite;
use crate::respond::{FormTarget, page, see_other, with_cookies};
use crate::sso::is_origin;
use crate::{App, Ports};

/// `GET /.landfall/sign-out` at a site: leads to the page that asks, since any page can have a link opened.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    let site = async { Asked::of(&app, &request)?.site(&app).await };
    match site.await {
        Ok(site) => {
            let mut query = Serializer::new(String::new());
            query.append_pair("site", site.origin.as_str());
            see_other(&app.settings().public_url.join(&format!("/auth/sign-out?{}", query.finish())))
        }
        Err(error) => error.page(&trace),
    }
}

/// `POST /.landfall/sign-out` at a site, from a page of it: ends the session.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    match end(&app, &request).await {
        Ok(()) => {
            let signed_out = see_other(&app.settings().public_url.join("/account/signed-out"));
            with_cookies(signed_out, [cookies::at_site_ended()])
        }
        Err(error) => error.page(&trace),
    }
}

async fn end<P: Ports>(app: &App<P>, request: &Parts) -> Result<(), SiteError> {
    let site = Asked::of(app, request)?.site(app).await?;
    // An absent one is not the site's [rfc6454 7].
    is_origin(&request.headers, site.origin.as_str()).map_err(|found| SiteError::Origin { found })?;
    let Some(token) = Cookies::of(&request.headers).at_site() else { return Ok(()) };
    let now = app.environment().now();
    let found = app.ports().at_site(&token, now).await?.filter(|at| at.site.id == site.id);
    if let Some(at) = found {
        let (session, owner) = (at.signed_in.session.id, at.signed_in.user.id);
        let _ = app.ports().end_session(&session, Some(&owner), EndReason::SignedOut, now).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
pub(super) struct From {
    site: Option<String>,
}

/// `GET /auth/sign-out?site=`: asks whoever is signed in, and leads back to the site.
pub(super) async fn ask<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    match question(&app, &from, &headers).await {
        Ok(response) => response,
        Err(error) => error.page(&trace),
    }
}

/// # Security
/// It leads back to a site that the operator made, and nowhere else [attack E17].
async fn question<P: Ports>(app: &App<P>, from: &From, headers: &HeaderMap) -> Result<Response, SiteError> {
    let origin: Option<SiteOrigin> = from.site.as_deref().and_then(|site| site.parse().ok());
    let site = app.ports().site(&origin.ok_or(SiteError::Unknown)?).await?.ok_or(SiteError::Unknown)?;
    let Some(signed_in) = app.signed_in(&Cookies::of(headers)).await? else {
        return Ok(see_other("/account/signed-out"));
    };
    let question =
        SignOutOfSite { user_name: signed_in.user.user_name.as_str(), back: &site.origin.join("/") };
    Ok(page(StatusCode::OK, &question, &FormTarget::Own))
}
