//! Exclusive XML Canonicalization 1.0 [xml-exc-c14n] and Canonical XML 1.0 and 1.1 [xml-c14n], [xml-c14n11], of one element with all below it.

use std::ops::Range;

use crate::document::{Attribute, Binding, Document, Element, Kind, Node, Qname, Shape, Span, Tags};
use escape::text_escape;
use inherit::Written;

mod base;
mod escape;
mod inherit;
mod method;

pub(crate) use escape::{attribute_escape, escape, escape_attribute};
pub use method::{C14nMethod, Canonicalization};

/// Why an element has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum C14nError {
    /// A relative namespace name somewhere in the document, which canonicalization must not accept [xml-c14n 1.3].
    #[error(
        "namespace {uri:?} is relative: a document with it has no canonical form, declare an absolute one"
    )]
    RelativeNamespace {
        /// The name as declared.
        uri: String,
    },
    /// More of `xml:base` to join than any message has: it costs a stranger less than us.
    #[error("the xml:base values around the element have {found} bytes, at most {most} are joined")]
    LongBase {
        /// Bytes of all of them.
        found: usize,
        /// Bytes that they may have.
        most: usize,
    },
}

/// The prefixes of an `InclusiveNamespaces` element, which are written as inclusive canonicalization would [xml-exc-c14n 3], [attack B10].
///
/// The empty prefix stands for `#default`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixList<'d> {
    prefixes: Vec<&'d str>,
}

impl<'d> PrefixList<'d> {
    /// Reads the value of a `PrefixList` attribute: prefixes parted by white space.
    #[must_use]
    pub fn read(value: &'d str) -> Self {
        let names = value.split([' ', '\t', '\n', '\r']).filter(|name| !name.is_empty());
        Self { prefixes: names.map(|name| if name == "#default" { "" } else { name }).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.prefixes.len()
    }

    fn contains(&self, prefix: &str) -> bool {
        self.prefixes.contains(&prefix)
    }
}

/// Writes the canonical octets of an element and all below it; read again, they say the same [attack B4].
///
/// `without` is left out with everything in it: the enveloped signature [xmldsig 6.6.4].
/// Comments are written by the methods that keep them; what stands outside the element never is,
/// but for what an inclusive method makes its start tag inherit [xml-c14n 2.4].
///
/// # Errors
/// [`C14nError::RelativeNamespace`], as libxml2 has it too; [`C14nError::LongBase`] under Canonical XML 1.1.
///
/// ```
/// use landfall_xmldsig::{C14nMethod, Canonicalization, Document, Limits, canonicalize};
///
/// let document = Document::parse(b"<a:x xmlns:a='urn:a' xmlns:b='urn:b'><a:y z=\"1\"/></a:x>", &Limits::message())?;
/// let inner = document.root().elements().next().ok_or("no child")?;
/// let octets = canonicalize(inner, None, &Canonicalization::default())?;
/// assert_eq!(octets, br#"<a:y xmlns:a="urn:a" z="1"></a:y>"#);
/// let octets = canonicalize(inner, None, &C14nMethod::Inclusive11.into())?;
/// assert_eq!(octets, br#"<a:y xmlns:a="urn:a" xmlns:b="urn:b" z="1"></a:y>"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn canonicalize(
    apex: Element<'_>,
    without: Option<Element<'_>>,
    how: &Canonicalization<'_>,
) -> Result<Vec<u8>, C14nError> {
    // Anywhere in the document, whether it is written or not.
    let mut names = apex.document().bindings().iter().map(|binding| apex.document().binding_uri(binding));
    if let Some(uri) = names.find(|uri| is_relative(uri)) {
        return Err(C14nError::RelativeNamespace { uri: uri.to_owned() });
    }
    // The start tag may need a namespace that is declared around it, and an empty element an end tag.
    let left_out = without.map_or(0, |element| element.range().len());
    let room = apex.range().len().saturating_sub(left_out);
    let writer = Writer {
        document: apex.document(),
        apex,
        method: how.method,
        inclusive: &how.prefixes,
        all: !how.method.is_exclusive(),
        rendered: Vec::with_capacity(8),
        needed: Vec::with_capacity(8),
        pending: 0..0,
        out: Vec::with_capacity(room + room / 8),
    };
    writer.run(without.map(Element::index))
}

