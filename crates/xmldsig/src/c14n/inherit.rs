//! What the apex of an inclusive canonicalization takes from the elements around it, which are left out.

use std::borrow::Cow;

use super::base::join;
use super::{C14nError, C14nMethod};
use crate::document::{Element, XML_NAMESPACE};

/// An attribute as it is written: namespace, local name, qualified name, value.
pub(super) type Written<'d> = (&'d str, &'d str, Cow<'d, str>, Cow<'d, str>);

/// Most bytes of `xml:base` values that are joined: each is gone through once for each that stands around it.
const MOST_OF_BASES: usize = 4096;

/// The attributes of the apex with those in the namespace of `xml` that it takes over, in canonical order;
/// nothing if it takes none, and its own stand as they are.
///
/// Under 1.0 each of them is taken over from the nearest ancestor that has it [xml-c14n 2.4];
/// under 1.1 `xml:lang` and `xml:space` are, `xml:id` never, and `xml:base` is joined [xml-c14n11 2.4].
pub(super) fn attributes(
    apex: Element<'_>,
    method: C14nMethod,
) -> Result<Option<Vec<Written<'_>>>, C14nError> {
    let is_11 = method.without_comments() == C14nMethod::Inclusive11;
    let around = || std::iter::successors(apex.parent(), |element| element.parent());
    let mut all: Vec<Written<'_>> = apex.written_attributes().collect();
    let own = |local: &str| apex.attribute_in(XML_NAMESPACE, local).is_some();
    let taken = around().flat_map(xml_attributes);
    let mut taken: Vec<(&str, &str)> =
        taken.filter(|(local, _)| (!is_11 || matches!(*local, "lang" | "space")) && !own(local)).collect();
    // The nearest stands first and stays so.
    taken.sort_by_key(|(local, _)| *local);
    taken.dedup_by_key(|(local, _)| *local);
    let bases = around().filter_map(|element| element.attribute_in(XML_NAMESPACE, "base"));
    let bases: Vec<&str> = bases.take_while(|_| is_11).collect();
    if taken.is_empty() && bases.is_empty() {
        return Ok(None);
    }
    all.extend(
        taken
            .into_iter()
            .map(|(local, value)| (XML_NAMESPACE, local, format!("xml:{local}").into(), value.into())),
    );
    if !bases.is_empty() {
        all.retain(|(uri, local, ..)| *uri != XML_NAMESPACE || *local != "base");
        let joined = joined(apex.attribute_in(XML_NAMESPACE, "base"), &bases)?;
        all.extend(joined.map(|base| (XML_NAMESPACE, "base", "xml:base".into(), base.into())));
    }
    all.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    Ok(Some(all))
}

/// What the base of the apex comes to among those around it, the nearest first; nothing if nothing is left of it.
fn joined(own: Option<&str>, around: &[&str]) -> Result<Option<String>, C14nError> {
    let found = own.into_iter().chain(around.iter().copied()).map(str::len).sum();
    if found > MOST_OF_BASES {
        return Err(C14nError::LongBase { found, most: MOST_OF_BASES });
    }
    let joined = around.iter().fold(own.map(str::to_owned), |inner, outer| {
        Some(inner.map_or_else(|| (*outer).to_owned(), |inner| join(outer, &inner)))
    });
    Ok(joined.filter(|base| !base.is_empty()))
}

fn xml_attributes<'d>(element: Element<'d>) -> impl Iterator<Item = (&'d str, &'d str)> {
    let all = element.attributes();
    all.filter(|(uri, ..)| *uri == XML_NAMESPACE).map(|(_, local, value)| (local, value))
}
