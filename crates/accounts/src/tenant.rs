use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{TenantId, TenantName};

/// A customer: owner of domains, connections and accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Names it for good.
    pub id: TenantId,
    /// Names it for people.
    pub name: TenantName,
    /// How many living accounts it may have, if that is limited.
    pub user_limit: Option<UserLimit>,
    /// How many accounts live: all but those that are deprovisioned.
    pub users: u64,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// How many living accounts a tenant may have: all but those that are deprovisioned count.
///
/// ```
/// use landfall_accounts::UserLimit;
///
/// assert_eq!("250".parse(), Ok(UserLimit::new(250)));
/// assert!("-1".parse::<UserLimit>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserLimit(u32);

impl UserLimit {
    /// Takes a number; with 0 no account is made any more.
    #[must_use]
    pub const fn new(accounts: u32) -> Self {
        Self(accounts)
    }

    /// The number.
    #[must_use]
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl fmt::Display for UserLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserLimit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        text.parse().map(Self).map_err(|_| NotALimit { got: text.to_owned() })
    }
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is no limit: write a number from 0 to 4294967295")]
pub struct NotALimit {
    /// What was given.
    pub got: String,
}
