//! Character classes of XML 1.0, fifth edition, and Namespaces in XML 1.0.

const NAME: u8 = 1;
const START: u8 = 2;
const SPACE: u8 = 4;

#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => NAME | START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            _ => 0,
        };
        byte += 1;
    }
    table
};

#[expect(clippy::indexing_slicing, reason = "a byte is always inside 256 entries")]
fn class(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

/// White space, the production S [xml 2.3].
pub(crate) fn is_space(byte: u8) -> bool {
    class(byte) & SPACE != 0
}

/// A Char of XML 1.0 [xml 2.2], [attack B13].
pub(super) fn is_char(code: char) -> bool {
    matches!(code, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Whether any byte is a control character; without one nothing in the text needs normalizing.
pub(super) fn has_control(bytes: &[u8]) -> bool {
    // A smallest byte without an early exit: such a loop is vectorized.
    bytes.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20
}

/// First byte that starts no Char, if there is one; the input is UTF-8 already.
pub(super) fn first_non_char(bytes: &[u8], has_control: bool) -> Option<usize> {
    let bad = |byte: u8| u8::from(byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r');
    if has_control && bytes.iter().fold(0, |found, byte| found | bad(*byte)) != 0 {
        return bytes.iter().position(|byte| bad(*byte) != 0);
    }
    let noncharacter = |at: &usize| matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF]));
    memchr::memchr_iter(0xEF, bytes).find(noncharacter)
}

/// Bytes of the NCName at the start of `text`; zero if there is none [xml-names 3].
pub(super) fn ncname_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ascii = bytes.iter().take_while(|byte| class(**byte) & NAME != 0).count();
    match (bytes.first(), bytes.get(ascii)) {
        (_, Some(byte)) if !byte.is_ascii() => unicode_length(text),
        (Some(first), _) if class(*first) & START != 0 => ascii,
        _ => 0,
    }
}

fn unicode_length(text: &str) -> usize {
    let mut length = 0;
    for (at, code) in text.char_indices() {
        let allowed = if at == 0 { is_name_start(code) } else { is_name(code) };
        if !allowed {
            break;
        }
        length = at + code.len_utf8();
    }
    length
}

fn is_name_start(code: char) -> bool {
    match code {
        '\0'..='\u{7F}' => class(code as u8) & START != 0,
        '\u{C0}'..='\u{D6}'
        | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}' => true,
        _ => false,
    }
}

fn is_name(code: char) -> bool {
    match code {
        '\0'..='\u{7F}' => class(code as u8) & NAME != 0,
        '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}' => true,
        _ => is_name_start(code),
    }
}

/// Whether the whole of `text` is an NCName, as an ID must be [xml-names 3].
///
/// ```
/// assert!(landfall_xmldsig::is_ncname("_a1"));
/// assert!(!landfall_xmldsig::is_ncname("1a"));
/// assert!(!landfall_xmldsig::is_ncname("a:b"));
/// assert!(!landfall_xmldsig::is_ncname(""));
/// ```
#[must_use]
pub fn is_ncname(text: &str) -> bool {
    !text.is_empty() && ncname_length(text) == text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [xml 2.3]
    #[test]
    fn white_space_is_four_characters() {
        let space: Vec<u8> = (0..=u8::MAX).filter(|byte| is_space(*byte)).collect();
        assert_eq!(space, b"\t\n\r ");
    }

    /// [xml-names 3]
    #[test]
    fn names() {
        for (text, length) in
            [("a", 1), ("a:b", 1), ("-a", 0), ("é1 ", 3), ("a·b", 4), ("·b", 0), ("a×", 1), ("", 0)]
        {
            assert_eq!(ncname_length(text), length, "{text:?}");
        }
    }

    /// [xml 2.2]
    #[test]
    fn b13_non_characters() {
        for (text, at) in
            [("a\tb", None), ("a\u{1}b", Some(1)), ("é\u{FFFE}", Some(2)), ("\u{FFFF}", Some(0))]
        {
            let bytes = text.as_bytes();
            assert_eq!(first_non_char(bytes, has_control(bytes)), at, "{text:?}");
        }
        assert_eq!(first_non_char("\u{FEFF}\u{FFFD}".as_bytes(), false), None);
    }
}
