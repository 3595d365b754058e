use crate::{Collision, Refusal, UserId};

/// Why a directory's change of a person is not made; nothing of it is.
///
/// # Security
/// The text goes to the directory: it names ids of the tenant's own accounts, and no value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushRefusal {
    /// As for a login.
    #[error(transparent)]
    Person(#[from] Refusal),
    /// The external id is another account's.
    #[error("the account {with} of this directory has this external id already")]
    ExternalIdTaken {
        /// The account.
        with: UserId,
    },
    /// The user name is another account's.
    #[error("the account {with} of this directory has this user name already")]
    UserNameTaken {
        /// The account.
        with: UserId,
    },
    /// The identity key is another account's.
    #[error("the account {with} has this identity key already")]
    KeyTaken {
        /// The account.
        with: UserId,
    },
    /// The account has another identity key.
    #[error("the account has another identity key, which never changes: make the person anew")]
    KeyChanged,
}

/// How a refused push is to be told to the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle every class")]
pub enum RefusalClass {
    /// Nothing is accepted from this directory now.
    Forbidden,
    /// What was pushed cannot be accepted, whoever has it.
    Invalid,
    /// Somebody else has what was pushed.
    Taken,
    /// What was pushed cannot be changed.
    Immutable,
}

impl PushRefusal {
    /// How it is to be told.
    #[must_use]
    pub fn class(&self) -> RefusalClass {
        match self {
            Self::Person(Refusal::ConnectionDisabled | Refusal::TenantFull { .. }) => RefusalClass::Forbidden,
            Self::Person(Refusal::Collision { .. } | Refusal::IdentityDeleted)
            | Self::ExternalIdTaken { .. }
            | Self::UserNameTaken { .. }
            | Self::KeyTaken { .. } => RefusalClass::Taken,
            Self::Person(_) => RefusalClass::Invalid,
            Self::KeyChanged => RefusalClass::Immutable,
        }
    }

    /// The account that is in the way because no directory made it, and why it is not adopted.
    #[must_use]
    pub fn collision(&self) -> Option<(UserId, Collision)> {
        match self {
            Self::Person(Refusal::Collision { with, why }) => Some((*with, *why)),
            _ => None,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Person(refusal) => refusal.code(),
            Self::ExternalIdTaken { .. } => "push.external_id_taken",
            Self::UserNameTaken { .. } => "push.user_name_taken",
            Self::KeyTaken { .. } => "push.key_taken",
            Self::KeyChanged => "push.key_changed",
        }
    }
}
