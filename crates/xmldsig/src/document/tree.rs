//! The nodes of a document and the handle that reads them.

use std::ops::Range;

use super::span::{Qname, Span};
use super::{ContentError, Document};

/// Index of no node, or of no namespace.
pub(super) const NONE: u32 = u32::MAX;
/// The binding of the prefix `xml`, which needs no declaration.
pub(super) const XML: u32 = u32::MAX - 1;
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: Qname,
    pub(crate) namespace: u32,
    pub(crate) value: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    pub(super) prefix: Span,
    pub(super) uri: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Element { name: Qname, namespace: u32, given: u32, tags: Tags },
    Text(Span),
    Comment,
    Instruction { target: Span, data: Span },
}

/// What the start tag of an element gives: which attributes and which bindings, from index to index.
///
/// Most elements give nothing, so these stand apart from the nodes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) attributes: (u32, u32),
    pub(super) bindings: (u32, u32),
}

/// How the tags of an element stand in the source: what is canonical there is copied as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags {
    /// Behind the start tag, or behind the one tag of an empty element.
    pub(crate) start_to: u32,
    pub(crate) shape: Shape,
    /// Whether the start tag is canonical up to its `>` or `/>`, declarations aside [xml-c14n 2.3].
    pub(crate) plain_start: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `<a/>`
    Empty,
    /// `<a>…</a>`
    Plain,
    /// `<a>…</a >`
    Spaced,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) parent: u32,
    /// Index behind the last descendant.
    pub(crate) end: u32,
    /// Where it stands in the source.
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// An element of a [`Document`]; a handle that is cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    index: u32,
}

impl<'d> Element<'d> {
    pub(super) fn new(document: &'d Document<'d>, index: u32) -> Self {
        Self { document, index }
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }

    pub(crate) fn document(self) -> &'d Document<'d> {
        self.document
    }

