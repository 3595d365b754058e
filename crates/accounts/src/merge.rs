use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{
    Collision, ConnectionId, DomainStanding, MergeId, Standing, Subject, TenantId, Tombstone, UnknownName,
    User, UserId, UserState, named,
};

/// An identity that was refused since the login name is an account's, and that account: may they be one person?
///
/// There is one for each identity key and account, however often the person came.
///
/// # Security
/// Whoever administers an identity provider can have proposals made, for his connection and the accounts of his tenant,
/// and at most [`MOST_OPEN`](Self::MOST_OPEN) that wait: nothing follows from one until an operator accepts it.
/// The login name is not kept: it was the account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeProposal {
    /// Names it for good.
    pub id: MergeId,
    /// The tenant of all.
    pub tenant: TenantId,
    /// The connection that vouches for the subject.
    pub connection: ConnectionId,
    /// Who it is at the identity provider.
    pub subject: Subject,
    /// The account in the way.
    pub user: UserId,
    /// Why the identity was not linked to it.
    pub why: Collision,
    /// Whether an operator has decided.
    pub state: MergeState,
    /// How often the identity was refused.
    pub times: u64,
    /// When it was refused first.
    pub first_seen: OffsetDateTime,
    /// When it was refused last.
    pub last_seen: OffsetDateTime,
    /// When an operator decided.
    pub decided_at: Option<OffsetDateTime>,
}

impl MergeProposal {
    /// How many proposals of one connection may wait; what finds no room is counted.
    pub const MOST_OPEN: u64 = 1_000;

    /// How many proposals of one connection are kept, whatever was decided.
    pub const MOST: u64 = 10_000;

    /// Whether an identity that was refused for this reason is proposed at all: no administrator's account is merged.
    #[must_use]
    pub fn follows(why: Collision) -> bool {
        why != Collision::Administrator
    }
}

/// Says whether a proposal may be accepted as things stand: then the identity key is linked to the account.
///
/// # Errors
/// [`MergeBar`], which says what has changed since it was made.
///
/// # Security
/// No deprovisioned account is revived, no deleted identity comes back, and no identity is taken from its account.
pub fn decide_merge(facts: &MergeFacts) -> Result<(), MergeBar> {
    let user = &facts.user;
    if user.state == UserState::Deprovisioned {
        return Err(MergeBar::Deprovisioned { user: user.id });
    }
    if user.standing == Standing::Administrator {
        return Err(MergeBar::Administrator { user: user.id });
    }
    if let Some(to) = facts.linked_to {
        return Err(MergeBar::Linked { to });
    }
    if facts.tombstone == Tombstone::Standing {
        return Err(MergeBar::Deleted);
    }
    if facts.domain != DomainStanding::BoundHere {
        return Err(MergeBar::Domain { user: user.id });
    }
    Ok(())
}

/// What a store knows about a proposal, read in the transaction that accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeFacts {
    /// The account.
    pub user: User,
    /// The account that the identity key is linked to.
    pub linked_to: Option<UserId>,
    /// Whether the identity key belonged to an account that was deleted.
    pub tombstone: Tombstone,
    /// Where the domain of the account's user name stands, seen from the connection.
    pub domain: DomainStanding,
}

/// Why a proposal cannot be accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeBar {
    /// The account was deleted.
    #[error("the account {user} was deleted meanwhile, and nothing revives it")]
    Deprovisioned {
        /// The account.
        user: UserId,
    },
    /// The account is an administrator's.
    #[error("the account {user} is an administrator's, and no identity is linked to one")]
    Administrator {
        /// The account.
        user: UserId,
    },
    /// The identity has an account.
    #[error("the identity is linked to the account {to} by now")]
    Linked {
        /// The account.
        to: UserId,
    },
    /// The identity belonged to an account that was deleted.
    #[error("the identity belonged to an account that was deleted, and does not come back")]
    Deleted,
    /// The domain of the account's name is not this connection's.
    #[error("the domain of the account {user} is not bound to this connection any more")]
    Domain {
        /// The account.
        user: UserId,
    },
}

impl MergeBar {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Deprovisioned { .. } => "merge.deprovisioned",
            Self::Administrator { .. } => "merge.administrator",
            Self::Linked { .. } => "merge.linked",
            Self::Deleted => "merge.deleted",
            Self::Domain { .. } => "merge.domain",
        }
    }
}

/// Whether an operator has decided about a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever lists them must show every state")]
pub enum MergeState {
    /// It waits.
    Open,
    /// The identity was linked to the account.
    Accepted,
    /// It was not, and is not proposed again.
    Rejected,
}

impl MergeState {
    const ALL: [Self; 3] = [Self::Open, Self::Accepted, Self::Rejected];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for MergeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for MergeState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("state of a proposal", text, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn facts(edit: impl FnOnce(&mut MergeFacts)) -> MergeFacts {
        let mut facts = MergeFacts {
            user: testing::user("ada@contoso.example"),
            linked_to: None,
            tombstone: Tombstone::None,
            domain: DomainStanding::BoundHere,
        };
        edit(&mut facts);
        facts
    }

    #[test]
    fn what_still_holds_is_accepted_and_anything_else_says_what_changed() {
        assert_eq!(decide_merge(&facts(|_| ())), Ok(()));
        assert_eq!(decide_merge(&facts(|facts| facts.user.state = UserState::Suspended)), Ok(()));
        let other = testing::user("x").id;
        for (code, changed) in [
            ("merge.deprovisioned", facts(|facts| facts.user.state = UserState::Deprovisioned)),
            ("merge.administrator", facts(|facts| facts.user.standing = Standing::Administrator)),
            ("merge.linked", facts(|facts| facts.linked_to = Some(other))),
            ("merge.deleted", facts(|facts| facts.tombstone = Tombstone::Standing)),
            ("merge.domain", facts(|facts| facts.domain = DomainStanding::Unbound)),
            ("merge.domain", facts(|facts| facts.domain = DomainStanding::BoundElsewhere)),
        ] {
            assert_eq!(decide_merge(&changed).unwrap_err().code(), code);
        }
    }

    #[test]
    fn names_round_trip() {
        for state in MergeState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
    }
}
