//! The one place from which a request of a directory says who it is [rfc6750 2.1].

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use landfall_accounts::TokenHash;

use super::secret::hash_of;

/// The hash of the token that a request shows in its `Authorization` header.
///
/// # Errors
/// [`BearerError`] where it shows none, or one that cannot be ours: then no store is asked [attack H2].
///
/// # Security
/// A token in an address or a body is not looked at: those are logged, and repeated [rfc6750 2.3].
///
/// ```
/// use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
/// use landfall_http::{BearerError, bearer_token};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(bearer_token(&headers), Err(BearerError::None));
/// let shown = format!("Bearer lfs_aaaqeaye{}", "x".repeat(43));
/// headers.insert(AUTHORIZATION, HeaderValue::from_str(&shown)?);
/// assert!(bearer_token(&headers).is_ok());
/// # Ok::<(), axum::http::header::InvalidHeaderValue>(())
/// ```
pub fn bearer_token(headers: &HeaderMap) -> Result<TokenHash, BearerError> {
    hash_of(shown_bearer(headers)?).ok_or(BearerError::Malformed)
}

/// What stands behind the scheme of the one `Authorization` header, whatever its form.
pub(crate) fn shown_bearer(headers: &HeaderMap) -> Result<&str, BearerError> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let one = shown.next().ok_or(BearerError::None)?;
    if shown.next().is_some() {
        return Err(BearerError::Several);
    }
    let (scheme, token) =
        one.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(BearerError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(BearerError::Scheme);
    }
    Ok(token.trim_start_matches(' '))
}

/// Why a request shows no token; none of it repeats what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BearerError {
    /// It has no such header.
    #[error("the request has no Authorization header: send the token as `Authorization: Bearer …`")]
    None,
    /// It has several.
    #[error("the request has several Authorization headers: send one")]
    Several,
    /// It shows something else.
    #[error("the Authorization header is of another scheme than Bearer")]
    Scheme,
    /// No token of ours has this form.
    #[error(
        "what the Authorization header shows is no token of this installation: send the whole of it, from lfs_ on"
    )]
    Malformed,
}

impl BearerError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::None => "bearer.none",
            Self::Several => "bearer.several",
            Self::Scheme => "bearer.scheme",
            Self::Malformed => "bearer.malformed",
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "lfs_aaaqeayeAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn read(headers: &[&str]) -> Result<TokenHash, &'static str> {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        bearer_token(&map).map_err(|error| error.code())
    }

    /// [rfc6750 2.1], [rfc9110 11.1]
    #[test]
    fn a_token_stands_behind_its_scheme() {
        let expected = hash_of(TOKEN).unwrap();
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            assert_eq!(read(&[&format!("{scheme}{TOKEN}")]), Ok(expected.clone()), "{scheme}");
        }
    }

    /// [attack H2]
    #[test]
    fn h2_what_is_empty_or_malformed_is_refused_before_a_store_is_asked() {
        let bearer = format!("Bearer {TOKEN}");
        let (tailed, twice, basic) =
            (format!("{bearer} "), format!("Bearer {bearer}"), format!("Basic {TOKEN}"));
        for (headers, code) in [
            (&[][..], "bearer.none"),
            (&[""], "bearer.malformed"),
            (&["Bearer"], "bearer.malformed"),
            (&["Bearer "], "bearer.malformed"),
            (&["Bearer null"], "bearer.malformed"),
            (&["Bearer undefined"], "bearer.malformed"),
            (&[TOKEN], "bearer.malformed"),
            (&[&tailed], "bearer.malformed"),
            (&[&twice], "bearer.malformed"),
            (&[bearer.split_at(bearer.len() - 1).0], "bearer.malformed"),
            (&["Bearer \u{e9}"], "bearer.malformed"),
            (&[&basic], "bearer.scheme"),
            (&[&bearer, &bearer], "bearer.several"),
            (&["", &bearer], "bearer.several"),
        ] {
            assert_eq!(read(headers), Err(code), "{headers:?}");
        }
    }
}
