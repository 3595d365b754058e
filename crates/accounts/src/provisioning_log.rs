use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{CredentialId, Directory, GroupId, LoginName, Rest, TraceId, UnknownName, UserId, named};

/// A line of the provisioning log: one request of a directory, and what came of it.
///
/// Requests that change something are in it whatever became of them, and of the others those that were refused.
///
/// # Security
/// Name and changes are personal data: `Debug` leaves them out, and erasing the person takes them out of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvisioningEntry {
    /// When the request came.
    pub at: OffsetDateTime,
    /// Whose it was.
    pub directory: Directory,
    /// What it showed.
    pub credential: CredentialId,
    /// The request to us.
    pub trace: TraceId,
    /// What it asked for.
    pub action: ProvisioningAction,
    /// What it was about.
    pub target: ProvisioningTarget,
    /// The user name of an account that was to be made and was not.
    pub name: Option<LoginName>,
    /// What changed, attribute by attribute, as JSON text; empty if nothing did.
    pub changes: Rest,
    /// The status of the answer, as HTTP has it.
    pub status: u16,
    /// The code of the refusal.
    pub code: Option<String>,
    /// From the coming of the request to the answer.
    pub took: Duration,
}

impl ProvisioningEntry {
    /// How long an entry is kept.
    pub const KEPT: Duration = Duration::days(30);
}

impl fmt::Debug for ProvisioningEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvisioningEntry")
            .field("at", &self.at)
            .field("directory", &self.directory)
            .field("trace", &self.trace)
            .field("action", &self.action)
            .field("target", &self.target)
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// What a request of a directory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows the log must handle every kind")]
pub enum ProvisioningTarget {
    /// An account, where it is known which.
    User(Option<UserId>),
    /// A group, where it is known which.
    Group(Option<GroupId>),
    /// Something else.
    Other,
}

/// What a request of a directory asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever shows the log must handle every action")]
pub enum ProvisioningAction {
    /// `create`: something new.
    Create,
    /// `replace`: another description in the place of the old.
    Replace,
    /// `change`: parts of the description.
    Change,
    /// `delete`: that it is no more.
    Delete,
    /// `read`: what there is.
    Read,
}

impl ProvisioningAction {
    const ALL: [Self; 5] = [Self::Create, Self::Replace, Self::Change, Self::Delete, Self::Read];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Read => "read",
        }
    }
}

impl fmt::Display for ProvisioningAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ProvisioningAction {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("action", text, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_their_names() {
        for action in ProvisioningAction::ALL {
            assert_eq!(action.name().parse(), Ok(action));
        }
        assert!("merge".parse::<ProvisioningAction>().is_err());
    }
}
