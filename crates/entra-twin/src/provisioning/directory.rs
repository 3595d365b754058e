//! What the provisioning service imports: the people and groups of a tenant at one moment.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::value::Value;
use crate::{AccountState, App, Tenant, User};

/// The people and groups of a tenant at one moment, as Entra's provisioning service imports them.
///
/// ```
/// use landfall_entra_twin::{Seed, provisioning::Directory};
/// let directory = Directory::of(&Seed::Contoso.tenant()?, &Seed::Contoso.app()?);
/// let guest = directory.find("ada@fabrikam.example").ok_or("not there")?;
/// assert!(guest.assigned, "a guest is known by the address that she has at home");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Everybody who is not deleted for good.
    pub users: BTreeMap<Uuid, SourceUser>,
    /// The groups.
    pub groups: BTreeMap<Uuid, SourceGroup>,
}

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUser {
    /// The object id, which never changes.
    pub object_id: Uuid,
    /// By its name in Entra, such as `userPrincipalName`; an attribute without a value is not there.
    pub attributes: BTreeMap<&'static str, Value>,
    /// The object id of the manager.
    pub manager: Option<Uuid>,
    /// `accountEnabled`.
    pub enabled: bool,
    /// Deleted, and restorable for 30 days.
    pub soft_deleted: bool,
    /// Assigned to the application, directly or as a direct member of an assigned group.
    pub assigned: bool,
}

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// The object id, which never changes.
    pub object_id: Uuid,
    /// By its name in Entra.
    pub attributes: BTreeMap<&'static str, Value>,
    /// The object ids of the direct members; groups in groups are not provisioned.
    pub members: Vec<Uuid>,
    /// Assigned to the application.
    pub assigned: bool,
}

/// The attributes of people that mappings and filters may name.
///
/// `IsSoftDeleted` is what the service computes: deleted, disabled, or out of scope.
pub(crate) const USER_ATTRIBUTES: &[&str] = &[
    "IsSoftDeleted",
    "accountEnabled",
    "appRoleAssignments",
    "department",
    "displayName",
    "employeeId",
    "givenName",
    "jobTitle",
    "mail",
    "mailNickname",
    "manager",
    "objectId",
    "originalUserPrincipalName",
    "surname",
    "userPrincipalName",
    "userType",
];

/// The attributes of groups that mappings and filters may name.
pub(crate) const GROUP_ATTRIBUTES: &[&str] = &["displayName", "mailNickname", "members", "objectId"];

impl Directory {
    /// What a tenant has now, seen from an application of it.
    #[must_use]
    pub fn of(tenant: &Tenant, app: &App) -> Self {
        let assigned: HashSet<String> = app.assigned.iter().map(|name| name.to_lowercase()).collect();
        let mut by_group: HashSet<Uuid> = HashSet::new();
        for group in tenant.groups.iter().filter(|group| group.assigned) {
            by_group.extend(&group.members);
        }
        let import = |user: &User, soft_deleted: bool| {
            let direct = assigned.contains(&user.user_principal_name.to_lowercase());
            let assigned = direct || by_group.contains(&user.object_id);
            (user.object_id, SourceUser::of(user, assigned, soft_deleted))
        };
        let mut users: BTreeMap<_, _> = tenant.users.iter().map(|user| import(user, false)).collect();
        users.extend(tenant.deleted_users.iter().map(|user| import(user, true)));
        let groups = tenant.groups.iter().map(|group| {
            let attributes = [
                ("displayName", Value::Text(group.display_name.clone())),
                ("mailNickname", Value::Text(group.display_name.replace(' ', ""))),
                ("objectId", Value::Text(group.object_id.to_string())),
            ];
            let source = SourceGroup {
                object_id: group.object_id,
                attributes: attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
                members: group.members.clone(),
                assigned: group.assigned,
            };
            (group.object_id, source)
        });
        Self { groups: groups.collect(), users }
    }

    /// The person with this user principal name, of a guest also the one at home; compared without case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&SourceUser> {
        let name = Some(name.to_lowercase());
        let is = |user: &SourceUser, attribute| {
            user.attributes.get(attribute).and_then(Value::as_text).map(|text| text.to_lowercase()) == name
        };
        let mut users = self.users.values();
        users.find(|user| is(user, "userPrincipalName") || is(user, "originalUserPrincipalName"))
    }
}

