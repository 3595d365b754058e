//! AuthnRequests: what a service provider asks for.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use samael::schema::AuthnRequest;

use crate::element::{Element, PROTOCOL};

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Redirect,
    Post,
}

/// The parts of an AuthnRequest that Entra acts on; a signature is not looked at, as is Entra's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Becomes InResponseTo.
    pub(crate) id: String,
    /// The Identifier of the application.
    pub(crate) issuer: String,
    /// Where the answer is wanted; `None` for the default Reply URL.
    pub(crate) acs: Option<String>,
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
        Ok(Self { id: request.id, issuer, acs: request.assertion_consumer_service_url, xml })
    }
}

/// A request cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RequestError {
    #[error("SAMLRequest is not base64")]
    Base64 { source: base64::DecodeError },
    #[error("SAMLRequest of the redirect binding is not DEFLATE data")]
    Deflate { source: std::io::Error },
    #[error("SAMLRequest is longer than {limit} bytes")]
    TooLong { limit: u64 },
    #[error("SAMLRequest is not UTF-8")]
    Utf8 { source: std::string::FromUtf8Error },
    #[error("SAMLRequest is not XML without a DOCTYPE")]
    NotXml,
    #[error("expected {expected} in {PROTOCOL}, got {name} in {namespace:?}")]
    Root { expected: &'static str, namespace: String, name: String },
    #[error("a required part of the AuthnRequest is missing or broken")]
    Content { source: Box<dyn std::error::Error + Send + Sync> },
    #[error("expected Version 2.0, got {got:?}")]
    Version { got: String },
    #[error("the ID {got:?} is no NCName")]
    Id { got: String },
    #[error("expected an Issuer in the AuthnRequest, got none")]
    NoIssuer,
    #[error("expected {part} in the message, got none")]
    Missing { part: &'static str },
    #[error("expected a time in {part}, got {got:?}")]
    Time { part: &'static str, got: String },
}

impl RequestError {
    pub(crate) fn root(expected: &'static str, root: &Element) -> Self {
        let (namespace, name) = (root.namespace().to_owned(), root.name().to_owned());
        Self::Root { expected, namespace, name }
    }
}

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
            xml: GOOD.into(),
        };
        assert_eq!(Asked::decode(&expected.to_post_binding(), Binding::Post).unwrap(), expected);
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