struct Writer<'d> {
    document: &'d Document<'d>,
    apex: Element<'d>,
    method: C14nMethod,
    inclusive: &'d PrefixList<'d>,
    /// Whether every prefix is treated inclusively.
    all: bool,
    /// Namespace nodes written on the elements that are open: prefix and name.
    rendered: Vec<(&'d str, &'d str)>,
    /// Those that the element at hand makes use of.
    needed: Vec<(&'d str, &'d str)>,
    /// What is to be copied from the source next: it grows as long as the source is canonical.
    pending: Range<usize>,
    out: Vec<u8>,
}

/// An element whose end tag is still to be written.
struct Open {
    end: u32,
    name: Qname,
    shape: Shape,
    /// Where the element ends in the source.
    to: u32,
    namespace: u32,
    rendered: usize,
}

impl<'d> Writer<'d> {
    fn run(mut self, without: Option<u32>) -> Result<Vec<u8>, C14nError> {
        let end = self.apex.node().map_or(0, |node| node.end);
        let mut open: Vec<Open> = Vec::with_capacity(16);
        let mut index = self.apex.index();
        while let Some(node) = self.document.node(index).filter(|_| index < end) {
            while let Some(done) = open.pop_if(|open| open.end <= index) {
                self.end_tag(&done);
            }
            if without == Some(index) {
                index = node.end;
                continue;
            }
            match node.kind {
                Kind::Element { name, namespace, given, tags } => {
                    let rendered = self.rendered.len();
                    let (attributes, bindings) = self.document.given(given);
                    // A binding has one prefix: what the parent's says stands written, on it or above.
                    let said = open.last().is_some_and(|parent| parent.namespace == namespace);
                    self.namespaces(index, (!said).then_some((name, namespace)), attributes, bindings);
                    match self.inherited(index)? {
                        Some(attributes) => self.apex_tag(name, &attributes),
                        None => self.start_tag(node, name, attributes, tags, rendered),
                    }
                    let (end, to, shape) = (node.end, node.to, tags.shape);
                    open.push(Open { end, name, shape, to, namespace, rendered });
                }
                Kind::Text(span) => self.text(span),
                Kind::Comment if self.method.keeps_comments() => self.comment(node),
                Kind::Comment => {}
                Kind::Instruction { target, data } => self.instruction(target, data),
            }
            index += 1;
        }
        while let Some(done) = open.pop() {
            self.end_tag(&done);
        }
        self.flush();
        Ok(self.out)
    }

    /// Takes a piece of the source as it is.
    fn copy(&mut self, piece: Range<usize>) {
        if self.pending.end == piece.start {
            self.pending.end = piece.end;
        } else {
            self.flush();
            self.pending = piece;
        }
    }

    /// Writes what is pending, before anything is written that is not a piece of the source.
    fn flush(&mut self) {
        let piece = self.document.source().get(std::mem::take(&mut self.pending)).unwrap_or_default();
        self.out.extend_from_slice(piece.as_bytes());
    }

    /// Puts the namespace nodes of this element that no open element has written yet into `rendered`, sorted by prefix.
    fn namespaces(
        &mut self,
        index: u32,
        own: Option<(Qname, u32)>,
        attributes: &[Attribute],
        bindings: &[Binding],
    ) {
        if own.is_none() && attributes.is_empty() && bindings.is_empty() {
            return;
        }
        let document = self.document;
        self.needed.clear();
        if let Some((name, namespace)) = own {
            self.need(document.prefix(name), document.namespace(namespace));
        }
        for attribute in attributes.iter().filter(|attribute| attribute.name.has_prefix()) {
            self.need(document.prefix(attribute.name), document.namespace(attribute.namespace));
        }
        for binding in bindings {
            let (prefix, uri) = (document.binding_prefix(binding), document.binding_uri(binding));
            if self.all || self.inclusive.contains(prefix) {
                self.need(prefix, uri);
            }
        }
        if index == self.apex.index() {
            let apex = self.apex;
            if self.all {
                for (prefix, uri) in apex.all_in_scope() {
                    self.need(prefix, uri);
                }
            }
            for (prefix, uri) in self.inclusive.prefixes.iter().filter_map(|prefix| apex.in_scope(prefix)) {
                self.need(prefix, uri);
            }
        }
        if self.needed.len() > 1 {
            self.needed.sort_unstable();
            self.needed.dedup();
        }
        self.rendered.extend_from_slice(&self.needed);
    }

