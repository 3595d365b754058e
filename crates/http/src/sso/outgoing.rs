//! A message of ours leaves: the browser is sent on, or posts a form by itself.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use landfall_saml::Outgoing;

use crate::Settings;
use crate::error::LoginError;
use crate::pages::Post;
use crate::respond::{FormTarget, page, see_other};

/// The one script: it presses the button of the one form. The policy names it by its hash.
const SUBMIT: &str = "document.forms[0].submit()";

/// # Security
/// The form that posts itself runs one script, named by its hash, and its values are escaped [attack E21].
pub(super) fn send(outgoing: &Outgoing, settings: &Settings) -> Result<Response, LoginError> {
    let form = match outgoing {
        Outgoing::Redirect { url } => return Ok(see_other(url)),
        Outgoing::Post { location, saml_request, relay_state } => Post {
            location: location.as_str(),
            field: "SAMLRequest",
            message: saml_request,
            relay_state: Some(relay_state.expose()),
            script: SUBMIT,
        },
        Outgoing::PostResponse { location, saml_response, relay_state } => Post {
            location: location.as_str(),
            field: "SAMLResponse",
            message: saml_response,
            relay_state: relay_state.as_deref(),
            script: SUBMIT,
        },
        _ => return Err(LoginError::NotFound),
    };
    let script_hash = STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
    let loopback = !settings.public_url.is_https();
    Ok(page(StatusCode::OK, &form, &FormTarget::Elsewhere { script_hash: &script_hash, loopback }))
}
