//! An application asks that the person be signed out [openid-rpinitiated].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{AppName, EndReason, Redirect, SessionId, SignedIn, TraceId};

use super::fault::PageFault;
use super::hint::Hint;
use super::{LOGOUT, MOST_STATE, by_get};
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::oauth::Parameters;
use crate::pages::SignOut;
use crate::respond::{FormTarget, page, refusal, see_other, with_cookies};
use crate::sso::own_origin;
use crate::{App, Ports};

/// What our own page brings back of a request, besides who the application is.
const AGAIN: [&str; 2] = ["post_logout_redirect_uri", "state"];

/// `GET /oidc/logout`.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::of_query(&query.unwrap_or_default());
    match answer(&app, &parameters, &Cookies::of(&headers)).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// `POST /oidc/logout` [openid-rpinitiated 2].
pub(super) async fn post(Extension(trace): Extension<TraceId>, headers: HeaderMap, body: Bytes) -> Response {
    by_get(LOGOUT, &headers, &body, &trace)
}

/// # Security
/// A link alone ends nobody's session: it ends at once for whoever shows an identity token that was given out in it, and
/// otherwise the person is asked [openid-rpinitiated 6].
async fn answer<P: Ports>(
    app: &App<P>,
    parameters: &Parameters,
    cookies: &Cookies,
) -> Result<Response, LoginError> {
    let asked = Asked::read(app, parameters).await?;
    let Some(signed_in) = app.signed_in(cookies).await? else { return Ok(asked.onward()) };
    if asked.session == Some(signed_in.session.id) {
        return asked.end(app, &signed_in).await;
    }
    // The application that a hint names is named by its name from here on; of nobody's request nothing is left.
    let again = |name| format!("client_id={name}&{}", parameters.query_of(&AGAIN));
    let request = asked.application.as_ref().map(again).unwrap_or_default();
    let question = SignOut { person: signed_in.user.user_name.as_str(), request: &request };
    // The application may send them on to another host of its own, and browsers hold that to the rule too.
    let then = asked.redirect.as_ref().map(|redirect| format!("{}:", redirect.scheme()));
    Ok(page(StatusCode::OK, &question, &then.as_deref().map_or(FormTarget::Own, FormTarget::Then)))
}

/// `POST /oidc/logout/confirmed`: the person says so, on our own page.
pub(super) async fn confirmed<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match end(&app, &headers, &body).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

async fn end<P: Ports>(app: &App<P>, headers: &HeaderMap, body: &Bytes) -> Result<Response, LoginError> {
    own_origin(headers, &app.settings().public_url)?;
    let form = Parameters::of_form(headers, body).map_err(|_| PageFault::Form)?;
    let request = form.one("request").map_err(PageFault::Twice)?.unwrap_or_default();
    let asked = Asked::read(app, &Parameters::of_query(request)).await?;
    match app.signed_in(&Cookies::of(headers)).await? {
        Some(signed_in) => asked.end(app, &signed_in).await,
        None => Ok(asked.onward()),
    }
}

/// A request that is well-formed, of an application that is known where it matters.
struct Asked {
    application: Option<AppName>,
    /// The session of the identity token that was shown.
    session: Option<SessionId>,
    redirect: Option<Redirect>,
    state: Option<String>,
}

impl Asked {
    /// # Errors
    /// [`PageFault`] within: an address to which nobody is sent, or a hint that is none [openid-rpinitiated 4].
    async fn read<P: Ports>(app: &App<P>, parameters: &Parameters) -> Result<Self, LoginError> {
        let one = |name| parameters.one(name).map_err(PageFault::Twice);
        let shown = one("id_token_hint")?;
        let hint = shown.map(|hint| Hint::read(app, hint).map_err(PageFault::Hint)).transpose()?.flatten();
        let named = one("client_id")?;
        let unknown = |found: &str| PageFault::Client { found: found.chars().take(200).collect() };
        let named = named.map(|name| name.parse::<AppName>().map_err(|_| unknown(name))).transpose()?;
        if named.is_some() && hint.as_ref().is_some_and(|hint| Some(&hint.application) != named.as_ref()) {
            return Err(PageFault::OtherClient.into());
        }
        let state = one("state")?.map(str::to_owned);
        if state.as_ref().is_some_and(|state| state.chars().count() > MOST_STATE) {
            return Err(PageFault::State.into());
        }
        let (session, of_hint) = hint.map(|hint| (hint.session, hint.application)).unzip();
        let application = named.or(of_hint);
        let redirect = match (one("post_logout_redirect_uri")?, &application) {
            (None, _) => None,
            // A hint that tells nothing any more leads nowhere, and the person is signed out as they want.
            (Some(_), None) if shown.is_some() => None,
            (Some(asked), name) => {
                let name = name.as_ref().ok_or(PageFault::NoClient)?;
                let found = app.ports().application_named(name).await?;
                let found = found.ok_or_else(|| unknown(name.as_str()))?;
                Some(found.after_logout(asked).map_err(PageFault::Redirect)?)
            }
        };
        Ok(Self { application, session, redirect, state })
    }

    /// Ends the session here, and with it what applications were granted in it; they are told [openid-backchannel 2].
    async fn end<P: Ports>(&self, app: &App<P>, signed_in: &SignedIn) -> Result<Response, LoginError> {
        let (session, user) = (&signed_in.session.id, &signed_in.user.id);
        let now = app.environment().now();
        let _ = app.ports().end_session(session, Some(user), EndReason::SignedOut, now).await?;
        Ok(with_cookies(self.onward(), [cookies::session_ended()]))
    }

    /// Back to the application with what it wants to find again, or to a page of ours [openid-rpinitiated 3].
    fn onward(&self) -> Response {
        let Some(redirect) = &self.redirect else { return see_other("/account/signed-out") };
        match &self.state {
            Some(state) => see_other(&redirect.with(&[("state", state)])),
            None => see_other(redirect.as_str()),
        }
    }
}
