//! What a proxy says of the request that it asks about, or passes on.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, Method};
use landfall_accounts::{Site, SiteOrigin, SitePath};

use super::REDIRECT;
use super::error::SiteError;
use crate::limits::is_listed;
use crate::navigation::is_navigation;
use crate::{App, Ports};

const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");

/// A request to a site.
///
/// # Security
/// It is made of headers that a listed proxy has set, each once, and of no others: what says where a request goes decides whose
/// cookie counts. Addresses are built from the site that the operator made, and never from these [attack E22].
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    scheme: &'a str,
    host: &'a str,
    method: &'a Method,
    headers: &'a HeaderMap,
    /// What stands behind our own address: some proxies put the path there that they ask about.
    behind: &'a str,
}

impl<'a> Asked<'a> {
    /// # Errors
    /// [`SiteError::NoProxy`] if it comes from nobody who is listed; [`SiteError::Header`] if a header is missing, or there twice.
    pub(super) fn of<P: Ports>(app: &App<P>, request: &'a Parts) -> Result<Self, SiteError> {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let listed = |peer| is_listed(peer, &app.settings().trusted_proxies);
        let asked = Self::by(peer, &request.method, &request.headers, listed)?;
        let path = request.uri.path_and_query().map_or("", PathAndQuery::as_str);
        Ok(Self { behind: path.strip_prefix(REDIRECT).unwrap_or_default(), ..asked })
    }

    fn by(
        peer: Option<IpAddr>,
        method: &'a Method,
        headers: &'a HeaderMap,
        is_listed: impl Fn(IpAddr) -> bool,
    ) -> Result<Self, SiteError> {
        if !peer.is_some_and(is_listed) {
            return Err(SiteError::NoProxy { peer });
        }
        let scheme =
            only(headers, &PROTO)?.ok_or(SiteError::Header { name: PROTO, problem: "is missing" })?;
        let host = only(headers, &HOST)?.ok_or(SiteError::Header { name: HOST, problem: "is missing" })?;
        Ok(Self { scheme, host, method, headers, behind: "" })
    }

    /// Whether it goes to this site, told without a second look at its port.
    pub(super) fn is_at(&self, site: &SiteOrigin) -> bool {
        site.is(self.scheme, self.host) || self.origin().is_ok_and(|origin| origin == *site)
    }

    fn origin(&self) -> Result<SiteOrigin, SiteError> {
        SiteOrigin::of_request(self.scheme, self.host).ok_or(SiteError::Unknown)
    }

    /// The site to which it goes.
    ///
    /// # Errors
    /// [`SiteError::Unknown`] if the operator has made none there.
    pub(super) async fn site<P: Ports>(&self, app: &App<P>) -> Result<Site, SiteError> {
        app.ports().site(&self.origin()?).await?.ok_or(SiteError::Unknown)
    }

    /// Where it goes at the site; the front page if nobody says so, or it cannot be gone back to.
    pub(super) fn path(&self, site: &SiteOrigin) -> Result<SitePath, SiteError> {
        let asked = only(self.headers, &URI).ok().flatten().unwrap_or(self.behind);
        if asked.starts_with(SitePath::OWN) {
            return Err(SiteError::Own);
        }
        Ok(SitePath::at(site, asked).unwrap_or(SitePath::front()))
    }

