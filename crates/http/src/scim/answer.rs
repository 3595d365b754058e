//! What a directory gets: always `application/scim+json`, and always a SCIM error where it is refused.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_accounts::ports::{GroupRefusal, PortError};
use landfall_accounts::{PushRefusal, RefusalClass};
use landfall_scim::{ErrorKind, ScimError, Version};
use serde_json::Value;

use crate::error::LoginError;

/// The media type of SCIM [rfc7644 3.1].
pub(super) const SCIM_JSON: &str = "application/scim+json";

pub(super) type Answered = Result<Response, Refused>;

/// A request that is refused: what the directory is told, and what the log has besides.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    error: ScimError,
    code: &'static str,
    retry_after: Option<u64>,
}

impl Refused {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// What the tenant declares of attributes of its own cannot be read: without it the request cannot be understood.
    pub(super) fn declaration_unreadable() -> Self {
        Self { code: "stored.extension", ..Self::unavailable() }
    }

    /// It is nothing that the directory could do something about.
    fn unavailable() -> Self {
        let told = ScimError::new(ErrorKind::Unavailable, "this cannot be answered now: try again later");
        Self { code: told.code(), error: told, retry_after: Some(10) }
    }
}

impl From<ScimError> for Refused {
    fn from(error: ScimError) -> Self {
        Self { code: error.code(), error, retry_after: None }
    }
}

impl From<PortError> for Refused {
    fn from(error: PortError) -> Self {
        tracing::error!(error = crate::error::chain(&error), "the store did not answer a directory");
        Self { code: error.code(), ..Self::unavailable() }
    }
}

impl From<PushRefusal> for Refused {
    fn from(refusal: PushRefusal) -> Self {
        let kind = match refusal.class() {
            RefusalClass::Forbidden => ErrorKind::Forbidden,
            RefusalClass::Invalid => ErrorKind::InvalidValue,
            RefusalClass::Taken => ErrorKind::Uniqueness,
            RefusalClass::Immutable => ErrorKind::Mutability,
        };
        let detail = format!("{refusal} ({})", refusal.code());
        Self { error: ScimError::new(kind, detail), code: refusal.code(), retry_after: None }
    }
}

impl From<GroupRefusal> for Refused {
    fn from(refusal: GroupRefusal) -> Self {
        let kind = match refusal {
            GroupRefusal::NameTaken { .. } | GroupRefusal::ExternalIdTaken { .. } => ErrorKind::Uniqueness,
            GroupRefusal::NoMember { .. } => ErrorKind::InvalidValue,
            _ => ErrorKind::Forbidden,
        };
        let detail = format!("{refusal} ({})", refusal.code());
        Self { error: ScimError::new(kind, detail), code: refusal.code(), retry_after: None }
    }
}

impl From<LoginError> for Refused {
    /// Of a share that is used up.
    fn from(error: LoginError) -> Self {
        let told =
            ScimError::new(ErrorKind::TooManyRequests, "too many requests came: wait as Retry-After says");
        Self { error: told, code: error.code(), retry_after: error.retry_after() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &self.error.to_json());
        if status == StatusCode::UNAUTHORIZED {
            // [rfc6750 3]
            set(&mut response, WWW_AUTHENTICATE, "Bearer realm=\"scim\"");
        }
        if let Some(seconds) = self.retry_after {
            set(&mut response, RETRY_AFTER, &seconds.to_string());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A body of SCIM; nobody on the way keeps it.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    set(&mut response, CONTENT_TYPE, SCIM_JSON);
    set(&mut response, CACHE_CONTROL, "no-store");
    response
}

/// A resource, with its version and where it is.
pub(super) fn resource(status: StatusCode, body: &Value, version: Version) -> Response {
    let mut response = json(status, body);
    set(&mut response, ETAG, &version.to_string());
    if let Some(location) = body.pointer("/meta/location").and_then(Value::as_str) {
        set(&mut response, LOCATION, location);
    }
    response
}

/// No body, with the version of what was changed.
pub(super) fn changed(version: Version) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    set(&mut response, ETAG, &version.to_string());
    response
}

/// The client has it.
pub(super) fn not_modified(version: Version) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    set(&mut response, ETAG, &version.to_string());
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
