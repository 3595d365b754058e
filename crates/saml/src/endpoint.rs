//! Addresses of either party, and how a message travels to them.

use std::fmt;

use url::Url;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Binding {
    /// In the query of a redirect, deflated [saml-bindings 3.4].
    Redirect,
    /// In a form that the browser posts [saml-bindings 3.5].
    Post,
}

impl Binding {
    /// Its identifier in metadata.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        }
    }

    /// None for the others: Artifact and SOAP among them [attack E13].
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        [Self::Redirect, Self::Post].into_iter().find(|binding| binding.uri() == uri)
    }
}

/// An absolute https address, kept and compared as it was written; plain http is taken on loopback alone [attack F7].
///
/// ```
/// use landfall_saml::Location;
///
/// assert!(Location::try_from("https://sp.example/saml/acs").is_ok());
/// assert!(Location::try_from("http://127.0.0.1:8080/saml/acs").is_ok());
/// assert!(Location::try_from("http://sp.example/saml/acs").is_err());
/// assert!(Location::try_from("javascript:alert(1)").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location(Box<str>);

impl Location {
    const MOST: usize = 2048;

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Location {
    type Error = LocationError;

    fn try_from(text: &str) -> Result<Self, LocationError> {
        let refused = |problem| LocationError { found: text.chars().take(200).collect(), problem };
        if text.len() > Self::MOST {
            return Err(refused("it is too long"));
        }
        // What browsers forgive and other readers do not: '\\' for '/', and addresses without an authority.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(refused("it holds white space or other characters that must be percent-encoded"));
        }
        if !["https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(refused("it does not begin with https://, or http:// on loopback"));
        }
        let url = Url::parse(text).map_err(|_| refused("it is not an absolute address"))?;
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if !(url.scheme() == "https" || (url.scheme() == "http" && loopback)) {
            return Err(refused("it is not https, and plain http is for loopback alone"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(refused("it holds a user name, a password or a fragment"));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an address is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("address {found:?} is refused: {problem}")]
pub struct LocationError {
    found: String,
    problem: &'static str,
}

/// An address with the binding that is spoken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How messages travel to it.
    pub binding: Binding,
    /// Where it is.
    pub location: Location,
}

/// Where a party takes logout messages [saml-metadata 2.2.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutEndpoint {
    /// How messages travel to it.
    pub binding: Binding,
    /// Where requests go.
    pub location: Location,
    /// Where answers go, if that is elsewhere.
    pub response_location: Option<Location>,
}

impl LogoutEndpoint {
    /// Where an answer goes.
    #[must_use]
    pub fn answers(&self) -> &Location {
        self.response_location.as_ref().unwrap_or(&self.location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f7_addresses() {
        for (text, taken) in [
            ("https://idp.example/sso?x=1", true),
            ("https://IDP.example:8443/", true),
            ("http://localhost:1/x", true),
            ("http://[::1]/x", true),
            ("http://localhost.evil.example/x", false),
            ("http://idp.example/", false),
            ("//idp.example/", false),
            ("/saml/acs", false),
            ("data:text/html,x", false),
            ("https://user@idp.example/", false),
            ("https://idp.example/#x", false),
            ("https://idp.example/ x", false),
            ("https://a.example/\u{FFFF}", false),
            ("https://a.example/é", false),
            ("https:o/login.example", false),
            ("https:\\\\login.example", false),
            ("https://login.example\\x", false),
            ("HTTPS://login.example/", false),
            ("", false),
        ] {
            assert_eq!(Location::try_from(text).is_ok(), taken, "{text}");
        }
        assert_eq!(Location::try_from("https://IDP.example").unwrap().as_str(), "https://IDP.example");
    }
}
