//! Reading: no bytes make it panic, and the tree that it gives agrees with itself and with the source.
#![no_main]

use landfall_xmldsig::{Document, Element, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::message();
    let Ok(document) = Document::parse(bytes, &limits) else { return };
    let root = document.root();
    assert!(root.parent().is_none());
    let elements = std::iter::once(root).chain(root.descendants());
    let count = elements.inspect(|element| look_at(&document, *element)).count();
    assert!(count <= limits.nodes);
});

fn look_at(document: &Document<'_>, element: Element<'_>) {
    let name = element.local_name();
    assert!(!name.is_empty() && !name.contains(':'));
    assert!(element.is(element.namespace(), name));

    let text = document.source().get(element.range()).expect("the range lies in the source");
    assert!(text.starts_with('<') && text.ends_with('>') && text.contains(name));
    if let Some(parent) = element.parent() {
        let (inner, outer) = (element.range(), parent.range());
        assert!(outer.start < inner.start && inner.end < outer.end);
        assert!(parent.elements().any(|child| child == element));
    }

    for (namespace, local, value) in element.attributes() {
        assert_eq!(element.attribute_in(namespace, local), Some(value));
    }
    if let Some(id) = element.attribute("ID") {
        assert_eq!(document.element_by_id(id), Some(element), "an ID names one element");
    }
    if element.text().is_ok() {
        assert_eq!(element.elements().count(), 0);
    }
    if let Ok(children) = element.only_elements() {
        assert_eq!(children.count(), element.elements().count());
    }
}
