//! The outer element.

use time::OffsetDateTime;

use crate::xml;

/// The `samlp:Response` around the assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: OffsetDateTime,
    /// Destination.
    pub destination: Option<String>,
    /// InResponseTo of the Response.
    pub in_response_to: Option<String>,
    /// Issuer of the Response.
    pub issuer: String,
    /// Value of the StatusCode.
    pub status: String,
}

impl Response {
    pub(super) fn write(&self, signature: &str, assertion: &str) -> String {
        let id = xml::attribute("ID", &self.id);
        let instant = xml::attribute("IssueInstant", &xml::time(self.issue_instant));
        let destination = xml::optional("Destination", self.destination.as_deref());
        let in_response_to = xml::optional("InResponseTo", self.in_response_to.as_deref());
        let issuer = xml::text(&self.issuer);
        let status = xml::attribute("Value", &self.status);
        format!(
            "<samlp:Response{id} Version=\"2.0\"{instant}{destination}{in_response_to} \
             xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</Issuer>{signature}\
             <samlp:Status><samlp:StatusCode{status}/></samlp:Status>{assertion}</samlp:Response>"
        )
    }
}
