//! What the apex of an inclusive canonicalization takes from the elements around it, which are left out.

use std::borrow::Cow;

use super::C14nMethod;
use super::base::join;
use crate::document::{Element, XML_NAMESPACE};

/// An attribute as it is written: namespace, local name, qualified name, value.
pub(super) type Written<'d> = (&'d str, &'d str, Cow<'d, str>, Cow<'d, str>);

/// The attributes of the apex with those in the namespace of `xml` that it takes over, in canonical order;
/// nothing if it takes none, and its own stand as they are.
///
/// Under 1.0 each of them is taken over from the nearest ancestor that has it [xml-c14n 2.4];
/// under 1.1 `xml:lang` and `xml:space` are, `xml:id` never, and `xml:base` is joined [xml-c14n11 2.4].
pub(super) fn attributes(apex: Element<'_>, method: C14nMethod) -> Option<Vec<Written<'_>>> {
    let own: Vec<Written<'_>> = apex.written_attributes().collect();
    let mut all = own.clone();
    let around = || std::iter::successors(apex.parent(), |element| element.parent());
    for (local, value) in around().flat_map(xml_attributes) {
        let taken = match method.without_comments() {
            C14nMethod::Inclusive10 => true,
            C14nMethod::Inclusive11 => matches!(local, "lang" | "space"),
            _ => false,
        };
        if taken && !all.iter().any(|(uri, name, ..)| *uri == XML_NAMESPACE && *name == local) {
            all.push((XML_NAMESPACE, local, format!("xml:{local}").into(), value.into()));
        }
    }
    if method.without_comments() == C14nMethod::Inclusive11 {
        let mut bases = around().filter_map(|element| element.attribute_in(XML_NAMESPACE, "base")).peekable();
        if bases.peek().is_some() {
            let inner = apex.attribute_in(XML_NAMESPACE, "base").map(str::to_owned);
            let joined = bases.fold(inner, |inner, outer| {
                Some(inner.map_or_else(|| outer.to_owned(), |inner| join(outer, &inner)))
            });
            all.retain(|(uri, local, ..)| *uri != XML_NAMESPACE || *local != "base");
            let joined = joined.filter(|base| !base.is_empty());
            all.extend(joined.map(|base| (XML_NAMESPACE, "base", "xml:base".into(), base.into())));
        }
    }
    if all == own {
        return None;
    }
    all.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    Some(all)
}

fn xml_attributes<'d>(element: Element<'d>) -> impl Iterator<Item = (&'d str, &'d str)> {
    let all = element.attributes();
    all.filter(|(uri, ..)| *uri == XML_NAMESPACE).map(|(_, local, value)| (local, value))
}
