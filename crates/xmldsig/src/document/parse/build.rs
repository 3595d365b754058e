//! Putting what was read into the tree: nodes, joined texts, declarations, attributes, IDs.

use super::{Cause, Parser, Stop, normalize_lines, stop_at};
use crate::document::span::{Qname, Span, Texts, offset};
use crate::document::tree::{Attribute, Binding, Given, Kind, NONE, Node, XML_NAMESPACE};

const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
const WSU_NAMESPACE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

impl Parser<'_, '_> {
    pub(super) fn next_index(&self) -> u32 {
        offset(self.nodes.len())
    }

    // Where it is called the node is written once, in its place: out of line it is written twice, and read back too early.
    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, from: usize) -> Result<u32, Stop> {
        if self.nodes.len() >= self.limits.nodes {
            return Err(stop_at(from, Cause::Limit { what: "nodes", limit: self.limits.nodes }));
        }
        let index = self.next_index();
        let parent = self.parent();
        self.nodes.push(Node { kind, parent, end: index + 1, from: offset(from), to: offset(self.at) });
        Ok(index)
    }

    /// The element that is open, innermost.
    fn parent(&self) -> u32 {
        self.open.last().map_or(NONE, |open| open.index)
    }

    pub(super) fn texts(&self) -> Texts<'_> {
        Texts { source: self.source, decoded: &self.decoded }
    }

    pub(super) fn text_of(&self, span: Span) -> &str {
        self.texts().of(span)
    }

    /// Text that stands in the source as it is meant, but for its line ends; `canonical` unless a `>` is in it.
    ///
    /// Only what is canonical is left in the source, so that canonicalization need not look into it again.
    pub(super) fn append_source(&mut self, from: usize, to: usize, canonical: bool) -> Result<(), Stop> {
        let piece = self.source.get(from..to).unwrap_or_default();
        if piece.is_empty() {
            return Ok(());
        }
        if self.has_control && memchr::memchr(b'\r', piece.as_bytes()).is_some() {
            return self.append_decoded(from, |decoded| normalize_lines(piece, decoded));
        }
        if !canonical || self.adjacent_text().is_some() {
            return self.append_decoded(from, |decoded| decoded.push_str(piece));
        }
        let span = Span::source(from, piece.len());
        self.push(Kind::Text(span), from).map(drop)
    }

    /// Text that `fill` writes; joined to a text just before it, so that a value is one node [xml 2.7, 4.4.2], [attack B7].
    pub(super) fn append_decoded(&mut self, from: usize, fill: impl FnOnce(&mut String)) -> Result<(), Stop> {
        let before = self.adjacent_text();
        let start = match before {
            Some(span) if span.is_decoded() && span.range().end == self.decoded.len() => span.range().start,
            Some(span) => {
                let text = self.text_of(span).to_owned();
                let start = self.decoded.len();
                self.decoded.push_str(&text);
                start
            }
            None => self.decoded.len(),
        };
        fill(&mut self.decoded);
        let span = Span::decoded(start, self.decoded.len());
        let to = offset(self.at);
        match self.nodes.last_mut() {
            Some(node) if before.is_some() => {
                node.kind = Kind::Text(span);
                node.to = to;
                Ok(())
            }
            _ if span.range().is_empty() => Ok(()),
            _ => self.push(Kind::Text(span), from).map(drop),
        }
    }

    fn adjacent_text(&self) -> Option<Span> {
        let parent = self.parent();
        match self.nodes.last() {
            Some(Node { kind: Kind::Text(span), parent: of, .. }) if *of == parent => Some(*span),
            _ => None,
        }
    }

    /// The span with its line ends normalized.
    pub(super) fn lines(&mut self, span: Span) -> Span {
        let text = self.source.get(span.range()).unwrap_or_default();
        if !text.contains('\r') {
            return span;
        }
        let start = self.decoded.len();
        normalize_lines(text, &mut self.decoded);
        Span::decoded(start, self.decoded.len())
    }

    /// `p` of `xmlns:p`, empty of `xmlns`; nothing for another attribute.
    pub(super) fn declared_prefix(&self, name: Qname) -> Option<Span> {
        const XMLNS: &str = "xmlns";
        let plain = if name.has_prefix() { name.prefix() } else { name.local() };
        if plain.range().len() != XMLNS.len() || self.text_of(plain) != XMLNS {
            return None;
        }
        Some(if name.has_prefix() { name.local() } else { Span::EMPTY })
    }

    /// Keeps a namespace declaration, if it is one that may be made [xml-names 3], [attack B3].
    pub(super) fn bind(&mut self, from: usize, name: Qname, prefix: Span, uri: Span) -> Result<(), Stop> {
        let (text, value) = (self.text_of(prefix), self.text_of(uri));
        if let Some(rule) = broken_rule(text, value) {
            let declaration = format!("{}={value:?}", self.text_of(name.whole()));
            return Err(stop_at(from, Cause::NamespaceDeclaration { declaration, rule }));
        }
        if text != "xml" {
            self.bindings.push(Binding { prefix, uri });
        }
        Ok(())
    }

    /// Notes which attributes and declarations are those of the start tag, if there are any from `first` on.
    pub(super) fn give(&mut self, first: (usize, usize)) -> u32 {
        let (attributes, bindings) = (self.attributes.len(), self.bindings.len());
        if first == (attributes, bindings) {
            return NONE;
        }
        let range = |from, to| (offset(from), offset(to));
        self.given.push(Given { attributes: range(first.0, attributes), bindings: range(first.1, bindings) });
        offset(self.given.len() - 1)
    }

    /// Takes the declarations of the start tag into scope, sorted by prefix.
    pub(super) fn declare(&mut self, from: usize, first: usize) -> Result<(), Stop> {
        let Self { bindings, source, scope, .. } = self;
        let group = bindings.get_mut(first..).unwrap_or_default();
        let prefix = |binding: &Binding| source.get(binding.prefix.range()).unwrap_or_default();
        group.sort_unstable_by(|a, b| prefix(a).cmp(prefix(b)));
        if let Some(name) = group.windows(2).find_map(|pair| same(pair, prefix)) {
            return Err(stop_at(from, Cause::DuplicateAttribute { name: format!("xmlns:{name}") }));
        }
        for (index, binding) in (first..).zip(group.iter()) {
            scope.enter(prefix(binding), offset(index));
        }
        if self.scope.depth() > self.limits.namespaces {
            return Err(stop_at(
                from,
                Cause::Limit { what: "namespaces in scope", limit: self.limits.namespaces },
            ));
        }
        Ok(())
    }

    /// The namespace of a name, by the declarations in scope [xml-names 5, 6.1, 6.2]; there must be one [attack B15].
    pub(super) fn resolve_name(&self, name: Qname, at: usize) -> Result<u32, Stop> {
        let prefix = self.text_of(name.prefix());
        let found = self.scope.find(prefix, &self.bindings, self.texts());
        found.ok_or_else(|| stop_at(at, Cause::UndeclaredPrefix { prefix: prefix.to_owned() }))
    }

    /// Gives each attribute its namespace and sorts them in canonical order [xml-c14n 2.2]; each once [xml-names 6.3], [attack B14].
    ///
    /// Gives whether they stand in that order already.
    pub(super) fn resolve(&mut self, from: usize, first: usize) -> Result<bool, Stop> {
        for index in first..self.attributes.len() {
            let Some(attribute) = self.attributes.get(index).copied() else { break };
            // Without a prefix an attribute is in no namespace.
            let namespace =
                if attribute.name.has_prefix() { self.resolve_name(attribute.name, from)? } else { NONE };
            if let Some(attribute) = self.attributes.get_mut(index) {
                attribute.namespace = namespace;
            }
            let local = attribute.name.local();
            if local.range().len() == 2
                && is_id(self.texts().namespace(namespace, &self.bindings), self.text_of(local))
            {
                self.ids.push((attribute.value, offset(from)));
            }
        }
        if self.attributes.len() == first + 1 {
            return Ok(true);
        }
        let Self { attributes, bindings, source, decoded, .. } = self;
        let texts = Texts { source, decoded };
        let key = |of: &Attribute| (texts.namespace(of.namespace, bindings), texts.of(of.name.local()));
        let group = attributes.get_mut(first..).unwrap_or_default();
        let sorted = group.is_sorted_by_key(key);
        if !sorted {
            group.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        }
        match group.windows(2).find_map(|pair| same(pair, key)) {
            Some((_, name)) => Err(stop_at(from, Cause::DuplicateAttribute { name: name.to_owned() })),
            None => Ok(sorted),
        }
    }

    /// No ID value stands twice [attack A8].
    pub(super) fn unique_ids(&self) -> Result<(), Stop> {
        let mut ids: Vec<(&str, u32)> =
            self.ids.iter().map(|(value, from)| (self.text_of(*value), *from)).collect();
        ids.sort_unstable();
        let twice = ids.windows(2).find_map(|pair| match pair {
            [(first, _), (second, from)] if first == second => Some((*from as usize, (*second).to_owned())),
            _ => None,
        });
        twice.map_or(Ok(()), |(from, value)| Err(stop_at(from, Cause::DuplicateId { value })))
    }
}

