//! Single logout: the address to which identity providers send people, and the button that sends people there.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{Elsewhere, EndOutcome, EndReason, TraceId};
use landfall_saml::{LogoutKind, RawLogout, Reject};

use super::door::Door;
use super::logout::{Asked, Attempt, LoggedOut};
use super::{form, origin, outgoing};
use crate::cookies::{self, Cookies};
use crate::error::{LoginError, Words};
use crate::pages::Message;
use crate::respond::{FormTarget, log, page, refusal, refusal_saying, see_other, with_cookies};
use crate::{App, Ports, count};

/// `POST /account/sign-out/organisation`: ends the session of this browser, and asks the identity provider to end its own.
pub(super) async fn sign_out<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match end_both(&app, &trace, &headers).await {
        Ok(response) => with_cookies(response, [cookies::session_ended()]),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// Whatever keeps the identity provider from being asked, the session here ends.
async fn end_both<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    headers: &HeaderMap,
) -> Result<Response, LoginError> {
    origin::own(headers, &app.settings().public_url)?;
    let signed_out = || Ok(see_other("/account/signed-out"));
    let Some(signed_in) = app.signed_in(&Cookies::of(headers)).await? else { return signed_out() };
    let (ports, now) = (app.ports(), app.environment().now());
    let (session, user) = (&signed_in.session.id, &signed_in.user.id);
    let asked = app.ask_for_logout(&signed_in, now).await;
    if let Ok(Some(Asked { pending, outgoing })) = asked {
        return match ports.sign_out(session, user, pending, now).await? {
            EndOutcome::Ended => outgoing::send(&outgoing, app.settings()),
            EndOutcome::NotFound => signed_out(),
        };
    }
    let _ = ports.end_session(session, Some(user), EndReason::SignedOut, now).await?;
    match asked {
        Ok(_) => signed_out(),
        Err(error) => {
            log(&error, trace);
            Ok(told(&HERE_ALONE, Some(trace)))
        }
    }
}

/// What a person reads whose identity provider has not signed them out, or cannot be asked to.
const HERE_ALONE: Words = Words {
    sentence: "You are signed out here, but not at your organisation.",
    advice: "Close all windows of this browser to be signed out there too.",
};

/// `GET /saml/slo`: a logout message in a query, which is taken as it came.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    RawQuery(query): RawQuery,
) -> Response {
    let raw = RawLogout::from_query(&query.unwrap_or_default()).map_err(LoginError::from);
    take(&app, &trace, raw, &Door::Shared).await
}

/// `GET /saml/{connection}/slo`: the same for the one connection that has a name of ours for itself.
pub(super) async fn get_own<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let raw = RawLogout::from_query(&query.unwrap_or_default()).map_err(LoginError::from);
    take(&app, &trace, raw, &Door::Own(name)).await
}

/// `POST /saml/slo`: a logout message in a form.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = form::is_form(&headers).and_then(|()| Ok(RawLogout::from_form(&body)?));
    take(&app, &trace, raw, &Door::Shared).await
}

/// `POST /saml/{connection}/slo`: the same for the one connection that has a name of ours for itself.
pub(super) async fn post_own<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = form::is_form(&headers).and_then(|()| Ok(RawLogout::from_form(&body)?));
    take(&app, &trace, raw, &Door::Own(name)).await
}

/// # Security
/// No cookie is asked for or taken away: an identity provider that signs out its own person must not take the
/// session of whoever's browser it leads here [attack E19].
async fn take<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    raw: Result<RawLogout, LoginError>,
    door: &Door,
) -> Response {
    let refused = |error: &LoginError, kind| {
        count::logout(error.code());
        let again = if kind == LogoutKind::Request { "/account" } else { "/sso" };
        refusal_saying(error, &words(error, kind), trace, again)
    };
    let raw = match raw {
        Ok(raw) => raw,
        Err(error) => return refused(&error, LogoutKind::Request),
    };
    let mut attempt = Attempt::new(app, trace);
    match attempt.take(&raw, door).await.and_then(|done| answer(app, &done)) {
        Ok(response) => {
            count::logout("accepted");
            response
        }
        Err(error) => {
            attempt.note(&error).await;
            refused(&error, raw.kind())
        }
    }
}

/// The way back to the identity provider, or a page where nothing more is to be done.
fn answer<P: Ports>(app: &App<P>, done: &LoggedOut) -> Result<Response, LoginError> {
    let (sentence, advice) = match done {
        LoggedOut::Asked(Some(outgoing)) => return outgoing::send(outgoing, app.settings()),
        LoggedOut::Asked(None) => ("You are signed out here.", "Your organisation asked for it."),
        LoggedOut::Answered(Elsewhere::SignedOut) => {
            ("You are signed out, here and at your organisation.", "You can close this window.")
        }
        LoggedOut::Answered(Elsewhere::Partial) => (
            "You are signed out here, but not everywhere.",
            "Your organisation could not reach every application: close all windows of this browser.",
        ),
    };
    Ok(told(&Words { sentence, advice }, None))
}

/// How far a sign-out went.
fn told(words: &Words, trace: Option<&TraceId>) -> Response {
    let message = Message {
        sentence: words.sentence,
        advice: words.advice,
        again: Some("/sso"),
        again_text: "Sign in again",
        trace: trace.map(TraceId::as_str),
    };
    page(StatusCode::OK, &message, &FormTarget::Own)
}

/// What a person reads of a logout that came to nothing.
fn words(error: &LoginError, kind: LogoutKind) -> Words {
    let (sentence, advice) = match (error, kind) {
        (
            LoginError::Store(_)
            | LoginError::Begin(_)
            | LoginError::Random(_)
            | LoginError::Stored(_)
            | LoginError::TooMany { .. },
            _,
        ) => (
            "Signing out is not available right now.",
            "Try again in a minute, or close all windows of this browser.",
        ),
        (LoginError::Rejected(Reject::Status { .. }), LogoutKind::Response) => return HERE_ALONE,
        (_, LogoutKind::Response) => (
            "You are signed out here, but your organisation's answer could not be verified.",
            "Close all windows of this browser; if it happens again, give your administrator the code below.",
        ),
        (_, LogoutKind::Request) => (
            "The sign-out message could not be verified.",
            "To sign out here, open your account; if it happens again, give your administrator the code below.",
        ),
    };
    Words { sentence, advice }
}
