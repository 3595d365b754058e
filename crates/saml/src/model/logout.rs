use time::OffsetDateTime;

use super::{NameId, Status};
use crate::{EntityId, RequestId, SessionIndex};

/// What every logout message says of itself, read from what a trusted key signed.
#[derive(Debug)]
pub(crate) struct LogoutEnvelope {
    pub(crate) id: RequestId,
    pub(crate) version: String,
    pub(crate) issue_instant: OffsetDateTime,
    pub(crate) destination: Option<String>,
    pub(crate) issuer: EntityId,
}

/// Who is to be signed out, and where.
#[derive(Debug)]
pub(crate) struct LogoutDemand {
    pub(crate) name_id: NameId,
    /// All sessions of the person where it is empty [saml-core 3.7.1].
    pub(crate) session_indexes: Vec<SessionIndex>,
    pub(crate) not_on_or_after: Option<OffsetDateTime>,
}

/// What became of a logout that we asked for.
#[derive(Debug)]
pub(crate) struct LogoutReport {
    pub(crate) in_response_to: Option<String>,
    pub(crate) status: Status,
}
