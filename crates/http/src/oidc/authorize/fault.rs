use axum::http::StatusCode;
use landfall_accounts::ports::PortError;
use landfall_accounts::{Application, TraceId};

use crate::environment::NoRandomness;
use crate::error::{LoginError, chain};
use crate::oauth::{JwtRefusal, Twice};

/// Why an application gets no code; its text goes to the application, so that it repeats nothing of the request and has
/// no quotation mark [rfc6749 4.1.2.1].
#[derive(Debug, thiserror::Error)]
pub(in crate::oidc) enum Fault {
    #[error("{0}")]
    Twice(Twice),
    #[error("request objects are not taken: send the parameters themselves")]
    RequestObject,
    #[error("request_uri is not taken: send the parameters themselves")]
    RequestUri,
    #[error("applications are registered by the operator alone")]
    Registration,
    #[error("response_type is missing: it is code")]
    NoResponseType,
    #[error("response_type is code, and nothing else")]
    ResponseType,
    #[error("response_mode is query, and nothing else")]
    ResponseMode,
    #[error("scope lacks openid")]
    Scope,
    #[error("code_challenge is missing: every application sends one")]
    NoChallenge,
    #[error("code_challenge_method is S256, and nothing else")]
    ChallengeMethod,
    #[error("code_challenge is no SHA-256 in base64url, which has 43 characters")]
    Challenge,
    #[error("state has more than 1024 characters")]
    State,
    #[error("nonce has 1 to 255 printable ASCII characters")]
    Nonce,
    #[error("prompt is none alone, or login, consent and select_account")]
    Prompt,
    #[error("max_age is a number of seconds")]
    MaxAge,
    #[error("nobody can sign in by this connection")]
    Connection,
    #[error("the parameters have more than 2048 characters: send a shorter state")]
    TooLong,
    #[error("id_token_hint is no identity token of this provider")]
    Hint(#[source] JwtRefusal),
    #[error("somebody must sign in first, or anew")]
    LoginRequired,
    #[error("the person must agree to this on a page first")]
    InteractionRequired,
    #[error("somebody else is signed in than id_token_hint names")]
    OtherPerson,
    #[error("the application does not serve the organisation of this person")]
    OtherTenant,
    #[error("the person has declined")]
    Declined,
    #[error("the person was signed out meanwhile, or the application may not have them any more")]
    Gone,
    #[error("the sign-in is not available right now")]
    Login(#[source] LoginError),
}

impl From<Twice> for Fault {
    fn from(twice: Twice) -> Self {
        Self::Twice(twice)
    }
}

impl From<LoginError> for Fault {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::ConnectionUnknown => Self::Connection,
            other => Self::Login(other),
        }
    }
}

impl From<PortError> for Fault {
    fn from(error: PortError) -> Self {
        Self::Login(error.into())
    }
}

impl From<NoRandomness> for Fault {
    fn from(error: NoRandomness) -> Self {
        Self::Login(error.into())
    }
}

impl Fault {
    /// The error as the standards name it [rfc6749 4.1.2.1], [openid-core 3.1.2.6].
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::RequestObject => "request_not_supported",
            Self::RequestUri => "request_uri_not_supported",
            Self::Registration => "registration_not_supported",
            Self::ResponseType => "unsupported_response_type",
            Self::Scope => "invalid_scope",
            Self::LoginRequired | Self::OtherPerson => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::OtherTenant | Self::Declined | Self::Gone => "access_denied",
            Self::Login(error) => match error.status() {
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "temporarily_unavailable",
                _ => "server_error",
            },
            _ => "invalid_request",
        }
    }

    /// The stable code, for logs, figures and tests.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Twice(_) => "authorize.twice",
            Self::RequestObject => "authorize.request",
            Self::RequestUri => "authorize.request_uri",
            Self::Registration => "authorize.registration",
            Self::NoResponseType | Self::ResponseType => "authorize.response_type",
            Self::ResponseMode => "authorize.response_mode",
            Self::Scope => "authorize.scope",
            Self::NoChallenge | Self::Challenge => "authorize.code_challenge",
            Self::ChallengeMethod => "authorize.code_challenge_method",
            Self::State => "authorize.state",
            Self::Nonce => "authorize.nonce",
            Self::Prompt => "authorize.prompt",
            Self::MaxAge => "authorize.max_age",
            Self::Connection => "authorize.connection",
            Self::TooLong => "authorize.too_long",
            Self::Hint(_) => "authorize.hint",
            Self::LoginRequired => "authorize.login_required",
            Self::InteractionRequired => "authorize.interaction_required",
            Self::OtherPerson => "authorize.other_person",
            Self::OtherTenant => "authorize.other_tenant",
            Self::Declined => "authorize.declined",
            Self::Gone => "authorize.gone",
            Self::Login(error) => error.code(),
        }
    }

    /// What the operator finds by the trace id.
    pub(super) fn log(&self, application: &Application, trace: &TraceId) {
        let (code, app) = (self.code(), &application.name);
        match self {
            Self::Login(error) if error.status().is_server_error() => {
                tracing::error!(%trace, code, %app, cause = chain(error), "no code is given out");
            }
            _ => tracing::info!(%trace, code, %app, "no code is given out"),
        }
    }
}
