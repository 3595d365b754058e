//! Single logout: what Entra says, and what it reads.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::app::LogoutIssuer;
use crate::element::{ASSERTION, Element, PROTOCOL};
use crate::request::{RequestError, is_ncname};
use crate::{SignError, Twin, query, xml};

/// Entra's request to a service provider to end a session, in the redirect binding.
///
/// As with [`Message`](crate::Message): begin with [`LogoutRequest::honest`], change any field, then [`LogoutRequest::send`].
/// Strings are escaped when they are written, all but [`LogoutRequest::name_id`], which is raw XML.
///
/// ```
/// # use landfall_entra_twin::{LogoutRequest, Seed, Twin};
/// # use time::macros::datetime;
/// # let mut app = Seed::Contoso.app()?;
/// # app.logout_url = "https://sp.example.com/slo".into();
/// # let twin = Twin::new(Seed::Contoso.tenant()?, app, || datetime!(2030-01-02 03:04:05 UTC));
/// let request = LogoutRequest::honest(&twin, "B.Simon@contoso.example", vec!["_index".into()]);
/// let url = request.send(&twin, "https://sp.example.com/slo", None)?;
/// assert!(url.starts_with("https://sp.example.com/slo?SAMLRequest="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: OffsetDateTime,
    /// Destination.
    pub destination: Option<String>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<OffsetDateTime>,
    /// Issuer.
    pub issuer: String,
    /// Content of `NameID`, as raw XML.
    pub name_id: String,
    /// Format of the NameID; Entra writes none, and the double one where the application has it so.
    pub name_id_format: Option<String>,
    /// One `SessionIndex` for each.
    pub session_indexes: Vec<String>,
}

impl LogoutRequest {
    /// What Entra would say to the Logout URL of the application.
    #[must_use]
    pub fn honest(twin: &Twin, name_id: &str, session_indexes: Vec<String>) -> Self {
        Self {
            id: format!("_{}", twin.guid()),
            issue_instant: twin.now(),
            destination: Some(twin.app().logout_url.clone()).filter(|url| !url.is_empty()),
            not_on_or_after: Some(twin.now() + Duration::hours(1)),
            issuer: twin.tenant().issuer(),
            name_id: xml::text(name_id),
            name_id_format: None,
            session_indexes,
        }
    }

    /// The address that carries the message, signed on its query with the key of the application.
    ///
    /// # Errors
    /// [`SignError::Key`] if the private key is none.
    pub fn send(&self, twin: &Twin, location: &str, relay_state: Option<&str>) -> Result<String, SignError> {
        send(twin, location, ("SAMLRequest", &self.write()), relay_state)
    }

    pub(crate) fn write(&self) -> String {
        let id = xml::attribute("ID", &self.id);
        let instant = xml::attribute("IssueInstant", &xml::time(self.issue_instant));
        let destination = xml::optional("Destination", self.destination.as_deref());
        let until = xml::optional("NotOnOrAfter", self.not_on_or_after.map(xml::time).as_deref());
        let issuer = xml::text(&self.issuer);
        let format = xml::optional("Format", self.name_id_format.as_deref());
        let name_id = &self.name_id;
        let indexes = self
            .session_indexes
            .iter()
            .map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", xml::text(index)));
        format!(
            "<samlp:LogoutRequest{id} Version=\"2.0\"{instant}{destination}{until} xmlns:samlp=\"{PROTOCOL}\">\
             <Issuer xmlns=\"{ASSERTION}\">{issuer}</Issuer><NameID{format} xmlns=\"{ASSERTION}\">{name_id}</NameID>\
             {}</samlp:LogoutRequest>",
            indexes.collect::<String>()
        )
    }
}

/// Entra's answer to a service provider that asked for a logout, in the redirect binding.
///
/// ```
/// # use landfall_entra_twin::{LogoutResponse, Seed, Twin};
/// # use time::macros::datetime;
/// # let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, || datetime!(2030-01-02 03:04:05 UTC));
/// let mut answer = LogoutResponse::honest(&twin, "_request");
/// answer.issuer = "https://evil.example/".into();
/// let url = answer.send(&twin, "https://sp.example.com/slo", Some("state"))?;
/// assert!(url.contains("&RelayState=state&SigAlg="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: OffsetDateTime,
    /// Destination; Entra writes none.
    pub destination: Option<String>,
    /// InResponseTo.
    pub in_response_to: Option<String>,
    /// Issuer; in this message alone it is the login address of the tenant, unless the application has it otherwise.
    pub issuer: String,
    /// Value of the StatusCode.
    pub status: String,
}

