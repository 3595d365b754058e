use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{Access, ConnectionState, LoginName, TenantId, UnknownName, UserId, named};

/// An account of a tenant.
///
/// # Security
/// Names and addresses are personal data: `Debug` shows the ids and the states alone.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Names it for good.
    pub id: UserId,
    /// Whose account it is.
    pub tenant: TenantId,
    /// The name by which the person signs in; unique in the tenant without case, as long as the account lives.
    pub user_name: LoginName,
    /// Where it stands in its life.
    pub state: UserState,
    /// Who brought it there: what an operator suspended or deleted, no directory brings back.
    pub state_by: Origin,
    /// What it is to the installation.
    pub standing: Standing,
    /// Who made it.
    pub origin: Origin,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The e-mail address; never a key.
    pub email: Option<String>,
    /// The name that is shown to people.
    pub display_name: Option<String>,
    /// What applications may let the person do.
    pub access: Access,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
    /// When a session was opened last.
    pub last_login_at: Option<OffsetDateTime>,
}

impl User {
    /// Whether the account lives and has this user name, without case: no other living account of the tenant has.
    #[must_use]
    pub fn is_named(&self, name: &LoginName) -> bool {
        self.state != UserState::Deprovisioned && self.user_name.folded() == name.folded()
    }

    /// Whether the person may be signed in: the account is active, and the connection by which they came admits people.
    #[must_use]
    pub fn is_admitted_by(&self, connection: ConnectionState) -> bool {
        self.state == UserState::Active && connection.admits_people()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("state", &self.state)
            .field("standing", &self.standing)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// An account that is to be made; the store adds id, tenant and time.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The name by which the person signs in.
    pub user_name: LoginName,
    /// `Pending` or `Active`; of one that a directory pushes, `Suspended` too.
    pub state: UserState,
    /// What it is to the installation.
    pub standing: Standing,
    /// Who makes it.
    pub origin: Origin,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name that is shown to people.
    pub display_name: Option<String>,
    /// What applications may let the person do.
    pub access: Access,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("state", &self.state)
            .field("standing", &self.standing)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Where an account stands in its life.
///
/// | From \ to | pending | active | suspended | deprovisioned |
/// | --- | --- | --- | --- | --- |
/// | pending | | yes | | yes |
/// | active | | | yes | yes |
/// | suspended | | yes | | yes |
/// | deprovisioned | | | | |
///
/// These are an operator's; a directory suspends a pending account too, and gives each its state back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever admits people must handle every state")]
pub enum UserState {
    /// Made, and waiting until an operator activates it.
    Pending,
    /// May sign in.
    Active,
    /// Locked, until whoever suspended it activates it again: an operator, or the directory.
    Suspended,
    /// Gone for good; the row stays so that the log can be read.
    Deprovisioned,
}

impl UserState {
    const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Suspended, Self::Deprovisioned];

    /// Whether an account in this state may go to another one.
    ///
    /// # Errors
    /// [`StateError`], which names both states.
    pub fn may_become(self, to: Self) -> Result<(), StateError> {
        match (self, to) {
            (Self::Pending | Self::Suspended, Self::Active)
            | (Self::Active, Self::Suspended)
            | (Self::Pending | Self::Active | Self::Suspended, Self::Deprovisioned) => Ok(()),
            _ => Err(StateError { from: self, to }),
        }
    }

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deprovisioned => "deprovisioned",
        }
    }
}

impl fmt::Display for UserState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for UserState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("account state", text, &Self::ALL, Self::name)
    }
}

/// A step that the life of an account does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account is {from} and cannot become {to}")]
pub struct StateError {
    /// The state in which the account is.
    pub from: UserState,
    /// The state that was asked for.
    pub to: UserState,
}

/// What an account is to the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever grants rights must handle every standing")]
pub enum Standing {
    /// Somebody who uses applications.
    Person,
    /// Somebody who may change the installation: never linked by a login.
    Administrator,
}

impl Standing {
    const ALL: [Self; 2] = [Self::Person, Self::Administrator];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Standing {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("standing", text, &Self::ALL, Self::name)
    }
}

/// Who made an account, or brought it into its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the provisioning decision must handle every origin")]
pub enum Origin {
    /// An operator.
    Operator,
    /// A login.
    JustInTime,
    /// The customer's directory, which pushes its people.
    Directory,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Operator, Self::JustInTime, Self::Directory];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::JustInTime => "just-in-time",
            Self::Directory => "directory",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Origin {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("origin", text, &Self::ALL, Self::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_life_of_an_account_has_these_steps_and_no_others() {
        use UserState::{Active, Deprovisioned, Pending, Suspended};
        let steps = [
            (Pending, Active),
            (Pending, Deprovisioned),
            (Active, Suspended),
            (Active, Deprovisioned),
            (Suspended, Active),
            (Suspended, Deprovisioned),
        ];
        for from in UserState::ALL {
            for to in UserState::ALL {
                assert_eq!(from.may_become(to).is_ok(), steps.contains(&(from, to)), "{from} to {to}");
            }
        }
        let error = Deprovisioned.may_become(Active).unwrap_err();
        assert_eq!(error.to_string(), "the account is deprovisioned and cannot become active");
    }

    #[test]
    fn a_person_is_signed_in_with_an_active_account_by_a_connection_that_admits_people() {
        for state in UserState::ALL {
            for connection in [ConnectionState::Draft, ConnectionState::Active, ConnectionState::Disabled] {
                let user = User { state, ..testing::user("ada@contoso.example") };
                let both = state == UserState::Active && connection == ConnectionState::Active;
                assert_eq!(user.is_admitted_by(connection), both, "{state} {connection}");
            }
        }
    }

    #[test]
    fn names_round_trip() {
        for state in UserState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        for standing in Standing::ALL {
            assert_eq!(standing.to_string().parse(), Ok(standing));
        }
        for origin in Origin::ALL {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
    }

    #[test]
    fn personal_data_does_not_print() {
        let user = testing::user("ada@contoso.example");
        let text = format!("{user:?}");
        assert!(text.contains("Active") && !text.contains("ada") && !text.contains("Lovelace"), "{text}");
    }
}
