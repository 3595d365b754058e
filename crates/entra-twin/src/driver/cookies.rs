//! A cookie jar with the rules that decide a login: host, path, Secure, prefixes and SameSite.

use url::Url;

use super::site::{Site, is_trustworthy};

/// Cookies as Chromium keeps and sends them, in what this driver needs.
///
/// Not modelled: `Expires` and a positive `Max-Age` (a cookie lives as long as its jar), the public suffix list,
/// and Chromium's two minutes of grace for cross-site POSTs of cookies without a SameSite attribute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(Vec<Cookie>);

/// How a request begins, as far as SameSite is concerned: always a navigation of the whole page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Navigation<'a> {
    /// The page that started it, whatever redirects follow; `None` if a person typed the address.
    pub(crate) from: Option<&'a Url>,
    /// Whether the method is safe, as GET is.
    pub(crate) safe: bool,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: Domain,
    path: String,
    secure: bool,
    same_site: SameSite,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Domain {
    /// Without a Domain attribute: this host alone.
    Host(String),
    /// This domain and those below it.
    Below(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    Strict,
    Lax,
    None,
}

impl Jar {
    /// Takes in one `Set-Cookie` header of a response from `url`.
    pub(crate) fn store(&mut self, url: &Url, header: &str) {
        let Some((cookie, lives)) = read(url, header) else { return };
        self.0.retain(|old| {
            (&old.name, &old.domain, &old.path) != (&cookie.name, &cookie.domain, &cookie.path)
        });
        if lives {
            self.0.push(cookie);
        }
    }

    /// The `Cookie` header of a request; `None` if nothing is sent.
    pub(crate) fn header(&self, url: &Url, navigation: Navigation<'_>) -> Option<String> {
        let same_site = navigation.from.is_none_or(|from| Site::of(from) == Site::of(url));
        let mut sent: Vec<&Cookie> = self
            .0
            .iter()
            .filter(|cookie| {
                cookie.domain.covers(url)
                    && covers(&cookie.path, url.path())
                    && (!cookie.secure || is_trustworthy(url))
                    && match cookie.same_site {
                        SameSite::Strict => same_site,
                        SameSite::Lax => same_site || navigation.safe,
                        SameSite::None => true,
                    }
            })
            .collect();
        // Longer paths first [RFC 6265 5.4]; the sort keeps the order of arrival otherwise.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> =
            sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Domain {
    fn covers(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        match self {
            Self::Host(name) => host == name,
            Self::Below(name) => is_below(url, host, name),
        }
    }
}

/// Reads a header; `None` if a browser ignores it. The flag is false for a cookie that is removed.
fn read(url: &Url, header: &str) -> Option<(Cookie, bool)> {
    let mut parts = header.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let host = url.host_str()?;
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        domain: Domain::Host(host.to_owned()),
        path: default_path(url),
        secure: false,
        same_site: SameSite::Lax,
    };
    let (mut lives, mut root) = (true, false);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "path" if value.starts_with('/') => {
                cookie.path = value.to_owned();
                root = value == "/";
            }
            "domain" if !value.is_empty() => {
                let domain = value.trim_start_matches('.').to_ascii_lowercase();
                if !is_below(url, host, &domain) {
                    return None;
                }
                cookie.domain = Domain::Below(domain);
            }
            "max-age" => lives = max_age(value).unwrap_or(lives),
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => SameSite::Strict,
                    "none" => SameSite::None,
                    _ => SameSite::Lax,
                };
            }
            _ => {}
        }
    }
    is_allowed(url, &cookie, root).then_some((cookie, lives))
}

/// Whether the cookie is kept; what is no number counts as if it were not there [RFC 6265 5.2.2].
fn max_age(value: &str) -> Option<bool> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    // Any number of digits: some are more than a number here can hold.
    Some(digits == value && digits.bytes().any(|octet| octet != b'0'))
}

/// The rules that make a browser drop a cookie as it arrives; `root` says whether its Path is given, and is `/`.
fn is_allowed(url: &Url, cookie: &Cookie, root: bool) -> bool {
    let host_only = matches!(cookie.domain, Domain::Host(_));
    let name = cookie.name.to_ascii_lowercase();
    if cookie.secure {
        is_trustworthy(url) && (!name.starts_with("__host-") || (host_only && root))
    } else {
        cookie.same_site != SameSite::None && !name.starts_with("__host-") && !name.starts_with("__secure-")
    }
}

