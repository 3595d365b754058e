//! What stands for the characters that may not stand as they are.

/// What a byte of text becomes [xml-c14n 2.3]; nothing if it stays.
pub(super) fn text_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

/// What a byte of an attribute value becomes [xml-c14n 2.3]; nothing if it stays.
pub(crate) fn attribute_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

pub(crate) fn escape_attribute(value: &str, out: &mut Vec<u8>) {
    escape(value, attribute_escape, out);
}

pub(crate) fn escape(text: &str, replacement: impl Fn(u8) -> Option<&'static [u8]>, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((at, escaped)) =
        rest.iter().enumerate().find_map(|(at, byte)| Some((at, replacement(*byte)?)))
    {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(escaped);
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}