impl LogoutResponse {
    /// What Entra would answer to the request with this ID.
    #[must_use]
    pub fn honest(twin: &Twin, in_response_to: &str) -> Self {
        Self {
            id: format!("_{}", twin.guid()),
            issue_instant: twin.now(),
            destination: None,
            in_response_to: Some(in_response_to.to_owned()),
            issuer: match twin.app().logout_issuer {
                LogoutIssuer::LoginAddress => {
                    format!("https://{}/{}/", twin.tenant().cloud.login_host(), twin.tenant().id)
                }
                LogoutIssuer::EntityId => twin.tenant().issuer(),
            },
            status: SUCCESS.to_owned(),
        }
    }

    /// The address that carries the message, signed on its query with the key of the application.
    ///
    /// # Errors
    /// [`SignError::Key`] if the private key is none.
    pub fn send(&self, twin: &Twin, location: &str, relay_state: Option<&str>) -> Result<String, SignError> {
        send(twin, location, ("SAMLResponse", &self.write()), relay_state)
    }

    pub(crate) fn write(&self) -> String {
        let id = xml::attribute("ID", &self.id);
        let instant = xml::attribute("IssueInstant", &xml::time(self.issue_instant));
        let destination = xml::optional("Destination", self.destination.as_deref());
        let in_response_to = xml::optional("InResponseTo", self.in_response_to.as_deref());
        let (issuer, status) = (xml::text(&self.issuer), xml::attribute("Value", &self.status));
        format!(
            "<samlp:LogoutResponse{id} Version=\"2.0\"{instant}{destination}{in_response_to} xmlns:samlp=\"{PROTOCOL}\">\
             <Issuer xmlns=\"{ASSERTION}\">{issuer}</Issuer><samlp:Status><samlp:StatusCode{status}/></samlp:Status>\
             </samlp:LogoutResponse>"
        )
    }
}

pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

fn send(
    twin: &Twin,
    location: &str,
    message: (&str, &str),
    relay_state: Option<&str>,
) -> Result<String, SignError> {
    query::signed(location, message, relay_state, twin.signing(), twin.app().logout_escapes)
}

/// What a service provider asks for when it wants a logout; neither its signature nor the value of its NameID counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogoutAsked {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) not_on_or_after: Option<OffsetDateTime>,
    /// Whether there is a NameID, which Entra demands and does not use.
    pub(crate) has_name_id: bool,
    pub(crate) session_indexes: Vec<String>,
}

impl LogoutAsked {
    /// # Errors
    /// [`RequestError`] names the part that is missing or broken.
    pub(crate) fn read(root: &Element) -> Result<Self, RequestError> {
        let (id, issuer) = envelope(root)?;
        let not_on_or_after =
            root.attribute("NotOnOrAfter").map(|text| instant("NotOnOrAfter", text)).transpose()?;
        let indexes = root.children(PROTOCOL, "SessionIndex");
        Ok(Self {
            id,
            issuer,
            not_on_or_after,
            has_name_id: root.child(ASSERTION, "NameID").is_some(),
            session_indexes: indexes.map(|index| index.text().to_owned()).collect(),
        })
    }
}

/// What a service provider answers to a logout of Entra's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogoutAnswered {
    pub(crate) issuer: String,
    pub(crate) in_response_to: Option<String>,
    /// The last status code: the second one where there are two.
    pub(crate) status: String,
}

impl LogoutAnswered {
    /// # Errors
    /// [`RequestError`] names the part that is missing or broken.
    pub(crate) fn read(root: &Element) -> Result<Self, RequestError> {
        let (_, issuer) = envelope(root)?;
        let code = root
            .child(PROTOCOL, "Status")
            .and_then(|status| status.child(PROTOCOL, "StatusCode"))
            .ok_or(RequestError::Missing { part: "StatusCode" })?;
        let code = code.child(PROTOCOL, "StatusCode").unwrap_or(code);
        let status = code.attribute("Value").ok_or(RequestError::Missing { part: "Value of StatusCode" })?;
        let in_response_to = root.attribute("InResponseTo").map(str::to_owned);
        Ok(Self { issuer, in_response_to, status: status.to_owned() })
    }
}

