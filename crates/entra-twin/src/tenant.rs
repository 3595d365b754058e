//! The directory: a tenant and its people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::AttributeName;
use crate::authentication::PASSWORD_CLASS;
use crate::{AuthenticationMethod, Cloud, Credential};

/// A tenant of Entra: its identity, the key of the directory itself, and its people.
///
/// ```
/// use landfall_entra_twin::Seed;
/// let contoso = Seed::Contoso.tenant()?;
/// let simon = contoso.find("b.simon@CONTOSO.example").ok_or("not there")?;
/// assert_eq!(simon.display_name, "B.Simon");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The tenant id (TID), part of the issuer and of each address.
    pub id: Uuid,
    /// The name that pages show.
    pub name: String,
    /// The verified domain; the paths of the double take it in place of the tenant id.
    pub domain: String,
    /// The cloud that the tenant is in: it decides the hosts of its names.
    #[serde(default)]
    pub cloud: Cloud,
    /// The country of the company, two letters, if the directory knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What pairwise ids are made with; another secret makes another id of each.
    #[serde(default = "default_secret")]
    pub pairwise_secret: String,
    /// By how many seconds the clock of the double is fast; negative if it is slow.
    #[serde(default)]
    pub clock_offset: i64,
    /// Signs the tenant's own metadata; never a response of an application.
    pub signing: Credential,
    /// The people.
    #[serde(rename = "user")]
    pub users: Vec<User>,
    /// People who were deleted and can be restored; they cannot sign in.
    #[serde(rename = "deleted_user", default, skip_serializing_if = "Vec::is_empty")]
    pub deleted_users: Vec<User>,
    /// The groups.
    #[serde(rename = "group", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
}

fn default_secret() -> String {
    "entra-twin".to_owned()
}

impl Tenant {
    /// The entity ID of the tenant: `https://sts.windows.net/{TID}/`, wherever the double listens.
    ///
    /// In China its host is another one.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://{}/{}/", self.cloud.issuer_host(), self.id)
    }

    /// The person with this user principal name, compared without case.
    #[must_use]
    pub fn find(&self, user_principal_name: &str) -> Option<&User> {
        self.users.iter().find(|user| same(&user.user_principal_name, user_principal_name))
    }

    /// The person that a `login_hint` means: by user principal name, else by mail.
    pub(crate) fn hinted(&self, hint: &str) -> Option<&User> {
        self.find(hint).or_else(|| {
            self.users.iter().find(|user| user.mail.as_deref().is_some_and(|mail| same(mail, hint)))
        })
    }

    /// The groups that a person is in, those that these groups are in included; each once, in the order of the file.
    pub(crate) fn groups_of(&self, user: &User) -> Vec<&Group> {
        let mut ids = vec![user.object_id];
        // Each round adds at least one group, or is the last: a circle of groups ends too.
        loop {
            let more = self.groups.iter().filter(|group| {
                !ids.contains(&group.object_id) && group.members.iter().any(|member| ids.contains(member))
            });
            let more: Vec<Uuid> = more.map(|group| group.object_id).collect();
            if more.is_empty() {
                break;
            }
            ids.extend(more);
        }
        self.groups.iter().filter(|group| ids.contains(&group.object_id)).collect()
    }

    /// Values of the roles that a person has in the application: by name, or as a direct member of a group.
    pub(crate) fn roles_of(&self, user: &User) -> Vec<String> {
        let groups = self.groups.iter().filter(|group| group.members.contains(&user.object_id));
        let mut roles: Vec<String> = Vec::new();
        for role in user.app_roles.iter().chain(groups.flat_map(|group| &group.app_roles)) {
            if !roles.contains(&role.value) {
                roles.push(role.value.clone());
            }
        }
        roles
    }

    /// Every role that a person or a group has.
    pub(crate) fn roles(&self) -> Vec<AppRole> {
        let people = self.users.iter().flat_map(|user| &user.app_roles);
        people.chain(self.groups.iter().flat_map(|group| &group.app_roles)).cloned().collect()
    }

    /// Whether a path segment names this tenant: by id or by domain.
    pub(crate) fn is_named(&self, segment: &str) -> bool {
        Uuid::parse_str(segment).is_ok_and(|id| id == self.id) || same(&self.domain, segment)
    }
}

/// A person in the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Immutable and never given to anybody else.
    pub object_id: Uuid,
    /// The sign-in name (UPN); it may change.
    pub user_principal_name: String,
    /// The name that people read.
    pub display_name: String,
    /// Given name, if the directory knows one.
    pub given_name: Option<String>,
    /// Surname, if the directory knows one.
    pub surname: Option<String>,
    /// Mail address, which need not be the user principal name.
    pub mail: Option<String>,
    /// Where a guest's account lives, such as `live.com`; absent for members.
    pub identity_provider: Option<String>,
    /// Whether the person may sign in at all.
    pub account: AccountState,
    /// Shown on the sign-in page, since nothing here is real.
    pub password: String,
    /// Job title, if the directory knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// Department, if the directory knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Employee id, if the directory knows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// The object id of the manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<Uuid>,
    /// How the person signs in; the first method is told as the class of the sign-on.
    #[serde(default = "default_methods")]
    pub authentication: Vec<AuthenticationMethod>,
    /// Template ids of the directory roles that the person has, such as Global Administrator's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directory_roles: Vec<Uuid>,
    /// What else the directory knows, by the name of the source without `user.`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<AttributeName, Values>,
    /// The roles of the application that the person is assigned to.
    #[serde(rename = "app_role", default, skip_serializing_if = "Vec::is_empty")]
    pub app_roles: Vec<AppRole>,
}

