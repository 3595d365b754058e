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

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

use crate::limits::by_address;
use crate::{App, Ports, assets};

/// Where a proxy asks that hands an answer on only if it is 401 or 403, as nginx does.
const VERIFY: &str = "/auth/verify";
/// Where one asks that hands on whatever is no yes; some put the path behind it that they ask about.
const REDIRECT: &str = "/auth/verify/redirect";

/// The routes of this surface.
pub(crate) fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    let limited = Router::new()
        .route("/auth/start", get(begin::get::<P>))
        .route("/.landfall/start", get(start::get::<P>))
        .route("/.landfall/callback", get(callback::get::<P>))
        .route("/.landfall/sign-out", get(sign_out::get::<P>).post(sign_out::post::<P>))
        .route_layer(from_fn_with_state(app.clone(), by_address::<P>));
    Router::new()
        .route(VERIFY, any(verify::said::<P>))
        .route(REDIRECT, any(verify::redirecting::<P>))
        .route("/auth/verify/redirect/", any(verify::redirecting::<P>))
        .route("/auth/verify/redirect/{*path}", any(verify::redirecting::<P>))
        .route("/auth/sign-out", get(sign_out::ask::<P>))
        // The style of our pages at a site, where the other path is the application's.
        .route("/.landfall/landfall.css", get(assets::style))
        .merge(limited)
}