/// The key that two neighbours share.
fn same<'a, T, K: PartialEq>(pair: &'a [T], key: impl Fn(&'a T) -> K) -> Option<K> {
    let [first, second] = pair else { return None };
    let second = key(second);
    (key(first) == second).then_some(second)
}

/// Names by which any of the implementations that we meet would look an ID up.
fn is_id(namespace: Option<&str>, local: &str) -> bool {
    match namespace {
        None => matches!(local, "ID" | "Id" | "id"),
        Some(XML_NAMESPACE) => local == "id",
        Some(WSU_NAMESPACE) => local == "Id",
        Some(_) => false,
    }
}

fn broken_rule(prefix: &str, uri: &str) -> Option<&'static str> {
    match (prefix, uri) {
        ("xmlns", _) => Some("the prefix xmlns is not to be declared"),
        ("xml", XML_NAMESPACE) => None,
        ("xml", _) => Some("the prefix xml stands for its own namespace alone"),
        (_, XML_NAMESPACE) => Some("the namespace of xml has the prefix xml alone"),
        (_, XMLNS_NAMESPACE) => Some("the namespace of xmlns is not to be declared"),
        ("", "") => None,
        (_, "") => Some("a prefix cannot be undeclared in XML 1.0"),
        _ => None,
    }
}
