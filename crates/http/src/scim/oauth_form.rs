//! What a client sends to the token endpoint, by form alone.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::oauth_error::TokenError;
use crate::sso::form::is_form;

/// The one type of assertions that is taken [rfc7523 2.2].
const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request for an access token, well-formed and not yet believed.
pub(super) struct TokenForm {
    pub(super) shown: Shown,
}

/// How a client says who it is.
pub(super) enum Shown {
    /// By its name and a secret [rfc6749 2.3.1].
    Secret { client: String, secret: String },
    /// By an assertion that its directory signed; its name is at its own choice [rfc7521 4.2].
    Assertion { client: Option<String>, jwt: String },
}

impl TokenForm {
    /// Reads the form: each parameter at most once, and one way to say who asks [rfc6749 3.2], [rfc6749 2.3].
    ///
    /// `scope` is not looked at: a token reaches what its client may reach, and nothing else exists [rfc6749 3.3].
    pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, TokenError> {
        is_form(headers).map_err(|_| request("its type is not application/x-www-form-urlencoded"))?;
        let (mut grant_type, mut client_id, mut client_secret) = (None, None, None);
        let (mut assertion_type, mut assertion) = (None, None);
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "grant_type" => &mut grant_type,
                "client_id" => &mut client_id,
                "client_secret" => &mut client_secret,
                "client_assertion_type" => &mut assertion_type,
                "client_assertion" => &mut assertion,
                _ => continue,
            };
            if field.replace(value.into_owned()).is_some() {
                return Err(request("a parameter stands in it twice"));
            }
        }
        // A parameter without a value is one that was not sent [rfc6749 3.2].
        let [grant_type, client_id, client_secret, assertion_type, assertion] =
            [grant_type, client_id, client_secret, assertion_type, assertion]
                .map(|value| value.filter(|text| !text.is_empty()));
        match grant_type.as_deref() {
            None => return Err(request("it has no grant_type")),
            Some("client_credentials") => {}
            Some(_) => return Err(TokenError::GrantType),
        }
        match (assertion_type.as_deref(), assertion) {
            (None, None) => {}
            (Some(JWT), Some(jwt)) if client_secret.is_none() && !headers.contains_key(AUTHORIZATION) => {
                return Ok(Self { shown: Shown::Assertion { client: client_id, jwt } });
            }
            (Some(JWT), Some(_)) => return Err(request("it says twice who asks")),
            (Some(_), _) => {
                return Err(request("it has no JWT as its client_assertion, or does not call it one"));
            }
            (None, Some(_)) => return Err(request("it has no client_assertion_type")),
        }
        let shown = match (basic(headers)?, client_id, client_secret) {
            (Some((client, secret)), id, None) if id.as_ref().is_none_or(|id| *id == client) => {
                Shown::Secret { client, secret }
            }
            (Some(_), ..) => return Err(request("it says twice who asks")),
            (None, Some(client), Some(secret)) => Shown::Secret { client, secret },
            (None, ..) => return Err(TokenError::Nobody),
        };
        Ok(Self { shown })
    }
}

/// The name and the secret of an `Authorization` header, each form-encoded within base64 [rfc6749 2.3.1].
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, TokenError> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let Some(one) = shown.next() else { return Ok(None) };
    let (None, Ok(text)) = (shown.next(), one.to_str()) else { return Err(TokenError::Nobody) };
    let pair = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(pair) = pair else { return Err(TokenError::Nobody) };
    let (client, secret) = pair.split_once(':').ok_or(TokenError::Nobody)?;
    match (decoded(client), decoded(secret)) {
        (Some(client), Some(secret)) if !client.is_empty() => Ok(Some((client, secret))),
        _ => Err(TokenError::Nobody),
    }
}

/// One value that was form-encoded.
fn decoded(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (None, _) => Some(String::new()),
        (Some((value, rest)), None) if rest == Cow::Borrowed("") && !text.contains('=') => {
            Some(value.into_owned())
        }
        _ => None,
    }
}

