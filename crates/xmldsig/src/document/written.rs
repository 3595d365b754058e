//! How an element is written: its prefixes, its declarations, the names of its attributes.

use std::borrow::Cow;

use super::{Element, Kind};

impl<'d> Element<'d> {
    /// The prefix as written; empty for none.
    pub(crate) fn prefix(self) -> &'d str {
        match self.node().map(|node| node.kind) {
            Some(Kind::Element { name, .. }) => self.document().prefix(name),
            _ => "",
        }
    }

    /// The namespace declarations of this element, by prefix.
    pub(crate) fn declared(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let document = self.document();
        self.own_bindings()
            .iter()
            .map(move |binding| (document.binding_prefix(binding), document.binding_uri(binding)))
    }

    /// The namespace declarations that hold here, each prefix once.
    pub(crate) fn all_in_scope(self) -> Vec<(&'d str, &'d str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for at in std::iter::successors(Some(self), |element| element.parent()) {
            for (prefix, uri) in at.declared() {
                if !found.iter().any(|(of, _)| *of == prefix) {
                    found.push((prefix, uri));
                }
            }
        }
        found
    }

    /// Namespace, local name, name as written and value of each attribute, in canonical order.
    pub(crate) fn written_attributes(
        self,
    ) -> impl Iterator<Item = (&'d str, &'d str, Cow<'d, str>, Cow<'d, str>)> {
        let document = self.document();
        self.own_attributes().iter().map(move |attribute| {
            let (uri, local) = (document.namespace(attribute.namespace), document.local(attribute.name));
            (uri, local, document.qualified(attribute.name).into(), document.text_of(attribute.value).into())
        })
    }
}
