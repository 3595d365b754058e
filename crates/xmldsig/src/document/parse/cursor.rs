//! Moving over the bytes, and saying where and why it stopped.

use super::{Cause, Parser, Stop, stop_at};
use crate::document::chars::{is_space, ncname_length};
use crate::document::span::{Qname, Span, offset};

impl Parser<'_, '_> {
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.source.as_bytes().get(at).copied()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.source.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn looking_at(&self, text: &str) -> bool {
        self.rest().starts_with(text.as_bytes())
    }

    /// Whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        let from = self.at;
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        self.at > from
    }

    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Stop> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.unexpected(expected)),
            None => Err(self.end(expected)),
        }
    }

    /// What stands between `open` and the first `close` after it; moves behind `close`.
    pub(super) fn delimited(
        &mut self,
        open: &str,
        close: &str,
        expected: &'static str,
    ) -> Result<Span, Stop> {
        self.at += open.len();
        let from = self.at;
        let Some(length) = memchr::memmem::find(self.rest(), close.as_bytes()) else {
            self.at = self.source.len();
            return Err(self.end(expected));
        };
        self.at += length + close.len();
        Ok(Span::source(from, length))
    }

    /// A name with at most one colon [xml-names 4].
    pub(super) fn qname(&mut self, expected: &'static str) -> Result<Qname, Stop> {
        let from = self.at;
        let first = self.ncname(expected)?;
        if self.peek() != Some(b':') {
            return Ok(Qname { start: offset(from), prefix: 0, local: first });
        }
        self.at += 1;
        let local = self.ncname("a local name after the colon")?;
        Ok(Qname { start: offset(from), prefix: first, local })
    }

    fn ncname(&mut self, expected: &'static str) -> Result<u16, Stop> {
        let length = ncname_length(self.source.get(self.at..).unwrap_or_default());
        if length == 0 {
            let found = self.peek();
            return Err(if found.is_some() { self.unexpected(expected) } else { self.end(expected) });
        }
        let limit = self.limits.name.min(usize::from(u16::MAX));
        let short = u16::try_from(length).ok().filter(|_| length <= limit);
        let short = short.ok_or_else(|| self.stop(Cause::Limit { what: "bytes of a name", limit }))?;
        self.at += length;
        Ok(short)
    }

    pub(super) fn stop(&self, cause: Cause) -> Stop {
        stop_at(self.at, cause)
    }

    pub(super) fn end(&self, expected: &'static str) -> Stop {
        self.stop(Cause::End { expected })
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> Stop {
        match self.source.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.stop(Cause::Unexpected { expected, found }),
            None => self.end(expected),
        }
    }
}