fn request(problem: &'static str) -> TokenError {
    TokenError::Request { problem }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    const GRANT: &str = "grant_type=client_credentials";

    fn read(authorization: Option<&str>, body: &str) -> Result<(String, String), &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        }
        let form = TokenForm::read(&headers, &Bytes::from(body.to_owned()));
        form.map(|form| match form.shown {
            Shown::Secret { client, secret } => (client, secret),
            Shown::Assertion { client, jwt } => (client.unwrap_or_default(), jwt),
        })
        .map_err(|error| error.code())
    }

    fn encoded(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    /// [rfc6749 2.3.1]
    #[test]
    fn a_client_says_who_it_is_in_one_of_two_ways() {
        let expected = Ok(("a b".to_owned(), "s+%".to_owned()));
        let form = format!("{GRANT}&client_id=a+b&client_secret=s%2B%25");
        assert_eq!(read(None, &form), expected);
        let header = encoded("a+b:s%2B%25");
        assert_eq!(read(Some(&header), GRANT), expected);
        assert_eq!(
            read(Some(&header.replace("Basic", "basic")), &format!("{GRANT}&client_id=a+b")),
            expected
        );
        assert_eq!(read(Some(&header), &format!("{GRANT}&scope=x&client_secret=")), expected);
    }

    /// [rfc7521 4.2], [rfc7523 2.2]
    #[test]
    fn an_assertion_is_the_one_way_where_it_is_shown() {
        let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let form = format!("{GRANT}&{kind}&client_assertion=a.b.c");
        assert_eq!(read(None, &form), Ok((String::new(), "a.b.c".to_owned())));
        assert_eq!(read(None, &format!("{form}&client_id=x")), Ok(("x".to_owned(), "a.b.c".to_owned())));
        for body in [
            format!("{form}&client_secret=s"),
            format!("{form}&client_assertion=d.e.f"),
            format!("{GRANT}&client_assertion=a.b.c"),
            format!("{GRANT}&{kind}"),
            form.replace("jwt-bearer", "saml2-bearer"),
        ] {
            assert_eq!(read(None, &body), Err("token.request"), "{body}");
        }
        assert_eq!(read(Some(&encoded("a:s")), &form), Err("token.request"));
    }

    /// [rfc6749 5.2]
    #[test]
    fn what_is_no_request_is_told_from_what_is_no_client() {
        let header = encoded("a:s");
        for (authorization, body, code) in [
            (None, "", "token.request"),
            (None, "grant_type=", "token.request"),
            (None, "grant_type=password", "token.grant_type"),
            (None, "grant_type=Client_credentials", "token.grant_type"),
            (None, "grant_type=client_credentials&grant_type=client_credentials", "token.request"),
            (None, GRANT, "token.nobody"),
            (None, "grant_type=client_credentials&client_id=a", "token.nobody"),
            (None, "grant_type=client_credentials&client_secret=s", "token.nobody"),
            (None, "grant_type=client_credentials&client_id=a&client_secret=", "token.nobody"),
            (
                Some(header.as_str()),
                "grant_type=client_credentials&client_id=a&client_secret=s",
                "token.request",
            ),
            (Some(header.as_str()), "grant_type=client_credentials&client_id=b", "token.request"),
            (Some("Basic"), GRANT, "token.nobody"),
            (Some("Basic !"), GRANT, "token.nobody"),
            (Some("Bearer YTpz"), GRANT, "token.nobody"),
            (Some(&encoded("a")), GRANT, "token.nobody"),
            (Some(&encoded(":s")), GRANT, "token.nobody"),
            (Some(&encoded("a=b:s")), GRANT, "token.nobody"),
            (Some(&encoded("a&b:s")), GRANT, "token.nobody"),
        ] {
            assert_eq!(read(authorization, body), Err(code), "{authorization:?} {body}");
        }
        let plain = TokenForm::read(&HeaderMap::new(), &Bytes::from_static(GRANT.as_bytes()));
        assert_eq!(plain.map(|_| ()).unwrap_err().code(), "token.request");
    }
}
