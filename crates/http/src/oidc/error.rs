//! Why an application gets nothing, in the words of the standards [rfc6749 5.2], [rfc8628 3.5].

use axum::http::StatusCode;
use axum::response::Response;
use landfall_accounts::ports::PortError;
use landfall_accounts::{AppName, GrantRefusal, TraceId};
use landfall_xmldsig::SignError;

use crate::environment::NoRandomness;
use crate::error::{LoginError, chain};
use crate::oauth::{JwtRefusal, Refused, ShownError, Twice};

/// Why a request of an application, which no browser shows to anybody, comes to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the request is not well-formed: {problem}")]
    Request { problem: &'static str },
    #[error("the request is not well-formed: {0}")]
    Twice(Twice),
    #[error("the request does not say who asks")]
    Nobody,
    /// Its name is cut off at 200 characters.
    #[error("no application has the client_id {found:?}")]
    Unknown { found: String },
    /// It proves itself otherwise than it is registered.
    #[error("{app} is registered to prove itself by {registered}")]
    OtherWay { app: AppName, registered: &'static str },
    #[error("the secret is none of {app}, or has ended")]
    Secret { app: AppName },
    /// Whom the request names is cut off at 200 characters.
    #[error("an assertion for {of:?} is refused")]
    Assertion {
        of: String,
        #[source]
        refusal: JwtRefusal,
    },
    #[error("the keys of {app} cannot be read")]
    Keys {
        app: AppName,
        #[source]
        source: serde_json::Error,
    },
    #[error("there is no such grant_type here")]
    GrantType,
    #[error("the application is not of a kind that may ask for this")]
    Kind,
    #[error("{0}")]
    Grant(GrantRefusal),
    #[error("scope lacks openid")]
    Scope,
    #[error("the person has not decided yet")]
    Pending,
    #[error("wait five seconds more between two questions")]
    SlowDown,
    #[error("the person has refused")]
    Denied,
    #[error("nobody decided in time: begin again")]
    Late,
    #[error("too much is asked at this moment")]
    TooMany(#[source] LoginError),
    #[error("the store did not do what it was asked")]
    Store(#[from] PortError),
    #[error("nothing can be made secret")]
    Random(#[from] NoRandomness),
    #[error("the identity token cannot be signed")]
    Sign(#[from] SignError),
}

impl From<Twice> for Refusal {
    fn from(twice: Twice) -> Self {
        Self::Twice(twice)
    }
}

impl From<ShownError> for Refusal {
    fn from(error: ShownError) -> Self {
        match error {
            ShownError::Request { problem } => Self::Request { problem },
            ShownError::Twice(twice) => Self::Twice(twice),
            ShownError::Nobody => Self::Nobody,
        }
    }
}

impl Refusal {
    /// The stable code, for logs, figures and tests.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Request { .. } | Self::Twice(_) => "token.request",
            Self::Nobody => "token.nobody",
            Self::Unknown { .. } => "app.unknown",
            Self::OtherWay { .. } => "app.other_way",
            Self::Secret { .. } => "app.secret",
            Self::Assertion { refusal, .. } => refusal.code(),
            Self::Keys { .. } => "app.keys",
            Self::GrantType => "token.grant_type",
            Self::Kind => "app.kind",
            Self::Grant(refusal) => refusal.code(),
            Self::Scope => "token.scope",
            Self::Pending => "device.pending",
            Self::SlowDown => "device.slow_down",
            Self::Denied => "device.denied",
            Self::Late => "device.late",
            Self::TooMany(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Random(_) => "random",
            Self::Sign(_) => "sign",
        }
    }

    /// The status, and the error as the standard names it.
    fn named(&self) -> (StatusCode, &'static str) {
        let error = match self {
            Self::Nobody
            | Self::Unknown { .. }
            | Self::OtherWay { .. }
            | Self::Secret { .. }
            | Self::Assertion { .. } => return (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::TooMany(_) => return (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            Self::Store(_) | Self::Random(_) => {
                return (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
            }
            Self::Keys { .. } | Self::Sign(_) => return (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            Self::Request { .. } | Self::Twice(_) => "invalid_request",
            Self::GrantType => "unsupported_grant_type",
            Self::Kind => "unauthorized_client",
            Self::Grant(GrantRefusal::Scope) | Self::Scope => "invalid_scope",
            Self::Grant(_) => "invalid_grant",
            Self::Pending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::Denied => "access_denied",
            Self::Late => "expired_token",
        };
        (StatusCode::BAD_REQUEST, error)
    }

    /// What the application gets.
    ///
    /// # Security
    /// Whether an application exists, how it proves itself, or that its secret is the wrong one, looks the same.
    pub(super) fn response(&self, trace: &TraceId) -> Response {
        let ((status, error), code) = (self.named(), self.code());
        if status.is_server_error() {
            tracing::error!(%trace, code, cause = chain(self), "an application gets nothing");
        } else {
            tracing::info!(%trace, code, cause = chain(self), "an application gets nothing");
        }
        let description = match self {
            Self::Unknown { .. } | Self::OtherWay { .. } | Self::Secret { .. } | Self::Assertion { .. } => {
                "the application is unknown, or what it shows does not count".to_owned()
            }
            other => other.to_string(),
        };
        let wait = if let Self::TooMany(error) = self { error.retry_after() } else { None };
        let challenge = "Basic realm=\"landfall\", charset=\"UTF-8\"";
        Refused { status, error, description: &description, challenge, wait }.response(trace)
    }
}
