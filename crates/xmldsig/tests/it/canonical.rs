//! Canonical octets as a property: reading them again and canonicalizing gives the same octets.

use landfall_xmldsig::{Document, Limits, PrefixList, canonicalize};
use proptest::prelude::*;

fn canonical(xml: &[u8]) -> Vec<u8> {
    let document = Document::parse(xml, &Limits::message()).unwrap();
    canonicalize(document.root(), None, &PrefixList::default()).unwrap()
}

/// Documents with rebound prefixes, default namespaces, escapes, CDATA and white space of all kinds.
fn element() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["p:a", "q:b", "c", "d"]);
    let declarations = prop::sample::select(vec![
        "",
        " xmlns='urn:1'",
        " xmlns=''",
        " xmlns:p='urn:2'",
        " xmlns:q='urn:1' xmlns:p='urn:3'",
        " xmlns:z='urn:9'",
    ]);
    let attribute =
        prop::sample::select(vec!["", " x='1&#10;2'", " p:y=\"'>\"", " q:y='\"' a='&lt;'", " xml:lang='en'"]);
    let leaf = prop::sample::select(vec![
        "",
        "text",
        "&amp;&#13;",
        "<![CDATA[<&>]]>",
        " \r\n\t",
        "é\u{1F600}",
        "<!-- c -->",
        ">",
    ]);
    let parts = (name, declarations, attribute);
    let tag = |(name, declarations, attribute): (&str, &str, &str), inner: String| {
        format!("<{name}{declarations}{attribute}>{inner}</{name}>")
    };
    let leaf = (parts.clone(), leaf).prop_map(move |(parts, text)| tag(parts, text.to_owned()));
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let children = prop::collection::vec(prop_oneof![inner, Just("t&gt;".to_owned())], 0..5);
        (parts.clone(), children).prop_map(move |(parts, children)| tag(parts, children.concat()))
    })
}

proptest! {
    #[test]
    fn canonical_form_is_a_fixed_point(inner in element()) {
        let xml = format!("<r xmlns:p='urn:p' xmlns:q='urn:q'>{inner}</r>");
        let once = canonical(xml.as_bytes());
        prop_assert_eq!(String::from_utf8(canonical(&once)), String::from_utf8(once.clone()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&bytes, &Limits::message());
    }
}
