//! Strict base64 with XML white space between the characters [xmlschema-2 3.2.16].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::document::is_space;

/// The text is not base64: another alphabet, wrong padding, or bits set behind the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not base64: expected A-Z a-z 0-9 + / and right padding, white space aside")]
pub struct Base64Error;

/// Decodes base64 text as an XML document carries it [attack B16].
///
/// # Errors
/// [`Base64Error`] for a character outside the alphabet, wrong padding or non-zero trailing bits.
///
/// ```
/// use landfall_xmldsig::decode_base64;
///
/// assert_eq!(decode_base64("aGk\r\n=").as_deref(), Ok(&b"hi"[..]));
/// assert!(decode_base64("aGk").is_err());
/// assert!(decode_base64("aGl=").is_err());
/// assert!(decode_base64("a-_=").is_err());
/// ```
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    if text.bytes().any(is_space) {
        let packed: Vec<u8> = text.bytes().filter(|byte| !is_space(*byte)).collect();
        return STANDARD.decode(packed).map_err(|_| Base64Error);
    }
    STANDARD.decode(text).map_err(|_| Base64Error)
}

/// Encodes with padding, without line breaks.
#[must_use]
pub fn encode_base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}
