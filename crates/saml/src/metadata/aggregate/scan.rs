//! Where tags begin and end, in bytes that come piece by piece.
//!
//! Of what is well-formed it finds each tag; of anything else it may find any, since the parser refuses that afterwards.

use memchr::{memchr, memchr3};

/// Finds one tag after the other.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Where the markup begins that has no end yet.
    open: Option<usize>,
    /// Bytes that were looked at.
    seen: usize,
    /// The quote that an attribute value ends with, inside one.
    quote: Option<u8>,
}

/// A tag, from byte to byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) markup: Markup,
    pub(super) from: usize,
    pub(super) to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    Start,
    Empty,
    End,
}

impl Tag {
    /// The name as written.
    pub(super) fn name<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let inner = bytes.get(self.from + 1..self.to).unwrap_or_default();
        let end = inner.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
        inner.get(..end.unwrap_or(inner.len())).unwrap_or_default()
    }

    pub(super) fn local_name<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        self.name(bytes).rsplit(|byte| *byte == b':').next().unwrap_or_default()
    }
}

impl Scanner {
    /// The next tag that is there whole; nothing until more bytes come.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<Tag> {
        loop {
            let from = self.open_in(bytes)?;
            let markup = bytes.get(from..)?;
            let (kind, to) = match markup.get(1)? {
                b'!' if markup.starts_with(b"<!--") => (None, self.delimited(bytes, from + 4, b"-->")?),
                b'!' if markup.starts_with(b"<![CDATA[") => (None, self.delimited(bytes, from + 9, b"]]>")?),
                b'!' if b"<!--".starts_with(markup) || b"<![CDATA[".starts_with(markup) => return None,
                b'?' => (None, self.delimited(bytes, from + 2, b"?>")?),
                b'/' => (Some(Markup::End), self.tag_end(bytes)?),
                b'!' => (None, self.tag_end(bytes)?),
                _ => {
                    let to = self.tag_end(bytes)?;
                    let is_empty = bytes.get(from..to).is_some_and(|tag| tag.ends_with(b"/>"));
                    (Some(if is_empty { Markup::Empty } else { Markup::Start }), to)
                }
            };
            self.open = None;
            if let Some(markup) = kind {
                return Some(Tag { markup, from, to });
            }
        }
    }

    /// So many bytes were taken away at the front.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.seen = self.seen.saturating_sub(bytes);
    }

    /// Where markup begins that has no end yet.
    fn open_in(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.open.is_none() {
            let Some(length) = memchr(b'<', bytes.get(self.seen..)?) else {
                self.seen = bytes.len();
                return None;
            };
            self.open = Some(self.seen + length);
            self.seen += length + 1;
        }
        self.open
    }

    /// Behind the `>` that stands in no attribute value.
    fn tag_end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let rest = bytes.get(self.seen..)?;
            let found = match self.quote {
                Some(quote) => memchr(quote, rest),
                None => memchr3(b'"', b'\'', b'>', rest),
            };
            let Some(length) = found else {
                self.seen = bytes.len();
                return None;
            };
            self.seen += length + 1;
            match (self.quote, rest.get(length)) {
                (Some(_), _) => self.quote = None,
                (None, Some(b'>')) => return Some(self.seen),
                (None, quote) => self.quote = quote.copied(),
            }
        }
    }

    /// Behind the first `close`, whose last byte is `>`, that stands at `start` or later.
    fn delimited(&mut self, bytes: &[u8], start: usize, close: &[u8]) -> Option<usize> {
        loop {
            let Some(length) = memchr(b'>', bytes.get(self.seen..)?) else {
                self.seen = bytes.len();
                return None;
            };
            self.seen += length + 1;
            if bytes.get(start..self.seen).is_some_and(|inner| inner.ends_with(close)) {
                return Some(self.seen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tags of a text, however it is cut.
    #[track_caller]
    fn tags(text: &str) -> Vec<String> {
        let found = |step: usize| {
            let (mut scanner, mut tags) = (Scanner::default(), Vec::new());
            for to in (0..text.len()).step_by(step).chain([text.len()]) {
                while let Some(tag) = scanner.next(&text.as_bytes()[..to]) {
                    tags.push(text.get(tag.from..tag.to).unwrap().to_owned());
                }
            }
            tags
        };
        let whole = found(text.len().max(1));
        for step in 1..text.len() {
            assert_eq!(found(step), whole, "{step}");
        }
        whole
    }

    #[test]
    fn f8_each_tag_of_what_is_well_formed() {
        assert_eq!(tags("a <b c='>' d=\"'>\"/> > <e\n>f</e\t>"), ["<b c='>' d=\"'>\"/>", "<e\n>", "</e\t>"]);
    }

    #[test]
    fn f8_no_tag_in_comments_sections_and_instructions() {
        assert_eq!(tags("<a><!--<b>'--></a>"), ["<a>", "</a>"]);
        assert_eq!(tags("<a><!--> <b> -- > --></a>"), ["<a>", "</a>"]);
        assert_eq!(tags("<a><!---> <b> --></a>"), ["<a>", "</a>"]);
        assert_eq!(tags("<a><![CDATA[<b>]] >]]]><c/></a>"), ["<a>", "<c/>", "</a>"]);
        assert_eq!(tags("<?a <b> ?c?><d/><?>?><e/>"), ["<d/>", "<e/>"]);
        assert_eq!(tags("<!DOCTYPE a><b/>"), ["<b/>"]);
    }

    #[test]
    fn names() {
        let name = |text: &str| {
            let tag = Scanner::default().next(text.as_bytes()).unwrap();
            let of = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
            (of(tag.name(text.as_bytes())), of(tag.local_name(text.as_bytes())))
        };
        assert_eq!(name("<a>"), ("a".into(), "a".into()));
        assert_eq!(name("<m:a\tb=''>"), ("m:a".into(), "a".into()));
        assert_eq!(name("<m:a/>"), ("m:a".into(), "a".into()));
    }
}
