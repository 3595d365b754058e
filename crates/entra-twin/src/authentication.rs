//! Methods of signing in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::SettingError;

/// How a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AuthenticationMethod {
    /// By password.
    Password,
    /// By certificate.
    X509,
    /// By the session of a Windows domain.
    Windows,
    /// By several factors, one of which is named beside it.
    Multiple,
}

pub(crate) const PASSWORD_CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

impl AuthenticationMethod {
    /// The value of `authnmethodsreferences`.
    pub(crate) fn reference(self) -> &'static str {
        match self {
            Self::Password => {
                "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"
            }
            Self::X509 => "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/x509",
            Self::Windows => "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows",
            Self::Multiple => "http://schemas.microsoft.com/claims/multipleauthn",
        }
    }

    /// The class that it has by itself.
    pub(crate) fn class(self) -> Option<&'static str> {
        match self {
            Self::Password => Some(PASSWORD_CLASS),
            Self::X509 => Some("urn:oasis:names:tc:SAML:2.0:ac:classes:X509"),
            Self::Windows => Some("urn:federation:authentication:windows"),
            Self::Multiple => None,
        }
    }
}

impl FromStr for AuthenticationMethod {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        match text {
            "password" => Ok(Self::Password),
            "x509" => Ok(Self::X509),
            "windows" => Ok(Self::Windows),
            "multiple" => Ok(Self::Multiple),
            got => Err(SettingError::Value {
                name: "authentication",
                expected: "some of password, x509, windows and multiple",
                got: got.to_owned(),
            }),
        }
    }
}
