//! Messages that two readers would read differently.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use landfall_saml::RawMessage;
use landfall_xmldsig::encode_base64;

use crate::{Sign, TestResponse, accepted, rejected, rejected_xml};

fn genuine() -> String {
    TestResponse::honest().signed(Sign::Assertion)
}

#[track_caller]
fn unreadable(code: &str, xml: &str) {
    let message = RawMessage::from_post(&encode_base64(xml.as_bytes())).unwrap();
    assert_eq!(message.response().map(drop).unwrap_err().code(), code);
}

#[test]
fn b5_comments_split_nothing() {
    accepted(|r| r.name_id = "<!-- x --><NameID>admin@contoso.example.evil.example</NameID>".into());
    rejected("signature.comment", |r| {
        r.name_id = "<NameID>admin@contoso.example<!-- -->.evil.example</NameID>".into()
    });
    rejected("signature.comment", |r| r.attributes = r.attributes.replace(">B<", ">B<!-- --><"));
    // Put in after signing, the signature would still hold.
    rejected_xml("signature.comment", &genuine().replacen("B.Simon@", "B.Simon<!-- -->@", 1));
}

#[test]
fn b6_processing_instructions() {
    let xml = genuine();
    rejected_xml(
        "signature.processing_instruction",
        &xml.replacen(">B.Simon@contoso.example</NameID>", ">B.Simon<?x?>@contoso.example</NameID>", 1),
    );
    rejected_xml(
        "signature.processing_instruction",
        &xml.replacen("<samlp:Status>", "<?x?><samlp:Status>", 1),
    );
}

#[test]
fn b7_cdata_and_references_are_text() {
    let login = accepted(|r| r.name_id = "<NameID><![CDATA[<&]]>&#x42;.Simon</NameID>".into());
    assert_eq!(login.name_id().value(), "<&B.Simon");
    rejected("read.content", |r| r.name_id = "<NameID>a<b xmlns=\"\"/>c</NameID>".into());
}

#[test]
fn a10_d1_d2_doctype_and_entities() {
    let xml = genuine();
    unreadable("xml.doctype", &format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{xml}"));
    unreadable("xml.entity", &xml.replacen("B.Simon", "&a;", 1));
}

#[test]
fn b3_b15_namespaces() {
    let xml = genuine();
    unreadable("xml.undeclared_prefix", &xml.replacen("<samlp:Status>", "<x:Status>", 1));
    rejected("read.child", |r| r.name_id = r.name_id.replacen("<NameID", "<NameID xmlns=\"urn:evil\"", 1));
    unreadable("read.namespace", &xml.replacen("urn:oasis:names:tc:SAML:2.0:protocol", "urn:evil", 1));
}

/// [saml-bindings 3.4.4.1, 3.5.4]
#[test]
fn d6_nothing_is_inflated_on_post() {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(genuine().as_bytes()).unwrap();
    let deflated = encode_base64(&encoder.finish().unwrap());
    let posted = RawMessage::from_post(&deflated).unwrap();
    assert_eq!(posted.response().map(drop).unwrap_err().code(), "xml.encoding");
    assert!(RawMessage::from_redirect(&deflated).unwrap().response().is_ok());
}

#[test]
fn d7_large_fields() {
    let most = RawMessage::MOST;
    assert!(RawMessage::from_post(&"A".repeat(most / 4 * 4)).is_ok());
    assert_eq!(RawMessage::from_post(&"A".repeat(most + 1)).map(drop).unwrap_err().code(), "post.too_large");
    assert_eq!(RawMessage::from_post("%3C").map(drop).unwrap_err().code(), "post.base64");
}
