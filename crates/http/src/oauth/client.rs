//! Who asks, as a request says [rfc6749 2.3].

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::{Parameters, Twice};

/// The one type of assertions that is taken [rfc7523 2.2].
const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a client says who it is; nobody has believed it yet.
pub(crate) enum Shown {
    /// By its name alone: it has nothing to show.
    Name { client: String },
    /// By its name and a secret [rfc6749 2.3.1].
    Secret { client: String, secret: String },
    /// By an assertion that somebody signed; its name is at its own choice [rfc7521 4.2].
    Assertion { client: Option<String>, jwt: String },
}

impl Shown {
    /// Reads one way to say who asks, and refuses several [rfc6749 2.3].
    pub(crate) fn read(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, ShownError> {
        let one = |name| parameters.one(name).map(|value| value.map(str::to_owned));
        let (id, secret) = (one("client_id")?, one("client_secret")?);
        match (parameters.one("client_assertion_type")?, one("client_assertion")?) {
            (None, None) => {}
            (Some(JWT), Some(jwt)) if secret.is_none() && !headers.contains_key(AUTHORIZATION) => {
                return Ok(Self::Assertion { client: id, jwt });
            }
            (Some(JWT), Some(_)) => return Err(request("it says twice who asks")),
            (Some(_), _) => {
                return Err(request("it has no JWT as its client_assertion, or does not call it one"));
            }
            (None, Some(_)) => return Err(request("it has no client_assertion_type")),
        }
        match (basic(headers)?, id, secret) {
            (Some((client, secret)), id, None) if id.as_ref().is_none_or(|id| *id == client) => {
                Ok(Self::Secret { client, secret })
            }
            (Some(_), ..) => Err(request("it says twice who asks")),
            (None, Some(client), Some(secret)) => Ok(Self::Secret { client, secret }),
            (None, Some(client), None) => Ok(Self::Name { client }),
            (None, None, _) => Err(ShownError::Nobody),
        }
    }
}

/// Why a request does not say who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShownError {
    #[error("the request is not well-formed: {problem}")]
    Request { problem: &'static str },
    #[error("a parameter of the request is not well-formed")]
    Twice(#[from] Twice),
    #[error("the request does not say who asks")]
    Nobody,
}

/// The name and the secret of an `Authorization` header, each form-encoded within base64 [rfc6749 2.3.1].
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, ShownError> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let Some(one) = shown.next() else { return Ok(None) };
    let (None, Ok(text)) = (shown.next(), one.to_str()) else { return Err(ShownError::Nobody) };
    let pair = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(pair) = pair else { return Err(ShownError::Nobody) };
    let (client, secret) = pair.split_once(':').ok_or(ShownError::Nobody)?;
    match (decoded(client), decoded(secret)) {
        (Some(client), Some(secret)) if !client.is_empty() => Ok(Some((client, secret))),
        _ => Err(ShownError::Nobody),
    }
}

/// One value that was form-encoded.
fn decoded(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (None, _) => Some(String::new()),
        (Some((value, rest)), None) if rest.is_empty() && !text.contains('=') => Some(value.into_owned()),
        _ => None,
    }
}

fn request(problem: &'static str) -> ShownError {
    ShownError::Request { problem }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// `client secret`, `client jwt`, or the client alone; `request` or `nobody` where nothing is read.
    fn read(authorization: Option<&str>, form: &str) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        }
        match Shown::read(&headers, &Parameters::of_query(form)) {
            Ok(Shown::Name { client }) => Ok(client),
            Ok(Shown::Secret { client, secret }) => Ok(format!("{client} {secret}")),
            Ok(Shown::Assertion { client, jwt }) => Ok(format!("{} {jwt}", client.unwrap_or_default())),
            Err(ShownError::Request { .. } | ShownError::Twice(_)) => Err("request"),
            Err(ShownError::Nobody) => Err("nobody"),
        }
    }

    fn encoded(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    /// [rfc6749 2.3.1]
    #[test]
    fn a_client_says_who_it_is_in_one_of_two_ways() {
        let expected = Ok("a b s+%".to_owned());
        assert_eq!(read(None, "client_id=a+b&client_secret=s%2B%25"), expected);
        let header = encoded("a+b:s%2B%25");
        assert_eq!(read(Some(&header), ""), expected);
        assert_eq!(read(Some(&header.replace("Basic", "basic")), "client_id=a+b"), expected);
        assert_eq!(read(Some(&header), "scope=x&client_secret="), expected);
        assert_eq!(read(None, "client_id=a&client_secret="), Ok("a".to_owned()));
        assert_eq!(read(Some(&encoded("a:")), ""), Ok("a ".to_owned()));
    }

    /// [rfc7521 4.2], [rfc7523 2.2]
    #[test]
    fn an_assertion_is_the_one_way_where_it_is_shown() {
        let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let form = format!("{kind}&client_assertion=a.b.c");
        assert_eq!(read(None, &form), Ok(" a.b.c".to_owned()));
        assert_eq!(read(None, &format!("{form}&client_id=x")), Ok("x a.b.c".to_owned()));
        for body in [
            format!("{form}&client_secret=s"),
            format!("{form}&client_assertion=d.e.f"),
            "client_assertion=a.b.c".to_owned(),
            kind.to_owned(),
            form.replace("jwt-bearer", "saml2-bearer"),
        ] {
            assert_eq!(read(None, &body), Err("request"), "{body}");
        }
        assert_eq!(read(Some(&encoded("a:s")), &form), Err("request"));
    }

    /// [rfc6749 2.3]
    #[test]
    fn what_is_no_request_is_told_from_what_is_no_client() {
        let header = encoded("a:s");
        for (authorization, body, expected) in [
            (None, "", "nobody"),
            (None, "client_secret=s", "nobody"),
            (Some(header.as_str()), "client_id=a&client_secret=s", "request"),
            (Some(header.as_str()), "client_id=b", "request"),
            (None, "client_id=a&client_id=a", "request"),
            (Some("Basic"), "", "nobody"),
            (Some("Basic !"), "", "nobody"),
            (Some("Bearer YTpz"), "", "nobody"),
            (Some(&encoded("a")), "", "nobody"),
            (Some(&encoded(":s")), "", "nobody"),
            (Some(&encoded("a=b:s")), "", "nobody"),
            (Some(&encoded("a&b:s")), "", "nobody"),
        ] {
            assert_eq!(read(authorization, body), Err(expected), "{authorization:?} {body}");
        }
    }
}
