use std::fmt;

/// What the application wants to know of a person who signs in.
///
/// Every value is exactly what arrived: nothing is trimmed, folded or normalized.
///
/// # Security
/// It is personal data and its `Debug` shows none of it.
/// None of its fields is a key: who somebody is says the identity rule of the accounts, never an e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) username: String,
    pub(crate) display_name: Option<String>,
    pub(crate) groups: Groups,
    pub(crate) roles: Vec<String>,
}

impl Profile {
    /// The given name.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.first_name.as_deref()
    }

    /// The family name.
    #[must_use]
    pub fn last_name(&self) -> Option<&str> {
        self.last_name.as_deref()
    }

    /// The e-mail address: good for writing to the person, never for recognising one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The name by which the application knows the person.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The name that is shown to people.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// The groups of the person.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The application roles of the person.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile([redacted])")
    }
}

/// The groups of a person, or the fact that the identity provider did not list them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Groups {
    /// All groups, as the identity provider names them; for Entra these are object ids.
    Listed(Vec<String>),
    /// There are too many to list and the identity provider sent a link to its directory instead.
    ///
    /// # Security
    /// This is not "no groups": whoever decides by groups must refuse here.
    Overage,
}