/// The domain itself or a name below it; an address has nothing below it.
fn is_below(url: &Url, host: &str, domain: &str) -> bool {
    host == domain
        || (url.domain().is_some() && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// The folder of the page [RFC 6265 5.1.4].
fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

fn covers(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// What is sent to `to` after `from` set `cookie`.
    fn sent(set: (&str, &str), to: &str, from: Option<&str>, safe: bool) -> Option<String> {
        let mut jar = Jar::default();
        jar.store(&url(set.0), set.1);
        let from = from.map(url);
        jar.header(&url(to), Navigation { from: from.as_ref(), safe })
    }

    const SP: &str = "http://127.0.0.1:1/";
    const IDP: &str = "http://localhost:2/";

    #[test]
    fn same_site_decides_by_initiator_and_method() {
        for (attribute, from, safe, expected) in [
            ("SameSite=Lax", Some(IDP), false, false),
            ("SameSite=Lax", Some(IDP), true, true),
            ("SameSite=Lax", Some("http://127.0.0.1:9/"), false, true),
            ("SameSite=Lax", None, true, true),
            ("SameSite=Strict", Some(IDP), true, false),
            ("SameSite=Strict", Some(SP), false, true),
            ("SameSite=Strict", None, true, true),
            ("SameSite=None; Secure", Some(IDP), false, true),
            // Without the attribute, and with one that makes no sense: Lax.
            ("HttpOnly", Some(IDP), false, false),
            ("HttpOnly", Some(IDP), true, true),
            ("SameSite=Loose", Some(IDP), false, false),
        ] {
            let got = sent((SP, &format!("a=b; Path=/; {attribute}")), SP, from, safe);
            assert_eq!(got.is_some(), expected, "{attribute} from {from:?}, safe {safe}");
        }
    }

    #[test]
    fn a_cookie_goes_to_its_host_and_path() {
        for (set, cookie, to, expected) in [
            (SP, "a=b", "http://127.0.0.1:5/", true),
            (SP, "a=b", "http://localhost:1/", false),
            ("http://a.example/x/y", "a=b", "http://a.example/x/z", true),
            ("http://a.example/x/y", "a=b", "http://a.example/xz", false),
            ("http://a.example/x/y", "a=b; Path=/", "http://a.example/", true),
            ("http://a.example/x/y", "a=b; Path=nothing", "http://a.example/", false),
            ("http://a.example/", "a=b; Path=/x", "http://a.example/x/", true),
            ("http://a.example/", "a=b; Path=/x", "http://a.example/xy", false),
            ("http://www.a.example/", "a=b", "http://a.example/", false),
            ("http://www.a.example/", "a=b; Domain=a.example", "http://b.a.example/", true),
            ("http://www.a.example/", "a=b; Domain=a.example", "http://ba.example/", false),
            ("http://www.a.example/", "a=b; Domain=b.example", "http://b.example/", false),
            ("http://127.0.0.1/", "a=b; Domain=0.0.1", "http://127.0.0.1/", false),
        ] {
            let got = sent((set, cookie), to, None, true);
            assert_eq!(got.is_some(), expected, "{cookie} of {set} to {to}");
        }
    }

    #[test]
    fn secure_and_the_prefixes() {
        const PLAIN: &str = "http://sp.example/";
        const TLS: &str = "https://sp.example/";
        for (set, cookie, to, expected) in [
            (TLS, "a=b; Secure", TLS, true),
            (TLS, "a=b; Secure", PLAIN, false),
            (PLAIN, "a=b; Secure", TLS, false),
            (SP, "a=b; Secure", SP, true),
            (IDP, "a=b; Secure", IDP, true),
            (TLS, "a=b; SameSite=None", TLS, false),
            (SP, "__Host-a=b; Secure; Path=/", SP, true),
            (SP, "__Host-a=b; Path=/", SP, false),
            (SP, "__Host-a=b; Secure", SP, false),
            (SP, "__Host-a=b; Secure; Path=", SP, false),
            (SP, "__Host-a=b; Secure; Path=/x", "http://127.0.0.1:1/x", false),
            (TLS, "__Host-a=b; Secure; Path=/; Domain=sp.example", TLS, false),
            (PLAIN, "__Host-a=b; Secure; Path=/", PLAIN, false),
            (TLS, "__Secure-a=b; Secure", TLS, true),
            (TLS, "__Secure-a=b", TLS, false),
        ] {
            assert_eq!(sent((set, cookie), to, None, true).is_some(), expected, "{cookie} of {set} to {to}");
        }
    }

    #[test]
    fn a_cookie_is_replaced_and_removed() {
        let (mut jar, sp) = (Jar::default(), url(SP));
        let typed = Navigation { from: None, safe: true };
        jar.store(&sp, "a=1; Path=/; HttpOnly");
        jar.store(&sp, "a=2; Path=/; Max-Age=60");
        jar.store(&sp, "b=3; Path=/");
        assert_eq!(jar.header(&sp, typed).as_deref(), Some("a=2; b=3"));
        jar.store(&sp, "a=; Path=/x; Max-Age=0");
        assert_eq!(jar.header(&sp, typed).as_deref(), Some("a=2; b=3"), "another path, another cookie");
        jar.store(&sp, "a=; Path=/; Max-Age=0");
        assert_eq!(jar.header(&sp, typed).as_deref(), Some("b=3"));
        jar.store(&sp, "no pair");
        assert_eq!(jar.header(&sp, typed).as_deref(), Some("b=3"));
    }

    #[test]
    fn a_max_age_that_is_no_number_is_not_there() {
        for (age, kept) in [
            ("60", true),
            ("0", false),
            ("000", false),
            ("-1", false),
            ("99999999999999999999", true),
            ("soon", true),
            ("", true),
            ("-", true),
            ("1.5", true),
            ("+0", true),
        ] {
            let got = sent((SP, &format!("a=b; Path=/; Max-Age={age}")), SP, None, true);
            assert_eq!(got.is_some(), kept, "{age:?}");
        }
    }

    #[test]
    fn longer_paths_come_first() {
        let (mut jar, page) = (Jar::default(), url("http://127.0.0.1:1/x/y"));
        jar.store(&page, "a=1; Path=/");
        jar.store(&page, "a=2; Path=/x");
        assert_eq!(jar.header(&page, Navigation { from: None, safe: true }).as_deref(), Some("a=2; a=1"));
    }
}
