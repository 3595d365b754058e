//! The tokenizer: one pass over the bytes, no recursion, no look-back.

use memchr::memchr3;

mod build;
mod cursor;
mod markup;
mod scope;

use super::chars::{first_non_char, is_char};
use super::tree::{Attribute, Binding, Kind, NONE, Node, Span};
use super::{Document, ParseError, ParseErrorKind as Cause};
use crate::Limits;
use scope::{RawAttribute, Scope};

const BOM: &str = "\u{FEFF}";

pub(super) fn document<'s>(bytes: &'s [u8], limits: &Limits) -> Result<Document<'s>, ParseError> {
    let fail = |at: usize, cause| ParseError::new(bytes, at, cause);
    if bytes.len() > limits.bytes.min(i32::MAX as usize) {
        return Err(fail(0, Cause::Limit { what: "bytes", limit: limits.bytes }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| fail(error.valid_up_to(), not_utf8(bytes)))?;
    let source = text.strip_prefix(BOM).unwrap_or(text);
    let skipped = text.len() - source.len();
    if let Some(at) = first_non_char(source.as_bytes()) {
        let code = source.get(at..).and_then(|rest| rest.chars().next()).map_or(0, u32::from);
        return Err(fail(at + skipped, Cause::Character { code }));
    }
    let mut parser = Parser::new(source, limits);
    parser.run().map_err(|(at, cause)| fail(at + skipped, cause))?;
    Ok(parser.finish())
}

fn not_utf8(bytes: &[u8]) -> Cause {
    let found = match bytes {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<', ..] | [b'<', 0, ..] => "this is UTF-16 or UTF-32",
        _ => "these bytes are not",
    };
    Cause::Encoding { found: found.to_owned() }
}

/// Where, and why.
type Stop = (usize, Cause);

struct Parser<'s, 'l> {
    source: &'s str,
    limits: &'l Limits,
    at: usize,
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    bindings: Vec<Binding>,
    scope: Scope,
    /// Attributes of the start tag being read.
    raw: Vec<RawAttribute>,
    /// Open elements: node index, namespace declarations in scope before it.
    open: Vec<(u32, usize)>,
    /// Values of ID attributes, and where their elements start.
    ids: Vec<(Span, u32)>,
    root: u32,
    has_instruction: bool,
}

impl<'s, 'l> Parser<'s, 'l> {
    fn new(source: &'s str, limits: &'l Limits) -> Self {
        let guess = (source.len() / 48).min(limits.nodes);
        Self {
            source,
            limits,
            at: 0,
            decoded: String::new(),
            nodes: Vec::with_capacity(guess),
            attributes: Vec::with_capacity(guess / 2),
            bindings: Vec::new(),
            scope: Scope::default(),
            raw: Vec::new(),
            open: Vec::new(),
            ids: Vec::new(),
            root: NONE,
            has_instruction: false,
        }
    }

    fn finish(self) -> Document<'s> {
        let Self { source, decoded, nodes, attributes, bindings, root, has_instruction, .. } = self;
        Document { source, decoded, nodes, attributes, bindings, root, has_instruction }
    }

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
            return Err((from, Cause::Limit { what: "open elements", limit: self.limits.depth }));
        }
        self.at += 1;
        let name = self.qname("an element name")?;
        self.raw.clear();
        let empty = loop {
            let spaced = self.skip_space();
            match self.peek() {
                Some(b'>') => break false,
                Some(b'/') => break true,
                Some(_) if spaced => self.attribute()?,
                Some(_) => return Err(self.unexpected("white space, '>' or '/>'")),
                None => return Err(self.end("'>' of a start tag")),
            }
        };
        self.at += 1;
        if empty {
            self.expect(b'>', "'>' after '/'")?;
        }
        let outside = self.scope.depth();
        let first = (self.attributes.len(), self.bindings.len());
        self.declare(from)?;
        self.resolve(from)?;
        let prefix = self.text_of(name.prefix());
        let namespace = self.scope.find(prefix, &self.bindings, self.texts());
        let namespace =
            namespace.ok_or_else(|| (from + 1, Cause::UndeclaredPrefix { prefix: prefix.to_owned() }))?;
        let kind = Kind::Element {
            name,
            namespace,
            attributes: (offset(first.0), offset(self.attributes.len())),
            bindings: (offset(first.1), offset(self.bindings.len())),
        };
        let index = self.push(kind, from)?;
        if empty {
            self.scope.leave(outside);
        } else {
            self.open.push((index, outside));
        }
        Ok(())
    }

    fn attribute(&mut self) -> Result<(), Stop> {
        if self.raw.len() >= self.limits.attributes {
            return Err(
                self.stop(Cause::Limit { what: "attributes of one element", limit: self.limits.attributes })
            );
        }
        let name = self.qname("an attribute name")?;
        self.skip_space();
        self.expect(b'=', "'=' after an attribute name")?;
        self.skip_space();
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            Some(_) => return Err(self.unexpected("a quoted attribute value")),
            None => return Err(self.end("a quoted attribute value")),
        };
        self.at += 1;
        let value = self.attribute_value(quote)?;
        self.raw.push(RawAttribute { name, value });
        Ok(())
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
            let plain = piece.bytes().all(|byte| byte >= b' ');
            if stopped == Some(quote) && plain && decoded_from.is_none() {
                self.at += 1;
                return Ok(Span { start: offset(from), length: offset(length), decoded: false });
            }
            let first = *decoded_from.get_or_insert(self.decoded.len());
            normalize_attribute(piece, &mut self.decoded);
            if stopped == Some(quote) {
                self.at += 1;
                return Ok(decoded_span(first, self.decoded.len()));
            }
            let code = self.reference()?;
            self.decoded.push(code);
        }
    }

    fn end_tag(&mut self) -> Result<(), Stop> {
        let from = self.at;
        self.at += 2;
        let name = self.qname("an element name")?;
        self.skip_space();
        self.expect(b'>', "'>' of an end tag")?;
        let Some((index, outside)) = self.open.pop() else { return Err((from, Cause::Trailing)) };
        let (end, to) = (self.next_index(), offset(self.at));
        let found = self.text_of(name.whole());
        let Some(Node { kind: Kind::Element { name: opened, .. }, .. }) = self.nodes.get(index as usize)
        else {
            return Err((from, Cause::Trailing));
        };
        let expected = self.text_of(opened.whole());
        if expected != found {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            return Err((from, Cause::EndTag { expected, found }));
        }
        if let Some(node) = self.nodes.get_mut(index as usize) {
            node.end = end;
            node.to = to;
        }
        self.scope.leave(outside);
        Ok(())
    }

    fn text(&mut self) -> Result<(), Stop> {
        let mut from = self.at;
        loop {
            let Some(length) = memchr3(b'<', b'&', b']', self.rest()) else {
                self.at = self.source.len();
                return Err(self.end("the end tag of the open element"));
            };
            self.at += length;
            match self.peek() {
                Some(b'<') => return self.append_source(from, self.at),
                Some(b']') if self.looking_at("]]>") => return Err(self.unexpected("no ']]>' in text")),
                Some(b'&') => {
                    self.append_source(from, self.at)?;
                    let at = self.at;
                    let code = self.reference()?;
                    self.append_decoded(at, |decoded| decoded.push(code))?;
                    from = self.at;
                }
                _ => self.at += 1,
            }
        }
    }

    fn cdata(&mut self) -> Result<(), Stop> {
        let from = self.at;
        let inner = self.delimited("<![CDATA[", "]]>", "']]>' of a CDATA section")?;
        let text = self.source.get(inner.range()).unwrap_or_default();
        self.append_decoded(from, |decoded| normalize_lines(text, decoded))
    }

    /// `&name;` or `&#…;`, already at the ampersand [xml 4.1, 4.6].
    fn reference(&mut self) -> Result<char, Stop> {
        let from = self.at;
        let window = self.rest().get(..64.min(self.rest().len())).unwrap_or_default();
        let Some(length) = memchr::memchr(b';', window) else {
            return Err((from, Cause::End { expected: "';' of a reference" }));
        };
        let name = self.source.get(from + 1..from + length).unwrap_or_default();
        self.at += length + 1;
        let code = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => None,
        };
        if let Some(code) = code {
            return Ok(code);
        }
        let Some(digits) = name.strip_prefix('#') else {
            return Err((from, Cause::Entity { name: name.to_owned() }));
        };
        let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
        let number = digits
            .chars()
            .all(|digit| digit.is_digit(radix))
            .then(|| u32::from_str_radix(digits, radix).ok());
        let Some(Some(number)) = number else {
            return Err((from, Cause::Entity { name: name.to_owned() }));
        };
        char::from_u32(number).filter(|code| is_char(*code)).ok_or((from, Cause::Character { code: number }))
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

/// White space of an attribute value: each, and CR LF as one, becomes a space [xml 2.11, 3.3.3].
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

/// Offsets fit in 32 bits: the document is no larger than `i32::MAX` bytes, and decoded text is no longer than it.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn decoded_span(start: usize, end: usize) -> Span {
    Span { start: offset(start), length: offset(end - start), decoded: true }
}
