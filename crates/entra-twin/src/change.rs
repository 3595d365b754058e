//! What an administrator changes about a person while the double runs.

use uuid::Uuid;

use crate::tenant::same;
use crate::{AccountState, App, AppRole, AttributeName, AuthenticationMethod, Tenant, User, Values};

/// One change about a person.
///
/// ```
/// use landfall_entra_twin::{Seed, UserChange};
///
/// let (mut tenant, mut app) = (Seed::Contoso.tenant()?, Seed::Contoso.app()?);
/// let rename: UserChange = "user-principal-name=Bea.Simon@contoso.example".parse()?;
/// rename.make(&mut tenant, &mut app, "B.Simon@contoso.example")?;
/// assert!(app.admits(tenant.find("Bea.Simon@contoso.example").ok_or("not there")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserChange {
    /// The sign-in name becomes another; the person stays assigned.
    Name(String),
    /// The object id becomes another one: the directory has somebody else of this name now.
    ObjectId(Uuid),
    /// Whether the person may sign in at all.
    Account(AccountState),
    /// What the directory says of the person; `None` takes it away.
    Detail(Detail, Option<String>),
    /// How the person signs in.
    Authentication(Vec<AuthenticationMethod>),
    /// All roles that the person has in the application; one that the tenant has under its value keeps its id.
    Roles(Vec<AppRole>),
    /// Another attribute of the directory; no value takes it away.
    Attribute(AttributeName, Vec<String>),
}

/// What a directory says of a person, and nobody is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// The name that people read; it cannot be taken away.
    DisplayName,
    /// Given name.
    GivenName,
    /// Surname.
    Surname,
    /// Mail address.
    Mail,
    /// Job title.
    JobTitle,
    /// Department.
    Department,
    /// Employee id.
    EmployeeId,
    /// The manager, by user principal name.
    Manager,
    /// Where the account lives; taken away, a guest becomes a member.
    IdentityProvider,
}

impl Detail {
    /// By the name of the setting.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "display-name" => Self::DisplayName,
            "given-name" => Self::GivenName,
            "surname" => Self::Surname,
            "mail" => Self::Mail,
            "job-title" => Self::JobTitle,
            "department" => Self::Department,
            "employee-id" => Self::EmployeeId,
            "manager" => Self::Manager,
            "identity-provider" => Self::IdentityProvider,
            _ => return None,
        })
    }

    fn set(self, user: &mut User, value: Option<String>, manager: Option<Uuid>) {
        match self {
            Self::DisplayName => user.display_name = value.unwrap_or_default(),
            Self::GivenName => user.given_name = value,
            Self::Surname => user.surname = value,
            Self::Mail => user.mail = value,
            Self::JobTitle => user.job_title = value,
            Self::Department => user.department = value,
            Self::EmployeeId => user.employee_id = value,
            Self::Manager => user.manager = manager,
            Self::IdentityProvider => user.identity_provider = value,
        }
    }
}

impl UserChange {
    /// Makes it, for the person of this name.
    ///
    /// # Errors
    /// [`UserChangeError`] if there is nobody of that name, or if the new one is taken.
    pub fn make(&self, tenant: &mut Tenant, app: &mut App, of: &str) -> Result<(), UserChangeError> {
        if let Self::Name(name) = self
            && !same(name, of)
            && tenant.find(name).is_some()
        {
            return Err(UserChangeError::Taken { name: name.clone() });
        }
        let manager = match self {
            Self::Detail(Detail::Manager, Some(name)) => {
                let found = tenant.find(name).map(|user| user.object_id);
                Some(found.ok_or_else(|| UserChangeError::Nobody { name: name.clone() })?)
            }
            _ => None,
        };
        let known = tenant.roles();
        let user = tenant.users.iter_mut().find(|user| same(&user.user_principal_name, of));
        let user = user.ok_or_else(|| UserChangeError::Nobody { name: of.to_owned() })?;
        match self {
            Self::Name(name) => {
                user.user_principal_name.clone_from(name);
                app.assigned
                    .iter_mut()
                    .filter(|assigned| same(assigned, of))
                    .for_each(|it| it.clone_from(name));
            }
            Self::ObjectId(id) => user.object_id = *id,
            Self::Account(state) => user.account = *state,
            Self::Detail(detail, value) => detail.set(user, value.clone(), manager),
            Self::Authentication(methods) => user.authentication.clone_from(methods),
            Self::Roles(roles) => {
                let kept =
                    |role: &AppRole| known.iter().find(|it| it.value == role.value).unwrap_or(role).clone();
                user.app_roles = roles.iter().map(kept).collect();
            }
            Self::Attribute(name, values) => match values.as_slice() {
                [] => drop(user.attributes.remove(name)),
                [one] => drop(user.attributes.insert(name.clone(), Values::One(one.clone()))),
                _ => drop(user.attributes.insert(name.clone(), Values::Several(values.clone()))),
            },
        }
        Ok(())
    }
}

