//! AuthnRequests: what a service provider asks for.

mod error;

pub(crate) use error::RequestError;

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use samael::schema::{AuthnContextComparison, AuthnRequest, RequestedAuthnContext};

use crate::aadsts::Aadsts;
use crate::app::NameIdFormat;
use crate::element::{Element, PROTOCOL};

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Redirect,
    Post,
}

/// The parts of an AuthnRequest that Entra acts on; what it ignores is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Becomes InResponseTo.
    pub(crate) id: String,
    /// The Identifier of the application.
    pub(crate) issuer: String,
    /// Where the answer is wanted; `None` for the default Reply URL.
    pub(crate) acs: Option<String>,
    /// Whether the person must sign in anew.
    pub(crate) force_authn: bool,
    /// Whether the person must not be asked anything.
    pub(crate) is_passive: bool,
    /// The binding of the answer.
    binding: Option<String>,
    name_id_format: Option<String>,
    /// Classes, one of which must be the one of the sign-on; none admits each.
    classes: Vec<String>,
    /// The first property that Entra does not take, and the code that it has for it.
    unsupported: Option<Aadsts>,
    xml: String,
}

impl Asked {
    /// Reads the value of the `SAMLRequest` parameter.
    ///
    /// # Errors
    /// [`RequestError`] says which step failed.
    pub(crate) fn decode(parameter: &str, binding: Binding) -> Result<Self, RequestError> {
        Self::read(decode(parameter, binding)?)
    }

    /// The same request as the value of the parameter in the POST binding.
    pub(crate) fn to_post_binding(&self) -> String {
        STANDARD.encode(&self.xml)
    }

    /// What the response answers; nothing for the request of the portal's Test button, whose fixed ID Entra knows.
    pub(crate) fn in_response_to(&self) -> Option<&str> {
        (self.id != TEST_BUTTON).then_some(self.id.as_str())
    }

    /// The NameID format that is wanted, once everything that Entra does not take is ruled out.
    ///
    /// # Errors
    /// AADSTS75003, 75016, 90011 or 900236.
    pub(crate) fn name_id_format(&self) -> Result<Option<NameIdFormat>, Aadsts> {
        if let Some(got) = self.binding.as_ref().filter(|binding| *binding != POST) {
            return Err(Aadsts::ResponseBinding { got: got.clone() });
        }
        if let Some(error) = &self.unsupported {
            return Err(error.clone());
        }
        let Some(uri) = &self.name_id_format else { return Ok(None) };
        NameIdFormat::asked(uri).map(Some).ok_or_else(|| Aadsts::NameIdPolicy { got: uri.clone() })
    }

    /// Whether a sign-on of this class is one that was asked for.
    ///
    /// # Errors
    /// AADSTS75011.
    pub(crate) fn admits_class(&self, used: &str, app: &str) -> Result<(), Aadsts> {
        let fits = |class: &String| class == used || class == UNSPECIFIED_CLASS;
        if self.classes.is_empty() || self.classes.iter().any(fits) {
            return Ok(());
        }
        let (used, asked) = (used.to_owned(), self.classes.join(", "));
        Err(Aadsts::AuthnContext { used, asked, app: app.to_owned() })
    }

    /// The XML as it came.
    pub(crate) fn xml(&self) -> &str {
        &self.xml
    }

    /// The request as it was signed; the sign-in page brings back the whole of it.
    ///
    /// # Errors
    /// [`RequestError`] if the octets that were signed are no request.
    pub(crate) fn of_signed(signed: String, xml: String) -> Result<Self, RequestError> {
        Ok(Self { xml, ..Self::read(signed)? })
    }

