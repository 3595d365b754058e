//! The directory: a tenant and its people.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Credential;

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

impl Tenant {
    /// The entity ID of the tenant: `https://sts.windows.net/{TID}/`, wherever the double listens.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://sts.windows.net/{}/", self.id)
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
    /// The roles of the application that the person is assigned to, for provisioning.
    #[serde(rename = "app_role", default, skip_serializing_if = "Vec::is_empty")]
    pub app_roles: Vec<AppRole>,
}

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Immutable and never given to another group.
    pub object_id: Uuid,
    /// The name that people read.
    pub display_name: String,
    /// Whether the group is assigned to the application, and its direct members with it.
    #[serde(default)]
    pub assigned: bool,
    /// The object ids of the direct members.
    #[serde(default)]
    pub members: Vec<Uuid>,
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
    fn a_path_names_the_tenant_by_id_or_domain() {
        let contoso = Seed::Contoso.tenant().unwrap();
        assert!(contoso.is_named(&contoso.id.to_string().to_uppercase()));
        assert!(contoso.is_named("Contoso.example"));
        assert!(!contoso.is_named("fabrikam.example"));
        assert!(!contoso.is_named(&Seed::Fabrikam.tenant().unwrap().id.to_string()));
    }
}
