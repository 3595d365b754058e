//! Markup that is no content: the XML declaration, comments, processing instructions, and the DOCTYPE that is refused.

use super::{Cause, Parser, Stop, stop_at};
use crate::document::chars::{is_space, ncname_length};
use crate::document::span::Span;
use crate::document::tree::Kind;

impl Parser<'_, '_> {
    /// `<?xml …?>` at the very start: version 1.0, and UTF-8 if it says so [xml 2.8, 4.3.3], [attack B12].
    pub(super) fn declaration(&mut self) -> Result<(), Stop> {
        if !self.looking_at("<?xml") || !self.byte(self.at + 5).is_some_and(is_space) {
            return Ok(());
        }
        let inner = self.delimited("<?xml", "?>", "'?>' of the XML declaration")?;
        let text = self.source.get(inner.range()).unwrap_or_default();
        let mut rest = text;
        for name in ["version", "encoding", "standalone"] {
            let Some((value, after)) = pseudo_attribute(rest, name) else { continue };
            rest = after;
            match name {
                "version" if value != "1.0" => {
                    return Err(stop_at(5, Cause::Version { found: value.to_owned() }));
                }
                "encoding" if !value.eq_ignore_ascii_case("utf-8") => {
                    return Err(stop_at(5, Cause::Encoding { found: format!("it declares {value:?}") }));
                }
                _ => {}
            }
        }
        let version = pseudo_attribute(text, "version");
        if version.is_none() || !rest.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
            return Err(stop_at(
                5,
                Cause::Unexpected {
                    expected: "version=\"1.0\", then encoding, in the XML declaration",
                    found: '?',
                },
            ));
        }
        Ok(())
    }

    /// White space, comments and processing instructions outside the root [xml 2.8].
    pub(super) fn misc(&mut self) -> Result<(), Stop> {
        loop {
            self.skip_space();
            if self.looking_at("<!--") {
                self.comment()?;
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if self.looking_at("<!") {
                return Err(self.doctype());
            } else {
                return Ok(());
            }
        }
    }

    /// Refused at sight: no entity, no typed ID and no file can come of it [attack A10, D1, D2].
    pub(super) fn doctype(&self) -> Stop {
        if self.looking_at("<!DOCTYPE") {
            self.stop(Cause::Doctype)
        } else {
            self.unexpected("a comment or an element")
        }
    }

    pub(super) fn comment(&mut self) -> Result<(), Stop> {
        let from = self.at;
        let inner = self.delimited("<!--", "-->", "'-->' of a comment")?;
        let text = self.source.get(inner.range()).unwrap_or_default();
        if let Some(at) = memchr::memmem::find(text.as_bytes(), b"--") {
            return Err(stop_at(
                from + 4 + at,
                Cause::Unexpected { expected: "no '--' inside a comment", found: '-' },
            ));
        }
        if text.ends_with('-') {
            return Err(stop_at(
                self.at - 4,
                Cause::Unexpected { expected: "no '--->' at the end of a comment", found: '-' },
            ));
        }
        self.has_comment = true;
        self.push(Kind::Comment, from).map(drop)
    }

    pub(super) fn instruction(&mut self) -> Result<(), Stop> {
        let from = self.at;
        let inner = self.delimited("<?", "?>", "'?>' of a processing instruction")?;
        let text = self.source.get(inner.range()).unwrap_or_default();
        let length = ncname_length(text);
        let data = text.get(length..).unwrap_or_default();
        if length == 0 || text.get(..length).is_some_and(|target| target.eq_ignore_ascii_case("xml")) {
            return Err(stop_at(
                from + 2,
                Cause::Unexpected { expected: "the target of a processing instruction", found: '?' },
            ));
        }
        let trimmed = data.trim_start_matches([' ', '\t', '\n', '\r']);
        if !data.is_empty() && trimmed.len() == data.len() {
            return Err(stop_at(
                from + 2 + length,
                Cause::Unexpected { expected: "white space after the target", found: '?' },
            ));
        }
        let target = Span::source(inner.range().start, length);
        let data = self.lines(Span::source(inner.range().end - trimmed.len(), trimmed.len()));
        self.has_instruction = true;
        self.push(Kind::Instruction { target, data }, from).map(drop)
    }
}

/// Value of a pseudo-attribute at the start of the text, and what follows it.
fn pseudo_attribute<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
    const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
    let rest = text.trim_start_matches(SPACE).strip_prefix(name)?;
    let rest = rest.trim_start_matches(SPACE).strip_prefix('=')?.trim_start_matches(SPACE);
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest.get(1..)?.split_once(quote)
}
