//! Methods of signing in.

use serde::{Deserialize, Serialize};

use crate::app::from_words;

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

from_words!(AuthenticationMethod, "authentication", "some of password, x509, windows and multiple");
