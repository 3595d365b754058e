//! HTTP-Redirect: deflated, base64, percent-encoded, signed over the encoded query [saml-bindings 3.4.4.1].

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use landfall_xmldsig::{Limits, SignError, Signer, encode_base64};
use url::form_urlencoded::byte_serialize;

use crate::{DecodeError, Location};

/// The address that carries a message, under the name of its field, with our signature over its query.
pub(crate) fn redirect_url(
    location: &Location,
    (field, xml): (&str, &str),
    relay_state: Option<&str>,
    key: &dyn Signer,
) -> Result<String, SignError> {
    let deflated = deflate(xml.as_bytes());
    let relay_state =
        relay_state.map_or_else(String::new, |relay_state| format!("&RelayState={}", encode(relay_state)));
    let signed = format!(
        "{field}={}{relay_state}&SigAlg={}",
        encode(&encode_base64(&deflated)),
        encode(key.algorithm().uri()),
    );
    let signature = encode_base64(&key.sign(signed.as_bytes())?);
    Ok(with_query(location.as_str(), &format!("{signed}&Signature={}", encode(&signature))))
}

/// The address with one parameter more, outside what is signed.
pub(crate) fn with_parameter(address: &str, name: &str, value: &str) -> String {
    with_query(address, &format!("{name}={}", encode(value)))
}

fn with_query(address: &str, query: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{query}")
}

/// Percent-encodes a value; a space too, since not every reader takes '+' for one.
fn encode(value: &str) -> String {
    byte_serialize(value.as_bytes()).map(|piece| if piece == "+" { "%20" } else { piece }).collect()
}

/// Undoes [`deflate`], up to the size of the largest message that is read.
///
/// # Security
/// A few hundred bytes can inflate to gigabytes [attack D6]: reading stops one byte behind the bound.
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let most = Limits::message().bytes;
    let mut inflated = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    DeflateDecoder::new(bytes).take(bound).read_to_end(&mut inflated).map_err(|_| DecodeError::Deflate)?;
    if inflated.len() > most {
        return Err(DecodeError::TooLarge { length: inflated.len(), most });
    }
    Ok(inflated)
}

/// Raw DEFLATE, without a header [rfc1951].
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it ever did, the identity provider would refuse what is left.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d6_inflating_stops_at_the_bound() {
        let most = Limits::message().bytes;
        assert_eq!(inflate(&deflate(&vec![b'x'; most])).map(|bytes| bytes.len()), Ok(most));
        let over = inflate(&deflate(&vec![b'x'; most + 1]));
        assert_eq!(over, Err(DecodeError::TooLarge { length: most + 1, most }));
        let bomb = deflate(&vec![0; 50 << 20]);
        assert!(bomb.len() < 64 << 10);
        assert_eq!(inflate(&bomb), over);
        assert_eq!(inflate(b"not deflated"), Err(DecodeError::Deflate));
        assert_eq!(inflate(&deflate(b"")), Ok(Vec::new()));
    }
}
