use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use landfall_saml::{LogoutKind, RawLogout};
use landfall_xmldsig::{SignaturePlace, Signer, encode_base64};
use url::form_urlencoded::byte_serialize;

use super::SLO;
use crate::{IDP, REQUEST, key};

/// Parts of a logout message as raw XML text.
#[derive(Clone)]
pub(crate) struct TestLogout {
    pub(crate) kind: LogoutKind,
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) issue_instant: String,
    /// ` Destination="…"`
    pub(crate) attributes: String,
    pub(crate) issuer: String,
    pub(crate) before: String,
    pub(crate) body: String,
    pub(crate) relay_state: Option<String>,
}

impl TestLogout {
    /// In the shape of Entra's.
    pub(crate) fn request() -> Self {
        Self {
            kind: LogoutKind::Request,
            id: "_l1".into(),
            version: "2.0".into(),
            issue_instant: "2030-01-02T03:04:05.805Z".into(),
            attributes: format!(" Destination=\"{SLO}\" NotOnOrAfter=\"2030-01-02T04:04:05.805Z\""),
            issuer: format!("<Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</Issuer>"),
            before: String::new(),
            body: name_id("B.Simon@contoso.example") + "<samlp:SessionIndex>_a1</samlp:SessionIndex>",
            relay_state: None,
        }
    }

    /// The answer to [`REQUEST`].
    pub(crate) fn response() -> Self {
        Self {
            kind: LogoutKind::Response,
            attributes: format!(" Destination=\"{SLO}\" InResponseTo=\"{REQUEST}\""),
            body: status("Success", ""),
            ..Self::request()
        }
    }

    pub(crate) fn xml(&self) -> String {
        let name = match self.kind {
            LogoutKind::Request => "LogoutRequest",
            LogoutKind::Response => "LogoutResponse",
        };
        format!(
            "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{}\" Version=\"{}\" \
             IssueInstant=\"{}\"{}>{}{}{}</samlp:{name}>",
            self.id, self.version, self.issue_instant, self.attributes, self.issuer, self.before, self.body
        )
    }

    pub(crate) fn signed(&self, name: &str) -> String {
        key(name).sign_element(&self.xml(), &self.id, SignaturePlace::Second).unwrap()
    }

    pub(crate) fn posted(&self, name: &str) -> RawLogout {
        posted(self.kind, &self.signed(name))
    }

    /// The query that carries it, signed by nobody.
    pub(crate) fn query(&self) -> String {
        query(self.kind, &self.xml(), self.relay_state.as_deref())
    }

    pub(crate) fn redirected(&self, name: &str) -> RawLogout {
        RawLogout::from_query(&signed_query(&self.query(), name)).unwrap()
    }
}

pub(crate) fn field(kind: LogoutKind) -> &'static str {
    match kind {
        LogoutKind::Request => "SAMLRequest",
        LogoutKind::Response => "SAMLResponse",
    }
}

/// As a browser posts it.
pub(crate) fn posted(kind: LogoutKind, xml: &str) -> RawLogout {
    let form = format!("RelayState=r&{}={}", field(kind), encoded(&encode_base64(xml.as_bytes())));
    RawLogout::from_form(form.as_bytes()).unwrap()
}

pub(crate) fn query(kind: LogoutKind, xml: &str, relay_state: Option<&str>) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    let message = encoded(&encode_base64(&encoder.finish().unwrap()));
    let relay_state = relay_state.map_or_else(String::new, |text| format!("&RelayState={}", encoded(text)));
    format!("{}={message}{relay_state}&SigAlg={}", field(kind), encoded(key("signer").algorithm().uri()))
}

/// With a signature behind it, over the octets that stand there.
pub(crate) fn signed_query(query: &str, name: &str) -> String {
    let signature = encode_base64(&key(name).sign(query.as_bytes()).unwrap());
    format!("{query}&Signature={}", encoded(&signature))
}

pub(crate) fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).map(|piece| if piece == "+" { "%20" } else { piece }).collect()
}

pub(crate) fn name_id(value: &str) -> String {
    format!("<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{value}</NameID>")
}

/// A status with another one below it, or none.
pub(crate) fn status(top: &str, below: &str) -> String {
    let uri = |code: &str| format!("urn:oasis:names:tc:SAML:2.0:status:{code}");
    let below = if below.is_empty() {
        String::new()
    } else {
        format!("<samlp:StatusCode Value=\"{}\"/>", uri(below))
    };
    format!(
        "<samlp:Status><samlp:StatusCode Value=\"{}\">{below}</samlp:StatusCode></samlp:Status>",
        uri(top)
    )
}