    /// Notes a namespace node unless the nearest one written for its prefix says the same [xml-exc-c14n 3].
    fn need(&mut self, prefix: &'d str, uri: &'d str) {
        if prefix == "xml" {
            return;
        }
        let said = match self.rendered.iter().rev().find(|(of, _)| *of == prefix) {
            Some((_, written)) => *written == uri,
            // The empty default namespace goes without saying.
            None => prefix.is_empty() && uri.is_empty(),
        };
        if !said {
            self.needed.push((prefix, uri));
        }
    }

    fn start_tag(&mut self, node: &Node, name: Qname, attributes: &[Attribute], tags: Tags, rendered: usize) {
        let document = self.document;
        if tags.plain_start && self.rendered.len() == rendered {
            let (from, to) = (node.from as usize, tags.start_to as usize);
            if tags.shape != Shape::Empty {
                return self.copy(from..to);
            }
            self.copy(from..to - 2);
            self.flush();
            return self.out.push(b'>');
        }
        self.tag_start(name, rendered);
        for attribute in attributes {
            self.attribute(document.qualified(attribute.name), document.text_of(attribute.value));
        }
        self.out.push(b'>');
    }

    /// The attributes of the apex, if an inclusive method adds to them.
    fn inherited(&self, index: u32) -> Result<Option<Vec<Written<'d>>>, C14nError> {
        if !self.all || index != self.apex.index() {
            return Ok(None);
        }
        inherit::attributes(self.apex, self.method)
    }

    /// The start tag of the apex with attributes that are not all its own.
    fn apex_tag(&mut self, name: Qname, attributes: &[Written<'_>]) {
        self.tag_start(name, 0);
        for (_, _, name, value) in attributes {
            self.attribute(name, value);
        }
        self.out.push(b'>');
    }

    /// A start tag up to its attributes, with the namespaces that are rendered from `rendered` on.
    fn tag_start(&mut self, name: Qname, rendered: usize) {
        self.flush();
        self.out.push(b'<');
        self.out.extend_from_slice(self.document.qualified(name).as_bytes());
        for (prefix, uri) in self.rendered.get(rendered..).unwrap_or_default() {
            self.out.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape_attribute(uri, &mut self.out);
            self.out.push(b'"');
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"=\"");
        escape_attribute(value, &mut self.out);
        self.out.push(b'"');
    }

    fn end_tag(&mut self, open: &Open) {
        if open.shape == Shape::Plain {
            let to = open.to as usize;
            self.copy(to - open.name.length() - 3..to);
        } else {
            self.flush();
            self.out.extend_from_slice(b"</");
            self.out.extend_from_slice(self.document.qualified(open.name).as_bytes());
            self.out.push(b'>');
        }
        self.rendered.truncate(open.rendered);
    }

    fn text(&mut self, span: Span) {
        // What the parser left in the source holds nothing that must be escaped.
        match span.in_source() {
            Some(range) => self.copy(range),
            None => {
                self.flush();
                escape(self.document.text_of(span), text_escape, &mut self.out);
            }
        }
    }

    /// With its line ends as the parser would have them, since of comments nothing but the place is kept [xml 2.11].
    fn comment(&mut self, node: &Node) {
        let range = node.from as usize..node.to as usize;
        match self.document.source().get(range.clone()).filter(|text| text.contains('\r')) {
            None => self.copy(range),
            Some(text) => {
                self.flush();
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                self.out.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn instruction(&mut self, target: Span, data: Span) {
        let (target, data) = (self.document.text_of(target), self.document.text_of(data));
        self.flush();
        self.out.extend_from_slice(b"<?");
        self.out.extend_from_slice(target.as_bytes());
        if !data.is_empty() {
            self.out.push(b' ');
            self.out.extend_from_slice(data.as_bytes());
        }
        self.out.extend_from_slice(b"?>");
    }
}

/// A namespace name without a scheme [rfc3986 3.1]; the empty one undeclares and is none.
fn is_relative(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let plain = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let absolute = plain && scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    !absolute && !uri.is_empty()
}

#[cfg(test)]
mod tests;
