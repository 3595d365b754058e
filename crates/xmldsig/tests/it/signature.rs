//! The one form of signature that is accepted, and everything near it that is not.

use landfall_xmldsig::{SignaturePlace, Signer, VerifyError};

use crate::{ASSERTION, key, refused, signed, verify};

/// [xmldsig 6.6.4, 8.1.3]
#[test]
fn a22_octets_are_the_element_without_its_signature() {
    let octets = verify(&signed(), &["signer"]).unwrap().octets().to_vec();
    let octets = String::from_utf8(octets).unwrap();
    assert!(octets.starts_with(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\" IssueInstant="
    ));
    assert!(octets.contains(r#"<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">B &amp; Simon &lt;"é"&gt;<"#));
    assert!(!octets.contains("Signature") && !octets.contains("unused"));
}

#[test]
fn c7_failures_are_told_apart() {
    refused("signature.digest", "B.Simon@contoso", "A.Simon@contoso");
    refused("signature.value", "<ds:DigestValue>", "<ds:DigestValue>AAAA");
    let error = verify(&signed().replacen("B.Simon@", "A.Simon@", 1), &["signer"]).unwrap_err();
    let VerifyError::Digest { signed, found, cause: None } = error else { panic!("{error}") };
    assert!(signed.len() == 44 && found.len() == 44 && signed != found);
}

#[test]
fn c6_unsigned() {
    let error = verify(ASSERTION, &["signer"]).unwrap_err();
    assert_eq!(error, VerifyError::NotSigned { element: "Assertion".to_owned() });
    assert!(verify(&signed(), &["signer"]).is_ok());
}

/// The form is checked before any key is tried, and the element is canonicalized for a trusted key alone.
#[test]
fn d8_strangers_cost_little() {
    let foreign = key("other").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    let altered = foreign.replacen("\"_a1\"", "\"_a1\" Altered=\"\"", 1);
    assert_eq!(verify(&altered, &["signer"]).unwrap_err().code(), "signature.unknown_key");
    assert_eq!(verify(&altered, &["other"]).unwrap_err().code(), "signature.digest");
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let xslt = foreign.replacen(enveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116", 1);
    assert_eq!(verify(&xslt, &["signer"]).unwrap_err().code(), "signature.algorithm");
}

/// [saml-core 5.4]
#[test]
fn a4_no_object() {
    refused("signature.shape.child", "</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>");
}

/// [saml-core 5.4]
#[test]
fn a11_signature_is_a_direct_child() {
    let signed = signed();
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let nested =
        [&signed[..start], "<saml:Advice>", &signed[start..end], "</saml:Advice>", &signed[end..]].concat();
    assert_eq!(verify(&nested, &["signer"]).unwrap_err().code(), "signature.missing");
}

#[test]
fn a12_one_signed_info_as_the_first_child() {
    refused("signature.shape.child", "<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>");
    refused("signature.shape.child", "<ds:SignedInfo>", "<ds:Extra/><ds:SignedInfo>");
    refused("signature.shape.child", "<ds:SignedInfo>", "<ds:SignedInfo xmlns:ds='urn:x'>");
}

#[test]
fn a13_values_hold_one_run_of_base64() {
    refused("signature.comment", "</ds:DigestValue>", "<!-- x --></ds:DigestValue>");
    refused("signature.shape.content", "</ds:DigestValue>", "<ds:x/></ds:DigestValue>");
    refused("signature.comment", "</ds:SignatureValue>", "<!-- x --></ds:SignatureValue>");
    refused("signature.shape.content", "<ds:Transforms>", "<ds:Transforms>text");
}

#[test]
fn a14_each_method_once() {
    for element in ["CanonicalizationMethod", "SignatureMethod", "DigestMethod", "DigestValue"] {
        let signed = signed();
        let start = signed.find(&format!("<ds:{element}")).unwrap();
        let end = signed.find(&format!("</ds:{element}>")).unwrap() + element.len() + 6;
        let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
        assert_eq!(verify(&twice, &["signer"]).unwrap_err().code(), "signature.shape.child", "{element}");
        let none = [&signed[..start], &signed[end..]].concat();
        assert_eq!(verify(&none, &["signer"]).unwrap_err().code(), "signature.shape.child", "{element}");
    }
}

/// [saml-core 5.4.2]
#[test]
fn a15_a16_exactly_one_reference() {
    let signed = signed();
    let start = signed.find("<ds:Reference").unwrap();
    let end = signed.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
    let none = [&signed[..start], &signed[end..]].concat();
    let manifest =
        [&signed[..start], "<ds:Manifest>", &signed[start..end], "</ds:Manifest>", &signed[end..]].concat();
    for other in [twice, none, manifest] {
        assert_eq!(verify(&other, &["signer"]).unwrap_err().code(), "signature.shape.child");
    }
}

#[test]
fn a17_one_signature_per_element() {
    let signed = signed();
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
    let error = verify(&twice, &["signer"]).unwrap_err();
    assert_eq!(error, VerifyError::SeveralSignatures { element: "Assertion".to_owned(), count: 2 });
}

/// [saml-core 5.4.2]
#[test]
fn a19_a20_a21_c14_the_reference_names_the_parent() {
    for uri in
        ["", "_a1", "#", "#_a2", "#xpointer(/)", "#xpointer(id('_a1'))", "http://127.0.0.1:1/", "#_a1 "]
    {
        refused("signature.shape.reference", "URI=\"#_a1\"", &format!("URI=\"{uri}\""));
    }
    refused("signature.shape.reference", " URI=\"#_a1\"", "");
    refused("signature.shape.id", " ID=\"_a1\"", "");
    refused("signature.shape.id", " ID=\"_a1\"", " ID=\"' or '1\"");
}

#[test]
fn a9_only_the_plain_id_is_an_id() {
    for other in [" Id", " id", " xml:id", " saml:ID"] {
        refused("signature.shape.id", " ID=", &format!("{other}="));
    }
}

#[test]
fn b2_an_element_without_canonical_form_is_refused() {
    refused("signature.canonicalization", "xmlns:unused=\"urn:unused\"", "xmlns:unused=\"relative\"");
}

#[test]
fn b5_no_comment_beside_text() {
    refused("signature.comment", "B.Simon@", "B.Simon<!-- -->@");
    refused("signature.comment", "<saml:Issuer>", "<saml:Issuer><!-- -->");
    // Signed with the comment in it, it is no better.
    let commented = ASSERTION.replacen("B.Simon@", "B.Simon<!-- -->@", 1);
    let signed = key("signer").sign_element(&commented, "_a1", SignaturePlace::Second).unwrap();
    assert_eq!(verify(&signed, &["signer"]).unwrap_err().code(), "signature.comment");
}

#[test]
fn b6_no_processing_instruction() {
    for (piece, by) in
        [("<saml:Subject>", "<?x?><saml:Subject>"), ("<saml:Assertion", "<?x?><saml:Assertion")]
    {
        refused("signature.processing_instruction", piece, by);
    }
}

/// [xmldsig 4.4.3.3]
#[test]
fn b8_comments_are_not_signed_and_not_read() {
    let commented = signed().replacen("<saml:Subject>", "<!-- x --><saml:Subject>", 1);
    let octets = verify(&commented, &["signer"]).unwrap().octets().to_vec();
    assert_eq!(octets, verify(&signed(), &["signer"]).unwrap().octets());
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    refused(
        "signature.algorithm",
        exclusive,
        "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"",
    );
}

/// [xmlschema-2 3.2.16]
#[test]
fn b16_base64_is_strict() {
    refused("signature.shape.base64", "<ds:SignatureValue>", "<ds:SignatureValue>-_");
    refused("signature.shape.base64", "</ds:SignatureValue>", "=</ds:SignatureValue>");
    let spaced = signed().replacen("<ds:SignatureValue>", "<ds:SignatureValue> \n\t", 1);
    assert!(verify(&spaced, &["signer"]).is_ok());
}
