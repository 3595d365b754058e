use crate::{UserId, UserLimit, UserState};

/// Why a person whose assertion is genuine is not signed in.
///
/// The text is for operators; people see one of the two sentences of [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The connection is not active.
    #[error("the connection is not active: make it so if its people shall sign in")]
    ConnectionDisabled,
    /// The person is a guest of the directory.
    #[error("this is a guest of the directory: set guests=admit on the connection to admit guests")]
    Guest,
    /// The login name has no domain.
    #[error("the login name has no domain, expected name@domain")]
    NoDomain,
    /// Nobody has verified the domain of the login name.
    #[error(
        "the domain of the login name is not listed: add it to the tenant, then bind it to the connection"
    )]
    DomainNotListed,
    /// The domain of the login name belongs to another tenant.
    #[error("the domain of the login name belongs to another tenant")]
    DomainOfOtherTenant,
    /// The domain of the login name is bound to no connection.
    #[error("the domain of the login name is bound to no connection: bind it to this one")]
    DomainUnbound,
    /// The domain of the login name is bound to another connection.
    #[error("the domain of the login name is bound to another connection of the tenant")]
    DomainBoundElsewhere,
    /// The account waits for an operator.
    #[error("the account is pending: activate it")]
    AwaitingActivation,
    /// The account is suspended.
    #[error("the account is suspended: activate it if the person shall sign in again")]
    Suspended,
    /// The account was deleted.
    #[error("the account was deleted")]
    Deprovisioned,
    /// The identity belonged to an account that was deleted.
    #[error("the identity belonged to an account that was deleted, which no login revives")]
    IdentityDeleted,
    /// The login name belonged to an account that was deleted before its first login.
    #[error(
        "an account of this name was deleted before its first login: make it anew if the person shall sign in"
    )]
    NameDeleted,
    /// The login name is the name of an account that may not be linked.
    #[error("the login name belongs to account {with}, which cannot be linked: {why}")]
    Collision {
        /// The account that has the name.
        with: UserId,
        /// Why it is not linked.
        why: Collision,
    },
    /// There is no account and a login makes none.
    #[error("there is no account, and jit=off: create one, or change the setting")]
    NoAccount,
    /// The tenant may have no further account.
    #[error(
        "the tenant has as many accounts as its limit of {limit}: raise it with `landfall tenant limit`, or delete accounts"
    )]
    TenantFull {
        /// How many it may have.
        limit: UserLimit,
    },
}

impl Refusal {
    /// The refusal that the state of an account means; `None` if it may sign in.
    #[must_use]
    pub fn for_state(state: UserState) -> Option<Self> {
        match state {
            UserState::Active => None,
            UserState::Pending => Some(Self::AwaitingActivation),
            UserState::Suspended => Some(Self::Suspended),
            UserState::Deprovisioned => Some(Self::Deprovisioned),
        }
    }

    /// What the person is told.
    ///
    /// # Security
    /// It does not tell a suspended person from a stranger, nor our customers' domains from others [attack E20].
    #[must_use]
    pub fn public(&self) -> Notice {
        match self {
            Self::AwaitingActivation => Notice::AwaitingActivation,
            _ => Notice::NoAccount,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConnectionDisabled => "connection.disabled",
            Self::Guest => "account.guest",
            Self::NoDomain => "domain.none",
            Self::DomainNotListed => "domain.not_listed",
            Self::DomainOfOtherTenant => "domain.other_tenant",
            Self::DomainUnbound => "domain.unbound",
            Self::DomainBoundElsewhere => "domain.bound_elsewhere",
            Self::AwaitingActivation => "account.awaiting_activation",
            Self::Suspended => "account.suspended",
            Self::Deprovisioned => "account.deprovisioned",
            Self::IdentityDeleted => "identity.deleted",
            Self::NameDeleted => "account.name_deleted",
            Self::Collision { why: Collision::Linked, .. } => "collision.linked",
            Self::Collision { why: Collision::Administrator, .. } => "collision.administrator",
            Self::Collision { why: Collision::NotByOperator, .. } => "collision.not_by_operator",
            Self::Collision { why: Collision::NotByDirectory, .. } => "collision.not_by_directory",
            Self::Collision { why: Collision::WindowClosed, .. } => "collision.window_closed",
            Self::Collision { why: Collision::Suspended, .. } => "collision.suspended",
            Self::NoAccount => "account.none",
            Self::TenantFull { .. } => "tenant.full",
        }
    }
}

/// Why an account that has the login name as its user name gets no first link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Collision {
    /// Another identity is linked to it.
    #[error("another identity is linked to it")]
    Linked,
    /// It is an administrator's.
    #[error("it is an administrator's")]
    Administrator,
    /// Neither an operator made it, nor the directory of this connection.
    #[error("neither an operator nor the directory of this connection made it")]
    NotByOperator,
    /// It is of no directory, and a directory pushes a person of that name.
    #[error("it is not of this directory")]
    NotByDirectory,
    /// It is older than the window for a first link.
    #[error("it was made more than 14 days ago")]
    WindowClosed,
    /// It is suspended.
    #[error("it is suspended")]
    Suspended,
}

/// The two things that a refused person may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a page must have a sentence for each")]
pub enum Notice {
    /// "No account here."
    NoAccount,
    /// "Waiting for activation."
    AwaitingActivation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e20_only_a_pending_person_is_told_more_than_nothing() {
        assert_eq!(Refusal::AwaitingActivation.public(), Notice::AwaitingActivation);
        let full = Refusal::TenantFull { limit: UserLimit::new(3) };
        for refusal in
            [Refusal::Suspended, Refusal::NoAccount, Refusal::Guest, Refusal::DomainOfOtherTenant, full]
        {
            assert_eq!(refusal.public(), Notice::NoAccount, "{refusal}");
        }
    }

    #[test]
    fn only_an_active_account_may_sign_in() {
        assert_eq!(Refusal::for_state(UserState::Active), None);
        assert_eq!(Refusal::for_state(UserState::Pending), Some(Refusal::AwaitingActivation));
        assert_eq!(Refusal::for_state(UserState::Suspended), Some(Refusal::Suspended));
        assert_eq!(Refusal::for_state(UserState::Deprovisioned), Some(Refusal::Deprovisioned));
    }
}
