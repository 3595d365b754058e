//! Canonical octets as a property: reading them again and canonicalizing gives the same octets.

use landfall_xmldsig::{C14nMethod, Canonicalization, Document, Limits, PrefixList, canonicalize};
use proptest::prelude::*;

fn canonical(xml: &[u8]) -> Vec<u8> {
    canonical_by(C14nMethod::Exclusive, xml)
}

fn canonical_by(method: C14nMethod, xml: &[u8]) -> Vec<u8> {
    let document = Document::parse(xml, &Limits::message()).unwrap();
    canonicalize(document.root(), None, &method.into()).unwrap()
}

fn any_method() -> impl Strategy<Value = C14nMethod> {
    prop::sample::select(C14nMethod::ALL.to_vec())
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
        "<?p?>",
        "<?p d \r?>",
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

/// All that a document says: each element with its attributes and the text directly in it.
fn said(xml: &[u8]) -> Vec<String> {
    let document = Document::parse(xml, &Limits::message()).unwrap();
    let root = document.root();
    let all = std::iter::once(root).chain(root.descendants());
    all.map(|element| {
        let attributes: Vec<_> = element.attributes().collect();
        let parent = element.parent().map(|parent| (parent.namespace(), parent.local_name()));
        let (name, text) = ((element.namespace(), element.local_name()), element.text());
        // Comments are gone from the octets, so what they split is not compared.
        let text =
            text.or_else(|error| if error.to_string().contains("comment") { Ok("") } else { Err(error) });
        format!("{parent:?} {name:?} {attributes:?} {text:?}")
    })
    .collect()
}

proptest! {
    #[test]
    fn canonical_form_is_a_fixed_point(inner in element(), method in any_method()) {
        let xml = format!("<r xmlns:p='urn:p' xmlns:q='urn:q'>{inner}</r>");
        let once = canonical_by(method, xml.as_bytes());
        prop_assert_eq!(String::from_utf8(canonical_by(method, &once)), String::from_utf8(once.clone()));
    }

    /// What an inclusive form declares too many, an exclusive one of it leaves out again.
    #[test]
    fn the_inclusive_form_holds_the_exclusive_one(inner in element()) {
        let xml = format!("<r xmlns:p='urn:p' xmlns:q='urn:q'>{inner}</r>");
        for method in [C14nMethod::Inclusive10, C14nMethod::Inclusive11] {
            let inclusive = canonical_by(method, xml.as_bytes());
            prop_assert_eq!(canonical(&inclusive), canonical(xml.as_bytes()));
        }
    }

    /// A message is read twice, as it came and as it was signed: both readings say the same.
    #[test]
    fn b1_b4_canonical_octets_say_the_same(inner in element()) {
        let xml = format!("<r xmlns:p='urn:p' xmlns:q='urn:q'>{inner}</r>");
        prop_assert_eq!(said(&canonical(xml.as_bytes())), said(xml.as_bytes()));
    }

    #[test]
    fn d9_damaged_documents_are_read_or_refused(
        inner in element(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 1..4),
    ) {
        const SOME: &[u8] = b"<>&;'\"=!?-[]/: \r#x\xEF\xBF\xBE\0";
        let mut xml = format!("<?xml version='1.0'?><r xmlns:p='urn:p' xmlns:q='urn:q'>{inner}</r>").into_bytes();
        for (at, how, byte) in damage {
            let at = at.index(xml.len());
            let byte = SOME[usize::from(byte) % SOME.len()];
            match how {
                0 => xml[at] = byte,
                1 => xml.insert(at, byte),
                _ => xml.truncate(at + 1),
            }
        }
        if let Ok(document) = Document::parse(&xml, &Limits::message()) {
            let listed = Canonicalization::exclusive(PrefixList::read("p #default"));
            let _ = canonicalize(document.root(), None, &listed);
            let inner = document.root().elements().next().unwrap_or(document.root());
            for method in C14nMethod::ALL {
                let _ = canonicalize(inner, None, &method.into());
            }
        }
    }
}
