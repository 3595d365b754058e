//! Our logout messages as XML.

use time::OffsetDateTime;

use super::escape;
use crate::{EntityId, Location, LogoutAnswer, NameId, RequestId, SessionIndex, instant};

/// Who asks or answers, when, and to whom it goes.
pub(crate) struct LogoutHead<'a> {
    pub(crate) id: &'a RequestId,
    pub(crate) now: OffsetDateTime,
    pub(crate) issuer: &'a EntityId,
    pub(crate) destination: &'a Location,
}

/// A LogoutRequest that names the person exactly as the identity provider did [saml-core 3.7.1], [saml-profiles 4.4.4.1].
pub(crate) fn logout_request(
    head: &LogoutHead<'_>,
    not_on_or_after: OffsetDateTime,
    name_id: &NameId,
    session_index: Option<&SessionIndex>,
) -> String {
    let attribute = |name, value: Option<&str>| {
        value.map_or_else(String::new, |it| format!(" {name}=\"{}\"", escape(it)))
    };
    let session_index = session_index.map_or_else(String::new, |index| {
        format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", escape(index.expose()))
    });
    let attributes = [
        attribute("NameQualifier", name_id.name_qualifier()),
        attribute("SPNameQualifier", name_id.sp_name_qualifier()),
        attribute("Format", name_id.format()),
    ]
    .concat();
    let body = format!(
        "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"{attributes}>{}</saml:NameID>{session_index}",
        escape(name_id.value()),
    );
    let until = format!(" NotOnOrAfter=\"{}\"", instant::write(not_on_or_after));
    message("LogoutRequest", head, &until, &body)
}

/// A LogoutResponse [saml-core 3.7.2].
pub(crate) fn logout_response(
    head: &LogoutHead<'_>,
    in_response_to: &RequestId,
    answer: LogoutAnswer,
) -> String {
    let (top, below) = answer.codes();
    let code = |code: &str, inside: &str| {
        format!(
            "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{code}\">{inside}</samlp:StatusCode>"
        )
    };
    let below = below.map_or_else(String::new, |below| code(below, ""));
    let body = format!("<samlp:Status>{}</samlp:Status>", code(top, &below));
    message("LogoutResponse", head, &format!(" InResponseTo=\"{in_response_to}\""), &body)
}

fn message(name: &str, head: &LogoutHead<'_>, attributes: &str, body: &str) -> String {
    format!(
        "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{}\" Version=\"2.0\" \
         IssueInstant=\"{}\" Destination=\"{}\"{attributes}>\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>{body}</samlp:{name}>",
        head.id,
        instant::write(head.now),
        escape(head.destination.as_str()),
        escape(head.issuer.as_str()),
    )
}
