use std::{fmt, str::FromStr};

use crate::{SettingError, UnknownName, named, settings::read};

/// What the requests of a connection ask for beyond a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// `force-authn`: whether people prove anew who they are at each login.
    pub force_authn: ForceAuthn,
    /// `name-id-format`: the format that a NameID is to have.
    pub name_id_format: NameIdFormat,
    /// `authn-context`: the methods of which one is to be used.
    pub authn_context: AuthnContexts,
}

impl Asking {
    /// Changes one of its settings, if it has one of this name.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Option<Result<(), SettingError>> {
        match key {
            "force-authn" => Some(read(key, value).map(|value| self.force_authn = value)),
            "name-id-format" => Some(read(key, value).map(|value| self.name_id_format = value)),
            "authn-context" => Some(read(key, value).map(|value| self.authn_context = value)),
            _ => None,
        }
    }
}

/// Whether people prove anew who they are at each login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a request must handle every value")]
pub enum ForceAuthn {
    /// `as-asked`: where a login asks for it.
    #[default]
    AsAsked,
    /// `always`: whatever session they have at the identity provider.
    Always,
}

impl ForceAuthn {
    const ALL: [Self; 2] = [Self::AsAsked, Self::Always];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AsAsked => "as-asked",
            Self::Always => "always",
        }
    }
}

impl fmt::Display for ForceAuthn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ForceAuthn {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("policy for signing in anew", text, &Self::ALL, Self::name)
    }
}

/// The format that a NameID is asked to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a request must handle every value")]
pub enum NameIdFormat {
    /// `any`: nothing is asked for.
    #[default]
    Any,
    /// `persistent`: an opaque name that is never given to anybody else.
    Persistent,
    /// `email-address`: an e-mail address.
    EmailAddress,
    /// `unspecified`: the one that the identity provider is configured for.
    Unspecified,
    /// `transient`: a name for one session.
    Transient,
}

impl NameIdFormat {
    const ALL: [Self; 5] =
        [Self::Any, Self::Persistent, Self::EmailAddress, Self::Unspecified, Self::Transient];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Persistent => "persistent",
            Self::EmailAddress => "email-address",
            Self::Unspecified => "unspecified",
            Self::Transient => "transient",
        }
    }
}

impl fmt::Display for NameIdFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NameIdFormat {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("NameID format", text, &Self::ALL, Self::name)
    }
}

/// The methods of which one is to be used to sign in, as URIs; none leaves the choice to the identity provider.
///
/// Written with commas between, or `any`.
///
/// ```
/// use landfall_accounts::AuthnContexts;
///
/// let contexts: AuthnContexts = "urn:example:a,urn:example:b".parse()?;
/// assert_eq!(contexts.as_slice(), ["urn:example:a", "urn:example:b"]);
/// assert!("any".parse::<AuthnContexts>()?.as_slice().is_empty());
/// # Ok::<(), landfall_accounts::NotAuthnContexts>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnContexts(Vec<String>);

impl AuthnContexts {
    /// Most methods that can be asked for.
    pub const MOST: usize = 10;
    /// Most letters of one: all of them travel in an address.
    pub const MOST_LETTERS: usize = 200;

    /// The URIs.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

const ANY: &str = "any";

impl fmt::Display for AuthnContexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str(ANY) } else { f.write_str(&self.0.join(",")) }
    }
}

impl FromStr for AuthnContexts {
    type Err = NotAuthnContexts;

    fn from_str(text: &str) -> Result<Self, NotAuthnContexts> {
        if text == ANY {
            return Ok(Self::default());
        }
        let uris: Vec<String> = text.split(',').map(str::to_owned).collect();
        let is_uri = |uri: &String| {
            let printable = uri.chars().all(|letter| letter.is_ascii_graphic());
            printable
                && uri.len() <= Self::MOST_LETTERS
                && uri.split_once(':').is_some_and(|(scheme, _)| !scheme.is_empty())
        };
        if uris.len() > Self::MOST || !uris.iter().all(is_uri) {
            return Err(NotAuthnContexts { got: text.chars().take(Self::MOST_LETTERS).collect() });
        }
        Ok(Self(uris))
    }
}

/// A text that names no methods.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{got:?} names no methods to sign in by: write `any`, or up to ten URIs of at most 200 letters with commas between, such as urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
)]
pub struct NotAuthnContexts {
    /// What was given.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for value in ForceAuthn::ALL {
            assert_eq!(value.to_string().parse(), Ok(value));
        }
        for value in NameIdFormat::ALL {
            assert_eq!(value.to_string().parse(), Ok(value));
        }
        for text in ["any", "urn:a", "urn:a,https://b.example/?c=d"] {
            assert_eq!(text.parse::<AuthnContexts>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn methods_are_a_few_uris() {
        let (many, more) = (["urn:a"; 10].join(","), ["urn:a"; 11].join(","));
        let (long, longer) = (format!("urn:{}", "x".repeat(196)), format!("urn:{}", "x".repeat(197)));
        for good in [many.as_str(), &long] {
            assert!(good.parse::<AuthnContexts>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "X509",
            ":x",
            "urn:a,",
            ",urn:a",
            "urn:a urn:b",
            "urn:a, urn:b",
            "urn:\u{e4}",
            "urn:a\n",
            &more,
            &longer,
        ] {
            assert!(bad.parse::<AuthnContexts>().is_err(), "{bad:?}");
        }
    }
}
