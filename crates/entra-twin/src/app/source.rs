//! Where the value of a claim comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SettingError;
use crate::{AccountState, Twin, User, pairwise};

/// A source, written `user.givenname`, `application.displayname` or `constant:text`.
///
/// ```
/// use landfall_entra_twin::Source;
/// let source: Source = "user.Department".parse()?;
/// assert_eq!(source.to_string(), "user.department");
/// assert!("user.shoesize".parse::<Source>().is_err());
/// # Ok::<(), landfall_entra_twin::SettingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Source {
    /// `user.accountenabled`
    AccountEnabled,
    /// `user.assignedroles`: the values of the roles that the person has in the application.
    AssignedRoles,
    /// `user.department`
    Department,
    /// `user.displayname`
    DisplayName,
    /// `user.employeeid`
    EmployeeId,
    /// `user.givenname`
    GivenName,
    /// `user.jobtitle`
    JobTitle,
    /// `user.mail`
    Mail,
    /// `user.objectid`
    ObjectId,
    /// `user.pairwiseid`: opaque, and another one in each application.
    PairwiseId,
    /// `user.surname`
    Surname,
    /// `user.userprincipalname`
    UserPrincipalName,
    /// `user.usertype`: Member or Guest.
    UserType,
    /// `application.displayname`
    ApplicationName,
    /// `company.tenantcountry`
    TenantCountry,
    /// Another attribute of the directory: `user.city` and so on.
    Attribute(AttributeName),
    /// `constant:` and the text.
    Constant(String),
}

impl Source {
    /// The values for a person; none where the directory has none, and then Entra omits the claim.
    pub(crate) fn values(&self, twin: &Twin, user: &User) -> Vec<String> {
        let one = |value: &str| vec![value.to_owned()];
        let some = |value: &Option<String>| value.iter().cloned().collect();
        let values: Vec<String> = match self {
            Self::AccountEnabled => one(if user.account == AccountState::Enabled { "True" } else { "False" }),
            Self::AssignedRoles => twin.tenant().roles_of(user),
            Self::Department => some(&user.department),
            Self::DisplayName => one(&user.display_name),
            Self::EmployeeId => some(&user.employee_id),
            Self::GivenName => some(&user.given_name),
            Self::JobTitle => some(&user.job_title),
            Self::Mail => some(&user.mail),
            Self::ObjectId => one(&user.object_id.to_string()),
            Self::PairwiseId => one(&pairwise::id(twin, user)),
            Self::Surname => some(&user.surname),
            Self::UserPrincipalName => one(&user.user_principal_name),
            Self::UserType => one(if user.is_guest() { "Guest" } else { "Member" }),
            Self::ApplicationName => one(&twin.app().name),
            Self::TenantCountry => some(&twin.tenant().country),
            Self::Attribute(name) => user.attributes.get(name).map(|it| it.values()).unwrap_or_default(),
            Self::Constant(text) => one(text),
        };
        values.into_iter().filter(|value| !value.is_empty()).collect()
    }
}

/// The sources that are no [`Source::Attribute`] and no [`Source::Constant`].
const NAMED: &[(&str, Source)] = &[
    ("user.accountenabled", Source::AccountEnabled),
    ("user.assignedroles", Source::AssignedRoles),
    ("user.department", Source::Department),
    ("user.displayname", Source::DisplayName),
    ("user.employeeid", Source::EmployeeId),
    ("user.givenname", Source::GivenName),
    ("user.jobtitle", Source::JobTitle),
    ("user.mail", Source::Mail),
    ("user.objectid", Source::ObjectId),
    ("user.pairwiseid", Source::PairwiseId),
    ("user.surname", Source::Surname),
    ("user.userprincipalname", Source::UserPrincipalName),
    ("user.usertype", Source::UserType),
    ("application.displayname", Source::ApplicationName),
    ("company.tenantcountry", Source::TenantCountry),
];

