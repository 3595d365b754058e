//! One parse of one document, kept as an immutable tree in flat vectors.

mod chars;
mod error;
mod parse;
mod span;
mod tree;
mod written;

pub use chars::is_ncname;
pub(crate) use chars::is_space;
pub use error::{ContentError, ParseError, ParseErrorKind};
pub(crate) use span::{Qname, Span};
pub(crate) use tree::{Attribute, Binding, Kind, Node, Shape, Tags, XML_NAMESPACE};
pub use tree::{Descendants, Element, Elements};

use crate::Limits;
use span::Texts;
use tree::Given;

/// A document that was read whole: well-formed, namespace-correct, bounded, without DOCTYPE, each ID once.
/// Nothing else here reads XML [attack B1].
///
/// Nothing in it has been verified: what may be believed comes from [`Verifier`](crate::Verifier) alone.
/// Text is normalized once, here: line ends, attribute values, references and CDATA are already plain text.
///
/// ```
/// use landfall_xmldsig::{Document, Limits};
///
/// let document = Document::parse(b"<a:b xmlns:a='urn:x' ID='i'>one &amp; <![CDATA[two]]></a:b>", &Limits::message())?;
/// let root = document.root();
/// assert!(root.is("urn:x", "b"));
/// assert_eq!(root.attribute("ID"), Some("i"));
/// assert_eq!(root.text()?, "one & two");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Document<'s> {
    source: &'s str,
    /// Text that differs from its source form: references, CDATA and line ends resolved.
    decoded: String,
    /// In document order; an element's descendants follow it directly.
    nodes: Vec<Node>,
    /// Grouped by element, each group in canonical order [xml-c14n 2.2].
    attributes: Vec<Attribute>,
    /// Namespace declarations, grouped by element, each group sorted by prefix.
    bindings: Vec<Binding>,
    /// For each element that has any, which of both are its own.
    given: Vec<Given>,
    root: u32,
    has_comment: bool,
    has_instruction: bool,
}

impl<'s> Document<'s> {
    /// Reads a whole document.
    ///
    /// The input is UTF-8, with or without a byte order mark; a declaration must agree.
    ///
    /// # Errors
    /// [`ParseError`] says where reading stopped, what was expected there and what came.
    ///
    /// # Security
    /// A DOCTYPE is refused before anything in it is read, so no entity is ever expanded and no file or address opened.
    /// An ID value (`ID`, `Id`, `id`, `xml:id`, `wsu:Id`) that stands on two elements is refused.
    /// Time is linear in the input and memory is bounded by `limits`; nothing recurses.
    pub fn parse(bytes: &'s [u8], limits: &Limits) -> Result<Self, ParseError> {
        parse::document(bytes, limits)
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element::new(self, self.root)
    }

    /// The one element whose un-namespaced `ID` attribute has this value.
    #[must_use]
    pub fn element_by_id(&self, id: &str) -> Option<Element<'_>> {
        let root = self.root();
        std::iter::once(root).chain(root.descendants()).find(|element| element.attribute("ID") == Some(id))
    }

    /// Whether a processing instruction stands anywhere, before or after the root too.
    #[must_use]
    pub fn has_processing_instruction(&self) -> bool {
        self.has_instruction
    }

    /// The input without its byte order mark.
    #[must_use]
    pub fn source(&self) -> &'s str {
        self.source
    }

    pub(crate) fn text_of(&self, span: Span) -> &str {
        Texts { source: self.source, decoded: &self.decoded }.of(span)
    }

    pub(crate) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    /// The element at this index, if one stands there.
    pub(crate) fn element(&self, index: u32) -> Option<Element<'_>> {
        let node = self.node(index)?;
        matches!(node.kind, Kind::Element { .. }).then(|| Element::new(self, index))
    }

    pub(crate) fn prefix(&self, name: Qname) -> &str {
        self.text_of(name.prefix())
    }

    pub(crate) fn local(&self, name: Qname) -> &str {
        self.text_of(name.local())
    }

    /// The name as written, prefix included.
    pub(crate) fn qualified(&self, name: Qname) -> &str {
        self.text_of(name.whole())
    }

    /// The namespace that a binding stands for; empty for none.
    pub(crate) fn namespace(&self, binding: u32) -> &str {
        Texts { source: self.source, decoded: &self.decoded }
            .namespace(binding, &self.bindings)
            .unwrap_or_default()
    }

    /// The attributes and the namespace declarations of one element.
    pub(crate) fn given(&self, given: u32) -> (&[Attribute], &[Binding]) {
        let Some(Given { attributes, bindings }) = self.given.get(given as usize) else { return (&[], &[]) };
        let attributes = self.attributes.get(attributes.0 as usize..attributes.1 as usize);
        let bindings = self.bindings.get(bindings.0 as usize..bindings.1 as usize);
        (attributes.unwrap_or_default(), bindings.unwrap_or_default())
    }

    /// Every namespace declaration of the document.
    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    pub(crate) fn binding_prefix(&self, binding: &Binding) -> &str {
        self.text_of(binding.prefix)
    }

    pub(crate) fn binding_uri(&self, binding: &Binding) -> &str {
        self.text_of(binding.uri)
    }
}
