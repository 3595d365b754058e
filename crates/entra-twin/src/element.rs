//! A message as a small tree: what samael leaves out, and logout requests, whose SessionIndex it does not find.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, escape};

/// One element, its text put together and its comments left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    namespace: String,
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

/// The namespace of requests and responses.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The namespace of what both are made of.
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The namespace of signatures.
pub(crate) const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// No message of SAML is so deep; a tree is dropped by recursion.
const DEEPEST: usize = 64;

impl Element {
    /// The root of a document; `None` if it is not well-formed, has a DOCTYPE, or is deeper than a message can be.
    pub(crate) fn parse(xml: &str) -> Option<Self> {
        let mut reader = NsReader::from_str(xml);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let (namespace, event) = reader.read_resolved_event().ok()?;
            let closed = match event {
                Event::Start(start) if open.len() < DEEPEST && root.is_none() => {
                    open.push(Self::start(&namespace, &start)?);
                    None
                }
                Event::Empty(start) if root.is_none() => Some(Self::start(&namespace, &start)?),
                Event::End(_) => Some(open.pop()?),
                Event::Text(text) => {
                    push(&mut open, &text.decode().ok()?)?;
                    None
                }
                Event::CData(text) => {
                    push(&mut open, &text.decode().ok()?)?;
                    None
                }
                Event::GeneralRef(reference) => {
                    push(&mut open, &resolve(&reference)?)?;
                    None
                }
                Event::Eof if open.is_empty() => return root,
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => None,
                _ => return None,
            };
            match (closed, open.last_mut()) {
                (Some(element), Some(parent)) => parent.children.push(element),
                (Some(element), None) => root = Some(element),
                (None, _) => {}
            }
        }
    }

    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Value of an attribute without a namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn children<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    /// The text of this element, without the blanks around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    fn start(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Option<Self> {
        let namespace = match namespace {
            ResolveResult::Bound(name) => String::from_utf8_lossy(name.as_ref()).into_owned(),
            _ => String::new(),
        };
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
            attributes.push((String::from_utf8_lossy(attribute.key.as_ref()).into_owned(), value));
        }
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        Some(Self { namespace, name, attributes, ..Self::default() })
    }
}

/// Text outside of the root is white space alone.
fn push(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(letter) = reference.resolve_char_ref().ok()? {
        return Some(letter.to_string());
    }
    escape::resolve_xml_entity(&reference.decode().ok()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_names_values_and_text() {
        let root = Element::parse(
            "\u{feff}<?xml version=\"1.0\"?>\n<p:a xmlns:p=\"urn:p\" x=\"1&amp;2\"><b> t<!-- c -->&amp;&#65;<![CDATA[<]]> </b><p:b/></p:a>\n",
        )
        .unwrap();
        assert!(root.is("urn:p", "a") && root.attribute("x") == Some("1&2"));
        assert_eq!(root.child("", "b").unwrap().text(), "t&A<");
        assert_eq!(root.children("urn:p", "b").count(), 1);
        assert!(root.child("urn:other", "b").is_none());
    }

    #[test]
    fn what_is_no_message_is_no_tree() {
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>text",
            "<!DOCTYPE a><a/>",
            "<a>&b;</a>",
            "<a b=\"&c;\"/>",
            "<a b='1' b='2'/>",
        ] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_tree_has_a_bottom() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Element::parse(&nested(DEEPEST)).is_some());
        assert!(Element::parse(&nested(DEEPEST + 1)).is_none());
    }
}
