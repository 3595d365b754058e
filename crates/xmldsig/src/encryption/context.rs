//! The decrypted octets as an element that is complete by itself [xmlenc-core1 4.4].

use crate::Limits;
use crate::c14n::{attribute_escape, escape};
use crate::document::{Document, Element, Kind};

/// The element in `octets`, which stood in `parent` before it was encrypted; nothing if they are not one element that is well-formed there [attack C23].
///
/// Namespaces that are declared around it, and that it does not declare itself, are declared on it:
/// many senders leave them out, since they encrypt a piece of a larger document.
///
/// Each copy and each tree is let go before the next is made: they are what decryption takes of memory.
pub(super) fn complete(octets: Vec<u8>, parent: Element<'_>, limits: &Limits) -> Option<Vec<u8>> {
    let around = parent.all_in_scope();
    let mut wrapped = b"<_".to_vec();
    around.iter().for_each(|declaration| write(*declaration, &mut wrapped));
    wrapped.push(b'>');
    wrapped.reserve_exact(octets.len() + END.len());
    wrapped.extend_from_slice(&octets);
    wrapped.extend_from_slice(END);
    let (room, alone) = (wrapped.len() - octets.len(), octets.trim_ascii().len());
    drop(octets);
    // The element around is not part of what the limits bound.
    let wider =
        Limits { bytes: limits.bytes + room, depth: limits.depth + 1, nodes: limits.nodes + 1, ..*limits };
    let complete = completed(&wrapped, alone, &around, &wider)?;
    drop(wrapped);
    Document::parse(&complete, limits).ok()?;
    Some(complete)
}

const END: &[u8] = b"</_>";

/// The element in the wrapper, with the declarations around it that it does not make itself.
fn completed(wrapped: &[u8], alone: usize, around: &[(&str, &str)], limits: &Limits) -> Option<Vec<u8>> {
    let document = Document::parse(wrapped, limits).ok()?;
    let element = only_element(&document, alone)?;
    let Kind::Element { name, .. } = element.node()?.kind else { return None };
    let mut missing = Vec::new();
    for (prefix, uri) in around {
        if !element.declared().any(|(declared, _)| declared == *prefix) {
            write((prefix, uri), &mut missing);
        }
    }
    let tag = element.range().start + 1 + name.length();
    let (before, after) = (wrapped.get(element.range().start..tag)?, wrapped.get(tag..element.range().end)?);
    Some([before, &missing, after].concat())
}

/// The one element inside the wrapper, if it is `alone` bytes long: with nothing but white space beside it.
///
/// Octets that close the wrapper themselves make two roots, or leave one unfinished: such a document is not read at all.
/// What no signed message may hold, a decrypted one may not either, whoever signed it [attack B5, B6].
fn only_element<'d>(document: &'d Document<'_>, alone: usize) -> Option<Element<'d>> {
    let mut children = document.root().elements();
    let element = children.next().filter(|_| children.next().is_none())?;
    let alone = alone == element.range().len();
    let split = document.has_processing_instruction() || element.split_text().is_some();
    (alone && !split).then_some(element)
}

fn write((prefix, uri): (&str, &str), out: &mut Vec<u8>) {
    out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(b"=\"");
    escape(uri, attribute_escape, out);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete_in(around: &str, octets: &str) -> Option<String> {
        let document = Document::parse(around.as_bytes(), &Limits::message()).unwrap();
        let parent = document.root().descendants().last().unwrap_or(document.root());
        complete(octets.as_bytes().to_vec(), parent, &Limits::message())
            .map(|octets| String::from_utf8(octets).unwrap())
    }

    #[test]
    fn what_is_declared_around_is_declared_on_it() {
        let around = "<a xmlns='urn:d' xmlns:p='urn:a&amp;&quot;' xmlns:q='urn:q'><b xmlns:p='urn:b'/></a>";
        for (octets, complete) in [
            ("<p:x/>", "<p:x xmlns:p=\"urn:b\" xmlns=\"urn:d\" xmlns:q=\"urn:q\"/>"),
            (
                "<p:x a='>' xmlns:p='urn:x'>t</p:x>",
                "<p:x xmlns=\"urn:d\" xmlns:q=\"urn:q\" a='>' xmlns:p='urn:x'>t</p:x>",
            ),
            (
                " <x xmlns='' xmlns:p='urn:x' xmlns:q='urn:x'/>\n",
                "<x xmlns='' xmlns:p='urn:x' xmlns:q='urn:x'/>",
            ),
        ] {
            assert_eq!(complete_in(around, octets).as_deref(), Some(complete), "{octets}");
        }
        let escaped = complete_in("<a xmlns:p='urn:a&amp;&quot;&lt;'/>", "<p:x/>");
        assert_eq!(escaped.as_deref(), Some("<p:x xmlns:p=\"urn:a&amp;&quot;&lt;\"/>"));
    }

    #[test]
    fn c23_one_element_and_nothing_beside_it() {
        assert!(complete_in("<a/>", "<b/>").is_some());
        for octets in [
            "",
            " ",
            "text",
            "<b/>text",
            "<b/><b/>",
            "<!--c--><b/>",
            "<b/><?p?>",
            "<?xml version='1.0'?><b/>",
            "<!DOCTYPE b><b/>",
            "<b/></_>",
            "<b/></_><_>",
            "<b/></_><_><b/>",
            "<b/></_><!--",
            "<b/></_><?p ",
            "</_><_><b/>",
            "<b",
            "<b>",
            "</b>",
            "<p:b/>",
            "<b><![CDATA[",
            "<b a='",
            "\u{feff}<b/>",
            "<b ID='1'><c ID='1'/></b>",
        ] {
            assert_eq!(complete_in("<a/>", octets), None, "{octets}");
        }
    }

    #[test]
    fn b5_b6_nothing_splits_its_texts() {
        for octets in ["<b>a</b>", "<b><!--c--></b>", "<b> <!--c--><c/> </b>"] {
            assert!(complete_in("<a/>", octets).is_some(), "{octets}");
        }
        for octets in ["<b>a<!--c-->b</b>", "<b><c>a<!--c--></c></b>", "<b>a<?p?></b>", "<b><?p?></b>"] {
            assert_eq!(complete_in("<a/>", octets), None, "{octets}");
        }
    }

    #[test]
    fn d3_the_limits_are_those_of_a_document_of_its_own() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        let depth = Limits::message().depth;
        assert!(complete_in("<a/>", &nested(depth)).is_some());
        assert!(complete_in("<a/>", &nested(depth + 1)).is_none());
    }
}
