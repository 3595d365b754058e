//! What a response says, before it is written and signed.

use time::{Duration, OffsetDateTime};
use url::Url;

use crate::app::Source;
use crate::{App, SignError, SigningOption, Twin, User, sign, xml};

/// What an honest double is asked to say.
#[derive(Clone, Copy, Debug)]
pub struct IssueRequest<'a> {
    /// Whom the assertion is about.
    pub user: &'a User,
    /// ID of the AuthnRequest; `None` for IdP-initiated sign-on.
    pub in_response_to: Option<&'a str>,
    /// Where the response is sent: Destination and Recipient.
    pub acs: &'a str,
    /// Issuer of the AuthnRequest, else the Identifier of the application.
    pub audience: &'a str,
    /// When the person signed in; hours or weeks before `now` in a long session.
    pub authn_instant: OffsetDateTime,
    /// When the response is made.
    pub now: OffsetDateTime,
    /// What is signed.
    pub sign: SigningOption,
}

/// A response as it is written on the wire: begin with [`Message::honest`], change any field, then [`Twin::sign`].
///
/// Strings are escaped when they are written, all but [`Assertion::name_id`], which is raw XML.
/// `None` leaves an attribute or element out.
///
/// ```
/// # use landfall_entra_twin::{IssueRequest, Message, Seed, SigningOption, Twin};
/// # use time::macros::datetime;
/// # let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, || datetime!(2030-01-02 03:04:05 UTC));
/// let honest = Message::honest(&twin, &IssueRequest {
///     user: twin.tenant().find("B.Simon@contoso.example").ok_or("not there")?,
///     in_response_to: Some("_request"),
///     acs: "https://sp.example.com/acs",
///     audience: "https://sp.example.com",
///     authn_instant: twin.now(),
///     now: twin.now(),
///     sign: SigningOption::Assertion,
/// });
/// let mut forged = honest.clone();
/// forged.assertion.audiences = vec!["https://other.example.com".into()];
/// assert_ne!(twin.sign(&honest)?, twin.sign(&forged)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The outer element.
    pub response: Response,
    /// What it carries.
    pub assertion: Assertion,
    /// What [`Twin::sign`] signs; `None` writes no signature at all.
    pub sign: Option<SigningOption>,
}

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
    /// AuthnInstant.
    pub authn_instant: OffsetDateTime,
    /// SessionIndex.
    pub session_index: Option<String>,
}

/// One attribute with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Name; Entra writes no NameFormat.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

impl Message {
    /// What Entra would say: its times, its ids, its claims in its order.
    #[must_use]
    pub fn honest(twin: &Twin, request: &IssueRequest<'_>) -> Self {
        let in_response_to = request.in_response_to.map(str::to_owned);
        let id = format!("_{}", twin.guid());
        // Entra's clock tolerance and its default lifetime, both counted from the same moment.
        let not_before = request.now - Duration::minutes(5);
        let not_on_or_after = request.now + Duration::minutes(60);
        Self {
            response: Response {
                id: format!("_{}", twin.guid()),
                issue_instant: request.now,
                destination: Some(request.acs.to_owned()),
                in_response_to: in_response_to.clone(),
                issuer: twin.tenant().issuer(),
                status: "urn:oasis:names:tc:SAML:2.0:status:Success".to_owned(),
            },
            assertion: Assertion {
                issue_instant: request.now,
                issuer: twin.tenant().issuer(),
                name_id: xml::text(&request.user.user_principal_name),
                name_id_format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
                in_response_to,
                confirmed_until: Some(not_on_or_after),
                recipient: Some(request.acs.to_owned()),
                not_before: Some(not_before),
                not_on_or_after: Some(not_on_or_after),
                audiences: vec![audience(request.audience)],
                attributes: attributes(twin, request.user),
                authn_instant: request.authn_instant,
                session_index: Some(id.clone()),
                id,
            },
            sign: Some(request.sign),
        }
    }

    /// Writes the message on one line and signs what it says is signed.
    pub(crate) fn write(&self, app: &App) -> Result<String, SignError> {
        let signs = |part| self.sign == Some(part) || self.sign == Some(SigningOption::Both);
        // The assertion declares the namespaces that it uses, so its signature holds inside the response too.
        let assertion = if signs(SigningOption::Assertion) {
            sign::fill(
                &self.assertion.write(&sign::template(&self.assertion.id, &app.signing)),
                &app.signing,
            )?
        } else {
            self.assertion.write("")
        };
        if signs(SigningOption::Response) {
            let template = sign::template(&self.response.id, &app.signing);
            sign::fill(&self.response.write(&template, &assertion), &app.signing)
        } else {
            Ok(self.response.write("", &assertion))
        }
    }
}

impl Response {
    fn write(&self, signature: &str, assertion: &str) -> String {
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

impl Assertion {
    fn write(&self, signature: &str) -> String {
        let id = xml::attribute("ID", &self.id);
        let instant = xml::attribute("IssueInstant", &xml::time(self.issue_instant));
        let issuer = xml::text(&self.issuer);
        let subject = self.write_subject();
        let conditions = self.write_conditions();
        let attributes = self.write_attributes();
        let authn_instant = xml::attribute("AuthnInstant", &xml::time(self.authn_instant));
        let session_index = xml::optional("SessionIndex", self.session_index.as_deref());
        format!(
            "<Assertion{id}{instant} Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             <Issuer>{issuer}</Issuer>{signature}{subject}{conditions}{attributes}\
             <AuthnStatement{authn_instant}{session_index}><AuthnContext><AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
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
        wrap(
            "AttributeStatement",
            self.attributes.iter().map(|attribute| {
                let name = xml::attribute("Name", &attribute.name);
                let values: String =
                    attribute.values.iter().map(|value| element("AttributeValue", value)).collect();
                format!("<Attribute{name}>{values}</Attribute>")
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

/// The identifier itself; `spn:` before one that is no URI.
fn audience(identifier: &str) -> String {
    match Url::parse(identifier) {
        Ok(_) => identifier.to_owned(),
        Err(_) => format!("spn:{identifier}"),
    }
}

/// The default claims in Entra's order, then those of the application; a claim without a value is left out.
fn attributes(twin: &Twin, user: &User) -> Vec<Attribute> {
    const MICROSOFT: &str = "http://schemas.microsoft.com/identity/claims/";
    const XMLSOAP: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
    let provider = user.identity_provider.clone().unwrap_or_else(|| twin.tenant().issuer());
    let default = [
        (format!("{MICROSOFT}tenantid"), Some(twin.tenant().id.to_string())),
        (format!("{MICROSOFT}objectidentifier"), Source::ObjectId.value(user)),
        (format!("{MICROSOFT}displayname"), Source::DisplayName.value(user)),
        (format!("{MICROSOFT}identityprovider"), Some(provider)),
        (
            "http://schemas.microsoft.com/claims/authnmethodsreferences".to_owned(),
            Some("http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password".to_owned()),
        ),
        (format!("{XMLSOAP}givenname"), Source::GivenName.value(user)),
        (format!("{XMLSOAP}surname"), Source::Surname.value(user)),
        (format!("{XMLSOAP}emailaddress"), Source::Mail.value(user)),
        (format!("{XMLSOAP}name"), Source::UserPrincipalName.value(user)),
    ];
    let added = twin.app().claims.iter().map(|claim| (claim.name.clone(), claim.source.value(user)));
    default
        .into_iter()
        .chain(added)
        .filter_map(|(name, value)| value.map(|value| Attribute { name, values: vec![value] }))
        .collect()
}
