//! The gallery application, with the settings of Entra's portal.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tenant::same;
use crate::{Certificate, Credential, User};

/// An application of the gallery, registered in the tenant.
///
/// The fields are those of the portal's pages; [`App::import`] fills in what a service provider's metadata says.
///
/// ```
/// use landfall_entra_twin::Seed;
/// let mut app = Seed::Contoso.app()?;
/// app.register("https://sp.example.com", vec!["https://sp.example.com/acs".into()]);
/// app.set("sign", "both")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Application ID, the `appid` of the metadata address.
    pub id: Uuid,
    /// The name on the My Apps tile.
    pub name: String,
    /// Identifier (Entity ID); the first is the default.
    pub identifiers: Vec<String>,
    /// Reply URL (Assertion Consumer Service URL); the first is the default.
    pub reply_urls: Vec<String>,
    /// Sign on URL: where the My Apps tile leads; empty makes the tile start IdP-initiated sign-on.
    pub sign_on_url: String,
    /// Relay State of IdP-initiated sign-on; empty sends none.
    pub relay_state: String,
    /// Logout URL, where both messages of single logout go by redirect; empty sends none.
    #[serde(default)]
    pub logout_url: String,
    /// How the queries of logout messages are escaped.
    #[serde(default)]
    pub logout_escapes: Escapes,
    /// Verification certificates: the keys of the service provider, newest last.
    #[serde(default)]
    pub verification_certificates: Vec<Certificate>,
    /// "Assignment required?"
    pub assignment: Assignment,
    /// User principal names of the people who are assigned.
    pub assigned: Vec<String>,
    /// Signing Option.
    pub sign: SigningOption,
    /// What "Attributes & Claims" adds to the default set, in this order.
    #[serde(rename = "claim")]
    pub claims: Vec<Claim>,
    /// The SAML signing certificate.
    pub signing: Credential,
}

impl App {
    /// Takes over Identifier and Reply URL of a service provider, in place of what was there.
    pub fn register(&mut self, identifier: &str, reply_urls: Vec<String>) {
        self.identifiers = vec![identifier.to_owned()];
        self.reply_urls = reply_urls;
    }

    /// Changes one setting by its name, such as `sign-on-url`.
    ///
    /// # Errors
    /// [`SettingError`] names the settings there are, or the values that one takes.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "sign-on-url" => self.sign_on_url = value.to_owned(),
            "relay-state" => self.relay_state = value.to_owned(),
            "logout-url" => self.logout_url = value.to_owned(),
            "logout-escapes" => self.logout_escapes = value.parse()?,
            "sign" => self.sign = value.parse()?,
            _ => return Err(SettingError::Name { got: name.to_owned() }),
        }
        Ok(())
    }

    /// Whether the person may have a token: assigned, or assignment is not required.
    #[must_use]
    pub fn admits(&self, user: &User) -> bool {
        self.assignment == Assignment::NotRequired || self.is_assigned(user)
    }

    /// Whether the person sees the tile: assigned people alone do.
    pub(crate) fn is_assigned(&self, user: &User) -> bool {
        self.assigned.iter().any(|name| same(name, &user.user_principal_name))
    }
}

/// A setting of an application is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// No such setting.
    #[error("expected one of sign-on-url, relay-state, logout-url, logout-escapes and sign, got {got:?}")]
    Name {
        /// The name that was given.
        got: String,
    },
    /// No such value of a setting.
    #[error("{name} is {expected}, not {got:?}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
        /// The value that was given.
        got: String,
    },
}

impl SettingError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "setting-name",
            Self::Value { .. } => "setting-value",
        }
    }
}

/// Who may use an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Assignment {
    /// Assigned people alone; others get AADSTS50105.
    Required,
    /// Everybody in the tenant.
    NotRequired,
}

/// Which part of a message is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SigningOption {
    /// Sign SAML assertion: Entra's default.
    Assertion,
    /// Sign SAML response: the assertion itself is unsigned.
    Response,
    /// Sign SAML response and assertion.
    Both,
}

