//! Our own messages as XML.

mod logout;

pub(crate) use logout::{LogoutHead, logout_request, logout_response};

use landfall_xmldsig::{Certificate, EncryptionPolicy, KeyTransport, XMLDSIG_NAMESPACE, encode_base64};
use time::OffsetDateTime;

use crate::options::Prompt;
use crate::read::ASSERTION;
use crate::{
    AuthnContextClass, Binding, EntityId, Location, NameIdFormat, RequestId, RequestOptions, instant,
};

/// An AuthnRequest, which holds beyond the necessary what was asked for and nothing else [saml-core 3.4.1].
///
/// No Subject, no SPNameQualifier, no Scoping: Entra refuses each of them.
pub(crate) fn authn_request(
    id: &RequestId,
    now: OffsetDateTime,
    (issuer, acs): (&EntityId, &Location),
    destination: &Location,
    options: &RequestOptions,
) -> String {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{}\" Destination=\"{}\"{} AssertionConsumerServiceURL=\"{}\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
         <saml:Issuer xmlns:saml=\"{ASSERTION}\">{}</saml:Issuer>{}{}</samlp:AuthnRequest>",
        instant::write(now),
        escape(destination.as_str()),
        prompt(options.prompt()),
        escape(acs.as_str()),
        escape(issuer.as_str()),
        options.name_id_format().map(name_id_policy).unwrap_or_default(),
        requested_authn_context(options.classes()),
    )
}

fn prompt(prompt: Prompt) -> String {
    let force_authn = if prompt.force_authn { " ForceAuthn=\"true\"" } else { "" };
    let is_passive = if prompt.is_passive { " IsPassive=\"true\"" } else { "" };
    format!("{force_authn}{is_passive}")
}

/// A name may be made for the person, which a transient one is in any case: there AllowCreate must not stand [saml-core 3.4.1.1].
fn name_id_policy(format: NameIdFormat) -> String {
    let allow_create = if format == NameIdFormat::Transient { "" } else { " AllowCreate=\"true\"" };
    format!("<samlp:NameIDPolicy Format=\"{}\"{allow_create}/>", format.uri())
}

/// One of these classes, exactly [saml-core 3.3.2.2.1]; where none is asked for there is no element.
fn requested_authn_context(classes: &[AuthnContextClass]) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let references = classes.iter().map(|class| {
        format!("<saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>", escape(class.as_str()))
    });
    format!(
        "<samlp:RequestedAuthnContext xmlns:saml=\"{ASSERTION}\" Comparison=\"exact\">{}</samlp:RequestedAuthnContext>",
        references.collect::<String>()
    )
}

/// Our metadata: entity ID, certificates to verify and to encrypt with, the one assertion consumer service, and where we take logout messages
/// if we do [saml-metadata 2.4.4, 2.4.2].
pub(crate) fn sp_metadata(
    (entity_id, acs, slo): (&EntityId, &Location, Option<&Location>),
    signing: &[Certificate],
    encryption: Option<(&Certificate, EncryptionPolicy)>,
) -> String {
    let signing: String =
        signing.iter().map(|certificate| key_descriptor("signing", certificate, "")).collect();
    let encryption = encryption.map_or_else(String::new, |(certificate, policy)| {
        key_descriptor("encryption", certificate, &encryption_methods(policy))
    });
    let slo = slo.map_or_else(String::new, logout_services);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\">\
         <md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         {signing}{encryption}{slo}\
         <md:AssertionConsumerService index=\"0\" isDefault=\"true\" \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{}\"/>\
         </md:SPSSODescriptor></md:EntityDescriptor>\n",
        escape(entity_id.as_str()),
        escape(acs.as_str()),
    )
}

/// One address for both bindings and both messages.
fn logout_services(slo: &Location) -> String {
    let services = [Binding::Redirect, Binding::Post].map(|binding| {
        let (uri, location) = (binding.uri(), escape(slo.as_str()));
        format!("<md:SingleLogoutService Binding=\"{uri}\" Location=\"{location}\"/>")
    });
    services.concat()
}

/// A key of ours, for one use alone [saml-metadata 2.4.1.1].
fn key_descriptor(usage: &str, certificate: &Certificate, methods: &str) -> String {
    format!(
        "<md:KeyDescriptor use=\"{usage}\"><ds:KeyInfo xmlns:ds=\"{XMLDSIG_NAMESPACE}\"><ds:X509Data>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>",
        encode_base64(certificate.der()),
    )
}

/// What is taken, the best first.
///
/// Of RSA-OAEP the one name is announced that stands for one digest and one mask: at the newer name,
/// senders choose a digest and a mask of their own, and not always the same.
fn encryption_methods(policy: EncryptionPolicy) -> String {
    let contents =
        policy.contents().map(|content| format!("<md:EncryptionMethod Algorithm=\"{}\"/>", content.uri()));
    let transport = KeyTransport::RsaOaepSha1;
    format!(
        "{}<md:EncryptionMethod Algorithm=\"{}\"><ds:DigestMethod xmlns:ds=\"{XMLDSIG_NAMESPACE}\" \
         Algorithm=\"{}\"/></md:EncryptionMethod>",
        contents.collect::<String>(),
        transport.uri(),
        transport.digest_uri(),
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
            // Written as they are, a reader would make spaces or another line end of them.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(code))),
            other => escaped.push(other),
        }
    }
    escaped
}
