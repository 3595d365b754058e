//! The assertion consumer service.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::TraceId;

use super::door::Door;
use super::flow::{Attempt, Finished};
use super::form::SamlForm;
use super::keep::outcome;
use super::landing;
use crate::respond::{log, refusal, see_other, with_cookies};
use crate::{App, Ports};
use crate::{cookies, count};

/// `POST /saml/acs`: judges a response, and has the browser hop where its own cookies arrive.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&app, &trace, &headers, &body, &Door::Shared).await
}

/// `POST /saml/{connection}/acs`: the same for the one connection that has a name of ours for itself.
pub(super) async fn post_own<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&app, &trace, &headers, &body, &Door::Own(name)).await
}

async fn answer<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    headers: &HeaderMap,
    body: &Bytes,
    door: &Door,
) -> Response {
    let form = match SamlForm::read(headers, body) {
        Ok(form) => form,
        Err(error) => {
            count::login(error.code());
            return refusal(&error, trace, "/sso");
        }
    };
    let mut attempt = Attempt::new(app, headers, trace);
    let finished = attempt.take(&form, door).await;
    count::login(outcome(&finished));
    let (handle, cookie) = match finished {
        Ok(Finished::Hop { handle, secret }) => {
            let cookie = cookies::hop(&handle, &secret);
            (handle, cookie)
        }
        Ok(Finished::Tested { handle, secret }) => {
            let cookie = cookies::hop(&handle, &secret);
            (handle, cookie)
        }
        Ok(Finished::Restarted { handle, secret }) => {
            let cookie = cookies::login(&handle, &secret);
            (handle, cookie)
        }
        Err(error) => {
            attempt.note(&error).await;
            if let Some((connection, target, max_age)) = attempt.ask_after_all(&error) {
                log(&error, trace);
                return landing::ask_after_all(app, connection, target, max_age);
            }
            return refusal(&error, trace, &attempt.again());
        }
    };
    with_cookies(see_other(&format!("/saml/hop?h={handle}")), [cookie])
}
