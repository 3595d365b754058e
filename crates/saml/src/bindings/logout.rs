//! Logout messages as browsers bring them: in a query, signed beside, or in a form, signed inside.

use std::fmt;

use landfall_xmldsig::{Document, Limits, SignedOctets, decode_base64};
use url::form_urlencoded;

use crate::{DecodeError, RawMessage, ReadError, ReceivedLogout};

/// Which of the two messages of single logout it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "SAML has these two and will have no third")]
pub enum LogoutKind {
    /// Somebody asks us to end sessions.
    Request,
    /// Somebody answers a request of ours.
    Response,
}

impl LogoutKind {
    /// The parameter or field that carries it.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }

    pub(crate) const fn element(self) -> &'static str {
        match self {
            Self::Request => "LogoutRequest",
            Self::Response => "LogoutResponse",
        }
    }
}

/// A logout message as a browser brought it, with what its signature stands over; nothing about it is known.
///
/// ```
/// use landfall_saml::{DecodeError, LogoutKind, RawLogout};
///
/// let raw = RawLogout::from_form(b"SAMLRequest=PGEvPg%3D%3D&RelayState=x")?;
/// assert_eq!(raw.kind(), LogoutKind::Request);
/// assert!(raw.read().is_err(), "<a/> is no LogoutRequest");
///
/// let twice = RawLogout::from_query("SAMLRequest=x&RelayState=y&SAMLRequest=x").unwrap_err();
/// assert_eq!(twice.code(), "logout.parameter");
/// # Ok::<(), DecodeError>(())
/// ```
#[derive(Clone)]
pub struct RawLogout {
    kind: LogoutKind,
    message: RawMessage,
    relay_state: Option<String>,
    carried: Carried,
}

/// How it came, and so where its signature is.
#[derive(Clone)]
pub(crate) enum Carried {
    /// In a form: the signature is in the message.
    Form,
    /// In a query: the signature is beside the message, whatever stands in it [saml-bindings 3.4.4.1].
    Query(Option<QuerySignature>),
}

/// The signature of a query.
#[derive(Clone)]
pub(crate) struct QuerySignature {
    /// The octets that it covers, as they came.
    pub(crate) signed: Vec<u8>,
    pub(crate) algorithm: String,
    pub(crate) value: Vec<u8>,
}

impl RawLogout {
    /// Most bytes of a query or a form: a message whose every byte is percent-encoded, and what goes with it.
    pub const MOST: usize = RawMessage::MOST * 3 + 8192;
    /// Most bytes of their RelayState; the standard has 80 [saml-bindings 3.4.3], and not everybody holds to it.
    pub const MOST_RELAY_STATE: usize = 1024;

    /// Reads the query of a redirect, which is the text behind the `?` exactly as it came [saml-bindings 3.4.4.1].
    ///
    /// # Errors
    /// [`DecodeError`] if it is too large, holds both messages or none, or one of its parameters twice;
    /// a missing signature is told when the message is judged.
    ///
    /// # Security
    /// The signature covers these very octets [attack C12]: a query that was decoded and encoded again is another one.
    pub fn from_query(query: &str) -> Result<Self, DecodeError> {
        let parameters = Parameters::read(query)?;
        let (kind, message) = parameters.message()?;
        if let Some(encoding) = parameters.encoding
            && decoded(encoding) != DEFLATE
        {
            return Err(DecodeError::Parameter { name: "SAMLEncoding", problem: "names no DEFLATE" });
        }
        let message = (message, RawMessage::from_redirect(&decoded(message))?);
        let signature = parameters.signature(kind, message.0)?;
        Ok(Self {
            kind,
            message: message.1,
            relay_state: parameters.relay_state()?,
            carried: Carried::Query(signature),
        })
    }

    /// Reads the body of a form that was posted: `application/x-www-form-urlencoded` [saml-bindings 3.5.4].
    ///
    /// # Errors
    /// [`DecodeError`] if it is too large, holds both messages or none, or one of its fields twice.
    pub fn from_form(body: &[u8]) -> Result<Self, DecodeError> {
        let text = std::str::from_utf8(body)
            .map_err(|_| DecodeError::Parameter { name: "SAMLRequest", problem: "stands in no text" })?;
        let parameters = Parameters::read(text)?;
        let (kind, message) = parameters.message()?;
        let message = RawMessage::from_post(&decoded(message))?;
        Ok(Self { kind, message, relay_state: parameters.relay_state()?, carried: Carried::Form })
    }

    /// Takes the XML of a message as it is, as if a form had brought it.
    #[must_use]
    pub fn from_xml(kind: LogoutKind, xml: &[u8]) -> Self {
        let message = RawMessage::from_xml(xml);
        Self { kind, message, relay_state: None, carried: Carried::Form }
    }

