//! Prefixes: the signed ones are nowhere in the message, so those are tried that are in use for such messages.

use super::ChangedPrefix;
use crate::Document;
use crate::c14n::escape_attribute;
use crate::document::{Element, Node, XML_NAMESPACE};

/// The prefixes that are tried for each namespace; the empty one stands for the default namespace.
const USUAL: [&str; 11] = ["", "saml", "saml2", "samlp", "saml2p", "ds", "ns0", "ns1", "ns2", "ns3", "a"];

/// Most namespaces whose prefixes are changed at once.
const MOST: usize = 2;

/// A namespace of elements, and the prefix that it has.
type Used<'d> = (&'d str, &'d str);

/// The document with other prefixes, each with what was changed in it; each is written when it is asked for.
pub(super) fn guesses(document: &Document<'_>) -> impl Iterator<Item = (Vec<u8>, Vec<ChangedPrefix>)> {
    let used = used(document);
    let mut declared: Vec<&str> =
        elements(document).flat_map(|element| element.declared()).map(|(prefix, _)| prefix).collect();
    declared.sort_unstable();
    declared.dedup();
    // The default namespace would have to be undeclared for an element without one.
    let undeclared = elements(document).any(|element| element.namespace().is_empty());
    let choices = || std::iter::once(None).chain(USUAL.into_iter().map(Some));
    let count = used.len();
    let pairs = choices().flat_map(move |first| {
        // With one namespace there is nothing to choose for a second.
        choices().take(if count > 1 { usize::MAX } else { 1 }).map(move |second| [first, second])
    });
    pairs.filter_map(move |chosen| {
        let changed: Vec<(Used<'_>, &str)> = used
            .iter()
            .zip(chosen)
            .filter_map(|(used, to)| Some((*used, to?)))
            .filter(|((_, from), to)| from != to)
            .collect();
        let taken = |prefix: &str| {
            declared.contains(&prefix) && !changed.iter().any(|((_, from), _)| *from == prefix)
        };
        let twice = matches!(changed.as_slice(), [(_, one), (_, other)] if one == other);
        let clashes = changed.iter().any(|(_, to)| taken(to) || (to.is_empty() && undeclared));
        if changed.is_empty() || twice || clashes {
            return None;
        }
        let guess = renamed(document, &changed)?;
        let told = |&((namespace, found), signed): &(Used<'_>, &str)| ChangedPrefix {
            namespace: namespace.to_owned(),
            signed: signed.to_owned(),
            found: found.to_owned(),
        };
        Some((guess, changed.iter().map(told).collect()))
    })
}

/// The namespaces of elements, each with its one prefix; none if there are more than can be tried,
/// or one has two prefixes.
fn used<'d>(document: &'d Document<'_>) -> Vec<Used<'d>> {
    let mut found: Vec<Used<'d>> = Vec::new();
    for element in elements(document) {
        let one = (element.namespace(), element.prefix());
        if one.0.is_empty() || found.contains(&one) {
            continue;
        }
        let clashes = found.iter().any(|(namespace, prefix)| *namespace == one.0 || *prefix == one.1);
        if clashes || found.len() == MOST {
            return Vec::new();
        }
        found.push(one);
    }
    found
}

fn elements<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Element<'d>> {
    std::iter::once(document.root()).chain(document.root().descendants())
}

/// The canonical document with these prefixes changed; nothing if an attribute would lose its namespace.
fn renamed(document: &Document<'_>, changed: &[(Used<'_>, &str)]) -> Option<Vec<u8>> {
    let to = |namespace: &str, prefix: &str| {
        let found = changed.iter().find(|((of, from), _)| *of == namespace && *from == prefix);
        found.map(|(_, to)| *to)
    };
    let source = document.source();
    let mut out = Vec::with_capacity(source.len() * 2);
    let mut open: Vec<(u32, String)> = Vec::new();
    let mut index = 0;
    while let Some(node) = document.node(index) {
        while let Some((_, name)) = open.pop_if(|(end, _)| *end <= index) {
            out.extend_from_slice(format!("</{name}>").as_bytes());
        }
        match document.element(index) {
            Some(element) => {
                let name = start_tag(element, to, &mut out)?;
                open.push((node.end, name));
            }
            None => out.extend_from_slice(text(source, node).as_bytes()),
        }
        index += 1;
    }
    for (_, name) in open.into_iter().rev() {
        out.extend_from_slice(format!("</{name}>").as_bytes());
    }
    Some(out)
}

/// What stands in the source is canonical already.
fn text<'s>(source: &'s str, node: &Node) -> &'s str {
    source.get(node.from as usize..node.to as usize).unwrap_or_default()
}

/// Writes a start tag and gives the name that its end tag needs; nothing if an attribute would lose its namespace.
fn start_tag<'t>(
    element: Element<'_>,
    to: impl Fn(&str, &str) -> Option<&'t str>,
    out: &mut Vec<u8>,
) -> Option<String> {
    let qualified = |prefix: &str, local: &str| {
        if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
    };
    let (namespace, prefix) = (element.namespace(), element.prefix());
    let name = qualified(to(namespace, prefix).unwrap_or(prefix), element.local_name());
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    let mut declared: Vec<(&str, &str)> =
        element.declared().map(|(prefix, uri)| (to(uri, prefix).unwrap_or(prefix), uri)).collect();
    declared.sort_unstable();
    for (prefix, uri) in declared {
        let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        attribute(&name, uri, out);
    }
    for (namespace, local, written, value) in element.written_attributes() {
        let prefix = written.split_once(':').map_or("", |(prefix, _)| prefix);
        let changed = to(namespace, prefix).filter(|_| namespace != XML_NAMESPACE && !prefix.is_empty());
        match changed {
            Some("") => return None,
            Some(prefix) => attribute(&qualified(prefix, local), &value, out),
            None => attribute(&written, &value, out),
        }
    }
    out.push(b'>');
    Some(name)
}

fn attribute(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!(" {name}=\"").as_bytes());
    escape_attribute(value, out);
    out.push(b'"');
}
