//! Canonicalization: its output can be read, and is its own canonical form.
#![no_main]

use landfall_xmldsig::{
    C14nMethod, Canonicalization, Document, Element, Limits, ParseErrorKind, PrefixList, canonicalize,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &Limits::message()) else { return };
    let root = document.root();
    let within = root.elements().next();
    for apex in [Some(root), within].into_iter().flatten() {
        fixed_point(apex, &Canonicalization::exclusive(PrefixList::read("a b #default")));
        for method in C14nMethod::ALL {
            fixed_point(apex, &method.into());
        }
    }
    // What is left out leaves nothing behind.
    if let Ok(octets) = canonicalize(root, within, &Canonicalization::default()) {
        let Ok(rest) = Document::parse(&octets, &Limits::message()) else { return };
        assert_eq!(rest.root().elements().count() + usize::from(within.is_some()), root.elements().count());
    }
});

fn fixed_point(apex: Element<'_>, how: &Canonicalization<'_>) {
    let Ok(octets) = canonicalize(apex, None, how) else { return };
    let again = match Document::parse(&octets, &Limits::message()) {
        Ok(again) => again,
        // Escapes and declarations that are written again make it longer than what was read.
        Err(error) if matches!(error.kind(), ParseErrorKind::Limit { .. }) => return,
        Err(error) => panic!("the canonical form cannot be read: {error}"),
    };
    assert_eq!(again.root().local_name(), apex.local_name());
    assert_eq!(again.root().namespace(), apex.namespace());
    let twice = canonicalize(again.root(), None, how).expect("a canonical form has a canonical form");
    assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&octets));
}
