//! Signing in and out: landing page, start, assertion consumer service, hop, account.

mod account;
mod acs;
mod activate;
mod begin;
mod door;
mod flow;
pub(crate) mod form;
mod hop;
pub(crate) mod idp;
mod keep;
mod landing;
mod logout;
mod max_age;
mod metadata;
mod origin;
mod outgoing;
mod signed_in;
mod slo;
mod start;
mod stranger;
mod test;

pub(crate) use account::{browser, minute};
pub(crate) use idp::Wish;
pub(crate) use landing::{ask_whom, connection_of, sign_in_at};
pub(crate) use max_age::MaxAge;
pub(crate) use origin::{is as is_origin, own as own_origin};
pub(crate) use start::begin;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::limits::by_address;
use crate::{App, Ports};

/// Most bytes of a posted message: base64 of the largest message, percent-encoded.
const MOST_FORM: usize = 512 * 1024;
/// Most bytes of any other form.
const MOST_SMALL_FORM: usize = 16 * 1024;

/// The routes of this surface.
pub(crate) fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    let mut begin = Router::new()
        .route("/sso", get(landing::get::<P>).post(landing::post::<P>))
        .route("/sso/{connection}", get(start::get::<P>))
        .route("/sso/test/{link}", get(test::get::<P>).head(test::head))
        .route("/activate/{link}", get(activate::get::<P>).post(activate::post::<P>));
    for alias in &app.settings().landing_aliases {
        begin = begin.route(alias, get(landing::get::<P>).post(landing::post::<P>));
    }
    let end = Router::new()
        .route("/saml/acs", post(acs::post::<P>))
        .route("/saml/slo", get(slo::get::<P>).post(slo::post::<P>))
        .route("/saml/{connection}/acs", post(acs::post_own::<P>))
        .route("/saml/{connection}/slo", get(slo::get_own::<P>).post(slo::post_own::<P>))
        .layer(DefaultBodyLimit::max(MOST_FORM));
    // What anybody may ask for, and what costs: the rest needs cookies of ours, or next to nothing.
    let limited = begin
        .layer(DefaultBodyLimit::max(MOST_SMALL_FORM))
        .merge(end)
        .route_layer(from_fn_with_state(app.clone(), by_address::<P>));
    Router::new()
        .route("/saml/hop", get(hop::get::<P>).post(hop::post::<P>))
        .route("/saml/metadata", get(metadata::get::<P>))
        .route("/saml/{connection}/metadata", get(metadata::get_own::<P>))
        .route("/account", get(account::get::<P>))
        .route("/account/sign-out", post(account::sign_out::<P>))
        .route("/account/sign-out/organisation", post(slo::sign_out::<P>))
        .route("/account/sign-out/everywhere", post(account::sign_out_everywhere::<P>))
        .route("/account/signed-out", get(account::signed_out::<P>))
        .route("/account/sessions/end-others", post(account::end_others::<P>))
        .route("/account/sessions/{session}/end", post(account::end_session::<P>))
        .layer(DefaultBodyLimit::max(MOST_SMALL_FORM))
        .merge(limited)
}
