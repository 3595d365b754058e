//! People come, go, and come back.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::tenant::same;
use crate::{AccountState, AuthenticationMethod, Tenant, User, UserChangeError};

/// Somebody who is to be in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The user principal name.
    pub name: String,
    /// The name that people read; without it the part of the other name before the at sign.
    pub display_name: Option<String>,
    /// The object id, random and never used before.
    pub object_id: Uuid,
}

/// Everybody's at the double.
const PASSWORD: &str = "Pass-1234";

impl Tenant {
    /// Makes a person.
    ///
    /// # Errors
    /// [`UserChangeError::Taken`] if somebody has the name.
    pub fn add(&mut self, newcomer: Newcomer) -> Result<(), UserChangeError> {
        if self.find(&newcomer.name).is_some() {
            return Err(UserChangeError::Taken { name: newcomer.name });
        }
        self.users.push(newcomer.into());
        Ok(())
    }

    /// Makes so many people that do not exist, each with an id of `guids`, and gives their names.
    pub fn generate(&mut self, count: u32, mut guids: impl FnMut() -> Uuid) -> Vec<String> {
        let mut names = Vec::new();
        for number in 1..=count {
            let name = format!("employee.{number:05}@{}", self.domain);
            let mut user =
                User::from(Newcomer { name: name.clone(), display_name: None, object_id: guids() });
            user.display_name = format!("Employee {number:05}");
            user.given_name = Some("Employee".to_owned());
            user.surname = Some(format!("{number:05}"));
            user.mail = Some(name.clone());
            user.department = Some("Sales".to_owned());
            user.employee_id = Some(number.to_string());
            self.users.push(user);
            names.push(name);
        }
        names
    }

    /// Deletes a person, who can be restored.
    ///
    /// # Errors
    /// [`UserChangeError::Nobody`] if nobody has the name.
    pub fn soft_delete(&mut self, name: &str) -> Result<(), UserChangeError> {
        let user = take(&mut self.users, name)?;
        self.deleted_users.push(user);
        Ok(())
    }

    /// Restores a person who was deleted.
    ///
    /// # Errors
    /// [`UserChangeError`] if nobody of that name was, or somebody else has it now.
    pub fn restore(&mut self, name: &str) -> Result<(), UserChangeError> {
        if self.find(name).is_some() {
            return Err(UserChangeError::Taken { name: name.to_owned() });
        }
        let user = take(&mut self.deleted_users, name)?;
        self.users.push(user);
        Ok(())
    }

    /// Deletes a person for good, whether deleted before or not.
    ///
    /// # Errors
    /// [`UserChangeError::Nobody`] if nobody has the name or had it.
    pub fn purge(&mut self, name: &str) -> Result<(), UserChangeError> {
        let user = take(&mut self.deleted_users, name).or_else(|_| take(&mut self.users, name))?;
        for group in &mut self.groups {
            group.members.retain(|member| *member != user.object_id);
        }
        Ok(())
    }
}

impl From<Newcomer> for User {
    fn from(newcomer: Newcomer) -> Self {
        let local = newcomer.name.split('@').next().unwrap_or_default().to_owned();
        Self {
            object_id: newcomer.object_id,
            user_principal_name: newcomer.name,
            display_name: newcomer.display_name.unwrap_or(local),
            given_name: None,
            surname: None,
            mail: None,
            identity_provider: None,
            account: AccountState::Enabled,
            password: PASSWORD.to_owned(),
            job_title: None,
            department: None,
            employee_id: None,
            manager: None,
            authentication: vec![AuthenticationMethod::Password],
            directory_roles: Vec::new(),
            attributes: BTreeMap::new(),
            app_roles: Vec::new(),
        }
    }
}

fn take(users: &mut Vec<User>, name: &str) -> Result<User, UserChangeError> {
    let place = users.iter().position(|user| same(&user.user_principal_name, name));
    place.map(|place| users.remove(place)).ok_or_else(|| UserChangeError::Nobody { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Group, GroupKind, Seed};

    const SIMON: &str = "B.Simon@contoso.example";

    #[test]
    fn who_is_deleted_cannot_be_found_and_comes_back_the_same() {
        let mut tenant = Seed::Contoso.tenant().unwrap();
        let id = tenant.find(SIMON).unwrap().object_id;
        tenant.soft_delete("b.simon@contoso.example").unwrap();
        assert!(tenant.find(SIMON).is_none() && tenant.hinted(SIMON).is_none());
        assert_eq!(tenant.soft_delete(SIMON).unwrap_err().code(), "user-nobody");
        tenant.restore(SIMON).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().object_id, id);
        assert_eq!(tenant.restore(SIMON).unwrap_err().code(), "user-taken");
    }

    #[test]
    fn a_name_is_nobodys_after_a_deletion_and_then_is_not_restored_over_somebody() {
        let mut tenant = Seed::Contoso.tenant().unwrap();
        tenant.soft_delete(SIMON).unwrap();
        let newcomer =
            |id| Newcomer { name: SIMON.to_owned(), display_name: None, object_id: Uuid::from_u128(id) };
        tenant.add(newcomer(1)).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().display_name, "B.Simon");
        assert_eq!(tenant.add(newcomer(2)).unwrap_err().code(), "user-taken");
        assert_eq!(tenant.restore(SIMON).unwrap_err().code(), "user-taken");
    }

    #[test]
    fn who_is_purged_is_in_no_group() {
        let mut tenant = Seed::Contoso.tenant().unwrap();
        let id = tenant.find(SIMON).unwrap().object_id;
        let members = vec![id, Uuid::from_u128(1)];
        let group = Group {
            object_id: Uuid::nil(),
            display_name: "Ops".into(),
            kind: GroupKind::Security,
            assigned: true,
            members,
            on_premises: None,
            app_roles: Vec::new(),
        };
        tenant.groups.push(group);
        tenant.soft_delete(SIMON).unwrap();
        assert_eq!(tenant.groups[0].members.len(), 2);
        tenant.purge(SIMON).unwrap();
        assert_eq!(tenant.groups[0].members, [Uuid::from_u128(1)]);
        assert_eq!(tenant.purge(SIMON).unwrap_err().code(), "user-nobody");
    }
}
