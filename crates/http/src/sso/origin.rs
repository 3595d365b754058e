//! Requests that rely on a cookie must come from our own pages.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

use crate::error::LoginError;
use crate::settings::PublicUrl;

/// The Origin is ours; an absent one is not [rfc6454 7].
pub(crate) fn own(headers: &HeaderMap, public_url: &PublicUrl) -> Result<(), LoginError> {
    is(headers, public_url.origin()).map_err(|found| LoginError::Origin { found })
}

/// Whether the Origin is this one, else which it is.
pub(crate) fn is(headers: &HeaderMap, expected: &str) -> Result<(), Option<String>> {
    let found = headers.get(ORIGIN).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    if found.as_deref() == Some(expected) { Ok(()) } else { Err(found) }
}
