//! Why a client gets no token, in the words of the standard [rfc6749 5.2].

use axum::http::StatusCode;
use axum::response::Response;
use landfall_accounts::ports::PortError;
use landfall_accounts::{AccessRefusal, TraceId};

use crate::count;
use crate::environment::NoRandomness;
use crate::error::{LoginError, chain};
use crate::oauth::{JwtRefusal, Refused, ShownError, Twice};

/// Why a request for a token comes to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("the request is not well-formed: {problem}")]
    Request { problem: &'static str },
    #[error("only client_credentials is granted here")]
    GrantType,
    #[error("the request does not say who asks, by Basic or by client_id and client_secret")]
    Nobody,
    #[error("the client is not believed")]
    Client(#[source] AccessRefusal),
    #[error("the assertion is refused")]
    Assertion(#[source] JwtRefusal),
    #[error("the keys of the issuer have not been fetched yet: ask again in a minute")]
    KeysNotYet,
    #[error("too much is asked at this moment")]
    TooMany(#[source] LoginError),
    #[error("the store did not do what it was asked")]
    Store(#[from] PortError),
    #[error("nothing can be made secret")]
    Random(#[from] NoRandomness),
}

impl From<Twice> for TokenError {
    fn from(_: Twice) -> Self {
        Self::Request { problem: "a parameter stands in it twice" }
    }
}

impl From<ShownError> for TokenError {
    fn from(error: ShownError) -> Self {
        match error {
            ShownError::Request { problem } => Self::Request { problem },
            ShownError::Twice(twice) => twice.into(),
            ShownError::Nobody => Self::Nobody,
        }
    }
}

impl From<LoginError> for TokenError {
    fn from(error: LoginError) -> Self {
        Self::TooMany(error)
    }
}

impl TokenError {
    /// The stable code, for logs, figures and tests.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Request { .. } => "token.request",
            Self::GrantType => "token.grant_type",
            Self::Nobody => "token.nobody",
            Self::Client(refusal) => refusal.code(),
            Self::Assertion(refusal) => refusal.code(),
            Self::KeysNotYet => "assertion.keys",
            Self::TooMany(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Random(_) => "random",
        }
    }

    /// The status, and the error as the standard names it.
    fn named(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Request { .. } => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::GrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            // An assertion that does not count is a client that is not believed [rfc7521 4.2.1].
            Self::Nobody | Self::Client(_) | Self::Assertion(_) => {
                (StatusCode::UNAUTHORIZED, "invalid_client")
            }
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            Self::KeysNotYet | Self::Store(_) | Self::Random(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
        }
    }

    /// What the client gets: which of the errors of the standard it is, and the code by which an operator finds why.
    ///
    /// # Security
    /// Whether a client exists, or its secret is the wrong one, looks the same.
    pub(super) fn response(&self, trace: &TraceId) -> Response {
        let ((status, error), code) = (self.named(), self.code());
        count::scim_token(code);
        if status.is_server_error() {
            tracing::error!(%trace, code, cause = chain(self), "no token is granted");
        } else {
            tracing::info!(%trace, code, "no token is granted");
        }
        let description = match self {
            Self::Client(_) | Self::Assertion(_) => {
                "the client is unknown, or what it shows does not count".to_owned()
            }
            other => other.to_string(),
        };
        let wait = match self {
            Self::TooMany(error) => error.retry_after(),
            Self::KeysNotYet => Some(60),
            _ => None,
        };
        let challenge = "Basic realm=\"scim\", charset=\"UTF-8\"";
        Refused { status, error, description: &description, challenge, wait }.response(trace)
    }
}