/// ID and Issuer; version and time are looked at and not kept.
fn envelope(root: &Element) -> Result<(String, String), RequestError> {
    let required = |name| root.attribute(name).ok_or(RequestError::Missing { part: name });
    let version = required("Version")?;
    if version != "2.0" {
        return Err(RequestError::Version { got: version.to_owned() });
    }
    instant("IssueInstant", required("IssueInstant")?)?;
    let id = required("ID")?;
    if !is_ncname(id) {
        return Err(RequestError::Id { got: id.to_owned() });
    }
    let issuer = root.child(ASSERTION, "Issuer").map(Element::text).filter(|issuer| !issuer.is_empty());
    let issuer = issuer.ok_or(RequestError::Missing { part: "Issuer" })?;
    Ok((id.to_owned(), issuer.to_owned()))
}

fn instant(part: &'static str, text: &str) -> Result<OffsetDateTime, RequestError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| RequestError::Time { part, got: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const REQUEST: &str = "<p:LogoutRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
        ID=\"_l1\" Version=\"2.0\" IssueInstant=\"2030-01-02T03:04:05Z\" NotOnOrAfter=\"2030-01-02T04:04:05.5Z\"><a:Issuer>https://sp.example.com</a:Issuer>\
        <a:NameID>a</a:NameID><p:SessionIndex>_1</p:SessionIndex><p:SessionIndex>_2</p:SessionIndex></p:LogoutRequest>";

    fn read(xml: &str) -> Result<LogoutAsked, RequestError> {
        LogoutAsked::read(&Element::parse(xml).unwrap())
    }

    #[test]
    fn a_request_is_read() {
        let expected = LogoutAsked {
            id: "_l1".into(),
            issuer: "https://sp.example.com".into(),
            not_on_or_after: Some(datetime!(2030-01-02 04:04:05.5 UTC)),
            has_name_id: true,
            session_indexes: vec!["_1".into(), "_2".into()],
        };
        assert_eq!(read(REQUEST).unwrap(), expected);
        assert!(!read(&REQUEST.replace("<a:NameID>a</a:NameID>", "")).unwrap().has_name_id);
        assert!(!read(&REQUEST.replace("a:NameID", "p:NameID")).unwrap().has_name_id);
    }

    #[test]
    fn each_required_part_is_missed() {
        for (from, to, said) in [
            (" ID=\"_l1\"", "", "got none"),
            ("\"_l1\"", "\"1l\"", "NCName"),
            (" Version=\"2.0\"", "", "got none"),
            ("\"2.0\"", "\"1.1\"", "1.1"),
            (" IssueInstant=\"2030-01-02T03:04:05Z\"", "", "got none"),
            ("2030-01-02T03:04:05Z", "yesterday", "yesterday"),
            ("04:04:05.5Z", "late", "NotOnOrAfter"),
            ("<a:Issuer>https://sp.example.com</a:Issuer>", "", "got none"),
            ("https://sp.example.com", " ", "got none"),
        ] {
            let edited = REQUEST.replacen(from, to, 1);
            assert_ne!(edited, REQUEST);
            let error = read(&edited).unwrap_err().to_string();
            assert!(error.contains(said), "{from}: {error}");
        }
    }

    #[test]
    fn an_answer_says_the_inner_status() {
        let answer = |status: &str| {
            let xml = format!(
                "<p:LogoutResponse xmlns:p=\"{PROTOCOL}\" ID=\"_a\" InResponseTo=\"_l\" Version=\"2.0\" IssueInstant=\"2030-01-02T03:04:05Z\">\
                 <Issuer xmlns=\"{ASSERTION}\">https://sp.example.com</Issuer>{status}</p:LogoutResponse>"
            );
            LogoutAnswered::read(&Element::parse(&xml).unwrap())
        };
        let plain = answer("<p:Status><p:StatusCode Value=\"urn:ok\"/></p:Status>").unwrap();
        assert_eq!((plain.status.as_str(), plain.in_response_to.as_deref()), ("urn:ok", Some("_l")));
        let nested = "<p:Status><p:StatusCode Value=\"urn:ok\"><p:StatusCode Value=\"urn:partial\"/></p:StatusCode></p:Status>";
        assert_eq!(answer(nested).unwrap().status, "urn:partial");
        assert!(answer("<p:Status/>").is_err() && answer("<p:Status><p:StatusCode/></p:Status>").is_err());
    }
}
