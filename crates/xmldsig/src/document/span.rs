//! Where pieces of text lie, and names.

use std::ops::Range;

use super::tree::{Binding, NONE, XML, XML_NAMESPACE};

/// A piece of text: in the source, or in the document's decoded text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: u32,
    /// Bytes, and in the highest bit whether it lies in the decoded text: neither text is so long that it would need that.
    length: u32,
}

impl Span {
    pub(super) const EMPTY: Self = Self { start: 0, length: 0 };
    const DECODED: u32 = 1 << 31;

    pub(super) fn source(start: usize, length: usize) -> Self {
        Self { start: offset(start), length: offset(length) }
    }

    pub(super) fn decoded(start: usize, end: usize) -> Self {
        Self { start: offset(start), length: offset(end - start) | Self::DECODED }
    }

    pub(super) fn is_decoded(self) -> bool {
        self.length & Self::DECODED != 0
    }

    /// Where it lies in the source, if it does.
    pub(crate) fn in_source(self) -> Option<Range<usize>> {
        (!self.is_decoded()).then(|| self.range())
    }

    pub(super) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + (self.length & !Self::DECODED) as usize
    }
}

/// Offsets fit in 31 bits: the document is no larger than `i32::MAX` bytes, and decoded text is no longer than it.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The two texts that a span may lie in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'t> {
    pub(super) source: &'t str,
    pub(super) decoded: &'t str,
}

impl<'t> Texts<'t> {
    pub(super) fn of(self, span: Span) -> &'t str {
        let text = if span.is_decoded() { self.decoded } else { self.source };
        text.get(span.range()).unwrap_or_default()
    }

    /// The namespace that a binding stands for, if it is one.
    ///
    /// Not an empty text for none: to compare two of those is left to libc, which takes longer for it than for any other two.
    pub(super) fn namespace(self, binding: u32, bindings: &[Binding]) -> Option<&'t str> {
        match binding {
            NONE => None,
            XML => Some(XML_NAMESPACE),
            index => bindings.get(index as usize).map(|binding| self.of(binding.uri)),
        }
    }
}

/// A name in the source: `local`, or `prefix:local`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Qname {
    pub(super) start: u32,
    pub(super) prefix: u16,
    pub(super) local: u16,
}

impl Qname {
    fn skip(self) -> u32 {
        if self.prefix == 0 { 0 } else { u32::from(self.prefix) + 1 }
    }

    pub(super) fn prefix(self) -> Span {
        Span { start: self.start, length: u32::from(self.prefix) }
    }

    pub(super) fn local(self) -> Span {
        Span { start: self.start + self.skip(), length: u32::from(self.local) }
    }

    pub(super) fn whole(self) -> Span {
        Span { start: self.start, length: self.skip() + u32::from(self.local) }
    }

    /// Bytes of the name as written.
    pub(crate) fn length(self) -> usize {
        self.skip() as usize + usize::from(self.local)
    }

    pub(crate) fn has_prefix(self) -> bool {
        self.prefix != 0
    }
}