impl std::str::FromStr for UserChange {
    type Err = UserChangeError;

    fn from_str(text: &str) -> Result<Self, UserChangeError> {
        let wrong = || UserChangeError::Setting { got: text.to_owned() };
        match text.split_once('=').ok_or_else(wrong)? {
            ("user-principal-name", name) if !name.is_empty() => Ok(Self::Name(name.to_owned())),
            ("object-id", "new") => Ok(Self::ObjectId(Uuid::new_v4())),
            ("object-id", id) => id.parse().map(Self::ObjectId).map_err(|_| wrong()),
            ("account", "enabled") => Ok(Self::Account(AccountState::Enabled)),
            ("account", "disabled") => Ok(Self::Account(AccountState::Disabled)),
            ("display-name", "") => Err(wrong()),
            ("authentication", methods) => {
                let methods: Result<Vec<_>, _> = several(methods, ',').map(str::parse).collect();
                methods.map(Self::Authentication).map_err(|_| wrong())
            }
            ("roles", roles) => Ok(Self::Roles(several(roles, ',').map(role).collect())),
            (name, value) => match Detail::named(name) {
                Some(detail) => {
                    Ok(Self::Detail(detail, Some(value.to_owned()).filter(|value| !value.is_empty())))
                }
                None => {
                    let name = AttributeName::try_from(name.to_owned()).map_err(|_| wrong())?;
                    Ok(Self::Attribute(name, several(value, ';').map(str::to_owned).collect()))
                }
            },
        }
    }
}

/// The parts of a text, without empty ones.
fn several(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty())
}

/// A role of this value that nobody has yet.
fn role(value: &str) -> AppRole {
    AppRole { id: Uuid::new_v4(), value: value.to_owned(), display_name: value.to_owned() }
}

/// A person cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserChangeError {
    /// No such setting, or no such value of it.
    #[error(
        "expected user-principal-name=NAME, object-id=GUID, object-id=new, account=enabled, account=disabled, or one of display-name, given-name, surname, mail, job-title, department, employee-id, manager, identity-provider, authentication (password,x509,windows,multiple), roles (ROLE,ROLE) or another attribute of the directory such as city or extensionattribute1, got {got:?}"
    )]
    Setting {
        /// What was given.
        got: String,
    },
    /// Nobody has that name.
    #[error("nobody in the tenant is {name:?}: see tenant.toml")]
    Nobody {
        /// The name.
        name: String,
    },
    /// Somebody else has the new name.
    #[error("{name:?} is somebody else's name already")]
    Taken {
        /// The name.
        name: String,
    },
}

