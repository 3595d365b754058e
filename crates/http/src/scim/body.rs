use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use landfall_scim::{ErrorKind, ScimError};

use super::answer::{Refused, SCIM_JSON};

/// Most bytes of a body: a group with as many members as one request may name.
pub(super) const MOST_BODY: usize = 2 * 1024 * 1024;

/// The body of a request, which says that it is JSON.
pub(super) struct Body(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if ![SCIM_JSON, "application/json"].iter().any(|taken| essence.eq_ignore_ascii_case(taken)) {
            let text = "the body is of another media type, expected application/scim+json";
            let error = ScimError::new(ErrorKind::UnsupportedMediaType, text);
            return Err(Refused::from(error).into_response());
        }
        Bytes::from_request(request, state).await.map(Self).map_err(|_| {
            let text = format!("the body cannot be read, or has more than {MOST_BODY} bytes");
            Refused::from(ScimError::new(ErrorKind::TooLarge, text)).into_response()
        })
    }
}
