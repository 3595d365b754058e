//! One entity out of an aggregate that comes piece by piece.

use landfall_saml::{AggregateReader, EntityId, IdpMetadata, MetadataError};

use super::{entity, key, list, role, sso};
use crate::{NOW, certificate};

const WANTED: &str = "urn:a";

fn body(name: &str) -> String {
    role(&(key(name, "") + &sso("https://login.example/")))
}

fn good() -> String {
    entity(WANTED, "", &body("signer"))
}

fn evil() -> String {
    entity(WANTED, "", &body("other"))
}

fn streamed(xml: &str, step: usize) -> Result<IdpMetadata, MetadataError> {
    let mut reader = AggregateReader::new(Some(EntityId::try_from(WANTED).unwrap()), NOW);
    xml.as_bytes().chunks(step).try_for_each(|bytes| reader.push(bytes))?;
    reader.finish()
}

/// The certificate that is read, or the code; piece by piece and as a whole.
#[track_caller]
fn read(xml: &str) -> Result<&'static str, &'static str> {
    let told = |read: Result<IdpMetadata, MetadataError>| {
        let name = |metadata: IdpMetadata| {
            let found =
                ["signer", "other"].into_iter().find(|name| metadata.certificates() == [certificate(name)]);
            found.unwrap()
        };
        read.map(name).map_err(|error| error.code())
    };
    let whole = told(IdpMetadata::read(xml.as_bytes(), Some(&EntityId::try_from(WANTED).unwrap()), NOW));
    for step in [1, 7, 1000, xml.len()] {
        assert_eq!(told(streamed(xml, step)), whole, "in pieces of {step}: {xml}");
    }
    whole
}

#[test]
fn f8_one_of_several() {
    let others = entity("urn:b", "", &body("other"));
    assert_eq!(read(&good()), Ok("signer"));
    assert_eq!(read(&list("", &(others.clone() + &good() + &others))), Ok("signer"));
    assert_eq!(read(&list("", &(list("", &others) + &list("", &list("", &good()))))), Ok("signer"));
    assert_eq!(
        read(&format!("\u{FEFF}<?xml version='1.0'?><!-- a -->{}\n<?b?>", list("", &good()))),
        Ok("signer")
    );
    assert_eq!(read(&list("", &others)), Err("metadata.no_such_entity"));
    assert_eq!(read(&list("", "")), Err("metadata.no_idp"));
    assert_eq!(read("<a/>"), Err("metadata.root"));
    assert_eq!(read("<EntitiesDescriptor xmlns='urn:x'></EntitiesDescriptor>"), Err("metadata.root"));
}

#[test]
fn f4_twice() {
    let others = entity("urn:b", "", &body("other"));
    assert_eq!(read(&list("", &(good() + &others + &good()))), Ok("signer"));
    assert_eq!(read(&list("", &(good() + &others + &evil()))), Err("metadata.twice"));
    assert_eq!(read(&list("", &(list("", &good()) + &list("", &evil())))), Err("metadata.twice"));
}

#[test]
fn f3_the_end_of_the_lists_around() {
    let old = " validUntil=\"2029-01-01T00:00:00Z\"";
    let other = list(old, &entity("urn:b", "", &body("other")));
    assert_eq!(read(&list("", &(other + &list("", &good())))), Ok("signer"));
    assert_eq!(read(&list(old, &list("", &good()))), Err("metadata.expired"));
    assert_eq!(read(&list("", &list(old, &good()))), Err("metadata.expired"));
}

