//! An application that knows nothing of sign-in: a proxy lets through whom Landfall admits, and says who it is
//! ([forward-auth.md](../../../docs/forward-auth.md)).
//!
//! `cargo run -p landfall-http --example behind_a_proxy` serves it at `http://127.0.0.1:3000`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fmt::Write as _;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::response::Html;

/// Every page of it.
pub(crate) fn application() -> Router {
    Router::new().fallback(page)
}

async fn page(request: Request) -> Html<String> {
    let (method, uri) = (request.method(), request.uri());
    let greeting = match Person::of(request.headers()) {
        Some(person) => format!("Hello, {}. You may be {:?}.", person.name, person.roles),
        None => "Nobody has said who you are: does a proxy stand before me?".to_owned(),
    };
    let asked = if method == Method::GET { uri.to_string() } else { format!("{method} {uri}") };
    let (greeting, headers) = (escaped(&greeting), escaped(&identity(request.headers())));
    Html(format!(
        "<!doctype html><title>The application</title><h1>The application</h1><p>{greeting}</p>\
         <p>You asked for {}.</p><pre>{headers}</pre>\
         <form method=\"post\" action=\"/.landfall/sign-out\"><button>Sign out</button></form>",
        escaped(&asked)
    ))
}

/// Whoever asks, as the proxy says.
struct Person {
    name: String,
    roles: Vec<String>,
}

impl Person {
    /// # Security
    /// The headers mean something because nobody but the proxy reaches this application, and it sets each of them.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let name = text("x-landfall-name").filter(|name| !name.is_empty())?;
        let roles = text("x-landfall-roles").unwrap_or_default().split(',').filter(|role| !role.is_empty());
        Some(Self { name: decoded(name), roles: roles.map(decoded).collect() })
    }
}

/// What is percent-encoded, as it was; octets that are no UTF-8 are shown as such.
fn decoded(value: &str) -> String {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.split_at_checked(2).filter(|_| *first == b'%').and_then(|(code, behind)| {
            let code = std::str::from_utf8(code).ok().and_then(|code| u8::from_str_radix(code, 16).ok())?;
            Some((code, behind))
        });
        let (octet, behind) = code.unwrap_or((*first, behind));
        octets.push(octet);
        rest = behind;
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// The headers that say who asks, a line each, in whatever spelling they came.
fn identity(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.as_str().replace('_', "-").starts_with("x-landfall-"))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '<' | '>' | '&' | '"' | '\'' => {
                // Writing into a String does not fail.
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
        escaped
    })
}

#[tokio::main]
#[allow(dead_code, reason = "tests serve the application themselves")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening http://{}", listener.local_addr()?);
    axum::serve(listener, application()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;

    use super::*;

    async fn answer(headers: &[(&str, &str)]) -> String {
        let mut request = Request::get("/a?b&c");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = application().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn it_greets_whom_the_proxy_names() {
        let page = answer(&[("x-landfall-name", "J%C3%B6rg"), ("x-landfall-roles", "reader,a%2Cb")]).await;
        assert!(page.contains("Hello, J\u{f6}rg. You may be [&#34;reader&#34;, &#34;a,b&#34;]."), "{page}");
        assert!(page.contains("x-landfall-name: J%C3%B6rg") && page.contains("/a?b&#38;c"), "{page}");
        for headers in [&[][..], &[("x-landfall-name", "")], &[("x_landfall_name", "root")]] {
            assert!(answer(headers).await.contains("Nobody has said who you are"), "{headers:?}");
        }
    }

    #[test]
    fn what_is_encoded_is_read_back() {
        for (value, text) in
            [("a", "a"), ("%2C%20", ", "), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%FF", "\u{fffd}")]
        {
            assert_eq!(decoded(value), text);
        }
    }
}
