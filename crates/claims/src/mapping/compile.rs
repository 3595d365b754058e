//! What holds for every part of a mapping when it is compiled.

use super::error::{Fault, MappingError};
use super::limits;
use super::pattern::Pattern;
use crate::visible::invisible;

/// Counts what a whole mapping has together.
#[derive(Default)]
pub(super) struct Compiler {
    patterns: usize,
}

impl Compiler {
    pub(super) fn pattern(&mut self, rule: &str, text: &str) -> Result<Pattern, MappingError> {
        self.patterns += 1;
        if self.patterns > limits::PATTERNS {
            return Err(Fault::TooMany { count: self.patterns, most: limits::PATTERNS }.at(rule));
        }
        Pattern::compile(text).map_err(|fault| fault.at(rule))
    }
}

/// No more of something than there may be.
pub(super) fn at_most(rule: &str, count: usize, most: usize) -> Result<(), MappingError> {
    if count <= most { Ok(()) } else { Err(Fault::TooMany { count, most }.at(rule)) }
}

/// A text that stands for something: not empty, and not long.
pub(super) fn word(rule: &str, what: &'static str, text: &str) -> Result<String, MappingError> {
    if text.is_empty() {
        return Err(Fault::needs(what).at(rule));
    }
    short(rule, text)
}

/// A text that may be empty, and is not long.
pub(super) fn short(rule: &str, text: &str) -> Result<String, MappingError> {
    if text.len() > limits::WORD {
        return Err(Fault::TooLong { bytes: text.len(), most: limits::WORD }.at(rule));
    }
    Ok(text.to_owned())
}

/// A name by which an application knows a group or a role.
pub(super) fn name(rule: &str, text: &str) -> Result<String, MappingError> {
    match text.chars().find(|character| invisible(*character)) {
        Some(character) => Err(Fault::Invisible { character }.at(rule)),
        None => word(rule, "a name that is not empty", text),
    }
}
