//! HTTP-Redirect: deflated, base64, percent-encoded, signed over the encoded query [saml-bindings 3.4.4.1].

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use landfall_xmldsig::{SignError, SigningKey, encode_base64};
use url::form_urlencoded::byte_serialize;

use crate::{Location, RelayState};

/// The address that carries a request, with our signature over its query.
pub(crate) fn redirect_url(
    location: &Location,
    xml: &str,
    relay_state: &RelayState,
    key: &SigningKey,
) -> Result<String, SignError> {
    let deflated = deflate(xml.as_bytes());
    let signed = format!(
        "SAMLRequest={}&RelayState={}&SigAlg={}",
        encode(&encode_base64(&deflated)),
        encode(relay_state.expose()),
        encode(key.algorithm().uri()),
    );
    let signature = encode_base64(&key.sign_detached(signed.as_bytes())?);
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

/// Raw DEFLATE, without a header [rfc1951].
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it ever did, the identity provider would refuse what is left.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
