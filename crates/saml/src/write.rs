//! Our own messages as XML.

use time::OffsetDateTime;

use crate::{EntityId, Location, RequestId, instant};

/// An AuthnRequest as every identity provider takes it [saml-core 3.4.1].
///
/// No RequestedAuthnContext, no Subject, no SPNameQualifier: Entra refuses the second and third,
/// and fails people over the first.
pub(crate) fn authn_request(
    id: &RequestId,
    now: OffsetDateTime,
    issuer: &EntityId,
    acs: &Location,
    destination: &Location,
) -> String {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{}\" Destination=\"{}\" AssertionConsumerServiceURL=\"{}\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer></samlp:AuthnRequest>",
        instant::write(now),
        escape(destination.as_str()),
        escape(acs.as_str()),
        escape(issuer.as_str()),
    )
}

/// Our metadata: entity ID, signing certificate, the one assertion consumer service [saml-metadata 2.4.4].
pub(crate) fn sp_metadata(entity_id: &EntityId, acs: &Location, certificate: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\">\
         <md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
         <md:AssertionConsumerService index=\"0\" isDefault=\"true\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{}\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>\n",
        escape(entity_id.as_str()),
        escape(acs.as_str()),
    )
}

/// Text for an attribute value or an element.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for code in text.chars() {
        match code {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
