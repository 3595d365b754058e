//! A code is given out [openid-core 3.1.2.5].

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Response;
use landfall_accounts::{GrantOutcome, NewGrant, TraceId, UserAgent};

use super::authorize::{Asking, Fault, Ready};
use crate::secret::Secret;
use crate::{App, Ports, count};

/// Lets a code count, and sends it where the application wants it.
pub(super) async fn grant<P: Ports>(
    app: &App<P>,
    asking: &Asking,
    ready: &Ready,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Response, Fault> {
    let (code, session) = (Secret::new(app.environment())?, &ready.signed_in.session);
    let (scopes, lasting) = asking.application.grants(ready.asked.scopes);
    let new = NewGrant {
        app: asking.application.id,
        tenant: session.tenant,
        session: session.id,
        scopes,
        lasting,
        redirect: asking.redirect.clone(),
        challenge: ready.asked.challenge.clone(),
        nonce: ready.asked.nonce.clone(),
        code: code.hash(),
        user_agent: user_agent(headers),
        trace: trace.clone(),
    };
    match app.ports().grant(new, app.environment().now()).await? {
        GrantOutcome::Granted(_) => {
            count::authorization("granted");
            Ok(asking.back(app, &[("code", code.expose())]))
        }
        GrantOutcome::Gone => Err(Fault::Gone),
    }
}

/// What the browser says of itself.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<UserAgent> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(UserAgent::new)
}
