//! The assertion consumer service.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::TraceId;

use super::flow::{Attempt, Finished};
use super::form::SamlForm;
use crate::respond::{refusal, see_other, with_cookies};
use crate::{App, Ports};
use crate::{cookies, count};

/// `POST /saml/acs`: judges a response, and has the browser hop where its own cookies arrive.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = match SamlForm::read(&headers, &body) {
        Ok(form) => form,
        Err(error) => {
            count::login(error.code());
            return refusal(&error, &trace, "/sso");
        }
    };
    let mut attempt = Attempt::new(&app, &headers, &trace);
    let (handle, cookie) = match attempt.finish(&form).await {
        Ok(Finished::Hop { handle, secret }) => {
            count::login("accepted");
            let cookie = cookies::hop(&handle, &secret);
            (handle, cookie)
        }
        Ok(Finished::Restarted { handle, secret }) => {
            count::login("restarted");
            let cookie = cookies::login(&handle, &secret);
            (handle, cookie)
        }
        Err(error) => {
            count::login(error.code());
            attempt.note(&error).await;
            return refusal(&error, &trace, &attempt.again());
        }
    };
    with_cookies(see_other(&format!("/saml/hop?h={handle}")), [cookie])
}
