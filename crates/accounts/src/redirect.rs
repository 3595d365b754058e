//! Where applications may have people sent, and what of it may be asked for.

use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::AppKind;

/// An address of an application, exactly as it was registered.
///
/// It is absolute, has no fragment and no user, and is written as its URL is: whoever compares texts compares addresses.
/// It is https, or plain http of this machine, or of a private-use scheme with a dot in it [rfc8252 7.1].
///
/// ```
/// use landfall_accounts::RedirectUri;
///
/// let uri: RedirectUri = "https://app.example/callback".parse()?;
/// assert_eq!(uri.as_str(), "https://app.example/callback");
/// assert!("http://app.example/callback".parse::<RedirectUri>().is_err());
/// assert!("com.example.app:/callback".parse::<RedirectUri>().is_ok());
/// # Ok::<(), landfall_accounts::NotARedirect>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    const MOST: usize = 1024;

    /// The address, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an application of this kind may have it.
    ///
    /// # Errors
    /// [`NotARedirect`]: a scheme of its own is for native applications alone.
    pub fn suits(&self, kind: AppKind) -> Result<(), NotARedirect> {
        if !is_web(&self.0) && kind != AppKind::Native {
            return Err(NotARedirect::new(&self.0, "a scheme of its own is for native applications alone"));
        }
        Ok(())
    }

    /// [rfc9700 4.1.3], [rfc8252 7.3]
    fn admits(&self, kind: AppKind, asked: &str) -> bool {
        self.0 == asked || kind == AppKind::Native && without_port(asked).as_deref() == Some(&self.0)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RedirectUri {
    type Err = NotARedirect;

    fn from_str(text: &str) -> Result<Self, NotARedirect> {
        let url = plain(text, Self::MOST)?;
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&url) => {}
            "http" => {
                return Err(NotARedirect::new(
                    text,
                    "plain http is for 127.0.0.1, [::1] and localhost alone",
                ));
            }
            own if own.contains('.') => {}
            _ => {
                return Err(NotARedirect::new(
                    text,
                    "a scheme of its own is a domain name backwards, as com.example.app",
                ));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// An address of an application that is not one for codes: where it is told of logouts, had, or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUrl(String);

impl AppUrl {
    /// The address, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a server or a browser gets something there; a scheme of its own opens the application on a device.
    #[must_use]
    pub fn is_web(&self) -> bool {
        is_web(&self.0)
    }

    /// The address with these pairs behind what its query has already.
    #[must_use]
    pub fn with(&self, pairs: &[(&str, &str)]) -> String {
        with_pairs(&self.0, pairs)
    }
}

impl fmt::Display for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AppUrl {
    type Err = NotARedirect;

    /// The same rules as those of a [`RedirectUri`].
    fn from_str(text: &str) -> Result<Self, NotARedirect> {
        text.parse().map(|RedirectUri(text)| Self(text))
    }
}

/// A registered address that was asked for: where the answer goes.
///
/// # Security
/// It is made by [`Application::redirect`](crate::Application::redirect) and
/// [`Application::after_logout`](crate::Application::after_logout) alone: nobody is sent to any other place [attack E17].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect(String);

impl Redirect {
    pub(crate) fn of(
        registered: &[RedirectUri],
        kind: AppKind,
        asked: Option<&str>,
    ) -> Result<Self, RedirectRefusal> {
        let asked = asked.ok_or(RedirectRefusal::Missing)?;
        if registered.iter().any(|uri| uri.admits(kind, asked)) {
            return Ok(Self(asked.to_owned()));
        }
        Err(RedirectRefusal::NotRegistered { found: asked.chars().take(200).collect() })
    }

    /// The address, exactly as it was asked for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with these pairs behind what its query has already [rfc6749 4.1.2].
    #[must_use]
    pub fn with(&self, pairs: &[(&str, &str)]) -> String {
        with_pairs(&self.0, pairs)
    }

    /// Its scheme, with which a page says where its form may lead.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }
}

fn with_pairs(address: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(pairs).finish();
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, before)) if before.is_empty() || before.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{query}")
}

/// Why nobody is sent to the address that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectRefusal {
    /// The request names none.
    #[error("the request has no redirect_uri: send one of those that are registered")]
    Missing,
    /// It names another one.
    #[error(
        "redirect_uri {found:?} is not registered for the application: it must be one of them, to the letter"
    )]
    NotRegistered {
        /// What it names, cut off at 200 characters.
        found: String,
    },
}

/// A text that is no address of an application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address {found:?} is refused: {problem}; expected for example \"https://app.example/callback\"")]
pub struct NotARedirect {
    found: String,
    problem: &'static str,
}

impl NotARedirect {
    fn new(found: &str, problem: &'static str) -> Self {
        Self { found: found.chars().take(200).collect(), problem }
    }
}

/// An address whose text is its URL and nothing else.
fn plain(text: &str, most: usize) -> Result<Url, NotARedirect> {
    let refused = |problem| NotARedirect::new(text, problem);
    if text.len() > most {
        return Err(refused("it is longer than 1024 characters"));
    }
    let url = Url::parse(text).map_err(|_| refused("it is not an absolute address"))?;
    if url.fragment().is_some() {
        return Err(refused("it has a fragment, behind which nothing can be sent"));
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
        return Err(refused("it has an @, before which it could name somebody else's host"));
    }
    if url.as_str() != text {
        return Err(refused(
            "it is not written as browsers write it: lower case, no default port, no dots or \
                            backslashes in the path, a / behind the host",
        ));
    }
    Ok(url)
}