    /// Which message it says that it is.
    #[must_use]
    pub fn kind(&self) -> LogoutKind {
        self.kind
    }

    /// The octets of its XML.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.message.octets()
    }

    /// Reads the message; this one tree serves routing and, of a form, verification too.
    ///
    /// # Errors
    /// [`ReadError`] if it is not XML, or its root is another element.
    pub fn read(&self) -> Result<ReceivedLogout<'_>, ReadError> {
        ReceivedLogout::new(self, Document::parse(self.octets(), &Limits::message())?)
    }

    pub(crate) fn carried(&self) -> &Carried {
        &self.carried
    }

    pub(crate) fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl fmt::Debug for RawLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The message holds personal data.
        f.debug_struct("RawLogout")
            .field("kind", &self.kind)
            .field("bytes", &self.octets().len())
            .finish_non_exhaustive()
    }
}

/// The message in octets of a query that a trusted key signed: what was signed is what is read.
pub(crate) fn signed_message(signed: &SignedOctets) -> Option<RawMessage> {
    let query = std::str::from_utf8(signed.octets()).ok()?;
    let (_, message) = query.split('&').next()?.split_once('=')?;
    RawMessage::from_redirect(&decoded(message)).ok()
}

const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// The values as they came, encoded; of a name that stands twice nobody can say which one counts [attack C12].
#[derive(Default)]
struct Parameters<'q> {
    request: Option<&'q str>,
    response: Option<&'q str>,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    encoding: Option<&'q str>,
}

impl<'q> Parameters<'q> {
    fn read(text: &'q str) -> Result<Self, DecodeError> {
        if text.len() > RawLogout::MOST {
            return Err(DecodeError::TooLarge { length: text.len(), most: RawLogout::MOST });
        }
        let mut parameters = Self::default();
        for pair in text.split('&') {
            let (raw, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, place) = match decoded(raw).as_str() {
                "SAMLRequest" => ("SAMLRequest", &mut parameters.request),
                "SAMLResponse" => ("SAMLResponse", &mut parameters.response),
                "RelayState" => ("RelayState", &mut parameters.relay_state),
                "SigAlg" => ("SigAlg", &mut parameters.algorithm),
                "Signature" => ("Signature", &mut parameters.signature),
                "SAMLEncoding" => ("SAMLEncoding", &mut parameters.encoding),
                _ => continue,
            };
            if raw != name {
                return Err(DecodeError::Parameter { name, problem: "has a name that is percent-encoded" });
            }
            if place.replace(value).is_some() {
                return Err(DecodeError::Parameter { name, problem: "stands there twice" });
            }
        }
        Ok(parameters)
    }

    /// One message, of either kind.
    fn message(&self) -> Result<(LogoutKind, &'q str), DecodeError> {
        match (self.request, self.response) {
            (Some(request), None) => Ok((LogoutKind::Request, request)),
            (None, Some(response)) => Ok((LogoutKind::Response, response)),
            (Some(_), Some(_)) => {
                Err(DecodeError::Parameter { name: "SAMLRequest", problem: "stands beside SAMLResponse" })
            }
            (None, None) => {
                Err(DecodeError::Parameter { name: "SAMLRequest", problem: "is missing, and SAMLResponse" })
            }
        }
    }

    /// The order is fixed, the values are as they came, and a RelayState that was not sent is not signed.
    fn signature(&self, kind: LogoutKind, message: &str) -> Result<Option<QuerySignature>, DecodeError> {
        let (Some(algorithm), Some(value)) = (self.algorithm, self.signature) else { return Ok(None) };
        let relay_state = self.relay_state.map_or_else(String::new, |value| format!("&RelayState={value}"));
        let signed = format!("{}={message}{relay_state}&SigAlg={algorithm}", kind.field());
        Ok(Some(QuerySignature {
            signed: signed.into_bytes(),
            algorithm: decoded(algorithm),
            value: decode_base64(&decoded(value))?,
        }))
    }

    /// An empty one is one that was not sent: some always write the field.
    fn relay_state(&self) -> Result<Option<String>, DecodeError> {
        let relay_state = decoded(self.relay_state.unwrap_or_default());
        match relay_state.len() {
            0 => Ok(None),
            length if length > RawLogout::MOST_RELAY_STATE => {
                Err(DecodeError::Parameter { name: "RelayState", problem: "has more than 1024 bytes" })
            }
            _ => Ok(Some(relay_state)),
        }
    }
}

/// A value as the sender meant it.
fn decoded(value: &str) -> String {
    // Behind a name, since a value may hold '='.
    let field = format!("v={value}");
    let pair = form_urlencoded::parse(field.as_bytes()).next();
    pair.map(|(_, value)| value.into_owned()).unwrap_or_default()
}
