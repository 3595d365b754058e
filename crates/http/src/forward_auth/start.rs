//! The begin of an entry, at the site.

use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{Handle, SitePath, TraceId};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::asked::Asked;
use super::error::SiteError;
use crate::cookies::{self, Cookies};
use crate::environment::random;
use crate::respond::{see_other, with_cookies};
use crate::secret::Secret;
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    rd: Option<String>,
}

/// `GET /.landfall/start?rd=` at a site: gives the browser a cookie of the site by which it is known again, and sends it to us.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    match start(&app, &wanted, &request).await {
        Ok(response) => response,
        Err(error) => error.page(&trace),
    }
}

/// # Security
/// The address that leaves the site has the hash of the cookie, and not the cookie.
async fn start<P: Ports>(app: &App<P>, wanted: &Wanted, request: &Parts) -> Result<Response, SiteError> {
    let site = Asked::of(app, request)?.site(app).await?;
    let target = match wanted.rd.as_deref() {
        None => SitePath::front(),
        Some(target) => SitePath::at(&site.origin, target).ok_or(SiteError::Target)?,
    };
    let environment = app.environment();
    let handle = Handle::new(environment.now(), random(environment)?);
    let secret = Secret::new(environment)?;
    let mut query = Serializer::new(String::new());
    query
        .append_pair("site", site.origin.as_str())
        .append_pair("rd", target.as_str())
        .append_pair("h", handle.as_str())
        .append_pair("state", &URL_SAFE_NO_PAD.encode(secret.hash().as_bytes()));
    let onward = app.settings().public_url.join(&format!("/auth/start?{}", query.finish()));
    let mut set = Cookies::of(&request.headers).surplus_entries();
    set.push(cookies::entry(&handle, &secret));
    Ok(with_cookies(see_other(&onward), set))
}