impl SourceUser {
    fn of(user: &User, assigned: bool, soft_deleted: bool) -> Self {
        let enabled = user.account == AccountState::Enabled;
        let guest = is_guest(&user.user_principal_name);
        let reduced = reduce(&user.user_principal_name);
        let nickname = user.user_principal_name.split('@').next();
        let attributes = [
            ("accountEnabled", Value::Bool(enabled)),
            ("appRoleAssignments", Value::Roles(user.app_roles.clone())),
            ("department", Value::from_option(user.department.as_deref())),
            ("displayName", Value::Text(user.display_name.clone())),
            ("employeeId", Value::from_option(user.employee_id.as_deref())),
            ("givenName", Value::from_option(user.given_name.as_deref())),
            ("jobTitle", Value::from_option(user.job_title.as_deref())),
            ("mail", Value::from_option(user.mail.as_deref())),
            ("mailNickname", Value::from_option(nickname)),
            ("objectId", Value::Text(user.object_id.to_string())),
            ("originalUserPrincipalName", Value::Text(user.user_principal_name.clone())),
            ("surname", Value::from_option(user.surname.as_deref())),
            ("userPrincipalName", Value::Text(reduced)),
            ("userType", Value::from_option(Some(if guest { "Guest" } else { "Member" }))),
        ];
        Self {
            object_id: user.object_id,
            attributes: attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            manager: user.manager,
            enabled,
            soft_deleted,
            assigned,
        }
    }

    /// The name that logs show.
    pub(crate) fn name(&self) -> String {
        name_of(&self.attributes, "userPrincipalName")
    }
}

impl SourceGroup {
    /// The name that logs show.
    pub(crate) fn name(&self) -> String {
        name_of(&self.attributes, "displayName")
    }
}

fn name_of(attributes: &BTreeMap<&'static str, Value>, name: &str) -> String {
    attributes.get(name).and_then(Value::as_text).map(|text| text.into_owned()).unwrap_or_default()
}

/// What Entra puts into the user principal name of a guest.
const GUEST: &str = "#EXT#";

fn is_guest(name: &str) -> bool {
    name.contains(GUEST)
}

/// The address that a guest has at home: `ada_fabrikam.example#EXT#@…` is `ada@fabrikam.example` (`entra.md` D5).
///
/// The last underscore stands for the at sign, since a domain has none.
fn reduce(name: &str) -> String {
    match name.split_once(GUEST) {
        None => name.to_owned(),
        Some((home, _)) => match home.rsplit_once('_') {
            Some((local, domain)) => format!("{local}@{domain}"),
            None => name.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GroupKind;
    use crate::{Group, Seed};

    #[test]
    fn a_guest_is_known_by_the_address_at_home() {
        for (name, reduced) in [
            ("ada_fabrikam.example#EXT#@contoso.onmicrosoft.com", "ada@fabrikam.example"),
            ("ada_b_fabrikam.example#EXT#@contoso.onmicrosoft.com", "ada_b@fabrikam.example"),
            ("ada#EXT#@contoso.onmicrosoft.com", "ada#EXT#@contoso.onmicrosoft.com"),
            ("B.Simon@contoso.example", "B.Simon@contoso.example"),
        ] {
            assert_eq!(reduce(name), reduced);
        }
    }

    #[test]
    fn what_the_directory_does_not_know_is_not_there() {
        let directory = Directory::of(&Seed::Contoso.tenant().unwrap(), &Seed::Contoso.app().unwrap());
        let novak = directory.find("f.novak@CONTOSO.example").unwrap();
        assert!(!novak.attributes.contains_key("surname") && !novak.attributes.contains_key("mail"));
        let guest = directory.find("ada_fabrikam.example#EXT#@contoso.onmicrosoft.com").unwrap();
        assert_eq!(guest.attributes["userType"], Value::Text("Guest".into()));
        let silva = directory.find("G.Silva@contoso.example").unwrap();
        assert!(!silva.enabled && silva.assigned && !silva.soft_deleted);
    }

    #[test]
    fn an_assigned_group_assigns_its_direct_members() {
        let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        app.assigned.clear();
        let simon = tenant.find("B.Simon@contoso.example").unwrap().object_id;
        let okafor = tenant.find("D.Okafor@contoso.example").unwrap().object_id;
        let group = |id, assigned, members| Group {
            object_id: Uuid::from_u128(id),
            display_name: "Ops".into(),
            kind: GroupKind::default(),
            assigned,
            members,
            on_premises: None,
            app_roles: Vec::new(),
        };
        tenant.groups = vec![group(1, true, vec![simon, Uuid::from_u128(2)]), group(2, false, vec![okafor])];
        let directory = Directory::of(&tenant, &app);
        assert!(directory.users[&simon].assigned && !directory.users[&okafor].assigned);
    }
}
