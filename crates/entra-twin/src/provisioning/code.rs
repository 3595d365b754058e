//! Why something was not provisioned, by the codes of the provisioning logs (`entra.md` E).

use serde::{Deserialize, Serialize};

use super::transport::{ScimResponse, TransportError};

/// A code of the provisioning logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Code {
    /// Another account at the target has a value that must be unique.
    EntryConflict,
    /// The target asks for fewer requests.
    TooManyRequests,
    /// The target, or the way to it, broke.
    InternalServerError,
    /// The target does not know the token.
    Unauthorized,
    /// The target does not take what it was sent.
    UnprocessableEntity,
    /// What was matched before is gone at the target.
    InvalidAnchor,
    /// The target misses an attribute.
    MandatoryFieldsMissing,
    /// The domain of a name is not listed at the target.
    InvalidDomain,
    /// The target took too long.
    Timeout,
    /// The target has no licence left.
    LicenseLimitExceeded,
    /// More than one at the target has the matching value.
    DuplicateTargetEntries,
    /// There is no matching value, or one that no filter can carry.
    ImportSkipped,
    /// Nothing is to be done.
    EntrySynchronizationSkipped,
}

/// Something went wrong for one person, group or request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) reason: String,
    /// The whole job stops because of it.
    pub(crate) stops: Option<Stop>,
}

/// Why a job goes into quarantine at once (`entra.md` D5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The token does not count.
    Credentials,
    /// The server does not speak SCIM.
    Protocol,
}

impl Failure {
    pub(crate) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), stops: None }
    }

    /// The server does not answer as SCIM says.
    pub(crate) fn protocol(reason: impl Into<String>) -> Self {
        Self { code: Code::UnprocessableEntity, reason: reason.into(), stops: Some(Stop::Protocol) }
    }

    /// What a refusal means.
    pub(crate) fn of(response: &ScimResponse) -> Self {
        let detail = response.detail();
        let said = detail.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let code = match response.status {
            401 => Code::Unauthorized,
            404 => Code::InvalidAnchor,
            409 => Code::EntryConflict,
            429 => Code::TooManyRequests,
            408 | 504 => Code::Timeout,
            500.. => Code::InternalServerError,
            _ if has(&["license", "licence"]) => Code::LicenseLimitExceeded,
            403 => Code::Unauthorized,
            _ if has(&["domain"]) => Code::InvalidDomain,
            _ if has(&["required", "missing"]) => Code::MandatoryFieldsMissing,
            _ => Code::UnprocessableEntity,
        };
        let reason = match detail.as_str() {
            "" => format!("the target answered {}", response.status),
            detail => format!("the target answered {}: {detail}", response.status),
        };
        Self { code, reason, stops: (response.status == 401).then_some(Stop::Credentials) }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let code = match error {
            TransportError::Timeout => Code::Timeout,
            _ => Code::InternalServerError,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_code() {
        for (status, detail, code) in [
            (400, "the domain is not listed", Code::InvalidDomain),
            (400, "userName is required", Code::MandatoryFieldsMissing),
            (400, "", Code::UnprocessableEntity),
            (422, "no", Code::UnprocessableEntity),
            (401, "", Code::Unauthorized),
            (403, "", Code::Unauthorized),
            (403, "no license is left", Code::LicenseLimitExceeded),
            (404, "", Code::InvalidAnchor),
            (408, "", Code::Timeout),
            (409, "userName already in use", Code::EntryConflict),
            (429, "", Code::TooManyRequests),
            (500, "the domain is down", Code::InternalServerError),
            (504, "", Code::Timeout),
        ] {
            let body = format!("{{\"detail\":\"{detail}\"}}").into_bytes();
            let failure = Failure::of(&ScimResponse { status, body });
            assert_eq!(failure.code, code, "{status} {detail}");
            assert_eq!(failure.stops.is_some(), status == 401, "{status}");
        }
    }
}
