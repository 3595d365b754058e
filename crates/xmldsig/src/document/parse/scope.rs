//! Which namespace declarations hold at the place being read.

use crate::document::span::Texts;
use crate::document::tree::{Binding, NONE, XML};

/// Indexes of the bindings in scope, innermost last.
#[derive(Default)]
pub(super) struct Scope {
    active: Vec<u32>,
}

impl Scope {
    pub(super) fn depth(&self) -> usize {
        self.active.len()
    }

    pub(super) fn enter(&mut self, binding: u32) {
        self.active.push(binding);
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.active.truncate(depth);
    }

    /// The binding of a prefix: none of an undeclared one, [`NONE`] where the default namespace is empty.
    pub(super) fn find(&self, prefix: &str, bindings: &[Binding], texts: Texts<'_>) -> Option<u32> {
        if prefix == "xml" {
            return Some(XML);
        }
        let of = |index: &u32| bindings.get(*index as usize);
        let found = self
            .active
            .iter()
            .rev()
            .find(|index| of(index).is_some_and(|binding| texts.of(binding.prefix) == prefix));
        match found {
            Some(index)
                if prefix.is_empty() && of(index).is_some_and(|binding| texts.of(binding.uri).is_empty()) =>
            {
                Some(NONE)
            }
            Some(index) => Some(*index),
            None => prefix.is_empty().then_some(NONE),
        }
    }
}
