//! Why a request to a site comes to nothing.

use std::net::IpAddr;

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use landfall_accounts::ports::PortError;
use landfall_accounts::{SiteRefusal, TraceId};
use landfall_xmldsig::SignError;

use crate::environment::NoRandomness;
use crate::error::{LoginError, chain};
use crate::pages::SiteMessage;
use crate::respond::{FormTarget, page, retry_after};

/// Why a check is no yes, or a step of an entry leads nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum SiteError {
    #[error("{}, and headers that say where a request goes count from a listed proxy alone: list it in trusted_proxies", from(*peer))]
    NoProxy { peer: Option<IpAddr> },
    #[error("{name} {problem}: have the proxy set it, once, whatever a client sent")]
    Header { name: HeaderName, problem: &'static str },
    #[error("no site is at the origin that the proxy names: `landfall site create`")]
    Unknown,
    #[error("the proxy asks about a path of ours: have it pass /.landfall/ on without asking")]
    Own,
    #[error("the site does not admit the person")]
    Refused(#[from] SiteRefusal),
    #[error("the code is unknown, or forgotten")]
    Code,
    #[error("the code is for another site")]
    OtherSite,
    #[error("the code came again, and what it had opened has ended")]
    Replayed,
    #[error("the browser that brings the code is not the one that began")]
    Foreign,
    #[error("the code came too late")]
    Late,
    #[error("the session has ended before the code came")]
    Ended,
    #[error("the address to go to is no path of the site")]
    Target,
    #[error("the parameters are not those of an entry")]
    Parameters,
    #[error("the request comes from another site: Origin is {found:?}")]
    Origin { found: Option<String> },
    #[error("the store did not do what it was asked")]
    Store(#[from] PortError),
    #[error("nothing can be made secret")]
    Random(#[from] NoRandomness),
    #[error("nothing can be signed")]
    Sign(#[from] SignError),
    #[error("the request comes to nothing before the site is looked at")]
    Login(#[from] LoginError),
}

fn from(peer: Option<IpAddr>) -> String {
    peer.map_or_else(|| "the peer is unknown".to_owned(), |peer| format!("the request comes from {peer}"))
}

impl SiteError {
    /// Stable code, for events, logs and tests.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NoProxy { .. } => "site.no_proxy",
            Self::Header { .. } => "site.header",
            Self::Unknown => "site.unknown",
            Self::Own => "site.own_path",
            Self::Refused(refusal) => refusal.code(),
            Self::Code => "site.code",
            Self::OtherSite => "site.other",
            Self::Replayed => "site.replayed",
            Self::Foreign => "site.foreign",
            Self::Late => "site.late",
            Self::Ended => "site.ended",
            Self::Target => "target",
            Self::Parameters => "site.parameters",
            Self::Origin { .. } => "origin",
            Self::Store(error) => error.code(),
            Self::Random(_) => "random",
            Self::Sign(_) => "sign",
            Self::Login(error) => error.code(),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Target | Self::Parameters => StatusCode::BAD_REQUEST,
            Self::Store(_) | Self::Random(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Sign(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Login(error) => error.status(),
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// One plain sentence, and what to do.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoProxy { .. } | Self::Header { .. } | Self::Unknown | Self::Own => (
                "This application is not set up for sign-in.",
                "Check the address, or give your administrator the code below.",
            ),
            Self::Refused(_) => (
                "You have no access to this application.",
                "Ask your administrator for access, and give them the code below.",
            ),
            Self::Code | Self::OtherSite | Self::Replayed | Self::Late | Self::Ended => {
                ("This sign-in is not known here any more.", "Open the application again.")
            }
            Self::Foreign => {
                ("This sign-in was started in another browser.", "Open the application in this browser.")
            }
            Self::Target | Self::Parameters => {
                ("That address is not one that you can be sent to.", "Check the link that brought you here.")
            }
            Self::Origin { .. } => {
                ("This request came from another site.", "Go back to the application and try again there.")
            }
            Self::Login(error) => {
                let words = error.words();
                (words.sentence, words.advice)
            }
            Self::Store(_) | Self::Random(_) | Self::Sign(_) => {
                ("Sign-in is not available right now.", "Try again in a minute.")
            }
        }
    }

    /// A page; the operator finds the rest by the trace id [attack E20].
    pub(super) fn page(&self, trace: &TraceId) -> Response {
        let (code, status) = (self.code(), self.status());
        match self {
            error if status.is_server_error() => {
                tracing::error!(%trace, code, cause = chain(error), "request failed");
            }
            // What the operator has to do about a proxy or a person.
            Self::NoProxy { .. } | Self::Header { .. } | Self::Unknown | Self::Own => {
                tracing::warn!(%trace, code, cause = chain(self), "request refused");
            }
            _ => tracing::info!(%trace, code, cause = chain(self), "request refused"),
        }
        let (sentence, advice) = self.words();
        let message = SiteMessage { sentence, advice, trace: trace.as_str() };
        let wait = if let Self::Login(error) = self { error.retry_after() } else { None };
        retry_after(page(status, &message, &FormTarget::Own), wait)
    }
}