    /// Whether a person is to be led through a sign-in; a program is told that it needs one, and no more.
    pub(super) fn navigates(&self) -> bool {
        let said = self.headers.get(METHOD).and_then(|method| method.to_str().ok());
        matches!(said.unwrap_or(self.method.as_str()), "GET" | "HEAD") && is_navigation(self.headers)
    }
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, SiteError> {
    let refused = |problem| SiteError::Header { name: name.clone(), problem };
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused("is there twice"));
    }
    let text = value.to_str().map_err(|_| refused("is no text"))?;
    if *name != URI && text.contains(',') {
        return Err(refused("names two"));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const ASKED: [(&str, &str); 2] = [("x-forwarded-proto", "https"), ("x-forwarded-host", "app.example")];

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn asked<T>(more: &[(&str, &str)], read: impl FnOnce(Asked<'_>) -> T) -> T {
        let headers = headers(&[&ASKED, more].concat());
        read(Asked::by(Some([10, 0, 0, 1].into()), &Method::GET, &headers, |_| true).unwrap())
    }

    fn code(peer: Option<[u8; 4]>, all: &[(&str, &str)]) -> Option<&'static str> {
        let headers = headers(all);
        let peer = peer.map(IpAddr::from);
        let listed = |peer: IpAddr| peer == IpAddr::from([10, 0, 0, 1]);
        Asked::by(peer, &Method::GET, &headers, listed).err().map(|error| error.code())
    }

    #[test]
    fn e22_headers_count_from_a_listed_proxy_and_once() {
        let listed = Some([10, 0, 0, 1]);
        for (peer, all, expected) in [
            (listed, &ASKED[..], None),
            (None, &ASKED, Some("site.no_proxy")),
            (Some([10, 0, 0, 2]), &ASKED, Some("site.no_proxy")),
            (listed, &ASKED[..1], Some("site.header")),
            (listed, &ASKED[1..], Some("site.header")),
            (listed, &[ASKED[0], ASKED[1], ("x-forwarded-host", "wiki.example")], Some("site.header")),
            (listed, &[ASKED[0], ("x-forwarded-host", "wiki.example, app.example")], Some("site.header")),
            (listed, &[ASKED[1], ("x-forwarded-proto", "http,https")], Some("site.header")),
            // What others go by says nothing here.
            (
                listed,
                &[("forwarded", "host=app.example;proto=https"), ("x-original-url", "https://app.example/")],
                Some("site.header"),
            ),
        ] {
            assert_eq!(code(peer, all), expected, "{all:?}");
        }
    }

    #[test]
    fn a_deep_link_is_a_path_of_the_site() {
        let site: SiteOrigin = "https://app.example".parse().unwrap();
        for (uri, path) in [
            ("/reports?year=2030", Some("/reports?year=2030")),
            ("/a,b", Some("/a,b")),
            ("", Some("/")),
            ("//evil.example", Some("/")),
            ("https://evil.example/", Some("/")),
            ("/.landfall/start", None),
        ] {
            let found = asked(&[("x-forwarded-uri", uri)], |asked| asked.path(&site));
            assert_eq!(found.ok().as_ref().map(SitePath::as_str), path, "{uri}");
        }
        assert_eq!(asked(&[], |asked| asked.path(&site)).unwrap().as_str(), "/");
    }

    #[test]
    fn a_program_is_not_led_through_a_sign_in() {
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        for (more, navigates) in [
            (&[html][..], true),
            (&[html, ("x-forwarded-method", "HEAD")], true),
            (&[html, ("x-forwarded-method", "POST")], false),
            (&[html, ("x-forwarded-method", "OPTIONS")], false),
            (&[html, ("sec-fetch-mode", "websocket")], false),
            (&[], false),
        ] {
            assert_eq!(asked(more, |asked| asked.navigates()), navigates, "{more:?}");
        }
    }

    #[test]
    fn a_request_is_at_its_site_whatever_writes_the_port() {
        let site: SiteOrigin = "https://app.example".parse().unwrap();
        for (scheme, host, is) in [
            ("https", "app.example", true),
            ("https", "APP.example", true),
            ("https", "app.example:443", true),
            ("http", "app.example", false),
            ("https", "app.example:8443", false),
            ("https", "app.example.evil.example", false),
        ] {
            let headers = headers(&[("x-forwarded-proto", scheme), ("x-forwarded-host", host)]);
            let asked = Asked::by(Some([10, 0, 0, 1].into()), &Method::GET, &headers, |_| true).unwrap();
            assert_eq!(asked.is_at(&site), is, "{scheme} {host}");
        }
    }
}