    fn read(xml: String) -> Result<Self, RequestError> {
        let root = Element::parse(&xml).ok_or(RequestError::NotXml)?;
        if !root.is(PROTOCOL, "AuthnRequest") {
            return Err(RequestError::root("AuthnRequest", &root));
        }
        let request: AuthnRequest =
            xml.parse().map_err(|source| RequestError::Content { source: Box::new(source) })?;
        if request.version != "2.0" {
            return Err(RequestError::Version { got: request.version });
        }
        if !is_ncname(&request.id) {
            return Err(RequestError::Id { got: request.id });
        }
        let issuer = request.issuer_value().ok_or(RequestError::NoIssuer)?;
        let unsupported = unsupported(&request, &root);
        let context = request.requested_authn_context.and_then(|context| context.authn_context_class_refs);
        let classes = context.unwrap_or_default().into_iter().filter_map(|class| class.value);
        Ok(Self {
            id: request.id,
            issuer,
            acs: request.assertion_consumer_service_url,
            force_authn: request.force_authn == Some(true),
            is_passive: request.is_passive == Some(true),
            binding: request.protocol_binding,
            name_id_format: request.name_id_policy.and_then(|policy| policy.format),
            classes: classes.map(|class| class.trim().to_owned()).collect(),
            unsupported,
            xml,
        })
    }
}

/// What Entra does not take: of the Scoping element, which samael does not read, only some children.
fn unsupported(request: &AuthnRequest, root: &Element) -> Option<Aadsts> {
    let property = |name: &str| Some(Aadsts::Property { name: name.to_owned() });
    let scoping = root.child(PROTOCOL, "Scoping");
    let exact = |context: &RequestedAuthnContext| {
        matches!(context.comparison, None | Some(AuthnContextComparison::Exact))
    };
    if request.subject.is_some() {
        return property("Subject");
    }
    if request.name_id_policy.as_ref().is_some_and(|policy| policy.sp_name_qualifier.is_some()) {
        return Some(Aadsts::NameQualifier);
    }
    if !request.requested_authn_context.as_ref().is_none_or(exact) {
        return property("RequestedAuthnContext/Comparison");
    }
    match scoping? {
        scoping if scoping.attribute("ProxyCount").is_some() => property("Scoping/ProxyCount"),
        scoping if scoping.child(PROTOCOL, "IDPList").is_some() => property("Scoping/IDPList"),
        scoping if scoping.child(PROTOCOL, "RequesterID").is_some() => property("Scoping/RequesterID"),
        _ => None,
    }
}

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const UNSPECIFIED_CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified";

/// The longest request that is read, after inflating.
const LIMIT: u64 = 256 * 1024;

const TEST_BUTTON: &str = "F84D888AA3B44C1B844375A4E8210D9E";

/// The XML in a `SAMLRequest` or `SAMLResponse` parameter.
pub(crate) fn decode(parameter: &str, binding: Binding) -> Result<String, RequestError> {
    let base64: String = parameter.split_whitespace().collect();
    let bytes = STANDARD.decode(base64).map_err(|source| RequestError::Base64 { source })?;
    let octets = match binding {
        Binding::Post => bytes,
        Binding::Redirect => {
            let mut inflated = Vec::new();
            // One more than the limit, so that reaching it is seen.
            DeflateDecoder::new(bytes.as_slice())
                .take(LIMIT + 1)
                .read_to_end(&mut inflated)
                .map_err(|source| RequestError::Deflate { source })?;
            inflated
        }
    };
    if octets.len() as u64 > LIMIT {
        return Err(RequestError::TooLong { limit: LIMIT });
    }
    String::from_utf8(octets).map_err(|source| RequestError::Utf8 { source })
}

