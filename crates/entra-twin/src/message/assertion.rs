//! What a response carries.

use time::OffsetDateTime;

use crate::xml;

/// The `Assertion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: OffsetDateTime,
    /// Issuer of the Assertion.
    pub issuer: String,
    /// Content of `NameID`, as raw XML.
    pub name_id: String,
    /// Format of the NameID.
    pub name_id_format: Option<String>,
    /// InResponseTo of SubjectConfirmationData.
    pub in_response_to: Option<String>,
    /// NotOnOrAfter of SubjectConfirmationData.
    pub confirmed_until: Option<OffsetDateTime>,
    /// Recipient of SubjectConfirmationData.
    pub recipient: Option<String>,
    /// NotBefore of Conditions.
    pub not_before: Option<OffsetDateTime>,
    /// NotOnOrAfter of Conditions.
    pub not_on_or_after: Option<OffsetDateTime>,
    /// The audiences of one AudienceRestriction; none leaves the restriction out.
    pub audiences: Vec<String>,
    /// The attributes; none leaves the statement out.
    pub attributes: Vec<Attribute>,
    /// NameFormat of each attribute; Entra writes none unless it is told to.
    pub name_format: Option<String>,
    /// AuthnInstant.
    pub authn_instant: OffsetDateTime,
    /// SessionIndex.
    pub session_index: Option<String>,
    /// Text of AuthnContextClassRef.
    pub authn_class: String,
}

/// One attribute with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

impl Assertion {
    pub(super) fn write(&self, signature: &str) -> String {
        let id = xml::attribute("ID", &self.id);
        let instant = xml::attribute("IssueInstant", &xml::time(self.issue_instant));
        let issuer = xml::text(&self.issuer);
        let subject = self.write_subject();
        let conditions = self.write_conditions();
        let attributes = self.write_attributes();
        let authn_instant = xml::attribute("AuthnInstant", &xml::time(self.authn_instant));
        let session_index = xml::optional("SessionIndex", self.session_index.as_deref());
        let class = xml::text(&self.authn_class);
        format!(
            "<Assertion{id}{instant} Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             <Issuer>{issuer}</Issuer>{signature}{subject}{conditions}{attributes}\
             <AuthnStatement{authn_instant}{session_index}><AuthnContext><AuthnContextClassRef>{class}\
             </AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>"
        )
    }

    fn write_subject(&self) -> String {
        let format = xml::optional("Format", self.name_id_format.as_deref());
        let in_response_to = xml::optional("InResponseTo", self.in_response_to.as_deref());
        let until = xml::optional("NotOnOrAfter", self.confirmed_until.map(xml::time).as_deref());
        let recipient = xml::optional("Recipient", self.recipient.as_deref());
        format!(
            "<Subject><NameID{format}>{name_id}</NameID>\
             <SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <SubjectConfirmationData{in_response_to}{until}{recipient}/></SubjectConfirmation></Subject>",
            name_id = self.name_id,
        )
    }

    fn write_conditions(&self) -> String {
        let not_before = xml::optional("NotBefore", self.not_before.map(xml::time).as_deref());
        let until = xml::optional("NotOnOrAfter", self.not_on_or_after.map(xml::time).as_deref());
        let audiences =
            wrap("AudienceRestriction", self.audiences.iter().map(|name| element("Audience", name)));
        format!("<Conditions{not_before}{until}>{audiences}</Conditions>")
    }

    fn write_attributes(&self) -> String {
        let format = xml::optional("NameFormat", self.name_format.as_deref());
        wrap(
            "AttributeStatement",
            self.attributes.iter().map(|attribute| {
                let name = xml::attribute("Name", &attribute.name);
                let values: String =
                    attribute.values.iter().map(|value| element("AttributeValue", value)).collect();
                format!("<Attribute{name}{format}>{values}</Attribute>")
            }),
        )
    }
}

fn element(name: &str, value: &str) -> String {
    format!("<{name}>{}</{name}>", xml::text(value))
}

/// The children inside an element, or nothing where there are none.
fn wrap(name: &str, children: impl Iterator<Item = String>) -> String {
    let children: String = children.collect();
    if children.is_empty() { children } else { format!("<{name}>{children}</{name}>") }
}
