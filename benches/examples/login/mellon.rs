//! Signing in at mod_auth_mellon.

use landfall_benches::Failure;

use crate::Idp;
use crate::connection::Connection;

/// It has set this cookie when it sent the browser away, and wants it back.
const COOKIE: &str = "mellon-cookie=cookietest";

/// It does not ask whether the request was its own.
pub(crate) fn prepare(connection: &mut Connection, idp: &Idp, number: usize) -> Result<String, Failure> {
    let us = |path| format!("{}{path}", connection.origin());
    let request = "_0123456789abcdef0123456789abcdef01234567";
    idp.form(number, &us("/saml/metadata"), &us("/saml/postResponse"), request, &us("/"))
}

/// Posts the response, upon which it makes the session at once.
pub(crate) fn sign_in(connection: &mut Connection, form: String) -> Result<(), Failure> {
    let opened = connection.post("/saml/postResponse", COOKIE, &form)?;
    let session = opened.cookie()?;
    if session.starts_with("mellon-cookie=") && session != COOKIE {
        Ok(())
    } else {
        Err(format!("expected a session, got {opened:?}").into())
    }
}
