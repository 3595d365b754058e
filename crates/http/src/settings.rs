//! What an installation says about itself; nothing of it is derived from a request.

use std::sync::Arc;

use landfall_accounts::{SessionLimits, Target};
use url::{Host, Url};

use crate::{AssertionKeys, Limits, Network, Sealer, SecondEngine};

/// The origin under which browsers reach this installation: scheme, host and port, without a path.
///
/// ```
/// use landfall_http::PublicUrl;
///
/// let url: PublicUrl = "https://sso.example".parse()?;
/// assert_eq!(url.join("/saml/acs"), "https://sso.example/saml/acs");
/// assert!("http://sso.example".parse::<PublicUrl>().is_err());
/// assert!("http://127.0.0.1:8080".parse::<PublicUrl>().is_ok());
/// # Ok::<(), landfall_http::PublicUrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    origin: String,
}

impl PublicUrl {
    /// The origin as a browser writes it in an `Origin` header.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a path that begins with `/`.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let refused = |problem| PublicUrlError { found: text.to_owned(), problem };
        let url = Url::parse(text).map_err(|_| refused("it is not an absolute address"))?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(refused("it has no host")),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => {
                return Err(refused(
                    "it must be https; plain http is for 127.0.0.1, [::1] and localhost alone",
                ));
            }
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "it must be scheme, host and port alone, since cookies are bound to the whole host",
            ));
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { url, origin })
    }
}

/// Why an address cannot be the public one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("public_url {found:?} is refused: {problem}; expected for example \"https://sso.example\"")]
pub struct PublicUrlError {
    found: String,
    problem: &'static str,
}

/// The settings of an installation that its pages and flows need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers reach it.
    pub public_url: PublicUrl,
    /// Further paths of the landing page, each beginning with `/`.
    pub landing_aliases: Vec<String>,
    /// Further paths of the SCIM surface beside `/scim/v2`, each beginning with `/`.
    pub scim_aliases: Vec<String>,
    /// Origins outside this one to which a person may be sent after a login, as `https://app.example`;
    /// sites and the addresses of applications are in the store, and need not be listed here.
    pub target_origins: Vec<Url>,
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// Another engine for signatures, asked about every login that passed everything else.
    pub second_engine: Option<SecondEngine>,
    /// How much one address and one connection may ask for.
    pub limits: Limits,
    /// Proxies whose X-Forwarded-For says from which address a request comes, and whose other X-Forwarded headers say which site
    /// it is for: without them no address is limited behind a proxy, and no site admits anybody.
    pub trusted_proxies: Vec<Network>,
    /// What seals the messages of traced connections; without it none is kept.
    pub sealer: Option<Arc<dyn Sealer>>,
    /// The keys of those who sign assertions for clients of directories; without it none counts.
    pub assertion_keys: Option<Arc<dyn AssertionKeys>>,
}

impl Settings {
    /// Those of an installation that nobody has said anything else about.
    #[must_use]
    pub fn new(public_url: PublicUrl) -> Self {
        Self {
            public_url,
            landing_aliases: Vec::new(),
            scim_aliases: Vec::new(),
            target_origins: Vec::new(),
            sessions: SessionLimits::default(),
            second_engine: None,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            sealer: None,
            assertion_keys: None,
        }
    }
}

/// Where people go who asked for nothing in particular.
pub(crate) const DEFAULT_TARGET: &str = "/account";
const LONGEST_TARGET: usize = 2048;

impl Settings {
    /// Checks where somebody wants to be sent: a path of ours, or an address at a listed origin [attack E17].
    ///
    /// The address is resolved as a browser would, so that `//evil.example` and `/\evil.example` are what they are.
    /// It goes out as its path alone, which a browser resolves once more: `/.//evil.example` has become `//evil.example`.
    pub(crate) fn target(&self, wanted: Option<&str>) -> Option<Target> {
        let wanted = wanted.filter(|wanted| !wanted.is_empty()).unwrap_or(DEFAULT_TARGET);
        if wanted.len() > LONGEST_TARGET {
            return None;
        }
        let url = self.public_url.url.join(wanted).ok()?;
        if url.origin() == self.public_url.url.origin() {
            if url.path().starts_with("//") {
                return None;
            }
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Some(Target::new(format!("{}{query}", url.path())));
        }
        let listed = self.target_origins.iter().any(|origin| origin.origin() == url.origin());
        (listed && url.username().is_empty() && url.password().is_none()).then(|| Target::new(url.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            target_origins: vec![Url::parse("https://app.example").unwrap()],
            ..Settings::new("https://sso.example".parse().unwrap())
        }
    }

    #[test]
    fn public_urls() {
        for (text, taken) in [
            ("https://sso.example", true),
            ("https://sso.example/", true),
            ("https://sso.example:8443", true),
            ("http://localhost:8080", true),
            ("http://sso.example", false),
            ("https://sso.example/landfall", false),
            ("https://user@sso.example", false),
            ("https://sso.example?x", false),
            ("sso.example", false),
            ("ftp://sso.example", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<PublicUrl>().is_ok(), taken, "{text}");
        }
        assert_eq!("https://SSO.example:443/".parse::<PublicUrl>().unwrap().origin(), "https://sso.example");
    }

    #[test]
    fn e17_targets_are_ours_or_listed() {
        let target = |wanted| settings().target(wanted).map(|target| target.as_str().to_owned());
        for (wanted, expected) in [
            (None, Some("/account")),
            (Some(""), Some("/account")),
            (Some("/reports?year=2030"), Some("/reports?year=2030")),
            (Some("/a/../b"), Some("/b")),
            (Some("reports"), Some("/reports")),
            (Some("https://sso.example/x"), Some("/x")),
            (Some("https://app.example/start"), Some("https://app.example/start")),
            (Some("https://app.example:444/"), None),
            (Some("http://app.example/"), None),
            (Some("https://app.example@evil.example/"), None),
            (Some("https://evil@app.example/"), None),
            (Some("//evil.example/"), None),
            (Some("/\\evil.example/"), None),
            (Some("\\\\evil.example/"), None),
            (Some("/.//evil.example/"), None),
            (Some("/./\\evil.example/"), None),
            (Some("/a/..//evil.example/"), None),
            (Some("https://sso.example//evil.example/"), None),
            (Some("/a//b"), Some("/a//b")),
            (Some("https:evil.example"), Some("/evil.example")),
            (Some("javascript:alert(1)"), None),
            (Some("data:text/html,x"), None),
            (Some(" https://evil.example"), None),
        ] {
            assert_eq!(target(wanted).as_deref(), expected, "{wanted:?}");
        }
        assert_eq!(target(Some(&"/x".repeat(1025))), None);
    }
}
