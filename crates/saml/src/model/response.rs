use time::OffsetDateTime;

/// The fields around the assertion, signed or not.
///
/// With Entra's default nobody signs them: they can cause a refusal, and never grant anything.
#[derive(Debug)]
pub(crate) struct UnsignedEnvelope {
    pub(crate) version: String,
    pub(crate) issue_instant: OffsetDateTime,
    pub(crate) destination: Option<String>,
    pub(crate) in_response_to: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) status: Status,
}

/// Whether the identity provider did what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) code: String,
    /// The second-level code, which says more.
    pub(crate) detail: Option<String>,
    pub(crate) message: Option<String>,
}