    pub(crate) fn node(self) -> Option<&'d Node> {
        self.document.node(self.index)
    }

    /// Namespace of the element; empty for none.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        match self.node().map(|node| node.kind) {
            Some(Kind::Element { namespace, .. }) => self.document.namespace(namespace),
            _ => "",
        }
    }

    /// Name without its prefix.
    #[must_use]
    pub fn local_name(self) -> &'d str {
        match self.node().map(|node| node.kind) {
            Some(Kind::Element { name, .. }) => self.document.local(name),
            _ => "",
        }
    }

    /// Whether namespace and local name are these, whatever the prefix [attack B3].
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.local_name() == local && self.namespace() == namespace
    }

    /// Value of the attribute of this name that is in no namespace.
    #[must_use]
    pub fn attribute(self, local: &str) -> Option<&'d str> {
        let document = self.document;
        let mut plain = self.own_attributes().iter().filter(|attribute| attribute.namespace == NONE);
        let found = plain.find(|attribute| document.local(attribute.name) == local)?;
        Some(document.text_of(found.value))
    }

    /// Value of the attribute with this namespace and local name.
    #[must_use]
    pub fn attribute_in(self, namespace: &str, local: &str) -> Option<&'d str> {
        self.attributes()
            .find(|(uri, name, _)| *name == local && *uri == namespace)
            .map(|(_, _, value)| value)
    }

    /// Namespace, local name and value of each attribute, in canonical order; declarations are no attributes.
    pub fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        let document = self.document;
        self.own_attributes().iter().map(move |attribute| {
            let uri = document.namespace(attribute.namespace);
            (uri, document.local(attribute.name), document.text_of(attribute.value))
        })
    }

    pub(super) fn own_attributes(self) -> &'d [Attribute] {
        self.document.given(self.given()).0
    }

    pub(super) fn own_bindings(self) -> &'d [Binding] {
        self.document.given(self.given()).1
    }

    fn given(self) -> u32 {
        match self.node().map(|node| node.kind) {
            Some(Kind::Element { given, .. }) => given,
            _ => NONE,
        }
    }

    /// The element around this one.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let parent = self.node()?.parent;
        (parent != NONE).then_some(Self { index: parent, ..self })
    }

    /// Child elements in document order, comments and texts left out.
    #[must_use]
    pub fn elements(self) -> Elements<'d> {
        let end = self.node().map_or(0, |node| node.end);
        Elements { document: self.document, next: self.index + 1, end }
    }

    /// All elements below this one, in document order.
    #[must_use]
    pub fn descendants(self) -> Descendants<'d> {
        let end = self.node().map_or(0, |node| node.end);
        Descendants { document: self.document, next: self.index + 1, end }
    }

    /// The text of an element that holds text alone; empty if it holds nothing.
    ///
    /// # Errors
    /// [`ContentError::Split`] if a comment, a processing instruction or an element stands in it.
    ///
    /// # Security
    /// The value is whole or refused: it is never cut at a comment (CERT VU#475445).
    pub fn text(self) -> Result<&'d str, ContentError> {
        let split = |found| ContentError::Split { element: self.local_name().to_owned(), found };
        let end = self.node().map_or(0, |node| node.end);
        let mut text = "";
        for index in self.index + 1..end {
            match self.document.node(index).map(|node| node.kind) {
                Some(Kind::Text(span)) => text = self.document.text_of(span),
                Some(Kind::Comment) => return Err(split("comment")),
                Some(Kind::Instruction { .. }) => return Err(split("processing instruction")),
                Some(Kind::Element { .. }) => return Err(split("element")),
                None => break,
            }
        }
        Ok(text)
    }

    /// An element at or below this one in which comments stand beside text, white space aside.
    pub(crate) fn split_text(self) -> Option<Self> {
        if !self.document.has_comment {
            return None;
        }
        let range = self.index..self.node().map_or(0, |node| node.end);
        let nodes = || range.clone().filter_map(|index| self.document.node(index));
        let mut commented: Vec<u32> =
            nodes().filter(|node| matches!(node.kind, Kind::Comment)).map(|node| node.parent).collect();
        commented.dedup();
        commented.sort_unstable();
        let holds_text = |node: &&Node| match node.kind {
            Kind::Text(span) => !self.document.text_of(span).bytes().all(super::is_space),
            _ => false,
        };
        let split = nodes().filter(|node| commented.binary_search(&node.parent).is_ok()).find(holds_text)?;
        Some(Self { index: split.parent, ..self })
    }

    /// Child elements of an element that holds elements alone: white space and comments between them are passed over.
    ///
    /// # Errors
    /// [`ContentError::Text`] if other text stands between them.
    pub fn only_elements(self) -> Result<Elements<'d>, ContentError> {
        let end = self.node().map_or(0, |node| node.end);
        let mut index = self.index + 1;
        while let Some(node) = self.document.node(index).filter(|_| index < end) {
            if let Kind::Text(span) = node.kind
                && !self.document.text_of(span).bytes().all(super::is_space)
            {
                return Err(ContentError::Text { element: self.local_name().to_owned() });
            }
            index = node.end;
        }
        Ok(self.elements())
    }

    /// The namespace declaration of a prefix that holds here.
    pub(crate) fn in_scope(self, prefix: &str) -> Option<(&'d str, &'d str)> {
        let mut element = Some(self);
        while let Some(at) = element {
            let mut declared = at.own_bindings().iter();
            if let Some(binding) = declared.find(|binding| self.document.binding_prefix(binding) == prefix) {
                return Some((self.document.binding_prefix(binding), self.document.binding_uri(binding)));
            }
            element = at.parent();
        }
        None
    }

    /// First and last byte of the element in [`Document::source`].
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.node().map_or(0..0, |node| node.from as usize..node.to as usize)
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document.source, other.document.source) && self.index == other.index
    }
}

/// Child elements; see [`Element::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'d> {
    document: &'d Document<'d>,
    next: u32,
    end: u32,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Element<'d>> {
        while self.next < self.end {
            let index = self.next;
            let node = self.document.node(index)?;
            self.next = node.end;
            if matches!(node.kind, Kind::Element { .. }) {
                return Some(Element::new(self.document, index));
            }
        }
        None
    }
}

/// All elements below one; see [`Element::descendants`].
#[derive(Clone, Debug)]
pub struct Descendants<'d> {
    document: &'d Document<'d>,
    next: u32,
    end: u32,
}

impl<'d> Iterator for Descendants<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Element<'d>> {
        while self.next < self.end {
            let index = self.next;
            self.next += 1;
            if matches!(self.document.node(index)?.kind, Kind::Element { .. }) {
                return Some(Element::new(self.document, index));
            }
        }
        None
    }
}
