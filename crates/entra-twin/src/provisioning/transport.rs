//! How requests travel.

use std::future::Future;

use super::request::ScimRequest;

/// Carries requests to a SCIM server; the program has one over HTTP, tests have a server in memory.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request and waits for the answer, whatever its status.
    ///
    /// # Errors
    /// [`TransportError`] where there is no answer.
    ///
    /// # Cancel safety
    /// A request that is dropped may have been carried out.
    fn send(&self, request: ScimRequest)
    -> impl Future<Output = Result<ScimResponse, TransportError>> + Send;
}

/// What the server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct ScimResponse {
    /// The status of HTTP.
    pub status: u16,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl ScimResponse {
    /// The body as JSON, if it is JSON.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// `detail` of an error of SCIM, at most 300 characters of it; empty without one.
    pub(crate) fn detail(&self) -> String {
        const SHOWN: usize = 300;
        let json = self.json().unwrap_or_default();
        let detail = json.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default();
        detail.chars().take(SHOWN).collect()
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl std::fmt::Debug for ScimResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScimResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// There is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The server took too long.
    #[error("the target did not answer in time")]
    Timeout,
    /// Nobody answers.
    #[error("no answer over HTTP: does the target run? {text}")]
    Unreachable {
        /// What the client said.
        text: String,
    },
    /// More than anybody would read.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// How much is read.
        limit: usize,
    },
    /// The address or the token cannot be used.
    #[error("expected {expected}, got another: see the portal's Admin Credentials")]
    Setting {
        /// What would do.
        expected: &'static str,
    },
}

impl TransportError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "transport-timeout",
            Self::Unreachable { .. } => "transport-unreachable",
            Self::TooLong { .. } => "transport-too-long",
            Self::Setting { .. } => "transport-setting",
        }
    }
}
