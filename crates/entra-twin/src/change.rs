//! What an administrator changes about a person while the double runs.

use uuid::Uuid;

use crate::tenant::same;
use crate::{AccountState, App, AttributeName, AuthenticationMethod, Tenant, Values};

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
    /// The name that people read.
    DisplayName(String),
    /// Given name; `None` if the directory is to know none.
    GivenName(Option<String>),
    /// Surname; `None` if the directory is to know none.
    Surname(Option<String>),
    /// Mail address; `None` if there is to be none.
    Mail(Option<String>),
    /// Where the account lives; `None` makes a member of a guest.
    IdentityProvider(Option<String>),
    /// How the person signs in.
    Authentication(Vec<AuthenticationMethod>),
    /// Values of the roles that the person has in the application, all of them.
    Roles(Vec<String>),
    /// Another attribute of the directory; no value removes it.
    Attribute(AttributeName, Vec<String>),
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
            Self::DisplayName(name) => user.display_name.clone_from(name),
            Self::GivenName(name) => user.given_name.clone_from(name),
            Self::Surname(name) => user.surname.clone_from(name),
            Self::Mail(address) => user.mail.clone_from(address),
            Self::IdentityProvider(name) => user.identity_provider.clone_from(name),
            Self::Authentication(methods) => user.authentication.clone_from(methods),
            Self::Roles(roles) => user.roles.clone_from(roles),
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
            ("display-name", name) if !name.is_empty() => Ok(Self::DisplayName(name.to_owned())),
            ("given-name", name) => Ok(Self::GivenName(some(name))),
            ("surname", name) => Ok(Self::Surname(some(name))),
            ("mail", address) => Ok(Self::Mail(some(address))),
            ("identity-provider", name) => Ok(Self::IdentityProvider(some(name))),
            ("authentication", methods) => {
                let methods: Result<Vec<_>, _> = several(methods, ',').map(str::parse).collect();
                methods.map(Self::Authentication).map_err(|_| wrong())
            }
            ("roles", roles) => Ok(Self::Roles(several(roles, ',').map(str::to_owned).collect())),
            (name, values) => {
                let name = AttributeName::try_from(name.to_owned()).map_err(|_| wrong())?;
                Ok(Self::Attribute(name, several(values, ';').map(str::to_owned).collect()))
            }
        }
    }
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// The parts of a text, without empty ones.
fn several(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).map(str::trim).filter(|part| !part.is_empty())
}

/// A person cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserChangeError {
    /// No such setting, or no such value of it.
    #[error(
        "expected user-principal-name=NAME, object-id=GUID, object-id=new, account=enabled, account=disabled, display-name=NAME, given-name=NAME, surname=NAME, mail=ADDRESS, identity-provider=NAME, authentication=password,x509,windows,multiple, roles=ROLE,ROLE or an attribute of the directory such as department=VALUE;VALUE, got {got:?}"
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
    fn what_the_directory_knows_is_changed_and_survives_its_file() {
        for (change_of, written) in [
            ("display-name=Bea S", "display_name = \"Bea S\""),
            ("given-name=Bea", "given_name = \"Bea\""),
            ("surname=S", "surname = \"S\""),
            ("mail=bea@x.example", "mail = \"bea@x.example\""),
            ("identity-provider=live.com", "identity_provider = \"live.com\""),
            ("authentication=x509, multiple", "authentication = [\"x509\", \"multiple\"]"),
            ("roles=Admin,Reader", "roles = [\"Admin\", \"Reader\"]"),
            ("Department=R;D", "department = [\"R\", \"D\"]"),
            ("extensionattribute1=a=b", "extensionattribute1 = \"a=b\""),
        ] {
            let (tenant, _) = change(change_of, SIMON).unwrap();
            let toml = toml::to_string(&tenant).unwrap();
            assert!(toml.contains(written), "no {written} in {toml}");
            let again: Tenant = toml::from_str(&toml).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), toml);
        }
        for (change_of, gone) in [
            ("given-name=", "given_name = \"B\""),
            ("surname=", "surname = \"Simon\""),
            ("mail=", "mail = \"B.Simon@contoso.example\""),
        ] {
            let (tenant, _) = change(change_of, SIMON).unwrap();
            assert!(!toml::to_string(&tenant).unwrap().contains(gone), "{change_of}");
        }
        let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        for (text, count) in [("city=Ulm", 1), ("city=", 0)] {
            text.parse::<UserChange>().unwrap().make(&mut tenant, &mut app, SIMON).unwrap();
            assert_eq!(tenant.find(SIMON).unwrap().attributes.len(), count);
        }
    }

    #[test]
    fn what_is_wrong_changes_nothing() {
        for text in [
            "",
            "object-id=",
            "object-id=x",
            "account=",
            "user-principal-name=",
            "password=x",
            "display-name=",
            "authentication=face",
            "shoe=1",
        ] {
            assert_eq!(change(text, SIMON).unwrap_err(), "user-setting", "{text}");
        }
        assert_eq!(change("object-id=new", "nobody@contoso.example").unwrap_err(), "user-nobody");
        let taken = "user-principal-name=D.Okafor@contoso.example";
        assert_eq!(change(taken, SIMON).unwrap_err(), "user-taken");
    }
}
