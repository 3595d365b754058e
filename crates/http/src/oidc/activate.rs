//! The page on which a person activates an application on their device [rfc8252 8.6].
//!
//! Another program on the device could have begun this and wait for the code: it is sent when the person says so, and
//! never by itself.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{Redirect, TraceId};
use url::{Host, Url};

use super::authorize::{Asking, Fault, Next, Prompt, Ready, next};
use super::fault::PageFault;
use super::grant::grant;
use super::terms::{Accepted, accepted, shown};
use crate::cookies::Cookies;
use crate::error::LoginError;
use crate::oauth::Parameters;
use crate::pages::ActivateApplication;
use crate::respond::{FormTarget, page, refusal};
use crate::sso::own_origin;
use crate::{App, Ports};

/// Asks whether the application may have the code.
pub(super) fn ask(asking: &Asking, ready: &Ready) -> Result<Response, Fault> {
    if ready.asked.prompt == Prompt::Never {
        return Err(Fault::InteractionRequired);
    }
    Ok(question(asking, ready, StatusCode::OK))
}

fn question(asking: &Asking, ready: &Ready, status: StatusCode) -> Response {
    let activating = &asking.application.activation;
    let activate = ActivateApplication {
        title: asking.application.title.as_str(),
        person: ready.signed_in.user.user_name.as_str(),
        tenant: ready.signed_in.tenant.as_str(),
        download: activating.download.as_ref().map(|url| url.as_str()),
        terms: activating.terms.as_ref().map(shown),
        unaccepted: status != StatusCode::OK,
        request: &ready.asked.again,
    };
    page(status, &activate, &FormTarget::Then(&source(&asking.redirect)))
}

/// Where the answer goes, as a policy writes it: an origin, or a scheme of the application's own.
///
/// A policy has no way to write an address of IPv6: there it is the scheme.
fn source(redirect: &Redirect) -> String {
    match Url::parse(redirect.as_str()) {
        Ok(url) if matches!(url.host(), Some(Host::Domain(_) | Host::Ipv4(_))) && url.origin().is_tuple() => {
            url.origin().ascii_serialization()
        }
        _ => format!("{}:", redirect.scheme()),
    }
}

/// `POST /oidc/activate`: the person has decided; the request stands in the form, and is judged as if it came now.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (form, asking) = match read(&app, &headers, &body).await {
        Ok(read) => read,
        Err(error) => return refusal(&error, &trace, "/account"),
    };
    match decided(&app, &form, &asking, &headers, &trace).await {
        Ok(response) => response,
        Err(fault) => asking.refused(&app, &fault, &trace),
    }
}

/// # Security
/// Only our own page says that a person has agreed [rfc9700 4.7].
async fn read<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(Parameters, Asking), LoginError> {
    own_origin(headers, &app.settings().public_url)?;
    let form = Parameters::of_form(headers, body).map_err(|_| PageFault::Form)?;
    let request = form.one("request").map_err(PageFault::Twice)?.unwrap_or_default();
    let asking = Asking::of(app, Parameters::of_query(request)).await?;
    Ok((form, asking))
}

async fn decided<P: Ports>(
    app: &App<P>,
    form: &Parameters,
    asking: &Asking,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Response, Fault> {
    if form.one("answer")? != Some("activate") {
        return Err(Fault::Declined);
    }
    let ready = match next(app, asking, &Cookies::of(headers)).await? {
        Next::Ready(ready) => ready,
        Next::Elsewhere(response) => return Ok(response),
    };
    match accepted(asking.application.activation.terms.as_ref(), form)? {
        Accepted::All => grant(app, asking, &ready, headers, trace).await,
        Accepted::NotYet => Ok(question(asking, &ready, StatusCode::UNPROCESSABLE_ENTITY)),
    }
}
