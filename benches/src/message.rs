//! A response as Entra writes it: on one line, attributes without a format, the authentication last.

use landfall_xmldsig::{SignaturePlace, Signer};

use crate::parties::{ACS, Failure, IDP, REQUEST, SP, signing_key};

/// Whom every message is about.
pub const NAME_ID: &str = "B.Simon@contoso.example";

pub(crate) const RESPONSE_ID: &str = "_7a1c0b52-6f0e-4a39-9d84-2b6f5f3f1c01";
pub(crate) const ASSERTION_ID: &str = "_7a1c0b52-6f0e-4a39-9d84-2b6f5f3f1c02";

/// What the identity provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// The assertion: Entra's default.
    Assertion,
    /// The Response around it.
    Response,
    /// Each of them.
    Both,
}

/// A response that is accepted at [`NOW`](crate::NOW), with so many groups; ten make 6 KB.
///
/// # Errors
/// When it cannot be signed.
pub fn response(groups: usize, signed: Signed) -> Result<String, Failure> {
    let key = signing_key()?;
    let mut xml = unsigned(groups);
    if matches!(signed, Signed::Assertion | Signed::Both) {
        xml = key.sign_element(&xml, ASSERTION_ID, SignaturePlace::Second)?;
    }
    if matches!(signed, Signed::Response | Signed::Both) {
        xml = key.sign_element(&xml, RESPONSE_ID, SignaturePlace::Second)?;
    }
    Ok(xml)
}

/// The same response before it is signed.
#[must_use]
pub fn unsigned(groups: usize) -> String {
    let attributes = attributes(groups);
    format!(
        "<samlp:Response ID=\"{RESPONSE_ID}\" Version=\"2.0\" IssueInstant=\"2030-01-02T03:04:05.805Z\" \
         Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\
         <Assertion ID=\"{ASSERTION_ID}\" IssueInstant=\"2030-01-02T03:04:05.799Z\" Version=\"2.0\" \
         xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}</Issuer>\
         <Subject><NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">{NAME_ID}</NameID>\
         <SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <SubjectConfirmationData InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05.648Z\" \
         Recipient=\"{ACS}\"/></SubjectConfirmation></Subject>\
         <Conditions NotBefore=\"2030-01-02T02:59:05.648Z\" NotOnOrAfter=\"2030-01-02T04:04:05.648Z\">\
         <AudienceRestriction><Audience>{SP}</Audience></AudienceRestriction></Conditions>\
         <AttributeStatement>{attributes}</AttributeStatement>\
         <AuthnStatement AuthnInstant=\"2030-01-01T20:00:00.039Z\" SessionIndex=\"{ASSERTION_ID}\">\
         <AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
         </AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion></samlp:Response>"
    )
}

/// Entra's default claims in its order, the groups, and those that an application adds.
fn attributes(groups: usize) -> String {
    let claims = [
        ("http://schemas.microsoft.com/identity/claims/tenantid", "6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90"),
        (
            "http://schemas.microsoft.com/identity/claims/objectidentifier",
            "0b7c2f4e-91d3-4a68-8e15-52a6c9d0f371",
        ),
        ("http://schemas.microsoft.com/identity/claims/displayname", "B.Simon"),
        ("http://schemas.microsoft.com/identity/claims/identityprovider", IDP),
        (
            "http://schemas.microsoft.com/claims/authnmethodsreferences",
            "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
        ),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "B"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "Simon"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", NAME_ID),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", NAME_ID),
    ];
    let own = [("firstName", "B"), ("lastName", "Simon"), ("email", NAME_ID), ("username", NAME_ID)];
    let ids: Vec<String> = (0..groups).map(|group| format!("9c41be2a-57d0-4f6e-a3b8-{group:012x}")).collect();
    let groups = [("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", ids)];
    let one = |(name, value): (&str, &str)| attribute(name, &[value.to_owned()]);
    let several = groups.iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, ids)| attribute(name, ids));
    claims.map(one).into_iter().chain(several).chain(own.map(one)).collect()
}

fn attribute(name: &str, values: &[String]) -> String {
    let values: String =
        values.iter().map(|value| format!("<AttributeValue>{value}</AttributeValue>")).collect();
    format!("<Attribute Name=\"{name}\">{values}</Attribute>")
}