/// `xs:ID`: a letter or an underscore first, no colon [saml-core 1.3.4].
pub(crate) fn is_ncname(id: &str) -> bool {
    let mut letters = id.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use std::io::Write;

    const GOOD: &str = "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_a1\" \
        Version=\"2.0\" IssueInstant=\"2030-01-02T03:04:05Z\" \
        AssertionConsumerServiceURL=\"https://sp.example.com/acs?a=1&amp;b=2\">\
        <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://sp.example.com</Issuer></samlp:AuthnRequest>";

    fn deflated(bytes: &[u8]) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[track_caller]
    fn refused(xml: &str) -> RequestError {
        assert_ne!(xml, GOOD, "the edit must change the request");
        Asked::decode(&deflated(xml.as_bytes()), Binding::Redirect).unwrap_err()
    }

    #[test]
    fn both_bindings_carry_the_same_request() {
        let expected = Asked {
            id: "_a1".into(),
            issuer: "https://sp.example.com".into(),
            acs: Some("https://sp.example.com/acs?a=1&b=2".into()),
            force_authn: false,
            is_passive: false,
            binding: None,
            name_id_format: None,
            classes: vec![],
            unsupported: None,
            xml: GOOD.into(),
        };
        assert_eq!(Asked::decode(&expected.to_post_binding(), Binding::Post).unwrap(), expected);
        assert_eq!(expected.name_id_format(), Ok(None));
        assert_eq!(Asked::decode(&deflated(GOOD.as_bytes()), Binding::Redirect).unwrap(), expected);
        assert_eq!(Asked::decode(&STANDARD.encode(GOOD), Binding::Post).unwrap(), expected);
    }

    #[test]
    fn a_signature_inside_is_not_looked_at() {
        let signed = GOOD.replace("</Issuer>", "</Issuer><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\
            <SignedInfo><CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
            <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
            <Reference URI=\"#_a1\"><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
            <DigestValue>AA==</DigestValue></Reference></SignedInfo><SignatureValue>AA==</SignatureValue></Signature>");
        let read = Asked::read(signed).unwrap();
        assert_eq!((read.id.as_str(), read.issuer.as_str()), ("_a1", "https://sp.example.com"));
    }

    #[test]
    fn broken_encodings_are_told_apart() {
        let redirect = |text: &str| Asked::decode(text, Binding::Redirect).unwrap_err();
        assert!(matches!(redirect("not base64!"), RequestError::Base64 { .. }));
        assert!(matches!(redirect(&STANDARD.encode("not deflate")), RequestError::Deflate { .. }));
        assert!(matches!(redirect(&deflated(b"\xff\xfe")), RequestError::Utf8 { .. }));
        assert!(matches!(redirect(&deflated(b"not xml")), RequestError::NotXml));
        assert!(matches!(redirect(&deflated(b"")), RequestError::NotXml));
    }

    /// A good request with these attributes, and these elements behind its Issuer.
    fn with(attributes: &str, elements: &str) -> Asked {
        let xml = GOOD.replacen(" Version", &format!(" {attributes} Version"), 1);
        Asked::read(xml.replace("</Issuer>", &format!("</Issuer>{elements}"))).unwrap()
    }

    #[test]
    fn what_is_wanted_is_read() {
        let asked = with("ForceAuthn=\"true\" IsPassive=\"1\"", "");
        assert!(asked.force_authn && asked.is_passive);
        let asked = with("ForceAuthn=\"false\" IsPassive=\"0\"", "");
        assert!(!asked.force_authn && !asked.is_passive);
        for (uri, format) in [
            ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", NameIdFormat::Persistent),
            ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", NameIdFormat::EmailAddress),
            ("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", NameIdFormat::Unspecified),
            ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", NameIdFormat::Transient),
        ] {
            let asked = with("", &format!("<samlp:NameIDPolicy Format=\"{uri}\" AllowCreate=\"false\"/>"));
            assert_eq!(asked.name_id_format(), Ok(Some(format)));
        }
        assert_eq!(with("", "<samlp:NameIDPolicy AllowCreate=\"true\"/>").name_id_format(), Ok(None));
        assert_eq!(with(&format!("ProtocolBinding=\"{POST}\""), "").name_id_format(), Ok(None));
    }

    #[test]
    fn what_entra_does_not_take_has_its_code() {
        const NAME: &str =
            "<Subject xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><NameID>a</NameID></Subject>";
        let context = |comparison: &str| {
            format!(
                "<samlp:RequestedAuthnContext{comparison}><a:AuthnContextClassRef xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
                     urn:class</a:AuthnContextClassRef></samlp:RequestedAuthnContext>"
            )
        };
        let binding = "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\"";
        for (code, attributes, elements) in [
            (75003, binding, String::new()),
            (75016, "", "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos\"/>".into()),
            (75016, "", "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName\"/>".into()),
            (90011, "", "<samlp:NameIDPolicy SPNameQualifier=\"a\"/>".into()),
            (900_236, "", NAME.into()),
            (900_236, "", context(" Comparison=\"minimum\"")),
            (900_236, "", "<samlp:Scoping ProxyCount=\"1\"/>".into()),
            (900_236, "", "<samlp:Scoping><samlp:IDPList/></samlp:Scoping>".into()),
            (900_236, "", "<samlp:Scoping><samlp:RequesterID>a</samlp:RequesterID></samlp:Scoping>".into()),
        ] {
            let error = with(attributes, &elements).name_id_format().unwrap_err();
            assert_eq!(error.code(), code, "{elements}");
        }
        for fine in [context(""), context(" Comparison=\"exact\""), "<samlp:Scoping/>".into()] {
            assert_eq!(with("", &fine).name_id_format(), Ok(None), "{fine}");
        }
    }

    #[test]
    fn one_of_the_classes_must_be_the_one_of_the_sign_on() {
        let asking = |classes: &[&str]| {
            let references: String = classes.iter().map(|class| {
                format!("<a:AuthnContextClassRef xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">\n{class} </a:AuthnContextClassRef>")
            }).collect();
            with("", &format!("<samlp:RequestedAuthnContext>{references}</samlp:RequestedAuthnContext>"))
        };
        for (classes, fits) in [
            (vec!["urn:a"], true),
            (vec!["urn:b", "urn:a"], true),
            (vec!["urn:b"], false),
            (vec!["urn:A"], false),
            (vec![UNSPECIFIED_CLASS], true),
        ] {
            assert_eq!(asking(&classes).admits_class("urn:a", "app").is_ok(), fits, "{classes:?}");
        }
        assert!(with("", "").admits_class("urn:a", "app").is_ok());
        let error = asking(&["urn:b", "urn:c"]).admits_class("urn:a", "app").unwrap_err();
        assert_eq!(error.code(), 75011);
        assert!(error.to_string().contains("'urn:a'") && error.to_string().contains("'urn:b, urn:c'"));
    }

    #[test]
    fn a_deflate_bomb_stops_at_the_limit() {
        let limit = usize::try_from(LIMIT).unwrap();
        let padded = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
        assert!(Asked::decode(&deflated(padded(limit).as_bytes()), Binding::Redirect).is_ok());
        let bomb = deflated(&vec![b' '; 20 * 1024 * 1024]);
        assert!(bomb.len() < 30 * 1024);
        for long in [deflated(padded(limit + 1).as_bytes()), bomb] {
            assert!(matches!(
                Asked::decode(&long, Binding::Redirect),
                Err(RequestError::TooLong { limit: LIMIT })
            ));
        }
    }

    #[test]
    fn the_root_must_be_an_authn_request_of_saml() {
        assert!(matches!(
            refused(&GOOD.replace("AuthnRequest", "LogoutRequest")),
            RequestError::Root { name, .. } if name == "LogoutRequest"
        ));
        assert!(matches!(
            refused(&GOOD.replace("SAML:2.0:protocol", "SAML:1.0:protocol")),
            RequestError::Root { .. }
        ));
        assert!(matches!(refused(&format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{GOOD}")), RequestError::NotXml));
    }

    #[test]
    fn each_required_part_is_missed() {
        assert!(matches!(refused(&GOOD.replace("IssueInstant", "Other")), RequestError::Content { .. }));
        assert!(matches!(refused(&GOOD.replace("\"2.0\"", "\"1.1\"")), RequestError::Version { .. }));
        let issuer =
            "<Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://sp.example.com</Issuer>";
        assert!(matches!(refused(&GOOD.replace(issuer, "")), RequestError::NoIssuer));
        assert!(matches!(refused(&GOOD.replace("</samlp:", "</other:")), RequestError::NotXml));
    }

    /// [saml-core 1.3.4]
    #[test]
    fn ids_are_ncnames() {
        for id in ["1a", "", "a b", "a:b", "YWJj/+=", "-a"] {
            let error = refused(&GOOD.replace("_a1", id));
            assert!(matches!(error, RequestError::Id { got } if got == id));
        }
        for id in ["_1", "id7f", "F84D888AA3B44C1B844375A4E8210D9E", "a.b-c"] {
            assert_eq!(Asked::read(GOOD.replace("_a1", id)).unwrap().id, id);
        }
    }
}
