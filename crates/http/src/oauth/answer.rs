use axum::Json;
use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_accounts::TraceId;
use serde_json::json;

/// A refusal in the words of the standard [rfc6749 5.2].
pub(crate) struct Refused<'a> {
    pub(crate) status: StatusCode,
    /// One of the errors of the standard.
    pub(crate) error: &'a str,
    /// What a developer reads: it repeats nothing of the request.
    pub(crate) description: &'a str,
    /// How to say who asks, where that is what was missing [rfc9110 11.6.1].
    pub(crate) challenge: &'static str,
    /// After how many seconds it is worth while to ask again.
    pub(crate) wait: Option<u64>,
}

impl Refused<'_> {
    pub(crate) fn response(&self, trace: &TraceId) -> Response {
        let description = format!("{} (trace {trace})", self.description);
        let body = json!({ "error": self.error, "error_description": description });
        let mut response = not_stored((self.status, Json(body)));
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge));
        }
        if let Some(seconds) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Neither a token nor a refusal is kept on the way [rfc6749 5.1].
pub(crate) fn not_stored(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
