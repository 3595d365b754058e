use std::{fmt, str::FromStr, sync::LazyLock};

use crate::{AttributeSet, MapError, Mapping, Profile};

/// A ready-made mapping for one kind of identity provider.
///
/// | Preset | Names its claims | Required |
/// | --- | --- | --- |
/// | `entra-smartconnect` | `firstName`, `lastName`, `email`, `username`, as the gallery application of the tutorial | email, user name |
/// | `entra-default` | by Entra's claim types, see [`entra`](crate::entra) | user name |
/// | `okta`, `google`, `onelogin`, `keycloak` | as the guides and built-in mappers of these have it | user name |
/// | `adfs` | by the claim types of Active Directory Federation Services | user name |
/// | `generic` | by any of the usual names | user name |
///
/// Each is a text in the language of [`Mapping`], in a file of its own, and gives no roles: those need a table.
/// Names and values stay as they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// The four claims that the gallery application of the tutorial sends: `firstName`, `lastName`, `email`, `username`.
    EntraSmartconnect,
    /// The claims that every Entra application sends unless somebody changed them.
    EntraDefault,
    /// Okta.
    Okta,
    /// Google Workspace.
    Google,
    /// OneLogin.
    OneLogin,
    /// Active Directory Federation Services.
    Adfs,
    /// Keycloak.
    Keycloak,
    /// Any other.
    Generic,
}

impl Preset {
    /// Every preset, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::EntraSmartconnect,
        Self::EntraDefault,
        Self::Okta,
        Self::Google,
        Self::OneLogin,
        Self::Adfs,
        Self::Keycloak,
        Self::Generic,
    ];

    /// The rules, read once.
    #[must_use]
    pub fn mapping(self) -> &'static Mapping {
        match self {
            Self::EntraSmartconnect => &ENTRA_SMARTCONNECT,
            Self::EntraDefault => &ENTRA_DEFAULT,
            Self::Okta => &OKTA,
            Self::Google => &GOOGLE,
            Self::OneLogin => &ONELOGIN,
            Self::Adfs => &ADFS,
            Self::Keycloak => &KEYCLOAK,
            Self::Generic => &GENERIC,
        }
    }

    /// Maps the attributes of one login to a profile.
    ///
    /// # Errors
    /// As for [`Mapping::map`].
    pub fn map(self, attributes: &AttributeSet) -> Result<Profile, MapError> {
        self.mapping().map(attributes)
    }

    /// The stable name, as it is written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EntraSmartconnect => "entra-smartconnect",
            Self::EntraDefault => "entra-default",
            Self::Okta => "okta",
            Self::Google => "google",
            Self::OneLogin => "onelogin",
            Self::Adfs => "adfs",
            Self::Keycloak => "keycloak",
            Self::Generic => "generic",
        }
    }
}

static ENTRA_SMARTCONNECT: LazyLock<Mapping> =
    LazyLock::new(|| read(include_str!("preset/entra-smartconnect.toml")));
static ENTRA_DEFAULT: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/entra-default.toml")));
static OKTA: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/okta.toml")));
static GOOGLE: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/google.toml")));
static ONELOGIN: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/onelogin.toml")));
static ADFS: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/adfs.toml")));
static KEYCLOAK: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/keycloak.toml")));
static GENERIC: LazyLock<Mapping> = LazyLock::new(|| read(include_str!("preset/generic.toml")));

#[expect(clippy::expect_used, reason = "the texts are part of the program, and a test reads each of them")]
fn read(text: &str) -> Mapping {
    text.parse().expect("a preset is a mapping")
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, UnknownPreset> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| UnknownPreset { got: name.to_owned() })
    }
}

/// A name that is no preset's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset `{got}`: write {}", Preset::ALL.map(Preset::name).join(" or "))]
pub struct UnknownPreset {
    /// What was given.
    pub got: String,
}

#[cfg(test)]
mod tests;
