//! The provisioning logs of the portal.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::code::Code;
use super::mapping::Kind;

/// One entry of the provisioning logs.
///
/// # Security
/// It has values of attributes, as the portal's "Modified Properties" have: nobody at the double is real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// When the cycle began.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The job.
    pub job: String,
    /// Which cycle of the job, from 1; 0 is on demand.
    pub cycle: u64,
    /// A person or a group.
    pub kind: Kind,
    /// The object id at the source.
    pub source: Uuid,
    /// The name at the source, as it was known last.
    pub identity: String,
    /// The id at the target, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What was done, or tried.
    pub action: Action,
    /// How it ended.
    pub status: Status,
    /// Why it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// In a sentence.
    pub reason: String,
    /// "Steps".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// "Modified Properties".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modified: Vec<Modified>,
}

/// "Action".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Action {
    /// Made at the target.
    Create,
    /// Changed at the target.
    Update,
    /// Deleted at the target.
    Delete,
    /// Told to be inactive.
    Disable,
    /// Would be disabled or deleted, and is withheld until an administrator allows it.
    StagedDelete,
    /// Nothing of these.
    Other,
}

/// "Status".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Status {
    /// Done.
    Success,
    /// Tried in vain, and tried again later.
    Failure,
    /// Nothing was to be done.
    Skipped,
    /// Done, but not as it was meant.
    Warning,
}

/// A step on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// How it ended.
    pub status: Status,
    /// In a sentence.
    pub detail: String,
}

/// The five steps of "Provision on demand"; a cycle has the last two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StepName {
    /// "Test connection".
    TestConnection,
    /// "Import user".
    Import,
    /// "Determine if user is in scope".
    Scope,
    /// "Match user between source and target system".
    Match,
    /// "Perform action".
    Action,
}

impl StepName {
    /// As the portal shows it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::TestConnection => "Test connection",
            Self::Import => "Import user",
            Self::Scope => "Determine if user is in scope",
            Self::Match => "Match user between source and target system",
            Self::Action => "Perform action",
        }
    }
}

impl Step {
    pub(crate) fn new(name: StepName, status: Status, detail: impl Into<String>) -> Self {
        Self { name, status, detail: detail.into() }
    }
}

/// A target attribute and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modified {
    /// The target attribute.
    pub attribute: String,
    /// What the target had, as JSON; nothing where it had nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it was told, as JSON.
    pub new: String,
}
