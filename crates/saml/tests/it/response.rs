//! A response in Entra's shape whose every part a test can change before it is signed.

use landfall_xmldsig::{SignaturePlace, Signer};

use crate::{ACS, IDP, REQUEST, SP, key};

/// Which element the identity provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Assertion,
    Response,
    Both,
    Nothing,
}

/// Parts of a response as raw XML text: nothing is escaped, so that anything can be said.
#[derive(Clone)]
pub(crate) struct TestResponse {
    pub(crate) version: String,
    pub(crate) response_id: String,
    pub(crate) response_issue_instant: String,
    /// ` Destination="…" InResponseTo="…"`
    pub(crate) response_attributes: String,
    pub(crate) response_issuer: String,
    pub(crate) status: String,
    /// Between Status and Assertion, and behind the Assertion.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) assertion_version: String,
    pub(crate) assertion_id: String,
    pub(crate) issue_instant: String,
    pub(crate) issuer: String,
    pub(crate) name_id: String,
    pub(crate) confirmations: String,
    pub(crate) conditions: String,
    pub(crate) advice: String,
    pub(crate) attributes: String,
    pub(crate) authn: String,
}

impl TestResponse {
    pub(crate) fn honest() -> Self {
        Self {
            version: "2.0".into(),
            response_id: "_r1".into(),
            response_issue_instant: "2030-01-02T03:04:05.805Z".into(),
            response_attributes: format!(" Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\""),
            response_issuer: format!("<Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</Issuer>"),
            status: "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>".into(),
            before: String::new(),
            after: String::new(),
            assertion_version: "2.0".into(),
            assertion_id: "_a1".into(),
            issue_instant: "2030-01-02T03:04:05.799Z".into(),
            issuer: format!("<Issuer>{IDP}</Issuer>"),
            name_id: "<NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">B.Simon@contoso.example</NameID>".into(),
            confirmations: bearer(&format!(
                "InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05.648Z\" Recipient=\"{ACS}\""
            )),
            conditions: conditions(
                "NotBefore=\"2030-01-02T02:59:05.648Z\" NotOnOrAfter=\"2030-01-02T04:04:05.648Z\"",
                &audience(SP),
            ),
            advice: String::new(),
            attributes: attribute("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", &["B.Simon@contoso.example"])
                + &attribute("firstName", &["B"]),
            authn: authn("AuthnInstant=\"2030-01-01T20:00:00.039Z\" SessionIndex=\"_a1\""),
        }
    }

    /// The assertion alone, unsigned.
    pub(crate) fn assertion(&self) -> String {
        format!(
            "<Assertion ID=\"{}\" IssueInstant=\"{}\" Version=\"{}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}\
             <Subject>{}{}</Subject>{}{}<AttributeStatement>{}</AttributeStatement>{}</Assertion>",
            self.assertion_id,
            self.issue_instant,
            self.assertion_version,
            self.issuer,
            self.name_id,
            self.confirmations,
            self.conditions,
            self.advice,
            self.attributes,
            self.authn,
        )
    }

    /// The Response around an assertion.
    pub(crate) fn around(&self, assertion: &str) -> String {
        format!(
            "<samlp:Response ID=\"{}\" Version=\"{}\" IssueInstant=\"{}\"{} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             {}<samlp:Status>{}</samlp:Status>{}{assertion}{}</samlp:Response>",
            self.response_id,
            self.version,
            self.response_issue_instant,
            self.response_attributes,
            self.response_issuer,
            self.status,
            self.before,
            self.after,
        )
    }

    pub(crate) fn signed(&self, sign: Sign) -> String {
        self.signed_by("signer", sign)
    }

    pub(crate) fn signed_by(&self, name: &str, sign: Sign) -> String {
        let key = key(name);
        let mut xml = self.around(&self.assertion());
        if matches!(sign, Sign::Assertion | Sign::Both) {
            xml = key.sign_element(&xml, &self.assertion_id, SignaturePlace::Second).unwrap();
        }
        if matches!(sign, Sign::Response | Sign::Both) {
            xml = key.sign_element(&xml, &self.response_id, SignaturePlace::Second).unwrap();
        }
        xml
    }
}

pub(crate) fn bearer(data: &str) -> String {
    confirmation("urn:oasis:names:tc:SAML:2.0:cm:bearer", data)
}

pub(crate) fn confirmation(method: &str, data: &str) -> String {
    format!(
        "<SubjectConfirmation Method=\"{method}\"><SubjectConfirmationData {data}/></SubjectConfirmation>"
    )
}

pub(crate) fn conditions(window: &str, inner: &str) -> String {
    format!("<Conditions {window}>{inner}</Conditions>")
}

pub(crate) fn audience(entity: &str) -> String {
    format!("<AudienceRestriction><Audience>{entity}</Audience></AudienceRestriction>")
}

pub(crate) fn attribute(name: &str, values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| format!("<AttributeValue>{value}</AttributeValue>")).collect();
    format!("<Attribute Name=\"{name}\">{values}</Attribute>")
}

pub(crate) fn authn(attributes: &str) -> String {
    format!(
        "<AuthnStatement {attributes}><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
         </AuthnContextClassRef></AuthnContext></AuthnStatement>"
    )
}