impl FromStr for SigningOption {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        match text {
            "assertion" => Ok(Self::Assertion),
            "response" => Ok(Self::Response),
            "both" => Ok(Self::Both),
            got => Err(SettingError::Value {
                name: "sign",
                expected: "assertion, response or both",
                got: got.to_owned(),
            }),
        }
    }
}

/// How octets are escaped in a query that is signed; a signature holds for the text as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Escapes {
    /// `%2F`, as the standard recommends.
    #[default]
    UpperCase,
    /// `%2f`, as .NET's `HttpUtility` writes.
    LowerCase,
}

impl FromStr for Escapes {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        match text {
            "upper-case" => Ok(Self::UpperCase),
            "lower-case" => Ok(Self::LowerCase),
            got => Err(SettingError::Value {
                name: "logout-escapes",
                expected: "upper-case or lower-case",
                got: got.to_owned(),
            }),
        }
    }
}

/// One line of "Attributes & Claims": a name and the attribute it takes its value from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The full name, namespace included.
    pub name: String,
    /// Where the value comes from.
    pub source: Source,
}

/// A source attribute, written `user.givenname` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Source {
    /// `user.displayname`
    #[serde(rename = "user.displayname")]
    DisplayName,
    /// `user.givenname`
    #[serde(rename = "user.givenname")]
    GivenName,
    /// `user.mail`
    #[serde(rename = "user.mail")]
    Mail,
    /// `user.objectid`
    #[serde(rename = "user.objectid")]
    ObjectId,
    /// `user.surname`
    #[serde(rename = "user.surname")]
    Surname,
    /// `user.userprincipalname`
    #[serde(rename = "user.userprincipalname")]
    UserPrincipalName,
}

impl Source {
    /// The person's value; `None` where the directory has none, and then Entra omits the claim.
    pub(crate) fn value(self, user: &User) -> Option<String> {
        let value = match self {
            Self::DisplayName => Some(user.display_name.clone()),
            Self::GivenName => user.given_name.clone(),
            Self::Mail => user.mail.clone(),
            Self::ObjectId => Some(user.object_id.to_string()),
            Self::Surname => user.surname.clone(),
            Self::UserPrincipalName => Some(user.user_principal_name.clone()),
        };
        value.filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn settings_are_set_by_name() {
        let mut app = Seed::Contoso.app().unwrap();
        for (name, value) in [("sign-on-url", "http://sp/"), ("relay-state", "state"), ("sign", "both")] {
            app.set(name, value).unwrap();
        }
        assert_eq!((app.sign_on_url.as_str(), app.relay_state.as_str()), ("http://sp/", "state"));
        assert_eq!(app.sign, SigningOption::Both);
        assert_eq!(app.set("sign", "nothing").unwrap_err().code(), "setting-value");
        assert_eq!(app.set("name", "x").unwrap_err().code(), "setting-name");
    }

    #[test]
    fn assignment_decides_who_is_admitted() {
        let (contoso, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        let simon = contoso.find("B.Simon@contoso.example").unwrap();
        let okafor = contoso.find("D.Okafor@contoso.example").unwrap();
        assert_eq!((app.admits(simon), app.admits(okafor)), (true, false));
        app.assignment = Assignment::NotRequired;
        assert_eq!((app.admits(okafor), app.is_assigned(okafor)), (true, false));
    }

    #[test]
    fn an_empty_source_gives_no_claim() {
        let contoso = Seed::Contoso.tenant().unwrap();
        let mut novak = contoso.find("F.Novak@contoso.example").unwrap().clone();
        assert_eq!(Source::Surname.value(&novak), None);
        novak.surname = Some(String::new());
        assert_eq!(Source::Surname.value(&novak), None);
        novak.surname = Some("Novak".into());
        assert_eq!(Source::Surname.value(&novak).as_deref(), Some("Novak"));
    }
}
