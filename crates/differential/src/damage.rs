//! Documents that were changed after they were signed.

use std::ops::Range;

use landfall_xmldsig::{Document, Element, Limits};

use crate::Choices;
use crate::compare::{replaced, signatures};

/// Changes a document in one way, or in none: a byte, a piece of markup, an element, the place of the signature.
///
/// What comes out may be no XML any more.
#[must_use]
pub fn damage(choices: &mut Choices<'_>, text: &str) -> Vec<u8> {
    let how = choices.below(12);
    if how < 4 {
        return insert(choices, text).into_bytes();
    }
    if how < 6 {
        return byte(choices, text);
    }
    let Ok(document) = Document::parse(text.as_bytes(), &Limits::message()) else { return text.into() };
    let root = document.root();
    let all: Vec<Range<usize>> = root.descendants().map(Element::range).collect();
    let mut any = || all.get(choices.below(all.len())).cloned().unwrap_or_default();
    let source = document.source();
    let piece = |range: &Range<usize>| source.get(range.clone()).unwrap_or_default();
    let (one, other) = (any(), any());
    let signature = signatures(root).next().map(Element::range).unwrap_or_default();
    let changed = match how {
        // Twice, gone, moved, swapped.
        6 => replaced(source, &[(one.end..one.end, piece(&one))]),
        7 => replaced(source, &[(one, "")]),
        8 => replaced(source, &[(one.clone(), ""), (other.end..other.end, piece(&one))]),
        9 => replaced(source, &[(one.clone(), piece(&other)), (other.clone(), piece(&one))]),
        // The signature elsewhere; a forged element around what was signed.
        10 => replaced(source, &[(signature.clone(), ""), (other.start..other.start, piece(&signature))]),
        _ => {
            let signed = signatures(root).next().and_then(|signature| signature.parent()).unwrap_or(root);
            let range = signed.range();
            let copy = piece(&range).replacen(piece(&signature), "", 1).replacen("ID='s'", "ID='t'", 1);
            let around = format!("<around ID='u' xmlns:p='urn:p' xmlns:q='urn:q' xmlns:r='urn:r'>{copy}");
            let (open, close) =
                if choices.once_in(2) { (around.as_str(), "</around>") } else { ("<around>", "</around>") };
            replaced(source, &[(range.start..range.start, open), (range.end..range.end, close)])
        }
    };
    changed.into_bytes()
}

/// Pieces that may change nothing, something or all, depending on where they stand.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\t",
    "<!--c-->",
    "<![CDATA[]]>",
    "<![CDATA[x]]>",
    "&#120;",
    "&#13;",
    "<?p?>",
    " xmlns='urn:9'",
    " xmlns=''",
    " xmlns:q='urn:9'",
    " xmlns:new='urn:9'",
    " xmlns:new='relative'",
    " xmlns:new='urn:not a uri'",
    " xmlns='urn:a&amp;b'",
    " p:ID='s'",
    " ID='v'",
    " ID='9'",
    " xml:id='w'",
    " Id='y'",
    " xml:lang='en'",
    " new='1'",
    "<x/>",
    "x",
    "\u{1F600}",
    "]]>",
    "&amp;",
    "=",
];

/// Puts a piece before or behind some tag, into it, or anywhere.
fn insert(choices: &mut Choices<'_>, text: &str) -> String {
    let piece = choices.one_of(PIECES);
    let places: Vec<usize> = match choices.below(4) {
        0 => text.match_indices('>').map(|(at, _)| at).collect(),
        1 => text.match_indices('<').map(|(at, _)| at).collect(),
        2 => text.match_indices([' ', '/', '"', '\'']).map(|(at, _)| at).collect(),
        _ => text.char_indices().map(|(at, _)| at).collect(),
    };
    let at = places.get(choices.below(places.len())).copied().unwrap_or_default();
    replaced(text, &[(at..at, piece)])
}

fn byte(choices: &mut Choices<'_>, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = choices.below(bytes.len());
    let new = choices.one_of(b"AB<>&;'\"=!?-[]/: \r#x0z\xEF\xBF\xBE\0");
    let how = choices.below(4);
    match (how, bytes.get_mut(at)) {
        (0, Some(byte)) => *byte = new,
        (1, Some(byte)) => *byte ^= 1,
        (2, Some(_)) => drop(bytes.remove(at)),
        (_, Some(_)) => drop(bytes.splice(at..at, choices.rest().iter().copied().take(64))),
        (_, None) => {}
    }
    bytes
}
