//! How does a login travel?
//!
//! axum routers over the ports of `landfall-accounts`: [`router`] puts them together for one [`App`].
//! Handlers translate and decide nothing: SAML is judged by `landfall-saml`, people by `landfall-accounts`,
//! and what must be atomic is one call of a port.

mod app;
mod app_keys;
mod app_secret;
mod assets;
mod cookies;
mod count;
mod embed;
mod environment;
mod error;
mod health;
mod invitation_link;
mod layers;
mod limits;
mod mappings;
mod navigation;
mod oauth;
mod oidc;
mod pages;
mod provisioning_log;
mod record;
mod respond;
mod scim;
mod second;
mod secret;
mod settings;
mod sso;
mod test_link;
mod token_keys;
mod trace;

pub use app::{App, Own, Ports};
pub use app_keys::{AppKeysError, app_keys};
pub use app_secret::AppSecret;
pub use embed::{NotSignedIn, SignedIn, SignedInLayer, SignedInService};
pub use environment::{Environment, NoRandomness};
pub use error::{StoredError, chain as error_chain};
pub use invitation_link::InvitationLink;
pub use limits::{Limits, Network, NetworkError, Rate};
pub use record::decision_json;
pub use scim::{
    AssertionKeys, BearerError, DeclaredExtension, DirectorySecret, ExtensionChange, ExtensionTextError,
    FoundKey, bearer_token,
};
pub use second::{Demand, SecondEngine};
pub use settings::{PublicUrl, PublicUrlError, Settings};
pub use sso::idp::{
    attribute_set, connection_provider, is_of_a_directory as has_directory_keys, policy as connection_policy,
    service_provider as connection_sp,
};
pub use test_link::TestLink;
pub use token_keys::{TokenKey, TokenKeyError, TokenKeys};
pub use trace::{KeptError, KeptTrace, SealError, Sealer};

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use landfall_accounts::TraceId;
use tower_http::timeout::TimeoutLayer;

use error::LoginError;

/// How long one request may take.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// All routes of an installation.
///
/// # Security
/// Nothing is derived from Host: the public address is configuration [attack E22].
/// Of what a proxy sets, X-Forwarded-For alone is read, from a proxy that is listed, and for nothing but [`Limits`].
/// What directories ask for waits until [`App::write_provisioning_log`] is called.
/// They need the address of the peer: serve with `into_make_service_with_connect_info::<SocketAddr>()`, or addresses are not limited.
pub fn router<P: Ports>(app: App<P>) -> Router {
    Router::new()
        .merge(sso::routes(&app))
        .merge(oidc::routes(&app))
        .merge(scim::routes(&app))
        .merge(scim::surface(&app))
        .route("/api/openapi.json", get(scim::openapi::get))
        .route("/assets/landfall.css", get(assets::style))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz::<P>))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST))
        .layer(from_fn_with_state(app.clone(), layers::every_request::<P>))
        .with_state(app)
}

async fn not_found(request: Request) -> Response {
    refused(&request, &LoginError::NotFound)
}

async fn wrong_method(request: Request) -> Response {
    refused(&request, &LoginError::Method)
}

fn refused(request: &Request, error: &LoginError) -> Response {
    let unnamed = TraceId::new([0; 8]);
    let trace = request.extensions().get::<TraceId>().unwrap_or(&unnamed);
    respond::refusal(error, trace, "/sso")
}
