//! The tenants that come with the double.

use std::path::PathBuf;

use crate::{App, DataError, Tenant};

/// A made-up tenant with one gallery application, "iPass SmartConnect".
///
/// ```
/// use landfall_entra_twin::Seed;
/// let app = Seed::Contoso.app()?;
/// assert!(app.admits(Seed::Contoso.tenant()?.find("B.Simon@contoso.example").ok_or("not there")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// The customer of the tutorial, with B.Simon.
    Contoso,
    /// Another customer, whose administrator claims names and object ids of contoso.
    Fabrikam,
}

impl Seed {
    /// The tenant.
    ///
    /// # Errors
    /// [`DataError::Content`] if the embedded file is broken, which a test rules out.
    pub fn tenant(self) -> Result<Tenant, DataError> {
        parse(self.tenant_toml(), "tenant.toml")
    }

    /// Its application, not yet registered with any service provider.
    ///
    /// # Errors
    /// [`DataError::Content`] if the embedded file is broken, which a test rules out.
    pub fn app(self) -> Result<App, DataError> {
        parse(self.app_toml(), "app.toml")
    }

    pub(crate) fn tenant_toml(self) -> &'static str {
        match self {
            Self::Contoso => include_str!("../data/contoso.tenant.toml"),
            Self::Fabrikam => include_str!("../data/fabrikam.tenant.toml"),
        }
    }

    pub(crate) fn app_toml(self) -> &'static str {
        match self {
            Self::Contoso => include_str!("../data/contoso.app.toml"),
            Self::Fabrikam => include_str!("../data/fabrikam.app.toml"),
        }
    }
}

impl std::str::FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "contoso" => Ok(Self::Contoso),
            "fabrikam" => Ok(Self::Fabrikam),
            other => Err(format!("expected contoso or fabrikam, got {other:?}")),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, file: &str) -> Result<T, DataError> {
    toml::from_str(text)
        .map_err(|source| DataError::Content { path: PathBuf::from(file), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_tenants_share_no_identity_and_no_key() {
        let (contoso, fabrikam) = (Seed::Contoso.tenant().unwrap(), Seed::Fabrikam.tenant().unwrap());
        assert_ne!(contoso.id, fabrikam.id);
        let keys = [
            contoso.signing.certificate().to_vec(),
            fabrikam.signing.certificate().to_vec(),
            Seed::Contoso.app().unwrap().signing.certificate().to_vec(),
            Seed::Fabrikam.app().unwrap().signing.certificate().to_vec(),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys.iter().skip(place + 1).any(|other| other == key));
        }
    }

    #[test]
    fn fabrikam_claims_a_person_of_contoso() {
        let (contoso, fabrikam) = (Seed::Contoso.tenant().unwrap(), Seed::Fabrikam.tenant().unwrap());
        let honest = contoso.find("B.Simon@contoso.example").unwrap();
        let impostor = fabrikam.find("B.Simon@contoso.example").unwrap();
        assert_eq!(honest.object_id, impostor.object_id);
    }

    #[test]
    fn everyone_assigned_exists() {
        for seed in [Seed::Contoso, Seed::Fabrikam] {
            let tenant = seed.tenant().unwrap();
            for name in seed.app().unwrap().assigned {
                assert!(tenant.find(&name).is_some(), "{name} is assigned and not in the tenant");
            }
        }
    }
}
