//! The tokenizer: one pass over the bytes, no recursion, no look-back, no index that could be out of bounds [attack D9].

use memchr::memchr3;

mod build;
mod cursor;
mod markup;
mod reference;
mod scope;

use super::chars::{first_non_char, has_control};
use super::span::{Qname, Span, offset};
use super::tree::{Attribute, Binding, Given, Kind, NONE, Node, Shape, Tags};
use super::{Document, ParseError, ParseErrorKind as Cause};
use crate::Limits;
use scope::Scope;

const BOM: &str = "\u{FEFF}";

pub(super) fn document<'s>(bytes: &'s [u8], limits: &Limits) -> Result<Document<'s>, ParseError> {
    let fail = |at: usize, cause| ParseError::new(bytes, at, cause);
    if bytes.len() > limits.bytes.min(i32::MAX as usize) {
        return Err(fail(0, Cause::Limit { what: "bytes", limit: limits.bytes }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| fail(error.valid_up_to(), not_utf8(bytes)))?;
    let source = text.strip_prefix(BOM).unwrap_or(text);
    let skipped = text.len() - source.len();
    let has_control = has_control(source.as_bytes());
    if let Some(at) = first_non_char(source.as_bytes(), has_control) {
        let code = source.get(at..).and_then(|rest| rest.chars().next()).map_or(0, u32::from);
        return Err(fail(at + skipped, Cause::Character { code }));
    }
    let mut parser = Parser::new(source, limits, has_control);
    parser.run().map_err(|stop| fail(stop.0 + skipped, stop.1))?;
    Ok(parser.finish())
}

fn not_utf8(bytes: &[u8]) -> Cause {
    let found = match bytes {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => "this is UTF-16 or UTF-32",
        _ => "these bytes are not",
    };
    Cause::Encoding { found: found.to_owned() }
}

/// Where, and why; in a box, since it is rare and each step returns one.
type Stop = Box<(usize, Cause)>;

fn stop_at(at: usize, cause: Cause) -> Stop {
    Box::new((at, cause))
}

struct Parser<'s, 'l> {
    source: &'s str,
    limits: &'l Limits,
    at: usize,
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    bindings: Vec<Binding>,
    given: Vec<Given>,
    scope: Scope,
    open: Vec<Open>,
    /// Values of ID attributes, and where their elements start.
    ids: Vec<(Span, u32)>,
    root: u32,
    has_comment: bool,
    has_instruction: bool,
    /// Whether the source holds tabs or line ends, which attribute values and texts normalize.
    has_control: bool,
}

/// An element whose end tag is still to come.
struct Open {
    index: u32,
    name: Qname,
    namespace: u32,
    /// Namespace declarations in scope around it.
    outside: usize,
}

impl<'s, 'l> Parser<'s, 'l> {
    fn new(source: &'s str, limits: &'l Limits, has_control: bool) -> Self {
        // An element with a text has two tags and is two nodes: nearly always as many as there are tags.
        let tags = memchr::memchr_iter(b'<', source.as_bytes()).count();
        Self {
            source,
            limits,
            at: 0,
            decoded: String::new(),
            nodes: Vec::with_capacity(tags.min(limits.nodes)),
            attributes: Vec::with_capacity(32),
            bindings: Vec::new(),
            given: Vec::with_capacity(32),
            scope: Scope::default(),
            open: Vec::with_capacity(16),
            ids: Vec::new(),
            root: NONE,
            has_comment: false,
            has_instruction: false,
            has_control,
        }
    }

    fn finish(self) -> Document<'s> {
        let Self { source, decoded, nodes, attributes, bindings, given, root, .. } = self;
        let Self { has_comment, has_instruction, .. } = self;
        Document { source, decoded, nodes, attributes, bindings, given, root, has_comment, has_instruction }
    }

    /// One root, and around it what says nothing [attack A23].
    fn run(&mut self) -> Result<(), Stop> {
        self.declaration()?;
        self.misc()?;
        if self.peek() != Some(b'<') {
            return Err(self.unexpected("the root element"));
        }
        self.root = self.next_index();
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        self.misc()?;
        if self.at < self.source.len() {
            return Err(self.stop(Cause::Trailing));
        }
        self.unique_ids()
    }

    fn content(&mut self) -> Result<(), Stop> {
        if self.peek() != Some(b'<') {
            return self.text();
        }
        match self.byte(self.at + 1) {
            Some(b'/') => self.end_tag(),
            Some(b'?') => self.instruction(),
            Some(b'!') if self.looking_at("<!--") => self.comment(),
            Some(b'!') if self.looking_at("<![CDATA[") => self.cdata(),
            Some(b'!') => Err(self.doctype()),
            _ => self.start_tag(),
        }
    }

    fn start_tag(&mut self) -> Result<(), Stop> {
        let from = self.at;
        if self.open.len() >= self.limits.depth {
            return Err(stop_at(from, Cause::Limit { what: "open elements", limit: self.limits.depth }));
        }
        self.at += 1;
        let name = self.qname("an element name")?;
        let first = (self.attributes.len(), self.bindings.len());
        let mut plain = true;
        let empty = loop {
            let before = self.at;
            let spaced = self.skip_space();
            match self.peek() {
                Some(byte @ (b'>' | b'/')) => {
                    plain &= !spaced;
                    break byte == b'/';
                }
                Some(_) if spaced => {
                    plain &= self.at == before + 1 && self.byte(before) == Some(b' ');
                    plain &= self.attribute(first)?;
                }
                Some(_) => return Err(self.unexpected("white space, '>' or '/>'")),
                None => return Err(self.end("'>' of a start tag")),
            }
        };
        self.at += 1;
        if empty {
            self.expect(b'>', "'>' after '/'")?;
        }
        let outside = self.scope.depth();
        if self.bindings.len() > first.1 {
            self.declare(from, first.1)?;
        }
        if self.attributes.len() > first.0 {
            plain &= self.resolve(from, first.0)?;
        }
        let declares = self.bindings.len() > first.1;
        let namespace = match self.open.last() {
            // The most frequent case: a child with its parent's prefix, and no declaration between them.
            Some(parent)
                if !declares
                    && parent.name.has_prefix() == name.has_prefix()
                    && self.text_of(parent.name.prefix()) == self.text_of(name.prefix()) =>
            {
                parent.namespace
            }
            _ => self.resolve_name(name, from + 1)?,
        };
        let kind = Kind::Element {
            name,
            namespace,
            given: self.give(first),
            tags: Tags {
                start_to: offset(self.at),
                shape: if empty { Shape::Empty } else { Shape::Plain },
                plain_start: plain,
            },
        };
        let index = self.push(kind, from)?;
        if empty {
            self.scope.leave(outside);
        } else {
            self.open.push(Open { index, name, namespace, outside });
        }
        Ok(())
    }

    /// One attribute or namespace declaration; `first` says where those of this tag begin.
    ///
    /// Gives whether it is an attribute that stands in its canonical form.
    fn attribute(&mut self, first: (usize, usize)) -> Result<bool, Stop> {
        let count = self.attributes.len() - first.0 + self.bindings.len() - first.1;
        if count >= self.limits.attributes {
            return Err(
                self.stop(Cause::Limit { what: "attributes of one element", limit: self.limits.attributes })
            );
        }
        let from = self.at;
        let name = self.qname("an attribute name")?;
        let spaced = self.skip_space();
        self.expect(b'=', "'=' after an attribute name")?;
        let spaced = self.skip_space() | spaced;
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            Some(_) => return Err(self.unexpected("a quoted attribute value")),
            None => return Err(self.end("a quoted attribute value")),
        };
        self.at += 1;
        let value = self.attribute_value(quote)?;
        match self.declared_prefix(name) {
            Some(prefix) => self.bind(from, name, prefix, value).map(|()| false),
            None => {
                self.attributes.push(Attribute { name, namespace: NONE, value });
                Ok(!spaced && quote == b'"' && !value.is_decoded())
            }
        }
    }

    /// A value up to its quote, normalized as CDATA [xml 3.3.3].
    fn attribute_value(&mut self, quote: u8) -> Result<Span, Stop> {
        let from = self.at;
        let mut decoded_from = None;
        loop {
            let start = self.at;
            let Some(length) = memchr3(quote, b'<', b'&', self.rest()) else {
                self.at = self.source.len();
                return Err(self.end("the closing quote of an attribute value"));
            };
            self.at += length;
            let stopped = self.byte(self.at);
            if stopped == Some(b'<') {
                return Err(self.unexpected("no '<' inside an attribute value"));
            }
            let piece = self.source.get(start..self.at).unwrap_or_default();
            let plain = !(self.has_control && has_control(piece.as_bytes()));
            if stopped == Some(quote) && plain && decoded_from.is_none() {
                self.at += 1;
                return Ok(Span::source(from, length));
            }
            let first = *decoded_from.get_or_insert(self.decoded.len());
            normalize_attribute(piece, &mut self.decoded);
            if stopped == Some(quote) {
                self.at += 1;
                return Ok(Span::decoded(first, self.decoded.len()));
            }
            let code = self.reference()?;
            self.decoded.push(code);
        }
    }

    fn end_tag(&mut self) -> Result<(), Stop> {
        let from = self.at;
        let Some(Open { index, name, outside, .. }) = self.open.pop() else {
            return Err(stop_at(from, Cause::Trailing));
        };
        self.at += 2;
        let expected = self.source.get(name.whole().range()).unwrap_or_default();
        let after = self.rest().strip_prefix(expected.as_bytes()).and_then(<[u8]>::first);
        let plain = after == Some(&b'>');
        if plain {
            self.at += expected.len() + 1;
        } else {
            self.other_end_tag(from, expected)?;
        }
        let (end, to) = (self.next_index(), offset(self.at));
        if let Some(node) = self.nodes.get_mut(index as usize) {
            node.end = end;
            node.to = to;
            if let (Kind::Element { tags, .. }, false) = (&mut node.kind, plain) {
                tags.shape = Shape::Spaced;
            }
        }
        self.scope.leave(outside);
        Ok(())
    }

    /// One with white space behind its name, or another one than expected.
    fn other_end_tag(&mut self, from: usize, expected: &str) -> Result<(), Stop> {
        let name = self.qname("an element name")?;
        self.skip_space();
        self.expect(b'>', "'>' of an end tag")?;
        let found = self.text_of(name.whole());
        if expected == found {
            return Ok(());
        }
        let (expected, found) = (expected.to_owned(), found.to_owned());
        Err(stop_at(from, Cause::EndTag { expected, found }))
    }

    fn text(&mut self) -> Result<(), Stop> {
        let mut from = self.at;
        let mut canonical = true;
        loop {
            let Some(length) = memchr3(b'<', b'&', b'>', self.rest()) else {
                self.at = self.source.len();
                return Err(self.end("the end tag of the open element"));
            };
            self.at += length;
            match self.peek() {
                Some(b'<') => return self.append_source(from, self.at, canonical),
                Some(b'&') => {
                    self.append_source(from, self.at, canonical)?;
                    let at = self.at;
                    let code = self.reference()?;
                    self.append_decoded(at, |decoded| decoded.push(code))?;
                    (from, canonical) = (self.at, true);
                }
                _ if self.source.get(from..self.at).is_some_and(|text| text.ends_with("]]")) => {
                    self.at -= 2;
                    return Err(self.unexpected("no ']]>' in text"));
                }
                _ => {
                    self.at += 1;
                    canonical = false;
                }
            }
        }
    }

    fn cdata(&mut self) -> Result<(), Stop> {
        let from = self.at;
        let inner = self.delimited("<![CDATA[", "]]>", "']]>' of a CDATA section")?;
        let text = self.source.get(inner.range()).unwrap_or_default();
        self.append_decoded(from, |decoded| normalize_lines(text, decoded))
    }
}

/// Line ends of a text: CR and CR LF become LF [xml 2.11].
fn normalize_lines(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\r') {
        out.push_str(line);
        out.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
}

/// White space of an attribute value: each, and CR LF as one, becomes a space [xml 2.11, 3.3.3], [attack B11].
fn normalize_attribute(text: &str, out: &mut String) {
    let mut after_cr = false;
    for code in text.chars() {
        match code {
            '\n' if after_cr => {}
            '\t' | '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
        after_cr = code == '\r';
    }
}
