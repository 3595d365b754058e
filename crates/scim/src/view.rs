use std::fmt;

use serde_json::Value;

use crate::resource::Resource;

/// What an account takes from a user, as plain fields.
///
/// # Security
/// Roles and entitlements are not in it: what SCIM says of them grants nothing by itself [attack H5].
/// It is personal data and its `Debug` shows none.
///
/// ```
/// use landfall_scim::{Dialect, Resource, ResourceType};
///
/// let body = br#"{"userName": "ada@example.com", "name": {"givenName": "Ada"},
///     "emails": [{"type": "home", "value": "a@home.example"}, {"type": "work", "value": "ada@example.com"}]}"#;
/// let ada = Resource::read(body, &ResourceType::user(), Dialect::Entra)?.resource;
/// let view = ada.user();
/// assert_eq!((view.user_name, view.given_name), ("ada@example.com", Some("Ada")));
/// assert_eq!((view.email, view.active), (Some("ada@example.com"), None));
/// # Ok::<(), landfall_scim::ScimError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserView<'a> {
    /// The login name.
    pub user_name: &'a str,
    /// The identifier that the client gave.
    pub external_id: Option<&'a str>,
    /// Whether the user may sign in, if the client says so.
    pub active: Option<bool>,
    /// The name that is shown.
    pub display_name: Option<&'a str>,
    /// The given name.
    pub given_name: Option<&'a str>,
    /// The family name.
    pub family_name: Option<&'a str>,
    /// The e-mail address: the primary one, else the first of the type `work`, else the first.
    pub email: Option<&'a str>,
}

/// What a group is, but for its members.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupView<'a> {
    /// The name.
    pub display_name: &'a str,
    /// The identifier that the client gave.
    pub external_id: Option<&'a str>,
}

impl Resource {
    /// The fields of a user.
    #[must_use]
    pub fn user(&self) -> UserView<'_> {
        let name =
            |part: &str| self.attribute("name").and_then(|name| name.get(part)).and_then(Value::as_str);
        UserView {
            user_name: self.text("userName").unwrap_or_default(),
            external_id: self.text("externalId"),
            active: self.attribute("active").and_then(Value::as_bool),
            display_name: self.text("displayName"),
            given_name: name("givenName"),
            family_name: name("familyName"),
            email: self.email(),
        }
    }

    /// The fields of a group.
    #[must_use]
    pub fn group(&self) -> GroupView<'_> {
        GroupView {
            display_name: self.text("displayName").unwrap_or_default(),
            external_id: self.text("externalId"),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(Value::as_str)
    }

    fn email(&self) -> Option<&str> {
        let emails = self.attribute("emails").and_then(Value::as_array)?;
        let with_value = || emails.iter().filter(|email| email.get("value").is_some());
        let is_work = |email: &&Value| {
            email.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
        };
        let chosen = with_value().find(|email| crate::value::is_primary(email));
        let chosen = chosen.or_else(|| with_value().find(is_work)).or_else(|| with_value().next());
        chosen.and_then(|email| email.get("value")).and_then(Value::as_str)
    }
}

impl fmt::Debug for UserView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserView([redacted])")
    }
}

impl fmt::Debug for GroupView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupView([redacted])")
    }
}
