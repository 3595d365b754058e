use std::fmt;

/// What the application wants to know of a person who signs in.
///
/// Every value is what the rules of a [`Mapping`](crate::Mapping) made of what arrived:
/// nothing is trimmed, folded or normalized unless a rule says so, and no value is empty.
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

    /// The application roles of the person, each once: those that a table of the mapping names.
    ///
    /// Of groups that are [`Groups::Incomplete`] there are no roles.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Each field with its values, by its name in the text of a mapping; `None` for groups that are incomplete.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, Option<Vec<&str>>); 7] {
        let groups = match &self.groups {
            Groups::Listed(groups) => Some(groups.iter().map(String::as_str).collect()),
            Groups::Incomplete => None,
        };
        [
            ("first_name", one(self.first_name())),
            ("last_name", one(self.last_name())),
            ("email", one(self.email())),
            ("username", one(Some(self.username()))),
            ("display_name", one(self.display_name())),
            ("groups", groups),
            ("roles", Some(self.roles.iter().map(String::as_str).collect())),
        ]
    }

    pub(crate) fn empty() -> Self {
        Self {
            first_name: None,
            last_name: None,
            email: None,
            username: String::new(),
            display_name: None,
            groups: Groups::Listed(Vec::new()),
            roles: Vec::new(),
        }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile([redacted])")
    }
}

/// The value of a field that has at most one.
fn one(value: Option<&str>) -> Option<Vec<&str>> {
    Some(value.into_iter().collect())
}

/// The groups of a person, or the fact that nobody can list them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever decides by groups must handle both")]
pub enum Groups {
    /// All groups: as the identity provider names them, for Entra object ids, or by the names of the mapping's table.
    Listed(Vec<String>),
    /// There are too many to list: the identity provider sent a link to its directory instead, or more than are taken.
    ///
    /// # Security
    /// This is not "no groups": whoever decides by groups must refuse here [attack G7].
    Incomplete,
}
