//! An application asks for a code [openid-core 3.1.2].
//!
//! Client and address are judged first, and what is wrong with them is a page; everything else goes to the address.

mod asked;
mod fault;
mod login;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::{AppKind, Application, Redirect, TraceId};

pub(super) use asked::{Asked, Prompt};
pub(super) use fault::Fault;
pub(super) use login::{Next, Ready, next};

use super::fault::PageFault;
use super::{AUTHORIZE, activate, by_get, grant};
use crate::cookies::Cookies;
use crate::error::LoginError;
use crate::oauth::Parameters;
use crate::respond::{refusal, see_other};
use crate::{App, Ports, count};

/// `GET /oidc/authorize`.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::of_query(&query.unwrap_or_default());
    match Asking::of(&app, parameters).await {
        Ok(asking) => match answer(&app, &asking, &headers, &trace).await {
            Ok(response) => response,
            Err(fault) => asking.refused(&app, &fault, &trace),
        },
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// `POST /oidc/authorize` [openid-core 3.1.2.1].
pub(super) async fn post(Extension(trace): Extension<TraceId>, headers: HeaderMap, body: Bytes) -> Response {
    by_get(AUTHORIZE, &headers, &body, &trace)
}

async fn answer<P: Ports>(
    app: &App<P>,
    asking: &Asking,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Response, Fault> {
    match next(app, asking, &Cookies::of(headers)).await? {
        Next::Elsewhere(response) => Ok(response),
        Next::Ready(ready) if asking.application.kind == AppKind::Native => activate::ask(asking, &ready),
        Next::Ready(ready) => grant::grant(app, asking, &ready, headers, trace).await,
    }
}

/// An application, and the registered address to which its answer goes: from here on nothing wrong is a page.
pub(super) struct Asking {
    pub(super) application: Application,
    pub(super) redirect: Redirect,
    pub(super) parameters: Parameters,
}

impl Asking {
    /// # Errors
    /// [`PageFault`] within: nobody is sent anywhere [rfc6749 4.1.2.1], [rfc9700 4.1].
    pub(super) async fn of<P: Ports>(app: &App<P>, parameters: Parameters) -> Result<Self, LoginError> {
        let one = |name| parameters.one(name).map_err(PageFault::Twice);
        let (name, asked) = (one("client_id")?.ok_or(PageFault::NoClient)?, one("redirect_uri")?);
        let unknown = || PageFault::Client { found: name.chars().take(200).collect() };
        let known = name.parse().map_err(|_| unknown())?;
        let application = app.ports().application_named(&known).await?.ok_or_else(unknown)?;
        let redirect = application.redirect(asked).map_err(PageFault::Redirect)?;
        Ok(Self { application, redirect, parameters })
    }

    /// The way back to the application with these pairs, what it wants to find again, and our name, so that a mix-up is noticed [rfc9207 2], [rfc9700 4.4].
    pub(super) fn back<P: Ports>(&self, app: &App<P>, pairs: &[(&str, &str)]) -> Response {
        let mut pairs = pairs.to_vec();
        if let Ok(Some(state)) = self.parameters.one("state") {
            pairs.push(("state", state));
        }
        pairs.push(("iss", app.settings().public_url.origin()));
        see_other(&self.redirect.with(&pairs))
    }

    /// [rfc6749 4.1.2.1]
    pub(super) fn refused<P: Ports>(&self, app: &App<P>, fault: &Fault, trace: &TraceId) -> Response {
        count::authorization(fault.code());
        fault.log(&self.application, trace);
        let description = format!("{fault} (trace {trace})");
        self.back(app, &[("error", fault.name()), ("error_description", &description)])
    }
}