impl User {
    /// Whether the account is a guest's: it lives elsewhere.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.identity_provider.is_some()
    }

    /// The class that the assertion tells.
    pub(crate) fn authn_class(&self) -> &'static str {
        let classes = self.authentication.iter().filter_map(|method| method.class());
        classes.into_iter().next().unwrap_or(PASSWORD_CLASS)
    }
}

fn default_methods() -> Vec<AuthenticationMethod> {
    vec![AuthenticationMethod::Password]
}

/// One value of the directory, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "a value is there once or several times")]
pub enum Values {
    /// One.
    One(String),
    /// Several, in their order.
    Several(Vec<String>),
}

impl Values {
    pub(crate) fn values(&self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value.clone()],
            Self::Several(values) => values.clone(),
        }
    }
}

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Immutable and never given to another group.
    pub object_id: Uuid,
    /// The name that people read.
    pub display_name: String,
    /// Whether it is a security group.
    #[serde(default)]
    pub kind: GroupKind,
    /// Whether the group is assigned to the application, and its direct members with it.
    #[serde(default)]
    pub assigned: bool,
    /// The object ids of the direct members, people and groups.
    #[serde(default)]
    pub members: Vec<Uuid>,
    /// How the group is called in the domain that it is synchronized from; absent for a group of the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_premises: Option<OnPremises>,
    /// The roles of the application that its direct members are assigned to.
    #[serde(rename = "app_role", default, skip_serializing_if = "Vec::is_empty")]
    pub app_roles: Vec<AppRole>,
}

/// Names of a group that is synchronized from a domain of Windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnPremises {
    /// sAMAccountName.
    pub sam_account_name: String,
    /// The NetBIOS name of the domain.
    pub netbios_domain: String,
    /// The DNS name of the domain.
    pub dns_domain: String,
    /// The security identifier.
    pub sid: String,
}

/// A role of the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppRole {
    /// The id of the role.
    pub id: Uuid,
    /// The value, which claims and provisioning send.
    pub value: String,
    /// The name that the portal shows.
    pub display_name: String,
}

/// Kinds of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupKind {
    /// A security group.
    #[default]
    Security,
    /// A distribution list or a group of Microsoft 365: it is told with all groups alone.
    Distribution,
}

/// `accountEnabled` of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccountState {
    /// May sign in.
    Enabled,
    /// Is refused with AADSTS50057.
    Disabled,
}

/// Names of people and domains are compared without case.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn a_hint_is_a_name_or_a_mail_address() {
        let contoso = Seed::Contoso.tenant().unwrap();
        let name = |hint| contoso.hinted(hint).map(|user| user.display_name.as_str());
        assert_eq!(name("E.Moreau@contoso.example"), Some("Estelle Moreau"));
        assert_eq!(name("Estelle.Moreau@mail.contoso.example"), Some("Estelle Moreau"));
        assert_eq!(name("nobody@contoso.example"), None);
        assert!(contoso.find("estelle.moreau@mail.contoso.example").is_none());
    }

    #[test]
    fn groups_are_nested_and_roles_are_not_inherited() {
        let mut contoso = Seed::Contoso.tenant().unwrap();
        let simon = contoso.find("B.Simon@contoso.example").unwrap().clone();
        let id = |number| Uuid::from_u128(number);
        let role = |value: &str| AppRole {
            id: Uuid::nil(),
            value: value.to_owned(),
            display_name: value.to_lowercase(),
        };
        let group = |number, members: &[Uuid], roles: &[&str]| Group {
            object_id: id(number),
            display_name: format!("G{number}"),
            kind: GroupKind::Security,
            assigned: false,
            members: members.to_vec(),
            on_premises: None,
            app_roles: roles.iter().map(|value| role(value)).collect(),
        };
        // The third group holds the second, which holds the third in turn.
        contoso.groups = vec![
            group(3, &[id(2)], &["Owner"]),
            group(2, &[simon.object_id, id(3)], &["Admin", "Writer"]),
            group(4, &[id(5)], &["Other"]),
        ];
        let names = |user: &User| -> Vec<&str> {
            contoso.groups_of(user).iter().map(|group| group.display_name.as_str()).collect()
        };
        assert_eq!(names(&simon), ["G3", "G2"]);
        assert!(names(contoso.find("C.Lindqvist@contoso.example").unwrap()).is_empty());
        let mut user = simon.clone();
        user.app_roles = vec![role("Reader"), role("Admin")];
        assert_eq!(contoso.roles_of(&user), ["Reader", "Admin", "Writer"]);
    }

    #[test]
    fn the_class_is_that_of_the_first_method_that_has_one() {
        use AuthenticationMethod::{Multiple, Password, Windows, X509};
        let mut user = Seed::Contoso.tenant().unwrap().users[0].clone();
        assert_eq!(user.authentication, [Password]);
        for (methods, class) in [
            (vec![], PASSWORD_CLASS),
            (vec![Multiple], PASSWORD_CLASS),
            (vec![Multiple, X509, Password], "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"),
            (vec![Windows], "urn:federation:authentication:windows"),
        ] {
            user.authentication = methods;
            assert_eq!(user.authn_class(), class);
        }
    }

    #[test]
    fn a_path_names_the_tenant_by_id_or_domain() {
        let contoso = Seed::Contoso.tenant().unwrap();
        assert!(contoso.is_named(&contoso.id.to_string().to_uppercase()));
        assert!(contoso.is_named("Contoso.example"));
        assert!(!contoso.is_named("fabrikam.example"));
        assert!(!contoso.is_named(&Seed::Fabrikam.tenant().unwrap().id.to_string()));
    }
}
