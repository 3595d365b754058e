//! Sites: applications that a proxy guards, which asks here about each request ([forward-auth.md](../../../../docs/forward-auth.md)).
//!
//! A cookie of our host does not reach a site: the browser gets one of the site's own, by a code that is used once.
//! The way of a person: a check finds no cookie, `/.landfall/start` at the site, `/auth/start` at ours, where they sign in,
//! `/.landfall/callback` at the site, and back to where they wanted to go.

mod asked;
mod begin;
mod callback;
mod entries;
mod error;
mod guard;
mod identity;
mod sign_out;
mod stamps;
mod start;
mod token;
mod verify;

pub(crate) use guard::Guard;
pub(crate) use verify::is_quiet;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Extension, Router};
use landfall_accounts::{SitePath, TraceId};

use crate::limits::within_share;
use crate::{App, Ports, assets};
use error::SiteError;

/// Where a proxy asks that hands an answer on only if it is 401 or 403, as nginx does.
const VERIFY: &str = "/auth/verify";
/// Where one asks that hands on whatever is no yes; some put the path behind it that they ask about.
pub(crate) const REDIRECT: &str = "/auth/verify/redirect";

/// Whether what is answered to a path goes out at the host of a site, as a proxy hands it on.
pub(crate) fn is_at_a_site(path: &str) -> bool {
    path.starts_with(SitePath::OWN) || path.starts_with(VERIFY)
}

/// The routes of this surface.
pub(crate) fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    let limited = Router::new()
        .route("/auth/start", get(begin::get::<P>))
        .route("/.landfall/start", get(start::get::<P>))
        .route("/.landfall/callback", get(callback::get::<P>))
        .route("/.landfall/sign-out", get(sign_out::get::<P>).post(sign_out::post::<P>))
        .route("/auth/sign-out", get(sign_out::ask::<P>))
        .route_layer(from_fn_with_state(app.clone(), in_words_of_a_site::<P>));
    Router::new()
        .route(VERIFY, any(verify::said::<P>))
        .route(REDIRECT, any(verify::redirecting::<P>))
        .route("/auth/verify/redirect/", any(verify::redirecting::<P>))
        .route("/auth/verify/redirect/{*path}", any(verify::redirecting::<P>))
        // The style of our pages at a site, where the other path is the application's.
        .route("/.landfall/landfall.css", get(assets::style))
        .merge(limited)
}

/// Refuses on a page that can be read at the host of a site what comes from an address that has asked too often [attack D12].
async fn in_words_of_a_site<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
    next: Next,
) -> Response {
    match within_share(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => SiteError::from(error).page(&trace),
    }
}