/// Of addresses that were read, which are web addresses or of a scheme of its own.
fn is_web(address: &str) -> bool {
    address.starts_with("https:") || address.starts_with("http:")
}

pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A loopback address without its port; none of anything else, and none of a name that others may resolve elsewhere [rfc8252 8.3].
fn without_port(asked: &str) -> Option<String> {
    let mut url = plain(asked, RedirectUri::MOST).ok().filter(|url| url.scheme() == "http")?;
    if url.domain().is_some() || !is_this_machine(&url) {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [rfc8252 7.1]
    #[test]
    fn e17_what_may_be_registered() {
        for (text, taken) in [
            ("https://app.example/callback", true),
            ("https://app.example/", true),
            ("https://app.example:8443/cb?fixed=1", true),
            ("https://xn--bcher-kva.example/cb", true),
            ("http://127.0.0.1/cb", true),
            ("http://[::1]/cb", true),
            ("http://localhost:3000/cb", true),
            ("com.example.app:/cb", true),
            ("com.example.app://cb", true),
            ("https://app.example", false),
            ("https://App.example/cb", false),
            ("https://bücher.example/cb", false),
            ("https://app.example:443/cb", false),
            ("https://app.example/a/../cb", false),
            ("https://app.example\\cb", false),
            ("https://app.example/cb#here", false),
            ("https://app.example/cb#", false),
            ("https://user@app.example/cb", false),
            ("https://app.example/@evil", false),
            ("http://app.example/cb", false),
            ("http://127.0.0.1.evil.example/cb", false),
            ("myapp:/cb", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("/cb", false),
            ("", false),
            (" https://app.example/cb", false),
            ("https://app.example/c b", false),
        ] {
            assert_eq!(text.parse::<RedirectUri>().is_ok(), taken, "{text:?}");
        }
    }

    #[test]
    fn a_scheme_of_its_own_is_for_native_applications() {
        let uri: RedirectUri = "com.example.app:/cb".parse().unwrap();
        assert!(uri.suits(AppKind::Native).is_ok());
        assert!(uri.suits(AppKind::Web).is_err() && uri.suits(AppKind::Browser).is_err());
        assert!("https://app.example/".parse::<RedirectUri>().unwrap().suits(AppKind::Web).is_ok());
    }

    /// [rfc9700 4.1.3], [rfc8252 7.3], [rfc8252 8.3]
    #[test]
    fn e17_what_may_be_asked_for() {
        let registered = ["https://app.example/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb"];
        let registered = registered.map(|uri| uri.parse::<RedirectUri>().unwrap());
        for (asked, web, native) in [
            ("https://app.example/cb", true, true),
            ("http://127.0.0.1/cb", true, true),
            ("http://127.0.0.1:49152/cb", false, true),
            ("http://localhost:3000/cb", true, true),
            ("http://localhost:3001/cb", false, false),
            ("http://127.0.0.1:49152/cb/", false, false),
            ("http://127.0.0.1:49152/CB", false, false),
            ("http://127.0.0.2:49152/cb", false, false),
            ("http://127.0.0.1:49152@evil.example/cb", false, false),
            ("http://127.0.0.1:49152/cb?x=1", false, false),
            ("http://[::1]:49152/cb", false, false),
            ("https://127.0.0.1:49152/cb", false, false),
            ("https://app.example/cb/", false, false),
            ("https://app.example/cb?x=1", false, false),
            ("https://app.example/cb#x", false, false),
            ("https://app.example/%63b", false, false),
            ("https://app.example/x/../cb", false, false),
            ("https://app.example/x%2f..%2fcb", false, false),
            ("https://app.example:443/cb", false, false),
            ("https://APP.example/cb", false, false),
            ("https://app.example.evil.example/cb", false, false),
            ("https://app.example@evil.example/cb", false, false),
            ("https://evil.example/https://app.example/cb", false, false),
            ("https://app.exаmple/cb", false, false),
            ("http://app.example/cb", false, false),
            ("", false, false),
        ] {
            let admitted = |kind| Redirect::of(&registered, kind, Some(asked)).is_ok();
            assert_eq!((admitted(AppKind::Web), admitted(AppKind::Native)), (web, native), "{asked:?}");
        }
        assert_eq!(Redirect::of(&registered, AppKind::Web, None), Err(RedirectRefusal::Missing));
    }

    #[test]
    fn an_answer_keeps_what_the_query_has() {
        for (uri, expected) in [
            ("https://app.example/cb", "https://app.example/cb?code=a%26b&state=x+y"),
            ("https://app.example/cb?a=1", "https://app.example/cb?a=1&code=a%26b&state=x+y"),
            ("https://app.example/cb?", "https://app.example/cb?code=a%26b&state=x+y"),
            ("com.example.app:/cb", "com.example.app:/cb?code=a%26b&state=x+y"),
        ] {
            let uri: RedirectUri = uri.parse().unwrap();
            let one = Redirect::of(std::slice::from_ref(&uri), AppKind::Native, Some(uri.as_str())).unwrap();
            let pairs = [("code", "a&b"), ("state", "x y")];
            assert_eq!(
                (one.with(&pairs).as_str(), one.scheme()),
                (expected, expected.split(':').next().unwrap())
            );
            assert_eq!(uri.as_str().parse::<AppUrl>().unwrap().with(&pairs), expected);
        }
    }
}
