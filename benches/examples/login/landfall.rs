//! Signing in at Landfall.

use std::io::Read;

use flate2::read::DeflateDecoder;
use landfall_benches::Failure;
use landfall_xmldsig::{Document, Limits, decode_base64};
use url::Url;

use crate::Idp;
use crate::connection::Connection;

/// A login that is begun, and answered by the identity provider.
pub(crate) struct Begun {
    form: String,
    cookie: String,
}

pub(crate) fn prepare(connection: &mut Connection, idp: &Idp, number: usize) -> Result<Begun, Failure> {
    let sent = connection.get("/sso/bench", "")?;
    let to = Url::parse(sent.header("location")?)?;
    let field = |name| {
        let value = to.query_pairs().find(|(of, _)| of == name).map(|(_, value)| value.into_owned());
        value.ok_or_else(|| format!("no {name} in {to}"))
    };
    let mut request = Vec::new();
    DeflateDecoder::new(decode_base64(&field("SAMLRequest")?)?.as_slice()).read_to_end(&mut request)?;
    let request = Document::parse(&request, &Limits::message())?;
    let request = request.root().attribute("ID").ok_or("the request has no ID")?;
    let us = |path| format!("{}{path}", connection.origin());
    let form = idp.form(number, &us("/saml/metadata"), &us("/saml/acs"), request, &field("RelayState")?)?;
    Ok(Begun { form, cookie: sent.cookie()?.to_owned() })
}

/// Posts the response, as from another site without a cookie, and hops with both.
pub(crate) fn sign_in(connection: &mut Connection, login: Begun) -> Result<(), Failure> {
    let hop = connection.post("/saml/acs", "", &login.form)?;
    let cookies = format!("{}; {}", login.cookie, hop.cookie()?);
    let opened = connection.get(hop.header("location")?, &cookies)?;
    if opened.cookie()?.starts_with("__Host-landfall-session=") {
        Ok(())
    } else {
        Err(format!("expected a session, got {opened:?}").into())
    }
}
