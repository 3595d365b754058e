//! What stands in the NameID.

use serde::{Deserialize, Serialize};

use super::choice::from_words;
use super::{Chain, Source};

/// Format of a NameID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameIdFormat {
    /// `urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress`
    EmailAddress,
    /// `urn:oasis:names:tc:SAML:2.0:nameid-format:persistent`: the pairwise id of person and application.
    Persistent,
    /// `urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified`, with the value of the source.
    Unspecified,
    /// `urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName`, which no request can ask for.
    WindowsDomainQualifiedName,
    /// `urn:oasis:names:tc:SAML:2.0:nameid-format:transient`: another value at each sign-on.
    Transient,
}

from_words!(
    NameIdFormat,
    "name-id-format",
    "email-address, persistent, unspecified, windows-domain-qualified-name or transient"
);

impl NameIdFormat {
    /// The URI on the wire.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::WindowsDomainQualifiedName => {
                "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"
            }
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }

    /// The format that a request asks for, if it is one of the four that a request may.
    pub(crate) fn asked(uri: &str) -> Option<Self> {
        [Self::EmailAddress, Self::Persistent, Self::Unspecified, Self::Transient]
            .into_iter()
            .find(|format| format.uri() == uri)
    }
}

/// "Unique User Identifier (Name ID)": the format, unless a request asks for another, and where the value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameIdSetting {
    /// The format.
    pub format: NameIdFormat,
    /// The source of the value.
    pub source: Source,
    /// What is done to the value.
    #[serde(default, rename = "transform")]
    pub transformations: Chain,
}

/// What the gallery has: the user principal name as an e-mail address.
impl Default for NameIdSetting {
    fn default() -> Self {
        Self {
            format: NameIdFormat::EmailAddress,
            source: Source::UserPrincipalName,
            transformations: Chain::default(),
        }
    }
}
