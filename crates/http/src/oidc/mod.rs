//! The OpenID provider: the applications behind, to which people are signed on.

mod activate;
mod activations;
mod amr;
mod authorize;
mod claims;
mod client;
mod cors;
mod device;
mod device_authorization;
mod discovery;
mod error;
mod fault;
mod grant;
mod hint;
mod id_token;
mod introspect;
mod jwks;
mod logout;
mod revoke;
mod terms;
#[cfg(test)]
mod testing;
mod token;
mod userinfo;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use landfall_accounts::TraceId;

pub(crate) use fault::PageFault;

use crate::error::LoginError;
use crate::limits::{by_address, within_share, within_share_of_devices};
use crate::oauth::Parameters;
use crate::respond::{refusal, see_other};
use crate::{App, Ports};
use error::Refusal;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const AUTHORIZE: &str = "/oidc/authorize";
const TOKEN: &str = "/oidc/token";
const USERINFO: &str = "/oidc/userinfo";
const JWKS: &str = "/oidc/jwks";
const DEVICE: &str = "/oidc/device";
const DEVICE_AUTHORIZATION: &str = "/oidc/device_authorization";
const REVOKE: &str = "/oidc/revoke";
const INTROSPECT: &str = "/oidc/introspect";
const LOGOUT: &str = "/oidc/logout";

/// Most characters of a state.
const MOST_STATE: usize = 1024;
/// Most bytes of a form.
const MOST_FORM: usize = 16 * 1024;

/// The routes of this surface.
pub(crate) fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    let for_people = Router::new()
        .route(AUTHORIZE, get(authorize::get::<P>).post(authorize::post))
        .route("/oidc/activate", post(activate::post::<P>))
        .route(DEVICE, get(device::get::<P>).post(device::post::<P>))
        .route("/oidc/device/answer", post(device::answer::<P>))
        .route(LOGOUT, get(logout::get::<P>).post(logout::post))
        .route("/oidc/logout/confirmed", post(logout::confirmed::<P>))
        .route("/account/activations/{activation}/end", post(activations::end::<P>))
        .route_layer(from_fn_with_state(app.clone(), by_address::<P>));
    let for_applications = Router::new()
        .route(TOKEN, post(token::post::<P>).options(cors::preflight))
        .route(REVOKE, post(revoke::post::<P>).options(cors::preflight))
        .route(INTROSPECT, post(introspect::post::<P>))
        .route(DEVICE_AUTHORIZATION, post(device_authorization::post::<P>))
        .route(USERINFO, get(userinfo::answer::<P>).post(userinfo::answer::<P>).options(cors::preflight))
        .route_layer(from_fn_with_state(app.clone(), in_their_words::<P>));
    Router::new()
        .route(DISCOVERY, get(discovery::get::<P>))
        .route(JWKS, get(jwks::get::<P>))
        .merge(for_people)
        .merge(for_applications)
        .layer(DefaultBodyLimit::max(MOST_FORM))
}

/// A form of an application, asked for once more by `GET`: one of another site brings no cookie of ours
/// [openid-core 3.1.2.1], [openid-rpinitiated 2].
fn by_get(path: &str, headers: &HeaderMap, body: &[u8], trace: &TraceId) -> Response {
    match Parameters::of_form(headers, body) {
        Ok(form) => see_other(&format!("{path}?{}", form.query())),
        Err(_) => refusal(&LoginError::from(PageFault::Form), trace, "/account"),
    }
}

/// Refuses in the words of these endpoints what comes from an address that has asked too often [attack D12].
async fn in_their_words<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
    next: Next,
) -> Response {
    match within_shares(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => cors::for_all(Refusal::TooMany(error).response(&trace)),
    }
}

fn within_shares<P: Ports>(app: &App<P>, request: &Request) -> Result<(), LoginError> {
    within_share(app, request)?;
    match request.uri().path() {
        DEVICE_AUTHORIZATION => within_share_of_devices(app, request),
        _ => Ok(()),
    }
}
