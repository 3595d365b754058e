//! The hop: a request of our own site, so that the cookies of the login arrive.

use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{
    EventKind, Handle, HopAttempt, HopOutcome, IdpUrl, LoginPurpose, Opened, PendingLogin, PendingLookup,
    Replace, TraceId,
};
use serde::Deserialize;

use super::{origin, test};
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::pages::Confirm;
use crate::respond::{FormTarget, page, refusal, see_other, with_cookies};
use crate::secret::Secret;
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Named {
    h: Option<String>,
}

/// `GET /saml/hop?h=`: opens the session that waits for this browser, or goes on with a restarted login.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(named): Query<Named>,
    headers: HeaderMap,
) -> Response {
    hop(&app, &named, &headers, Replace::Ask, &trace).await
}

/// `POST /saml/hop`: the person said that another one's session may be replaced.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    Form(named): Form<Named>,
) -> Response {
    if let Err(error) = origin::own(&headers, &app.settings().public_url) {
        return refusal(&error, &trace, "/sso");
    }
    hop(&app, &named, &headers, Replace::Confirmed, &trace).await
}

async fn hop<P: Ports>(
    app: &App<P>,
    named: &Named,
    headers: &HeaderMap,
    replace: Replace,
    trace: &TraceId,
) -> Response {
    let cookies = Cookies::of(headers);
    let Some(handle) = named.h.as_deref().and_then(|handle| handle.parse::<Handle>().ok()) else {
        return refusal(&LoginError::HopMissed, trace, "/sso");
    };
    let outcome = arrive(app, &handle, &cookies, replace, trace).await;
    outcome.unwrap_or_else(|error| refusal(&error, trace, "/sso"))
}

/// A test is shown, a restarted login goes on, and any other opens its session.
async fn arrive<P: Ports>(
    app: &App<P>,
    handle: &Handle,
    cookies: &Cookies,
    replace: Replace,
    trace: &TraceId,
) -> Result<Response, LoginError> {
    if let Some(PendingLookup { login, consumed_at }) = app.ports().pending_by_handle(handle).await? {
        if login.purpose == LoginPurpose::Test {
            return test::show(app, &login, cookies, trace).await;
        }
        let waits = consumed_at.is_none() && app.environment().now() < login.expires_at;
        if let Some(onward) = login.restart.as_ref().filter(|_| waits) {
            return app.restarted(&login, onward, cookies, trace).await;
        }
    }
    open(app, handle, cookies, replace, trace).await
}

/// The token is made now: none that was there before the login becomes a session's [attack E18].
async fn open<P: Ports>(
    app: &App<P>,
    handle: &Handle,
    cookies: &Cookies,
    replace: Replace,
    trace: &TraceId,
) -> Result<Response, LoginError> {
    let now = app.environment().now();
    let token = Secret::new(app.environment())?;
    let attempt = HopAttempt {
        handle: handle.clone(),
        hop: cookies.hop(handle),
        browser: cookies.login(handle),
        new_token: token.hash(),
        current: cookies.session(),
        replace,
        trace: trace.clone(),
    };
    match app.ports().hop(attempt, now).await? {
        HopOutcome::Opened(Opened { target, expires_at, .. }) => {
            let mut set = vec![cookies::session(&token, expires_at - now), cookies::restart_over()];
            set.extend(cookies::login_over(handle));
            Ok(with_cookies(see_other(target.as_str()), set))
        }
        HopOutcome::OtherPerson { current, arriving } => {
            let confirm = Confirm {
                current: current.user_name.as_str(),
                arriving: arriving.user_name.as_str(),
                handle: handle.as_str(),
            };
            // The way on may lead to a site, or to a listed origin, and browsers hold a redirect to this rule too.
            let loopback = !app.settings().public_url.is_https();
            Ok(page(StatusCode::OK, &confirm, &FormTarget::ThenAnywhere { loopback }))
        }
        HopOutcome::Missed => Err(LoginError::HopMissed),
        HopOutcome::Foreign => Err(LoginError::HopForeign),
        HopOutcome::Refused(refusal) => Err(LoginError::Refused(refusal)),
    }
}

impl<P: Ports> App<P> {
    /// Sends a browser on whose unsolicited response began a login.
    async fn restarted(
        &self,
        login: &PendingLogin,
        onward: &IdpUrl,
        cookies: &Cookies,
        trace: &TraceId,
    ) -> Result<Response, LoginError> {
        let (kind, error) = if cookies.login(&login.handle).as_ref() != Some(&login.browser) {
            (EventKind::HopForeign, LoginError::HopForeign)
        } else if cookies.restarted() {
            (EventKind::LoginRefused, LoginError::RestartLoop)
        } else {
            return Ok(with_cookies(see_other(onward.as_str()), [cookies::restarted()]));
        };
        self.hop_refused(login, kind, &error, trace).await?;
        Err(error)
    }
}
