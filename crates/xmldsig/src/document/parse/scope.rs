//! Which namespace declarations hold at the place being read.

use crate::document::span::Texts;
use crate::document::tree::{Binding, NONE, XML};

/// The bindings in scope, innermost last.
#[derive(Default)]
pub(super) struct Scope {
    active: Vec<Active>,
}

struct Active {
    key: u64,
    binding: u32,
}

impl Scope {
    pub(super) fn depth(&self) -> usize {
        self.active.len()
    }

    pub(super) fn enter(&mut self, prefix: &str, binding: u32) {
        self.active.push(Active { key: key(prefix), binding });
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.active.truncate(depth);
    }

    /// The binding of a prefix: none of an undeclared one, [`NONE`] where the default namespace is empty.
    pub(super) fn find(&self, prefix: &str, bindings: &[Binding], texts: Texts<'_>) -> Option<u32> {
        if prefix == "xml" {
            return Some(XML);
        }
        let of = |active: &Active| bindings.get(active.binding as usize);
        let same = |active: &&Active| of(active).is_some_and(|binding| texts.of(binding.prefix) == prefix);
        let key = key(prefix);
        let alike = |active: &&Active| active.key == key && (prefix.len() < KEY || same(active));
        match self.active.iter().rev().find(alike) {
            Some(active)
                if prefix.is_empty()
                    && of(active).is_some_and(|binding| texts.of(binding.uri).is_empty()) =>
            {
                Some(NONE)
            }
            Some(active) => Some(active.binding),
            None => prefix.is_empty().then_some(NONE),
        }
    }
}

/// Bytes of a key; a prefix that is shorter is told by it from every other.
const KEY: usize = size_of::<u64>();

/// Length and first bytes of a prefix, as one number: a stranger may make us look through a scope for each attribute [attack D5].
fn key(prefix: &str) -> u64 {
    let mut bytes = [0; KEY];
    let [length, first @ ..] = &mut bytes;
    *length = u8::try_from(prefix.len()).unwrap_or(u8::MAX);
    first.iter_mut().zip(prefix.bytes()).for_each(|(to, from)| *to = from);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::span::Span;

    /// Prefixes that a key alone does not tell apart, and their neighbours that it does.
    #[test]
    fn b15_each_prefix_has_its_own_binding() {
        let names = ["", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghj", &"x".repeat(300)];
        let source = names.concat() + &"x".repeat(301);
        let texts = Texts { source: &source, decoded: "" };
        let (mut scope, mut bindings, mut at) = (Scope::default(), Vec::new(), 0);
        for name in names {
            scope.enter(name, u32::try_from(bindings.len()).unwrap());
            bindings.push(Binding { prefix: Span::source(at, name.len()), uri: Span::source(0, 1) });
            at += name.len();
        }
        for (index, name) in (0..).zip(names) {
            assert_eq!(scope.find(name, &bindings, texts), Some(index), "{name}");
        }
        for other in ["b", "abcdefk", "abcdefgk", "abcdefghk", &"x".repeat(301)] {
            assert_eq!(scope.find(other, &bindings, texts), None, "{other}");
        }
    }
}
