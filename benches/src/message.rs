//! A response as Entra writes it: on one line, attributes without a format, the authentication last.

use landfall_xmldsig::{
    ContentAlgorithm, Document, KeyTransport, Limits, SignaturePlace, Signer, SigningKey, encrypt,
};
use time::{Duration, OffsetDateTime};

use crate::parties::{ACS, Failure, IDP, NOW, REQUEST, SP, certificate, signing_key};

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

/// A response about to be written: between whom, to which request, when.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The name of whom it is for.
    pub audience: &'a str,
    /// Where it is posted.
    pub acs: &'a str,
    /// The request that it answers.
    pub request: &'a str,
    /// The ID of the Response.
    pub response_id: &'a str,
    /// The ID of its assertion.
    pub assertion_id: &'a str,
    /// When it arrives; it was written a moment earlier.
    pub arrives: OffsetDateTime,
    /// How many groups it names; ten make 6 KB.
    pub groups: usize,
}

/// A response that is accepted at [`NOW`], with so many groups; ten make 6 KB.
///
/// # Errors
/// When it cannot be signed.
pub fn response(groups: usize, signed: Signed) -> Result<String, Failure> {
    message(groups).signed(&signing_key()?, signed)
}

/// The same response with its signed assertion encrypted: AES-256-GCM under RSA-OAEP.
///
/// # Errors
/// When it cannot be signed or encrypted.
pub fn encrypted(groups: usize) -> Result<String, Failure> {
    let message = response(groups, Signed::Assertion)?;
    let document = Document::parse(message.as_bytes(), &Limits::message())?;
    let assertion = document.element_by_id(ASSERTION_ID).ok_or("the message has changed its form")?;
    let (before, rest) = message.split_at(assertion.range().start);
    let (assertion, after) = rest.split_at(assertion.range().len());
    let data = encrypt(assertion, &[certificate()?], ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha1)?;
    Ok(format!(
        "{before}<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}</EncryptedAssertion>{after}"
    ))
}

/// The same response before it is signed.
#[must_use]
pub fn unsigned(groups: usize) -> String {
    message(groups).unsigned()
}

fn message(groups: usize) -> Message<'static> {
    Message {
        audience: SP,
        acs: ACS,
        request: REQUEST,
        response_id: RESPONSE_ID,
        assertion_id: ASSERTION_ID,
        arrives: NOW,
        groups,
    }
}

impl Message<'_> {
    /// The message, with what is signed signed by this key.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn signed(&self, key: &SigningKey, signed: Signed) -> Result<String, Failure> {
        let mut xml = self.unsigned();
        if matches!(signed, Signed::Assertion | Signed::Both) {
            xml = key.sign_element(&xml, self.assertion_id, SignaturePlace::Second)?;
        }
        if matches!(signed, Signed::Response | Signed::Both) {
            xml = key.sign_element(&xml, self.response_id, SignaturePlace::Second)?;
        }
        Ok(xml)
    }

    fn unsigned(&self) -> String {
        let Self { audience, acs, request, response_id, assertion_id, arrives, groups } = *self;
        let attributes = attributes(groups);
        let before = |time: Duration| instant(arrives - time);
        let (asserted, issued) = (before(Duration::milliseconds(201)), before(Duration::milliseconds(195)));
        let signed_in = before(Duration::milliseconds(25_445_961));
        let (from, until) =
            (before(Duration::milliseconds(300_352)), before(Duration::milliseconds(352 - 3_600_000)));
        format!(
            "<samlp:Response ID=\"{response_id}\" Version=\"2.0\" IssueInstant=\"{issued}\" \
             Destination=\"{acs}\" InResponseTo=\"{request}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</Issuer>\
             <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\
             <Assertion ID=\"{assertion_id}\" IssueInstant=\"{asserted}\" Version=\"2.0\" \
             xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{IDP}</Issuer>\
             <Subject><NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">{NAME_ID}</NameID>\
             <SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <SubjectConfirmationData InResponseTo=\"{request}\" NotOnOrAfter=\"{until}\" \
             Recipient=\"{acs}\"/></SubjectConfirmation></Subject>\
             <Conditions NotBefore=\"{from}\" NotOnOrAfter=\"{until}\">\
             <AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions>\
             <AttributeStatement>{attributes}</AttributeStatement>\
             <AuthnStatement AuthnInstant=\"{signed_in}\" SessionIndex=\"{assertion_id}\">\
             <AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
             </AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion></samlp:Response>"
        )
    }
}

/// As Entra writes it: UTC, with milliseconds.
fn instant(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    let (hour, minute, second, milli) = time.as_hms_milli();
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
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