impl FromStr for Source {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        if let Some(constant) = text.strip_prefix("constant:") {
            return Ok(Self::Constant(constant.to_owned()));
        }
        let name = text.to_lowercase();
        if let Some((_, source)) = NAMED.iter().find(|(named, _)| *named == name) {
            return Ok(source.clone());
        }
        let attribute =
            name.strip_prefix("user.").and_then(|name| AttributeName::try_from(name.to_owned()).ok());
        attribute.map(Self::Attribute).ok_or_else(|| SettingError::Value {
            name: "source",
            expected: "user. and the name of an attribute, application.displayname, company.tenantcountry, or constant: and a text",
            got: text.to_owned(),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(text) => write!(f, "constant:{text}"),
            Self::Attribute(name) => write!(f, "user.{name}"),
            named => {
                let name = NAMED.iter().find(|(_, source)| source == named).map(|(name, _)| *name);
                f.write_str(name.unwrap_or_default())
            }
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

/// An attribute of the directory that is no field of [`User`], by its name in the portal, in lower case.
///
/// Those of Microsoft's list, `extensionattribute1` to `extensionattribute15`, and directory extensions,
/// which begin with `extension_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttributeName(String);

const ATTRIBUTES: &[&str] = &[
    "city",
    "companyname",
    "country",
    "createddatetime",
    "dnsdomainname",
    "mailnickname",
    "mobilephone",
    "netbiosname",
    "officelocation",
    "onpremisesecurityidentifier",
    "onpremisessamaccountname",
    "onpremisesuserprincipalname",
    "othermail",
    "postalcode",
    "preferredlanguage",
    "proxyaddresses",
    "state",
    "streetaddress",
    "telephonenumber",
];

impl TryFrom<String> for AttributeName {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, SettingError> {
        let name = text.to_lowercase();
        let numbered = name.strip_prefix("extensionattribute").and_then(|number| number.parse::<u8>().ok());
        let known = ATTRIBUTES.contains(&name.as_str())
            || numbered.is_some_and(|number| (1..=15).contains(&number))
            || name.strip_prefix("extension_").is_some_and(|rest| !rest.is_empty());
        if known {
            return Ok(Self(name));
        }
        Err(SettingError::Value {
            name: "attribute",
            expected: "an attribute of Microsoft's list, such as city, or a directory extension",
            got: text,
        })
    }
}

impl From<AttributeName> for String {
    fn from(name: AttributeName) -> Self {
        name.0
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn sources_are_written_as_they_are_read() {
        for text in
            ["user.mail", "user.extensionattribute15", "user.extension_ab_shoe", "constant:a b", "constant:"]
        {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
        for (text, source) in NAMED {
            assert_eq!(text.parse::<Source>().unwrap(), *source);
        }
        assert_eq!("User.MAIL".parse::<Source>().unwrap(), Source::Mail);
        for text in [
            "mail",
            "user.",
            "user.shoe",
            "user.extensionattribute16",
            "user.extensionattribute0",
            "user.extension_",
            "group.mail",
        ] {
            assert_eq!(text.parse::<Source>().unwrap_err().code(), "setting-value", "{text}");
        }
    }

    #[test]
    fn an_empty_source_gives_no_value() {
        let mut contoso = Seed::Contoso.tenant().unwrap();
        let values = |twin: &Twin, source: &str| {
            let user = twin.tenant().find("F.Novak@contoso.example").unwrap();
            source.parse::<Source>().unwrap().values(twin, user)
        };
        let twin =
            |tenant| Twin::new(tenant, Seed::Contoso.app().unwrap(), || time::OffsetDateTime::UNIX_EPOCH);
        let sparse = twin(contoso.clone());
        for source in [
            "user.surname",
            "user.department",
            "user.city",
            "constant:",
            "user.assignedroles",
            "company.tenantcountry",
        ] {
            assert!(values(&sparse, source).is_empty(), "{source}");
        }
        let novak = contoso.users.iter_mut().find(|user| user.display_name == "Filip Novak").unwrap();
        novak.surname = Some(String::new());
        novak.department = Some("Sales".into());
        novak.job_title = Some("Head".into());
        novak.employee_id = Some("7".into());
        novak.attributes = toml::from_str("city = \"Ulm\"\nothermail = [\"a@x\", \"\", \"b@x\"]").unwrap();
        contoso.country = Some("DE".into());
        let full = twin(contoso);
        assert!(values(&full, "user.surname").is_empty());
        assert_eq!(values(&full, "user.city"), ["Ulm"]);
        for (source, value) in
            [("user.department", "Sales"), ("user.jobtitle", "Head"), ("user.employeeid", "7")]
        {
            assert_eq!(values(&full, source), [value]);
        }
        assert_eq!(values(&full, "user.othermail"), ["a@x", "b@x"]);
        assert_eq!(values(&full, "user.usertype"), ["Member"]);
        assert_eq!(values(&full, "user.accountenabled"), ["True"]);
        assert_eq!(values(&full, "application.displayname"), ["iPass SmartConnect"]);
        assert_eq!(values(&full, "company.tenantcountry"), ["DE"]);
        assert_eq!(values(&full, "user.objectid"), ["5150c4e3-af1e-4b90-a60c-b274f9b5d8c6"]);
    }
}
