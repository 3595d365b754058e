//! What a proxy asks about each request: may it pass, and whose is it?

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_accounts::{AtSite, Site, SitePath, TokenHash, TraceId};
use url::form_urlencoded::byte_serialize;

use super::VERIFY;
use super::asked::Asked;
use super::entries::Entry;
use super::error::SiteError;
use super::token as site_token;
use crate::cookies::Cookies;
use crate::respond::see_other;
use crate::{App, Ports, count};

const LOCATION: HeaderName = HeaderName::from_static("x-landfall-location");

/// How a person is told where to sign in.
#[derive(Clone, Copy)]
enum Way {
    /// By 401 and a header, which the proxy makes a redirect of.
    Said,
    /// By a redirect, which the proxy hands on as it is.
    Redirect,
}

/// `/auth/verify`: 200 with headers, 401 with an address to sign in at for a person, or 403.
pub(super) async fn said<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
) -> Response {
    answer(&app, &trace, request, Way::Said).await
}

/// `/auth/verify/redirect`: the same, with 303 in place of 401 for a person.
pub(super) async fn redirecting<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
) -> Response {
    answer(&app, &trace, request, Way::Redirect).await
}

/// Whether an answer is one of those that come with every request to every site: the log has no line for them.
pub(crate) fn is_quiet(path: &str, status: StatusCode) -> bool {
    status == StatusCode::OK && path.starts_with(VERIFY)
}

async fn answer<P: Ports>(app: &App<P>, trace: &TraceId, request: Request, way: Way) -> Response {
    // Nothing is read of a body; some proxies send one along.
    let (request, _) = request.into_parts();
    match check(app, &request).await {
        Ok(Verdict::Admitted(entry)) => {
            let mut response = StatusCode::OK.into_response();
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            entry.identity.write(headers);
            response
        }
        Ok(Verdict::Stranger { site, path }) => {
            count::check("stranger");
            sign_in(&site, path.as_ref(), way)
        }
        Err(error) => {
            count::check(error.code());
            error.page(trace)
        }
    }
}

enum Verdict {
    Admitted(Arc<Entry>),
    /// Nobody is signed in at the site; a person is to be led there, and back to the path.
    Stranger {
        site: Site,
        path: Option<SitePath>,
    },
}

async fn check<P: Ports>(app: &App<P>, request: &Parts) -> Result<Verdict, SiteError> {
    let asked = Asked::of(app, request)?;
    if let Some(token) = Cookies::of(&request.headers).at_site() {
        if let Some(entry) = app.remembered(&token).await.filter(|entry| asked.is_at(&entry.site)) {
            count::check("remembered");
            return Ok(Verdict::Admitted(entry));
        }
        if let Some(entry) = read(app, &token, &asked).await? {
            count::check("read");
            return Ok(Verdict::Admitted(entry));
        }
    }
    let site = asked.site(app).await?;
    let path = asked.path(&site.origin)?;
    let path = asked.navigates().then_some(path);
    Ok(Verdict::Stranger { site, path })
}

/// Asks the database, and remembers what it says of somebody who is admitted.
///
/// # Security
/// The cookie of one site is worth nothing at another.
async fn read<P: Ports>(
    app: &App<P>,
    token: &TokenHash,
    asked: &Asked<'_>,
) -> Result<Option<Arc<Entry>>, SiteError> {
    let (as_of, now) = (app.last_change().await, app.environment().now());
    let found = app.ports().at_site(token, now).await?;
    let Some(mut at) = found.filter(|at: &AtSite| asked.is_at(&at.site.origin)) else { return Ok(None) };
    at.admitted()?;
    let session = &mut at.signed_in.session;
    if session.is_seen_anew(now) && app.seen(session, now).await {
        session.last_seen_at = now;
    }
    let issuer = app.settings().public_url.origin();
    let signed = site_token::signed(app.own().tokens(), issuer, &at, now)?;
    Ok(Some(app.guard().keep(token, Entry::new(at, &signed, as_of, now))))
}

/// Leads a person to the sign-in, and tells a program that it needs one.
fn sign_in(site: &Site, path: Option<&SitePath>, way: Way) -> Response {
    let start = path.map(|path| {
        let path: String = byte_serialize(path.as_str().as_bytes()).collect();
        site.origin.join(&format!("/.landfall/start?rd={path}"))
    });
    if let (Some(start), Way::Redirect) = (&start, way) {
        return see_other(start);
    }
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A challenge must be there [rfc9110 15.5.2]; none that is registered is about a cookie.
    let challenge = format!("Landfall realm=\"{}\"", site.origin);
    for (name, value) in [(WWW_AUTHENTICATE, Some(challenge)), (LOCATION, start)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