/// Namespaces that only the lists around declare.
#[test]
fn f8_names_have_the_namespaces_of_the_lists_around() {
    let plain = good().replace(" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"", "");
    assert_eq!(read(&list("", &plain)), Ok("signer"));
    let prefixed = plain
        .replace("<Entity", "<m:Entity")
        .replace("</Entity", "</m:Entity")
        .replace("<IDP", "<m:IDP")
        .replace("</IDP", "</m:IDP")
        .replace("<KeyD", "<m:KeyD")
        .replace("</KeyD", "</m:KeyD")
        .replace("<Single", "<m:Single");
    let around = |namespace: &str| {
        format!("<m:EntitiesDescriptor xmlns:m=\"{namespace}\">{prefixed}</m:EntitiesDescriptor>")
    };
    assert_eq!(read(&around("urn:oasis:names:tc:SAML:2.0:metadata")), Ok("signer"));
    assert_eq!(read(&around("urn:x")), Err("metadata.root"));
    let rebound = format!("<EntitiesDescriptor xmlns:m=\"urn:x\">{prefixed}</EntitiesDescriptor>{}", good());
    assert_eq!(read(&list("", &rebound)), Ok("signer"));
}

/// What looks like an entity, or like the end of one, and is none.
#[test]
fn f8_nothing_is_taken_for_an_entity_that_is_none() {
    let evil = evil();
    for decoy in [
        format!("<!--{evil}-->"),
        format!("<!-- </EntitiesDescriptor> > -- {evil}-->").replace(" -- ", " - "),
        format!("<![CDATA[{evil}</EntitiesDescriptor>]]>"),
        format!("<?pi {evil} ?>"),
        format!("<Extensions>{evil}</Extensions>"),
        format!("<x:EntitiesDescriptor xmlns:x=\"urn:x\">{evil}</x:EntitiesDescriptor>"),
        format!("<EntitiesDescriptor xmlns=\"\">{evil}</EntitiesDescriptor>"),
        entity("urn:b", "", &(evil.clone() + &body("other"))),
        evil.replace("xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"", "xmlns=\"urn:x\""),
        "<a b='></EntitiesDescriptor>' c=\"/>'\"/>".replace("></E", ">&lt;/E"),
        "<EntitiesDescriptor/>".to_owned(),
        "<a> '\" > </a>".to_owned(),
    ] {
        assert_eq!(read(&list("", &(decoy.clone() + &good() + &decoy))), Ok("signer"), "{decoy}");
        assert_eq!(read(&list("", &decoy)).map_err(|code| code.split_once('.').unwrap().0), Err("metadata"));
    }
}

#[test]
fn f8_what_is_not_well_formed_is_refused_wherever_it_stands() {
    let others = entity("urn:b", "", &body("other"));
    for (code, broken) in [
        ("xml.unexpected", "<a b='<'/>"),
        ("xml.undeclared_prefix", "<b:a/>"),
        ("xml.duplicate_attribute", "<a b='1' b='2'/>"),
        ("xml.entity", "<a>&evil;</a>"),
        ("xml.end_tag", "<a></b>"),
        ("xml.end_tag", "</a>"),
        ("xml.unexpected", "]]>"),
        ("xml.doctype", "<!DOCTYPE a>"),
        ("xml.character", "\u{1}"),
    ] {
        assert_eq!(read(&list("", &(others.clone() + broken + &good()))), Err(code), "{broken}");
        assert_eq!(read(&list("", &(good() + &others + broken))), Err(code), "{broken}");
    }
    let whole = list("", &good());
    assert_eq!(read(&format!("<!DOCTYPE a>{whole}")), Err("xml.doctype"));
    assert_eq!(read(&format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{whole}")), Err("xml.doctype"));
    assert_eq!(read(&format!("{whole}{}", good())), Err("xml.trailing"));
    assert_eq!(read(&format!("{whole}</EntitiesDescriptor>")), Err("xml.trailing"));
    assert_eq!(read(&whole[..whole.len() - 1]), Err("xml.end"));
    assert_eq!(read(&whole.replace("</EntitiesDescriptor>", "")), Err("xml.end"));
    assert_eq!(read(&whole.replace("</EntitiesDescriptor>", "</EntityDescriptor>")), Err("xml.end_tag"));
}

#[test]
fn f8_what_refused_once_is_refused_for_good() {
    let mut reader = AggregateReader::new(Some(EntityId::try_from(WANTED).unwrap()), NOW);
    reader.push(b"<!DOCTYPE a>").unwrap();
    assert_eq!(reader.push(list("", "").as_bytes()).unwrap_err().code(), "xml.doctype");
    assert_eq!(reader.push(list("", &good()).as_bytes()).unwrap_err().code(), "xml.doctype");
    assert_eq!(reader.finish().unwrap_err().code(), "xml.doctype");
}

#[test]
fn f8_one_entity_has_a_bound() {
    let sized = |bytes: usize| list("", &(format!("<a>{}</a>", "b".repeat(bytes)) + &good()));
    assert!(streamed(&sized(AggregateReader::ENTITY - 100), 1000).is_ok());
    let refused = streamed(&sized(AggregateReader::ENTITY + 100_000), 1000);
    assert_eq!(refused.unwrap_err().code(), "metadata.too_large");
}

#[test]
fn f8_lists_have_a_bound() {
    let lists = |count: usize| {
        let empty = "<EntitiesDescriptor></EntitiesDescriptor>".repeat(count - 1);
        streamed(&list("", &(empty + &good())), 1000).map(drop)
    };
    assert_eq!(lists(1000), Ok(()));
    assert_eq!(lists(1001).unwrap_err().code(), "metadata.too_large");
    let named =
        |bytes: usize| streamed(&list(&format!(" Name=\"{}\"", "a".repeat(bytes)), &good()), 1000).map(drop);
    assert_eq!(named(60_000), Ok(()));
    assert_eq!(named(70_000).unwrap_err().code(), "metadata.too_large");
}

/// Nobody says which one is meant: the only one is, and of several some are named, and all counted.
#[test]
fn f4_the_only_one_needs_no_name() {
    let read = |xml: &str| {
        let mut reader = AggregateReader::new(None, NOW);
        let parts = xml.as_bytes().chunks(1000).try_for_each(|bytes| reader.push(bytes));
        let parts = parts.and_then(|()| reader.finish()).map(|found| found.entity_id().to_string());
        let whole = IdpMetadata::read(xml.as_bytes(), None, NOW).map(|found| found.entity_id().to_string());
        assert_eq!(parts, whole);
        whole.map_err(|error| error.to_string())
    };
    assert_eq!(read(&list("", &good())).as_deref(), Ok(WANTED));
    assert_eq!(read(&list("", &(good() + &good()))).as_deref(), Ok(WANTED));
    let unnamed = entity("", "", &body("other"));
    assert_eq!(read(&list("", &unnamed)).unwrap_err(), "an identity provider in it has no usable entityID");
    let told = |xml: &str| read(&list("", xml)).unwrap_err();
    for two in [unnamed.clone() + &good(), good() + &unnamed] {
        assert_eq!(told(&two), "it describes 2 identity providers, choose one: urn:a and more");
    }
    let others: String = (0..60).map(|n| entity(&format!("urn:{n}"), "", &body("other"))).collect();
    let told = told(&(good() + &others));
    assert!(
        told.starts_with("it describes 61 identity providers, choose one: urn:a, urn:0, urn:1, "),
        "{told}"
    );
    assert!(told.ends_with(", urn:18 and more"), "{told}");
    let missed =
        IdpMetadata::read(list("", &others).as_bytes(), Some(&EntityId::try_from(WANTED).unwrap()), NOW);
    let missed = missed.unwrap_err().to_string();
    assert!(missed.starts_with("urn:a is not in it, but 60 others: urn:0, "), "{missed}");
    assert!(missed.ends_with(", urn:19 and more"), "{missed}");
}
