//! What is wrong with a request of an application, where nobody can be sent back to it [rfc6749 4.1.2.1].

use axum::http::StatusCode;
use landfall_accounts::RedirectRefusal;

use crate::error::Words;
use crate::oauth::{JwtRefusal, Twice};

/// Why the person reads a page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageFault {
    #[error("the request is no form, as it says")]
    Form,
    #[error("{0}")]
    Twice(Twice),
    #[error("the request has no client_id")]
    NoClient,
    #[error("no application has the client_id {found:?}")]
    Client {
        /// What it names, cut off at 200 characters.
        found: String,
    },
    #[error("nobody is sent to the address that the request names")]
    Redirect(#[source] RedirectRefusal),
    #[error("id_token_hint is no identity token of this provider")]
    Hint(#[source] JwtRefusal),
    #[error("id_token_hint was made for another application than client_id names")]
    OtherClient,
    #[error("state has more than 1024 characters")]
    State,
}

impl PageFault {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Form => "app.form",
            Self::Twice(_) => "app.twice",
            Self::NoClient => "app.none",
            Self::Client { .. } => "app.unknown",
            Self::Redirect(_) => "app.redirect",
            Self::Hint(_) => "app.hint",
            Self::OtherClient => "app.other",
            Self::State => "app.state",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    /// # Security
    /// The page repeats nothing of the request: whoever made the link would write on it.
    pub(crate) fn words(&self) -> Words {
        Words {
            sentence: "The application has sent you here with a request that cannot be answered.",
            advice: "Go back to it and try again; if it happens again, give whoever runs it the code below.",
        }
    }
}
