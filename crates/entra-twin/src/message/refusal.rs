//! The failure responses that Entra posts to a service provider.

use crate::aadsts::Aadsts;
use crate::element::{ASSERTION, PROTOCOL};
use crate::{Twin, xml};

/// A response without an assertion and without a signature, which says what Entra's page would say.
///
/// It has no Destination: Microsoft's sample has none.
pub(crate) fn refusal(twin: &Twin, in_response_to: Option<&str>, error: &Aadsts) -> String {
    let id = xml::attribute("ID", &format!("_{}", twin.guid()));
    let instant = xml::attribute("IssueInstant", &xml::time(twin.now()));
    let in_response_to = xml::optional("InResponseTo", in_response_to);
    let issuer = xml::text(&twin.tenant().issuer());
    let text = format!("AADSTS{}: {error}", error.code());
    let (trace, time) = (twin.guid(), xml::seconds(twin.now()));
    let message = xml::text(&format!("{text}\nTrace ID: {trace}\nTimestamp: {time}"));
    format!(
        "<samlp:Response{id} Version=\"2.0\"{instant}{in_response_to} xmlns:samlp=\"{PROTOCOL}\">\
         <Issuer xmlns=\"{ASSERTION}\">{issuer}</Issuer><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\">\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported\"/></samlp:StatusCode>\
         <samlp:StatusMessage>{message}</samlp:StatusMessage></samlp:Status></samlp:Response>"
    )
}
