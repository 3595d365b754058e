//! What a page of another origin may read of our answers [fetch 3.2].
//!
//! No answer says that credentials are let in: a page gets what it shows itself, and no cookie counts here.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_accounts::{AppKind, Application};
use url::Url;

/// What anybody may read: what is published, and refusals, which say nothing about anybody.
pub(super) fn for_all(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate, x-trace-id"));
    response
}

/// What an application gets, which its own pages may read if it runs in a browser.
pub(super) fn for_its_pages(
    answer: impl IntoResponse,
    application: &Application,
    asked: &HeaderMap,
) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = asked.get(ORIGIN).filter(|origin| is_its_own(application, origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}

/// Whether the application runs in a browser and has an address at this origin.
fn is_its_own(application: &Application, origin: &HeaderValue) -> bool {
    let of = |uri: &str| Url::parse(uri).map(|url| url.origin().ascii_serialization());
    let mut own = application.redirect_uris.iter().filter_map(|uri| of(uri.as_str()).ok());
    application.kind == AppKind::Browser && own.any(|own| own.as_bytes() == origin.as_bytes())
}

/// `OPTIONS`: a browser asks whether a page may ask [fetch 4.8].
///
/// # Security
/// Any page may ask: what it may read of the answer is another question, which the answer itself decides.
pub(super) async fn preflight() -> Response {
    let mut response = for_all(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}

#[cfg(test)]
mod tests {
    use landfall_accounts::AppAuthentication;

    use super::*;
    use crate::oidc::testing::application;

    fn readable(kind: AppKind, origin: &str) -> Option<String> {
        let mut asked = HeaderMap::new();
        asked.insert(ORIGIN, origin.parse().unwrap());
        let response = for_its_pages(StatusCode::OK, &application(kind, AppAuthentication::None), &asked);
        assert_eq!(response.headers()[VARY], "origin");
        let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN)?;
        Some(allowed.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_pages_of_an_application_read_what_it_gets_and_no_others() {
        let own = "https://app.example";
        assert_eq!(readable(AppKind::Browser, own).as_deref(), Some(own));
        assert_eq!(readable(AppKind::Web, own), None);
        for other in [
            "https://app.example:444",
            "http://app.example",
            "https://evil.example",
            "null",
            "https://app.example/",
        ] {
            assert_eq!(readable(AppKind::Browser, other), None, "{other}");
        }
    }
}
