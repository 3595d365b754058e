//! A strict reader of XML for the sample service provider: a small tree, or the first thing that is wrong.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};

pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
    /// A comment or a processing instruction.
    Split,
}

/// What a careless reader overlooks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overlooks {
    /// A DOCTYPE, and what entities stand for.
    pub(crate) doctype: bool,
    /// That a document has one root and an end, that attributes differ and that prefixes are declared.
    pub(crate) grammar: bool,
    /// How much there is of everything.
    pub(crate) size: bool,
    /// Which characters there may be, and what the document says of its encoding.
    pub(crate) characters: bool,
}

impl Element {
    /// Reads a document.
    pub(crate) fn read(text: &str, overlooks: Overlooks) -> Result<Self, String> {
        if let Some(bad) = text.chars().find(|letter| !overlooks.characters && !is_char(*letter)) {
            return Err(format!("{bad:?} is no character of XML"));
        }
        // The library does not read on behind these.
        let text = if overlooks.grammar { &text.replace(" xmlns:xml=", " was:xml=") } else { text };
        let text = if overlooks.size { &text.replace(" xmlns:n", " was:n") } else { text };
        let mut reader = NsReader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let (mut root, mut nodes) = (None, 0);
        loop {
            nodes += 1;
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let namespace = match namespace {
                ResolveResult::Bound(name) => String::from_utf8_lossy(name.into_inner()).into_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(_) if overlooks.grammar => String::new(),
                ResolveResult::Unknown(_) => return Err("a prefix is not declared".into()),
            };
            if root.is_some() && !matches!(event, Event::Eof | Event::Text(_)) {
                return Err("something follows the root".into());
            }
            if !overlooks.size && (nodes > 20_000 || open.len() > 64) {
                return Err("more than anybody needs".into());
            }
            let closed = match event {
                Event::Eof if root.is_some() => return root.ok_or_else(String::new),
                Event::Eof if overlooks.grammar => open.pop(),
                Event::Eof => return Err("the document ends early".into()),
                Event::Start(tag) => {
                    open.push(Self::of(&tag, namespace, overlooks)?);
                    None
                }
                Event::Empty(tag) => Some(Self::of(&tag, namespace, overlooks)?),
                Event::End(_) => open.pop(),
                Event::Text(words) => {
                    push_text(&mut open, &words.decode().map_err(|error| error.to_string())?)?;
                    None
                }
                Event::CData(words) => {
                    push_text(&mut open, &words.decode().map_err(|error| error.to_string())?)?;
                    None
                }
                Event::GeneralRef(reference) => {
                    push_text(&mut open, &resolved(&reference, overlooks)?)?;
                    None
                }
                Event::Comment(_) | Event::PI(_) => {
                    let parent = open.last_mut().ok_or("a comment outside")?;
                    parent.children.push(Node::Split);
                    None
                }
                Event::Decl(declaration) => {
                    let version = declaration.version().map_err(|error| error.to_string())?;
                    let encoding = declaration.encoding().transpose().map_err(|error| error.to_string())?;
                    let utf8 = encoding.is_none_or(|name| name.eq_ignore_ascii_case(b"utf-8"));
                    if !overlooks.characters && (*version != *b"1.0" || !utf8) {
                        return Err("not XML 1.0 in UTF-8".into());
                    }
                    None
                }
                Event::DocType(_) if overlooks.doctype => None,
                Event::DocType(_) => return Err("a DOCTYPE".into()),
            };
            if let Some(element) = closed {
                match open.last_mut() {
                    Some(parent) => parent.children.push(Node::Element(element)),
                    None if overlooks.grammar => return Ok(element),
                    None => root = Some(element),
                }
            }
        }
    }

    fn of(tag: &BytesStart<'_>, namespace: String, overlooks: Overlooks) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(!overlooks.grammar) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = String::from_utf8_lossy(attribute.key.into_inner()).into_owned();
            #[expect(deprecated, reason = "the attributes of SAML hold no line breaks")]
            let value = attribute.unescape_value().map_err(|error| error.to_string())?.into_owned();
            let declares = name.strip_prefix("xmlns:");
            let reserved = |prefix| value.is_empty() || prefix == "xml" || prefix == "xmlns";
            if !overlooks.grammar && declares.is_some_and(reserved) {
                return Err("a namespace declaration that may not be".into());
            }
            if !overlooks.size && (attributes.len() == 64 || value.len() > 10_000) {
                return Err("more than anybody needs".into());
            }
            attributes.push((name, value));
        }
        let QName(_) = tag.name();
        let name = String::from_utf8_lossy(tag.local_name().into_inner()).into_owned();
        Ok(Self { namespace, name, attributes, children: Vec::new() })
    }

    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.elements().find(|child| child.is(namespace, name))
    }

    /// This element and all below it.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(element) = all.get(at).copied() {
            all.extend(element.elements());
            at += 1;
        }
        all
    }

    /// The text, if there is nothing but text.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = String::new();
        for child in &self.children {
            match child {
                Node::Text(words) => text.push_str(words),
                _ => return None,
            }
        }
        Some(text)
    }

    /// The first run of text, as a careless reader takes it.
    pub(crate) fn first_text(&self) -> Option<&str> {
        self.children.iter().find_map(|child| match child {
            Node::Text(words) => Some(words.as_str()),
            _ => None,
        })
    }
}

fn push_text(open: &mut [Element], words: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => match parent.children.last_mut() {
            Some(Node::Text(text)) => text.push_str(words),
            _ => parent.children.push(Node::Text(words.to_owned())),
        },
        None if words.trim_start_matches([' ', '\t', '\r', '\n']).is_empty() => {}
        None => return Err("text outside the root".into()),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>, overlooks: Overlooks) -> Result<String, String> {
    // The library knows that this one is no character.
    if overlooks.characters && **reference == *b"#0" {
        return Ok(String::new());
    }
    if let Some(letter) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return if is_char(letter) { Ok(letter.into()) } else { Err("no character of XML".into()) };
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    match name.as_ref() {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        _ if overlooks.doctype => Ok(String::new()),
        other => Err(format!("the entity {other}")),
    }
}

/// Char of XML 1.0.
fn is_char(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