impl UserChangeError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "user-setting",
            Self::Nobody { .. } => "user-nobody",
            Self::Taken { .. } => "user-taken",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    const SIMON: &str = "B.Simon@contoso.example";

    fn change(text: &str, of: &str) -> Result<(Tenant, App), &'static str> {
        let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        let made = text.parse().and_then(|change: UserChange| change.make(&mut tenant, &mut app, of));
        made.map(|()| (tenant, app)).map_err(|error| error.code())
    }

    #[test]
    fn a_person_who_is_renamed_is_the_same_one_and_stays_assigned() {
        let before = Seed::Contoso.tenant().unwrap().find(SIMON).unwrap().object_id;
        let (tenant, app) =
            change("user-principal-name=Bea@contoso.example", "b.simon@contoso.example").unwrap();
        let user = tenant.find("Bea@contoso.example").unwrap();
        assert!(user.object_id == before && app.is_assigned(user) && tenant.find(SIMON).is_none());
    }

    #[test]
    fn a_person_with_a_new_object_id_is_another_one_of_the_same_name() {
        let before = Seed::Contoso.tenant().unwrap().find(SIMON).unwrap().object_id;
        let (tenant, _) = change("object-id=new", SIMON).unwrap();
        assert_ne!(tenant.find(SIMON).unwrap().object_id, before);
        let given = "0b7c2f4e-91d3-4a68-8e15-52a6c9d0f372";
        let (tenant, _) = change(&format!("object-id={given}"), SIMON).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().object_id.to_string(), given);
        let (tenant, _) = change("account=disabled", SIMON).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().account, AccountState::Disabled);
    }

    #[test]
    fn what_the_directory_says_of_a_person_is_changed_and_taken_away() {
        let (tenant, _) = change("department=R&D=x", SIMON).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().department.as_deref(), Some("R&D=x"));
        let (tenant, _) = change("mail=", SIMON).unwrap();
        assert_eq!(tenant.find(SIMON).unwrap().mail, None);
        let (tenant, _) = change("manager=e.moreau@contoso.example", SIMON).unwrap();
        let manager = tenant.find("E.Moreau@contoso.example").unwrap().object_id;
        assert_eq!(tenant.find(SIMON).unwrap().manager, Some(manager));
        assert_eq!(change("manager=nobody@contoso.example", SIMON).unwrap_err(), "user-nobody");
    }

    #[test]
    fn what_a_claim_comes_from_is_changed_and_survives_its_file() {
        for (change_of, written) in [
            ("identity-provider=live.com", "identity_provider = \"live.com\""),
            ("authentication=x509, multiple", "authentication = [\"x509\", \"multiple\"]"),
            ("roles=Admin,Reader", "value = \"Reader\""),
            ("OtherMail=R;D", "othermail = [\"R\", \"D\"]"),
            ("extensionattribute1=a=b", "extensionattribute1 = \"a=b\""),
        ] {
            let (tenant, _) = change(change_of, SIMON).unwrap();
            let toml = toml::to_string(&tenant).unwrap();
            assert!(toml.contains(written), "no {written} in {toml}");
            let again: Tenant = toml::from_str(&toml).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), toml);
        }
        let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        for (text, count) in [("city=Ulm", 1), ("city=", 0)] {
            text.parse::<UserChange>().unwrap().make(&mut tenant, &mut app, SIMON).unwrap();
            assert_eq!(tenant.find(SIMON).unwrap().attributes.len(), count);
        }
    }

    #[test]
    fn a_role_of_one_value_has_one_id() {
        let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        for (name, roles) in [(SIMON, "roles=Admin"), ("E.Moreau@contoso.example", "roles=Reader,Admin")] {
            roles.parse::<UserChange>().unwrap().make(&mut tenant, &mut app, name).unwrap();
        }
        let roles = |name| &tenant.find(name).unwrap().app_roles;
        assert_eq!(roles(SIMON)[0], roles("E.Moreau@contoso.example")[1]);
        assert_ne!(roles(SIMON)[0].id, roles("E.Moreau@contoso.example")[0].id);
    }

    #[test]
    fn what_is_wrong_changes_nothing() {
        for text in [
            "authentication=face",
            "shoe=1",
            "display-name=",
            "",
            "object-id=",
            "object-id=x",
            "account=",
            "user-principal-name=",
            "password=x",
        ] {
            assert_eq!(change(text, SIMON).unwrap_err(), "user-setting", "{text}");
        }
        assert_eq!(change("object-id=new", "nobody@contoso.example").unwrap_err(), "user-nobody");
        let taken = "user-principal-name=D.Okafor@contoso.example";
        assert_eq!(change(taken, SIMON).unwrap_err(), "user-taken");
    }
}
