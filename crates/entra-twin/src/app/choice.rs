//! Settings that are one of a few words, in files and on the command line alike.

use serde::{Deserialize, Serialize};

/// The words of an enum on the command line: the same as in TOML.
macro_rules! from_words {
    ($name:ident, $setting:literal, $expected:literal) => {
        impl std::str::FromStr for $name {
            type Err = $crate::SettingError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                use serde::de::{Deserialize as _, IntoDeserializer, value};
                let word = IntoDeserializer::<value::Error>::into_deserializer(text);
                Self::deserialize(word).map_err(|_| $crate::SettingError::Value {
                    name: $setting,
                    expected: $expected,
                    got: text.to_owned(),
                })
            }
        }
    };
}
pub(crate) use from_words;

/// Who may use an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Assignment {
    /// Assigned people alone; others get AADSTS50105.
    Required,
    /// Everybody in the tenant.
    NotRequired,
}

from_words!(Assignment, "assignment", "required or not-required");

/// Whether the application gives out tokens at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignIn {
    /// It does.
    #[default]
    Enabled,
    /// Everybody gets AADSTS70001.
    Disabled,
}

from_words!(SignIn, "sign-in", "enabled or disabled");

/// Which part of a message is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SigningOption {
    /// Sign SAML assertion: Entra's default.
    Assertion,
    /// Sign SAML response: the assertion itself is unsigned.
    Response,
    /// Sign SAML response and assertion.
    Both,
}

from_words!(SigningOption, "sign", "assertion, response or both");

/// With which digest responses are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSA and SHA-256.
    #[default]
    Sha256,
    /// RSA and SHA-1, which the portal still offers.
    Sha1,
}

from_words!(SigningAlgorithm, "algorithm", "sha256 or sha1");

/// How octets are escaped in a query that is signed; a signature holds for the text as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Escapes {
    /// `%2F`, as the standard recommends.
    #[default]
    UpperCase,
    /// `%2f`, as .NET's `HttpUtility` writes.
    LowerCase,
}

from_words!(Escapes, "logout-escapes", "upper-case or lower-case");

/// Whom a logout request of Entra's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LogoutName {
    /// The NameID of the sign-on.
    #[default]
    SignOn,
    /// The pairwise id, whatever the sign-on had: seen of Entra, so that SessionIndex alone finds the session.
    Pairwise,
}

from_words!(LogoutName, "logout-name", "sign-on or pairwise");

/// Whether a logout request of Entra's says which format its NameID has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LogoutFormat {
    /// It does not, as was seen of Entra: service providers that compare whole NameIDs find no session.
    #[default]
    Omitted,
    /// That of the sign-on, as the standard demands.
    SignOn,
}

from_words!(LogoutFormat, "logout-format", "omitted or sign-on");

/// Who an answer to a logout request says that it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LogoutIssuer {
    /// The login address of the tenant, as Microsoft's page on single sign-out has said since 2023.
    #[default]
    LoginAddress,
    /// The entityID of the metadata, as the same page said before.
    EntityId,
}

from_words!(LogoutIssuer, "logout-issuer", "login-address or entity-id");

/// Whether requests must be signed by a key of the service provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verification {
    /// A signature is not looked at.
    #[default]
    NotRequired,
    /// By RSA with SHA-256; IdP-initiated sign-on and the Test button stop to work.
    Required,
    /// The same, with RSA and SHA-1 allowed ("weak algorithms").
    RequiredWeak,
}

from_words!(Verification, "verification", "not-required, required or required-weak");

/// Which signing certificates the metadata of an application lists; what Entra does is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MetadataKeys {
    /// The one that signs.
    #[default]
    Active,
    /// The one that signs, and behind it all others.
    All,
}

from_words!(MetadataKeys, "metadata-keys", "active or all");

/// Whether assertions are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Encryption {
    /// They are not.
    #[default]
    Off,
    /// For the certificate of the application, by AES-256-CBC with the key by RSA-OAEP.
    On,
}

from_words!(Encryption, "encryption", "off or on");

/// NameFormat of attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameFormat {
    /// None is written.
    #[default]
    Omitted,
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:uri`
    Uri,
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:basic`
    Basic,
    /// `urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified`
    Unspecified,
}

from_words!(NameFormat, "name-format", "omitted, uri, basic or unspecified");

impl NameFormat {
    pub(crate) fn uri(self) -> Option<&'static str> {
        match self {
            Self::Omitted => None,
            Self::Uri => Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri"),
            Self::Basic => Some("urn:oasis:names:tc:SAML:2.0:attrname-format:basic"),
            Self::Unspecified => Some("urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"),
        }
    }
}
