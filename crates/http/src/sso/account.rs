//! The account of whoever is signed in: profile, sessions, sign-out.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{EndOutcome, EndReason, Session, SessionId, SignedIn, TraceId, User};
use time::OffsetDateTime;
use time::macros::format_description;

use super::origin;
use crate::cookies::{self, Cookies};
use crate::error::LoginError;
use crate::pages::{Account, Message, Minute, SessionLine};
use crate::respond::{FormTarget, page, refusal, see_other, with_cookies};
use crate::{App, Ports};

/// `GET /account`: the page, or the way to sign in.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match show(&app, &Cookies::of(&headers)).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

async fn show<P: Ports>(app: &App<P>, cookies: &Cookies) -> Result<Response, LoginError> {
    let Some(signed_in) = app.signed_in(cookies).await? else {
        return Ok(see_other("/sso?target=/account"));
    };
    let SignedIn { session, user, connection, tenant, idp_session } = &signed_in;
    let sessions = app.ports().sessions_of(&user.id, app.environment().now()).await?;
    let idp = app.ports().connection(&session.connection).await?.map(|connection| connection.idp);
    let organisation_too = idp_session.is_some() && idp.is_some_and(|idp| !idp.slo.is_empty());
    let account = Account {
        name: display_name(user),
        user_name: user.user_name.as_str(),
        email: user.email.as_deref(),
        roles: &user.access.roles.join(", "),
        tenant: &tenant.to_string(),
        connection: &connection.to_string(),
        organisation_too,
        sessions: sessions.iter().map(|other| line(other, session)).collect(),
        offers: app.offers(&signed_in).await?,
        activations: app.activations(&signed_in).await?,
    };
    // Browsers hold a redirect of the answer to this rule too.
    let loopback = !app.settings().public_url.is_https();
    let target = if organisation_too { FormTarget::ThenAnywhere { loopback } } else { FormTarget::Own };
    Ok(page(StatusCode::OK, &account, &target))
}

fn display_name(user: &User) -> &str {
    user.display_name.as_deref().unwrap_or_else(|| user.user_name.as_str())
}

fn line(session: &Session, current: &Session) -> SessionLine {
    let browser = session.user_agent.as_ref().map_or("unknown browser", |agent| browser(agent.as_str()));
    SessionLine {
        id: session.id.to_string(),
        browser: browser.to_owned(),
        since: minute(session.opened_at),
        used: minute(session.last_seen_at),
        current: session.id == current.id,
    }
}

/// To the minute, which is as exact as the last use is known.
pub(crate) fn minute(at: OffsetDateTime) -> Minute {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let machine = format_description!("[year]-[month]-[day]T[hour]:[minute]Z");
    Minute { text: at.format(minutes).unwrap_or_default(), machine: at.format(machine).unwrap_or_default() }
}

/// The name by which people know what sent this User-Agent; the more special name comes first.
pub(crate) fn browser(user_agent: &str) -> &str {
    let known = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let found = known.iter().find(|(mark, _)| user_agent.contains(mark));
    found.map_or(user_agent, |(_, name)| name)
}

/// `POST /account/sign-out`: ends the session of this browser.
pub(super) async fn sign_out<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match end_own(&app, &headers).await {
        Ok(()) => with_cookies(see_other("/account/signed-out"), [cookies::session_ended()]),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

async fn end_own<P: Ports>(app: &App<P>, headers: &HeaderMap) -> Result<(), LoginError> {
    origin::own(headers, &app.settings().public_url)?;
    if let Some(SignedIn { session, user, .. }) = app.signed_in(&Cookies::of(headers)).await? {
        let _ = app
            .ports()
            .end_session(&session.id, Some(&user.id), EndReason::SignedOut, app.environment().now())
            .await?;
    }
    Ok(())
}

/// `POST /account/sign-out/everywhere`: ends every session of the person, in this browser too.
pub(super) async fn sign_out_everywhere<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match end_all(&app, &headers, Here::Too).await {
        Ok(()) => with_cookies(see_other("/account/signed-out"), [cookies::session_ended()]),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// `POST /account/sessions/end-others`: ends every session of the person but the one in this browser.
pub(super) async fn end_others<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match end_all(&app, &headers, Here::Stays).await {
        Ok(()) => see_other("/account"),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// Whether the session of this browser ends with the others.
#[derive(Clone, Copy)]
enum Here {
    Too,
    Stays,
}

async fn end_all<P: Ports>(app: &App<P>, headers: &HeaderMap, here: Here) -> Result<(), LoginError> {
    origin::own(headers, &app.settings().public_url)?;
    let Some(SignedIn { session, .. }) = app.signed_in(&Cookies::of(headers)).await? else { return Ok(()) };
    let (but, reason) = match here {
        Here::Too => (None, EndReason::SignedOutEverywhere),
        Here::Stays => (Some(&session.id), EndReason::Revoked),
    };
    let now = app.environment().now();
    app.ports().end_sessions_of(&session.tenant, &session.user, but, reason, now).await?;
    Ok(())
}

/// `GET /account/signed-out`.
pub(super) async fn signed_out<P: Ports>(State(_): State<App<P>>) -> Response {
    let message = Message {
        sentence: "You are signed out.",
        advice: "Your organisation may still have you signed in there.",
        again: Some("/sso"),
        again_text: "Sign in again",
        trace: None,
    };
    page(StatusCode::OK, &message, &FormTarget::Own)
}

/// `POST /account/sessions/{session}/end`: ends another session of the same person.
pub(super) async fn end_session<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Response {
    match end_other(&app, &session, &headers).await {
        Ok(()) => see_other("/account"),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

async fn end_other<P: Ports>(app: &App<P>, session: &str, headers: &HeaderMap) -> Result<(), LoginError> {
    origin::own(headers, &app.settings().public_url)?;
    let session: SessionId = session.parse().map_err(|_| LoginError::NotFound)?;
    let Some(SignedIn { user, .. }) = app.signed_in(&Cookies::of(headers)).await? else { return Ok(()) };
    let now = app.environment().now();
    match app.ports().end_session(&session, Some(&user.id), EndReason::Revoked, now).await? {
        EndOutcome::Ended => Ok(()),
        EndOutcome::NotFound => Err(LoginError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_by_their_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        for (agent, name) in [
            (chrome, "Chrome"),
            (&format!("{chrome} Edg/156.0.0.0"), "Edge"),
            ("Mozilla/5.0 (X11; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox"),
            ("curl/8.0", "curl/8.0"),
        ] {
            assert_eq!(browser(agent), name);
        }
    }
}
