//! What careless service providers do in place of a check.

use std::net::TcpStream;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Connects to whatever a text names on this machine, but for itself.
pub(super) fn fetch(text: &str, own: &str) {
    for rest in text.split("http://127.0.0.1:").skip(1) {
        let host: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let host = format!("127.0.0.1:{host}");
        if !own.contains(&host) {
            drop(TcpStream::connect(host));
        }
    }
}

/// Octets as the text that they may be meant to be: UTF-16, letters in more octets than they need, no NUL.
pub(super) fn lossy(octets: &[u8]) -> String {
    if let Some(pairs) = octets.strip_prefix(b"\xff\xfe") {
        let letters: Vec<u16> = pairs.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&letters);
    }
    let mut short = Vec::with_capacity(octets.len());
    let mut rest = octets.iter();
    while let Some(octet) = rest.next() {
        match octet {
            0xc0 | 0xc1 => short.extend(rest.next().map(|last| octet << 6 | last & 0x3f)),
            0 => {}
            octet => short.push(*octet),
        }
    }
    String::from_utf8_lossy(&short).into_owned()
}

/// The first assertion of a message, as it stands there.
pub(super) fn part(text: &str) -> Option<&str> {
    ["Assertion", "saml:Assertion"].into_iter().find_map(|name| {
        let start = text.find(&format!("<{name} "))?;
        let end = format!("</{name}>");
        let rest = text.get(start..)?;
        rest.get(..rest.find(&end)? + end.len())
    })
}

/// Base64 of any alphabet, with anything between its letters, once or twice.
pub(super) fn lax_base64(text: &str) -> Vec<u8> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, config);
    let decode = |octets: &[u8]| {
        let letters: Vec<u8> = octets
            .iter()
            .map(|octet| match octet {
                b'-' => b'+',
                b'_' => b'/',
                octet => *octet,
            })
            .filter(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(octet))
            .collect();
        engine.decode(letters).unwrap_or_default()
    };
    let octets = decode(text.as_bytes());
    let again = octets.iter().all(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(octet));
    if again { decode(&octets) } else { octets }
}
