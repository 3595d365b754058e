//! The aggregate as a whole and in parts: both say the same, or both refuse.

use landfall_xmldsig::{Certificate, encode_base64};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

fn wanted() -> EntityId {
    EntityId::try_from("urn:a").unwrap()
}

#[track_caller]
fn agree(bytes: &[u8], step: usize, part_from: usize) -> Result<(), TestCaseError> {
    let whole = IdpMetadata::read(bytes, Some(&wanted()), NOW);
    let mut reader = AggregateReader { part_from, ..AggregateReader::new(Some(wanted()), NOW) };
    let parts = bytes.chunks(step).try_for_each(|bytes| reader.push(bytes)).and_then(|()| reader.finish());
    match (&whole, &parts) {
        (Ok(whole), Ok(parts)) => prop_assert_eq!(format!("{whole:?}"), format!("{parts:?}")),
        (Err(_), Err(_)) => {}
        _ => prop_assert!(false, "as a whole {:?}, in parts {:?}", whole, parts),
    }
    Ok(())
}

fn entity(name: &str, other: bool, attributes: &str) -> String {
    let pem = if other {
        include_str!("../../../tests/keys/other.crt.pem")
    } else {
        include_str!("../../../tests/keys/signer.crt.pem")
    };
    let certificate = encode_base64(Certificate::from_pem(pem).unwrap().der());
    format!(
        "<EntityDescriptor entityID='{name}'{attributes}><IDPSSODescriptor \
         protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
         </IDPSSODescriptor></EntityDescriptor>"
    )
}

fn attributes() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        30 => Just(""),
        1 => select(vec![
            " validUntil='2031-01-01T00:00:00Z'",
            " validUntil='2029-01-01T00:00:00Z'",
            " cacheDuration='PT1H'",
            " cacheDuration='soon'",
            " Name='>' xmlns:x='urn:y'",
        ]),
    ]
}

fn content() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => (select(vec!["urn:a", "urn:b", "urn:c", ""]), prop::bool::weighted(0.02), attributes())
            .prop_map(|(name, other, attributes)| entity(name, other, attributes)),
        2 => select(vec![
            "<!-- <EntitiesDescriptor> -->",
            "<?pi </EntitiesDescriptor> ?>",
            "<![CDATA[<EntityDescriptor>]]>",
            " '\"> &amp; ",
            "<a b='>' c=\"/\"/>",
            "<EntitiesDescriptor/>",
            "<EntityDescriptor entityID='urn:a'/>",
            "<x:a/>",
        ])
        .prop_map(str::to_owned),
        1 => Just(format!("<Extensions>{}</Extensions>", entity("urn:a", true, ""))),
        1 => Just(format!("<x:EntitiesDescriptor>{}</x:EntitiesDescriptor>", entity("urn:a", true, ""))),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        (attributes(), any::<bool>(), vec(inner, 0..5)).prop_map(|(attributes, prefixed, inner)| {
            let name = if prefixed { "m:EntitiesDescriptor" } else { "EntitiesDescriptor" };
            format!("<{name}{attributes}>{}</{name} >", inner.concat())
        })
    })
}

fn aggregate() -> impl Strategy<Value = String> {
    let before = select(vec!["", "", "\u{FEFF}", "<?xml version='1.0'?>", "<!-- <a> -->\n"]);
    let after = select(vec!["", "", "", "", "\n<!-- a --><?b?>", "<b/>"]);
    let all = (before, attributes(), vec(content(), 0..6), after, any::<prop::sample::Index>());
    all.prop_map(|(before, attributes, mut inner, after, at)| {
        inner.insert(at.index(inner.len() + 1), entity("urn:a", false, ""));
        // Bound here alone, where every part needs it.
        format!(
            "{before}<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'{attributes} \
             xmlns:m='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' \
             xmlns:z='urn:z'>{}</EntitiesDescriptor>{after}",
            inner.concat().replace("<x:", "<z:").replace("</x:", "</z:")
        )
    })
}

const DAMAGE: [&str; 16] = [
    "<",
    ">",
    "/",
    "\"",
    "'",
    "&",
    "</EntitiesDescriptor>",
    "<EntitiesDescriptor>",
    "<!DOCTYPE a>",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "<?",
    "\0",
    "</m:EntitiesDescriptor>",
];

proptest! {
    #[test]
    fn f8_parts_say_what_the_whole_says(
        xml in aggregate(), step in 1_usize..3000, part_from in select(vec![1, 500, PART]),
    ) {
        agree(xml.as_bytes(), step, part_from)?;
    }

    #[test]
    fn f8_damaged_parts_are_refused_with_the_whole(
        xml in aggregate(), at in any::<prop::sample::Index>(), cut in 0_usize..40,
        damage in select(DAMAGE.to_vec()), step in 1_usize..3000, part_from in select(vec![1, 500, PART]),
    ) {
        let mut bytes = xml.into_bytes();
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + cut);
        bytes.splice(at..end, damage.bytes());
        agree(&bytes, step, part_from)?;
    }
}

#[test]
fn f8_all_together_have_a_bound() {
    let list = b"<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'></EntitiesDescriptor>";
    let read = |over: usize| {
        let mut reader = AggregateReader::new(Some(wanted()), NOW);
        reader.before = AggregateReader::MOST - list.len() + over;
        reader.push(list).map_err(|error| error.code())
    };
    assert_eq!(read(0), Ok(()));
    assert_eq!(read(1), Err("metadata.too_large"));
}
