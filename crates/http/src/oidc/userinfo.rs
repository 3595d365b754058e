//! What is known of a person, for whoever shows an access token [openid-core 5.3].

use axum::extract::State;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use landfall_accounts::ports::PortError;
use landfall_accounts::{LiveToken, TokenKind, TraceId};
use serde_json::Value;

use super::claims::claims;
use super::cors;
use crate::error::chain;
use crate::oauth::not_stored;
use crate::scim::{BearerError, shown_bearer};
use crate::secret::hash;
use crate::{App, Ports};

/// `GET`, `POST /oidc/userinfo` [openid-core 5.3.1], with the token in the header alone [rfc6750 2.1].
pub(super) async fn answer<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
) -> Response {
    match told(&app, &headers).await {
        Ok(answer) => answer,
        Err(refusal) => cors::for_all(refusal.response(&trace)),
    }
}

async fn told<P: Ports>(app: &App<P>, headers: &HeaderMap) -> Result<Response, Refused> {
    let live = live(app, headers).await?;
    // Whoever asked may have ended meanwhile, and then nothing counts of what it has.
    let application = app.ports().application(&live.granted.grant.app).await?.ok_or(Refused::Token)?;
    let body = Json(Value::from(claims(&live.granted, live.scopes)));
    Ok(cors::for_its_pages(not_stored(body), &application, headers))
}

async fn live<P: Ports>(app: &App<P>, headers: &HeaderMap) -> Result<LiveToken, Refused> {
    let token = match shown_bearer(headers) {
        Ok(token) => hash(token),
        Err(BearerError::None) => return Err(Refused::Nothing),
        Err(_) => return Err(Refused::Token),
    };
    let live = app.ports().live_token(&token, app.environment().now()).await?;
    live.filter(|live| live.kind == TokenKind::Access).ok_or(Refused::Token)
}

/// Why nothing is told [rfc6750 3.1].
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the request shows no token")]
    Nothing,
    #[error("the token is none, or does not count any more")]
    Token,
    #[error("the store did not do what it was asked")]
    Store(#[from] PortError),
}

impl Refused {
    /// [rfc6750 3]
    fn response(&self, trace: &TraceId) -> Response {
        let (status, code, challenge) = match self {
            Self::Nothing => (StatusCode::UNAUTHORIZED, "bearer.none", Some("Bearer realm=\"landfall\"")),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "bearer.unknown",
                Some("Bearer realm=\"landfall\", error=\"invalid_token\""),
            ),
            Self::Store(error) => (StatusCode::SERVICE_UNAVAILABLE, error.code(), None),
        };
        if status.is_server_error() {
            tracing::error!(%trace, code, cause = chain(self), "nothing is told of a person");
        } else {
            tracing::info!(%trace, code, "nothing is told of a person");
        }
        let mut response = not_stored(status.into_response());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
