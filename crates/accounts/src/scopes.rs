use std::{fmt, str::FromStr};

use crate::{GrantRefusal, UnknownName, named};

/// One thing that an application may ask for [rfc6749 3.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes claims must handle every scope")]
pub enum Scope {
    /// `openid`: who the person is [openid-core 3.1.2.1].
    Openid,
    /// `profile`: names [openid-core 5.4].
    Profile,
    /// `email`: the e-mail address, and whether its domain is proved [openid-core 5.4].
    Email,
    /// `groups`: the groups of the person.
    Groups,
    /// `roles`: what the person may do.
    Roles,
    /// `offline_access`: to last longer than the session [openid-core 11].
    OfflineAccess,
}

impl Scope {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 6] =
        [Self::Openid, Self::Profile, Self::Email, Self::Groups, Self::Roles, Self::OfflineAccess];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::OfflineAccess => "offline_access",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("scope", text, &Self::ALL, Self::name)
    }
}

/// What an application asks for, or has: scopes, each once.
///
/// ```
/// use landfall_accounts::{Scope, Scopes};
///
/// let scopes = Scopes::asked("openid email address");
/// assert_eq!(scopes.to_string(), "openid email");
/// assert!(scopes.has(Scope::Email));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Reads what is asked for; what does not exist here is passed over [openid-core 3.1.2.1].
    #[must_use]
    pub fn asked(text: &str) -> Self {
        text.split(' ').filter_map(|name| name.parse().ok()).collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// Those but this one.
    #[must_use]
    pub fn without(self, scope: Scope) -> Self {
        Self(self.0 & !bit(scope))
    }

    /// What a refresh brings that wants this of what was granted: no more, and no less than who the person is
    /// [rfc6749 6].
    ///
    /// # Errors
    /// [`GrantRefusal::Scope`] if it was not granted, or lacks `openid`.
    pub fn narrowed(self, wanted: Self) -> Result<Self, GrantRefusal> {
        let within = self.0 & wanted.0 == wanted.0;
        if within && wanted.has(Scope::Openid) { Ok(wanted) } else { Err(GrantRefusal::Scope) }
    }
}

fn bit(scope: Scope) -> u8 {
    match scope {
        Scope::Openid => 1,
        Scope::Profile => 2,
        Scope::Email => 4,
        Scope::Groups => 8,
        Scope::Roles => 16,
        Scope::OfflineAccess => 32,
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | bit(scope)))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Scope::ALL.iter().filter(|scope| self.has(**scope)).map(|scope| scope.name()).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written_in_one_order() {
        for (asked, expected) in [
            ("openid", "openid"),
            ("email openid", "openid email"),
            ("openid openid", "openid"),
            ("openid phone OPENID", "openid"),
            ("", ""),
            ("roles offline_access groups profile", "profile groups roles offline_access"),
        ] {
            assert_eq!(Scopes::asked(asked).to_string(), expected, "{asked}");
        }
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(Scopes::asked(&all.to_string()), all);
    }

    /// [rfc6749 6]
    #[test]
    fn a_refresh_wants_no_more_than_was_granted() {
        let granted = Scopes::asked("openid email offline_access");
        for (wanted, within) in [
            ("openid email offline_access", true),
            ("openid email", true),
            ("openid", true),
            ("openid groups", false),
            ("openid email groups", false),
            ("email", false),
            ("", false),
        ] {
            let wanted = Scopes::asked(wanted);
            let expected = if within { Ok(wanted) } else { Err(GrantRefusal::Scope) };
            assert_eq!(granted.narrowed(wanted), expected, "{wanted}");
        }
    }
}
