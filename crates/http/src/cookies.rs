//! The cookies of a login and of a session: all `__Host-`, Secure, HttpOnly, Lax.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::time::Duration as Age;
use cookie::{Cookie, SameSite};
use landfall_accounts::{AwaitingSession, Handle, PendingLogin, TokenHash};
use time::Duration;

use crate::secret::{Secret, hash};

/// The session's token.
const SESSION: &str = "__Host-landfall-session";
/// Proof that the browser began a login; one a login, so that tabs do not disturb each other.
const LOGIN: &str = "__Host-landfall-login-";
/// Proof that the browser got the answer to its response.
const HOP: &str = "__Host-landfall-hop-";
/// At the host of a site: the token of whoever is there.
const SITE: &str = "__Host-landfall-site";
/// At the host of a site: proof that the browser began an entry; one an entry, so that tabs do not disturb each other.
const ENTRY: &str = "__Host-landfall-entry-";
/// Set while a restarted login is under way, to notice one that goes in a circle.
const RESTARTED: &str = "__Host-landfall-restarted";
/// Logins, and entries of a site, that one browser may have under way; the oldest beyond are forgotten.
const MOST_LOGINS: usize = 8;
/// How long a second restart in the same browser counts as a circle.
const RESTART_WINDOW: Duration = Duration::seconds(60);

/// What a browser sent.
pub(crate) struct Cookies {
    pairs: Vec<(String, String)>,
}

impl Cookies {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let pairs = cookies.filter(|cookie| cookie.name().starts_with("__Host-landfall-"));
        Self { pairs: pairs.map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect() }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn session(&self) -> Option<TokenHash> {
        self.value(SESSION).map(hash)
    }

    pub(crate) fn login(&self, handle: &Handle) -> Option<TokenHash> {
        self.value(&format!("{LOGIN}{handle}")).map(hash)
    }

    pub(crate) fn hop(&self, handle: &Handle) -> Option<TokenHash> {
        self.value(&format!("{HOP}{handle}")).map(hash)
    }

    pub(crate) fn at_site(&self) -> Option<TokenHash> {
        self.value(SITE).map(hash)
    }

    pub(crate) fn entry(&self, handle: &Handle) -> Option<TokenHash> {
        self.value(&format!("{ENTRY}{handle}")).map(hash)
    }

    pub(crate) fn restarted(&self) -> bool {
        self.value(RESTARTED).is_some()
    }

    /// Makes room for one login more: the cookies of the oldest that are too many, to be forgotten.
    pub(crate) fn surplus_logins(&self) -> Vec<Cookie<'static>> {
        self.surplus(LOGIN)
    }

    /// The same for one entry more.
    pub(crate) fn surplus_entries(&self) -> Vec<Cookie<'static>> {
        self.surplus(ENTRY)
    }

    fn surplus(&self, of: &str) -> Vec<Cookie<'static>> {
        // A handle begins with its time, so that names sort by age.
        let mut names: Vec<&str> =
            self.pairs.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with(of)).collect();
        names.sort_unstable();
        let surplus = (names.len() + 1).saturating_sub(MOST_LOGINS);
        names.into_iter().take(surplus).map(|name| expired(name.to_owned())).collect()
    }
}

pub(crate) fn session(token: &Secret, lasts: Duration) -> Cookie<'static> {
    made(SESSION.to_owned(), token.expose().to_owned(), lasts)
}

pub(crate) fn session_ended() -> Cookie<'static> {
    expired(SESSION.to_owned())
}

pub(crate) fn login(handle: &Handle, secret: &Secret) -> Cookie<'static> {
    made(format!("{LOGIN}{handle}"), secret.expose().to_owned(), PendingLogin::LIFETIME)
}

pub(crate) fn hop(handle: &Handle, secret: &Secret) -> Cookie<'static> {
    made(format!("{HOP}{handle}"), secret.expose().to_owned(), AwaitingSession::LIFETIME)
}

/// Both cookies of a login that is over.
pub(crate) fn login_over(handle: &Handle) -> [Cookie<'static>; 2] {
    [expired(format!("{LOGIN}{handle}")), expired(format!("{HOP}{handle}"))]
}

pub(crate) fn entry(handle: &Handle, secret: &Secret) -> Cookie<'static> {
    made(format!("{ENTRY}{handle}"), secret.expose().to_owned(), PendingLogin::LIFETIME)
}

pub(crate) fn entry_over(handle: &Handle) -> Cookie<'static> {
    expired(format!("{ENTRY}{handle}"))
}

pub(crate) fn at_site(token: &Secret, lasts: Duration) -> Cookie<'static> {
    made(SITE.to_owned(), token.expose().to_owned(), lasts)
}

pub(crate) fn at_site_ended() -> Cookie<'static> {
    expired(SITE.to_owned())
}

pub(crate) fn restarted() -> Cookie<'static> {
    made(RESTARTED.to_owned(), "1".to_owned(), RESTART_WINDOW)
}

pub(crate) fn restart_over() -> Cookie<'static> {
    expired(RESTARTED.to_owned())
}

fn made(name: String, value: String, lasts: Duration) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Age::seconds(lasts.whole_seconds()))
        .build()
}

fn expired(name: String) -> Cookie<'static> {
    made(name, String::new(), Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn cookies(text: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(text).unwrap());
        Cookies::of(&headers)
    }

    #[test]
    fn a_cookie_is_bound_to_the_host() {
        let handle: Handle = "70dd5525deadbeef".parse().unwrap();
        insta::assert_snapshot!(login_over(&handle).map(|cookie| cookie.to_string()).join("\n"));
        let text = restarted().to_string();
        assert_eq!(text, "__Host-landfall-restarted=1; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
    }

    #[test]
    fn only_our_cookies_are_seen() {
        assert!(cookies("landfall-session=x; __Host-landfall-session2=y").session().is_none());
        assert_eq!(cookies("a=b; __Host-landfall-session=x").session(), Some(hash("x")));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let found = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().unwrap());
            }
            Cookies::of(&headers).at_site()
        };
        for lines in [
            &["__Host-landfall-site=x"][..],
            &["a=b; __Host-landfall-site=x; c=d"],
            &["a=b;__Host-landfall-site=x"],
            &["a=b", "__Host-landfall-site=x"],
            &["__Host-landfall-site=x; __Host-landfall-site=y"],
        ] {
            assert_eq!(found(lines), Some(hash("x")), "{lines:?}");
        }
        for lines in
            [&[][..], &["a=__Host-landfall-site=x"], &["__Host-landfall-site2=x"], &["landfall-site=x"]]
        {
            assert_eq!(found(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn the_oldest_logins_make_room() {
        let text: Vec<String> = (0..9).rev().map(|n| format!("{LOGIN}0000000{n}00000000=x")).collect();
        let surplus = cookies(&text.join("; ")).surplus_logins();
        let names: Vec<&str> = surplus.iter().map(|cookie| cookie.name()).collect();
        assert_eq!(names, [format!("{LOGIN}0000000000000000"), format!("{LOGIN}0000000100000000")]);
        assert!(cookies(&text[2..].join("; ")).surplus_logins().is_empty());
    }
}
