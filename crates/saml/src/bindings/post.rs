use landfall_xmldsig::{Base64Error, Document, Limits, decode_base64};

use super::redirect::inflate;
use crate::{ReadError, ReceivedResponse};

/// The octets of a message as a browser brought them; nothing about them is known.
///
/// ```
/// use landfall_saml::RawMessage;
///
/// let message = RawMessage::from_post("PGEvPg==")?;
/// assert!(message.response().is_err(), "<a/> is no Response");
/// # Ok::<(), landfall_saml::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct RawMessage(Vec<u8>);

impl RawMessage {
    /// Most bytes of the form field: base64 of the largest message that the parser reads, line breaks included.
    pub const MOST: usize = Limits::message().bytes / 3 * 4 * 78 / 76 + 4;

    /// Decodes the value of the form field `SAMLResponse`: base64, never deflated [saml-bindings 3.5.4], [attack D6].
    ///
    /// # Errors
    /// [`DecodeError`] if it is too large or not base64.
    pub fn from_post(field: &str) -> Result<Self, DecodeError> {
        if field.len() > Self::MOST {
            return Err(DecodeError::TooLarge { length: field.len(), most: Self::MOST });
        }
        Ok(Self(decode_base64(field)?))
    }

    /// Decodes the value of the query parameter `SAMLRequest` or `SAMLResponse`: base64 of deflated XML [saml-bindings 3.4.4.1].
    ///
    /// # Errors
    /// [`DecodeError`] if it is too large before or after inflating, or not base64, or not deflated.
    pub fn from_redirect(value: &str) -> Result<Self, DecodeError> {
        let Self(deflated) = Self::from_post(value)?;
        Ok(Self(inflate(&deflated)?))
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Takes the XML of a message as it is.
    #[must_use]
    pub fn from_xml(xml: &[u8]) -> Self {
        Self(xml.to_vec())
    }

    /// Reads the message as a Response; this one tree serves routing and verification both.
    ///
    /// # Errors
    /// [`ReadError`] if it is not XML, or its root is another element.
    pub fn response(&self) -> Result<ReceivedResponse<'_>, ReadError> {
        ReceivedResponse::new(Document::parse(&self.0, &Limits::message())?)
    }
}

/// Why a form field is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Larger than any message that is read.
    #[error("the message has {length} bytes or more, at most {most} are read")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The bound.
        most: usize,
    },
    /// A parameter twice, or where it must not be, or not there.
    #[error("the parameter {name} {problem}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Not deflated.
    #[error("the parameter is base64, but not of deflated text")]
    Deflate,
    /// Not base64.
    #[error("the field cannot be decoded")]
    Base64(#[from] Base64Error),
}

impl DecodeError {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "post.too_large",
            Self::Parameter { .. } => "logout.parameter",
            Self::Deflate => "redirect.deflate",
            Self::Base64(_) => "post.base64",
        }
    }
}
